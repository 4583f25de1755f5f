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
                " letters, digits and dashes, and not local, which is make run's"
            )
        self.name = name
        self.stack_name = f"{APP_NAME}-{name}"
        self.function_name = f"{APP_NAME}-{name}"
        self.log_group = f"/aws/lambda/{self.function_name}"
        self.usage_plan_name = f"{APP_NAME}-{name}"
        self._chalice = project / ".chalice"

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
        file = self._chalice / "deployed" / f"{self.name}.json"
        if not file.exists():
            return {}
        resources = json.loads(file.read_text("utf-8"))["resources"]
        return {resource["name"]: resource for resource in resources}

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads((self._chalice / "config.json").read_text("utf-8"))
        config.setdefault("stages", {})
        return config


def _write(file: Path, text: str) -> None:
    if file.exists() and file.read_text("utf-8") == text:
        return
    new = file.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(file)
