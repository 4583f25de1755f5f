"""One Chalice stage: its names, and what the project's files record of it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from tools.errors import ToolError

APP_NAME = "kms-login"
FUNCTION = "api_handler"
"""What Chalice calls the function of the routes, whatever its stage."""
REST_API = "rest_api"
API_STAGE = "api"
"""The stage of API Gateway, and so the first part of every path: `.chalice/config.json`."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


class Stage:
    """Names everything of the stage after it, so that several live side by side.

    Args:
        name: lower-case letters, digits and dashes, at most 20.
        project: the folder with `app.py`.

    Raises:
        ToolError: the name will not do.
    """

    def __init__(self, name: str, project: Path) -> None:
        if not _NAME.fullmatch(name) or name == "local":
            raise ToolError(
                "STAGE is missing or wrong: name one, as in STAGE=dev; up to 20 lower-case"
                " letters, digits and dashes, a letter first, and not local, which is make run's"
            )
        self.name = name
        self.stack_name = f"{APP_NAME}-{name}"
        self.function_name = f"{APP_NAME}-{name}"
        self.role_name = f"{APP_NAME}-{name}-{FUNCTION}"
        self.log_group = f"/aws/lambda/{self.function_name}"
        self.usage_plan_name = f"{APP_NAME}-{name}"
        self._chalice = project / ".chalice"
        self._deployed = self._chalice / "deployed" / f"{name}.json"

    def environment_variables(self) -> dict[str, str]:
        """The settings that the stage has been recorded with."""
        recorded = self._config()["stages"].get(self.name, {}).get("environment_variables", {})
        return {str(name): str(value) for name, value in recorded.items()}

    def record(self, environment_variables: Mapping[str, str], arns: Mapping[str, str]) -> None:
        """Write down what `chalice deploy` and `chalice package` need to know of the stage.

        That is its settings in `config.json` and its role's policy in `policy-<stage>.json`. Files
        that say so already are left alone.

        Args:
            arns: for the blanks of `policy-template.json`.
        """
        config = self._config()
        stage = config["stages"].setdefault(self.name, {})
        stage["environment_variables"] = dict(environment_variables)
        _write(self._chalice / "config.json", json.dumps(config, indent=2) + "\n")
        template = (self._chalice / "policy-template.json").read_text("utf-8")
        policy = Template(template).substitute(arns)
        _write(self._chalice / f"policy-{self.name}.json", policy)

    def deployed(self) -> dict[str, dict[str, Any]]:
        """What `chalice deploy` noted of the stage, by resource name; empty when there is none."""
        if not self._deployed.exists():
            return {}
        resources = _read(self._deployed).get("resources", [])
        return {resource["name"]: resource for resource in resources}

    def note_api(self, api_id: str, region: str) -> None:
        """Write a REST API into Chalice's note, in place of the one that it has, if any."""
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        api = {
            "name": REST_API,
            "resource_type": "rest_api",
            "rest_api_id": api_id,
            "rest_api_url": f"https://{api_id}.execute-api.{region}.{suffix}/{API_STAGE}/",
        }
        resources = list((self.deployed() | {REST_API: api}).values())
        note = {"resources": resources, "schema_version": "2.0", "backend": "api"}
        self._deployed.parent.mkdir(exist_ok=True)
        _write(self._deployed, json.dumps(note, indent=2) + "\n")

    def forget_deployed(self) -> None:
        """Remove Chalice's note of the stage."""
        self._deployed.unlink(missing_ok=True)

    def _config(self) -> dict[str, Any]:
        config = _read(self._chalice / "config.json")
        config.setdefault("stages", {})
        return config


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ToolError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ToolError(f"{file} cannot be read: it is not what Chalice writes")
    return content


def _write(file: Path, text: str) -> None:
    if file.exists() and file.read_text("utf-8") == text:
        return
    new = file.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(file)
