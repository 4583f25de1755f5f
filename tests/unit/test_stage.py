import json
import shutil
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.stage import Stage

PROJECT = Path(__file__).parent.parent.parent
ARNS = {
    "UserTableArn": "arn:table",
    "AttemptTableArn": "arn:attempts",
    "SessionTableArn": "arn:sessions",
    "KeyArn": "arn:key",
    "LogGroupArn": "arn:log",
}
VARIABLES = {"USER_TABLE": "users", "KEY_ID": "arn:key"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".chalice").mkdir()
    config = {"version": "2.0", "app_name": "kms-login", "stages": {"dev": {}}}
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps(config))
    template = PROJECT / ".chalice" / "policy-template.json"
    shutil.copy(template, tmp_path / ".chalice" / template.name)
    return tmp_path


@pytest.mark.parametrize("name", ["dev", "a", "eu-west-prod2", "x" * 20])
def test_a_good_name_is_taken(project: Path, name: str) -> None:
    assert Stage(name, project).stack_name == f"kms-login-{name}"


@pytest.mark.parametrize("name", ["", "local", "Dev", "2dev", "a_b", "a b", "x" * 21, "dev\n", "é"])
def test_a_bad_one_is_refused(project: Path, name: str) -> None:
    with pytest.raises(ToolError, match="STAGE is missing or wrong"):
        Stage(name, project)


def test_what_is_recorded_is_what_chalice_reads(project: Path) -> None:
    Stage("prod", project).record(VARIABLES, ARNS)
    config = json.loads((project / ".chalice" / "config.json").read_text("utf-8"))
    assert config["stages"]["prod"] == {"environment_variables": VARIABLES}
    assert config["stages"]["dev"] == {}
    policy = json.loads((project / ".chalice" / "policy-prod.json").read_text("utf-8"))
    resources = [statement["Resource"] for statement in policy["Statement"]]
    assert resources == ["arn:table", "arn:sessions", "arn:attempts", "arn:key", "arn:log:*"]
    assert Stage("prod", project).environment_variables() == VARIABLES


def test_what_a_user_added_to_the_stage_is_kept(project: Path) -> None:
    file = project / ".chalice" / "config.json"
    config = json.loads(file.read_text("utf-8"))
    config["stages"]["dev"]["tags"] = {"team": "reef"}
    file.write_text(json.dumps(config))
    Stage("dev", project).record(VARIABLES, ARNS)
    assert json.loads(file.read_text("utf-8"))["stages"]["dev"]["tags"] == {"team": "reef"}


def test_files_that_say_so_already_are_left_alone(project: Path) -> None:
    stage = Stage("dev", project)
    stage.record(VARIABLES, ARNS)
    files = [project / ".chalice" / name for name in ("config.json", "policy-dev.json")]
    before = [file.stat().st_mtime_ns for file in files]
    stage.record(VARIABLES, ARNS)
    assert [file.stat().st_mtime_ns for file in files] == before


def test_a_stage_that_is_not_deployed_has_no_resources(project: Path) -> None:
    assert Stage("dev", project).deployed() == {}


def test_what_chalice_deployed_is_found_by_name(project: Path) -> None:
    (project / ".chalice" / "deployed").mkdir()
    api = {"name": "rest_api", "rest_api_id": "abc"}
    file = project / ".chalice" / "deployed" / "dev.json"
    file.write_text(json.dumps({"resources": [api], "schema_version": "2.0"}))
    assert Stage("dev", project).deployed() == {"rest_api": api}


def test_an_api_is_noted_as_chalice_would_and_the_rest_is_kept(project: Path) -> None:
    (project / ".chalice" / "deployed").mkdir()
    role = {"name": "api_handler_role", "resource_type": "iam_role", "role_name": "r"}
    old = {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": "gone"}
    file = project / ".chalice" / "deployed" / "dev.json"
    file.write_text(json.dumps({"resources": [role, old], "schema_version": "2.0"}))
    Stage("dev", project).note_api("abc", "eu-central-1")
    deployed = Stage("dev", project).deployed()
    assert deployed["api_handler_role"] == role
    assert deployed["rest_api"]["rest_api_id"] == "abc"
    url = "https://abc.execute-api.eu-central-1.amazonaws.com/api/"
    assert deployed["rest_api"]["rest_api_url"] == url


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_broken_file_is_one_clear_line(project: Path, text: str) -> None:
    (project / ".chalice" / "config.json").write_text(text)
    with pytest.raises(ToolError, match=r"config\.json cannot be read"):
        Stage("dev", project).environment_variables()
