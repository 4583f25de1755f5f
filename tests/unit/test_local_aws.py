from tools.local_aws import client_environment


def test_no_setting_of_the_shell_leads_the_local_service_to_a_real_account() -> None:
    shell = {
        "PATH": "/bin",
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_KMS": "https://kms.eu-west-1.amazonaws.com",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_SESSION_TOKEN": "token",
        "NO_PROXY": "example.org",
    }
    environment = client_environment(4566, shell)
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert environment["NO_PROXY"] == "example.org,127.0.0.1"
    assert environment["PATH"] == "/bin"
    for name in shell.keys() - {"PATH", "NO_PROXY"}:
        assert name not in environment
