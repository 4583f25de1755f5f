"""What the zip has of botocore's descriptions of AWS leads to the same requests as all of it."""

import json
import zipfile
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import BotoCoreError

from chalicelib import aws_clients
from chalicelib.aws_clients import AwsClients, Service
from tools.aws_descriptions import IN_THE_ZIP, SERVICES, describe_zip, describing, descriptions

REGIONS = (
    *("us-east-1", "eu-central-1", "ap-southeast-7", "xx-future-9", "us-east-1-fips", "local"),
    *("cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1"),
)
SWITCHES = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")
CALLS: dict[Service, tuple[str, dict[str, Any]]] = {
    "dynamodb": ("get_item", {"TableName": "users", "Key": {"userid": {"S": "dory"}}}),
    "kms": ("decrypt", {"CiphertextBlob": b"sealed"}),
}


class Sent(Exception):
    """Raised in the place of sending a request."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("descriptions")
    for path, text in descriptions().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


@pytest.fixture
def cut_down(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(aws_clients, "DESCRIPTIONS", folder)
    return folder


def sent_by(make: Any, service: Service) -> tuple[str, ...]:
    """Where a call goes and what it is signed for, or which error it ends with."""

    def send(request: Any, **_: object) -> None:
        scope = str(request.headers["Authorization"]).partition(",")[0].partition("/")[2]
        raise Sent(request.url, scope, request.headers["X-Amz-Target"], request.body)

    operation, arguments = CALLS[service]
    try:
        client = make(service)
        client.meta.events.register("before-send", send)
        getattr(client, operation)(**arguments)
    except Sent as sent:
        return tuple(str(part) for part in sent.args)
    except BotoCoreError as error:
        return (type(error).__name__, str(error))
    raise AssertionError("nothing was sent")


@pytest.mark.usefixtures("cut_down")
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("switch", [None, *SWITCHES])
@pytest.mark.parametrize("region", [*REGIONS, None])
def test_a_call_goes_where_it_would_go_with_all_of_it(
    service: Service, switch: str | None, region: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    if region:
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    if switch:
        monkeypatch.setenv(switch, "true")
    expected = sent_by(botocore.session.get_session().create_client, service)
    assert sent_by(AwsClients().get, service) == expected


@pytest.mark.parametrize("service", SERVICES)
def test_they_are_what_is_read(service: Service, cut_down: Path) -> None:
    loader = aws_clients._Loader()
    assert loader.load_data_with_path("endpoints")[1] == str(cut_down / "endpoints")
    assert '"documentation"' not in json.dumps(loader.load_service_model(service, "service-2"))


def test_without_them_botocore_reads_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_clients, "DESCRIPTIONS", tmp_path / "missing")
    assert "botocore" in aws_clients._Loader().load_data_with_path("endpoints")[1]


def test_they_take_the_place_of_older_ones_in_the_zip(tmp_path: Path) -> None:
    archive = tmp_path / "deployment.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("app.py", "app")
        content.writestr(f"{IN_THE_ZIP}kms/2000-01-01/service-2.json", "an old one")
    describe_zip(archive)
    with zipfile.ZipFile(archive) as content:
        assert content.read("app.py") == b"app"
        described = {name for name in content.namelist() if name != "app.py"}
    assert described == {IN_THE_ZIP + path for path in descriptions()}


def test_the_same_botocore_makes_the_same_zip(tmp_path: Path) -> None:
    archive = tmp_path / "deployment.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("app.py", "app")
    assert describing(str)(archive) == str(archive)
    once = archive.read_bytes()
    describe_zip(archive)
    assert archive.read_bytes() == once
