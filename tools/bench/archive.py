"""The zip that `make package` makes, unpacked: what Lambda would run."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tools.errors import ToolError
from tools.local_aws import REGION
from tools.own_wheel import WHEEL, own_wheel
from tools.stage import Stage

PROJECT = Path(__file__).parent.parent.parent
SETTINGS = {
    "USER_TABLE": "users",
    "ATTEMPT_TABLE": "attempts",
    "SESSION_TABLE": "sessions",
    "KEY_ID": "alias/bench",
}
"""Of the service; the tables are the stub's."""
_STAGE = "bench"
_FOLDERS = ("chalicelib", "static", "tools", "vendor")
_COMPILED = shutil.ignore_patterns("__pycache__")
_FILES = (
    "app.py",
    "requirements.txt",
    ".chalice/app.json",
    ".chalice/config.json",
    ".chalice/policy-template.json",
)
_ARNS = {
    **dict.fromkeys(("UserTableArn", "AttemptTableArn", "SessionTableArn"), "arn:aws:dynamodb:::"),
    "KeyArn": "arn:aws:kms:::",
    "LogGroupArn": "arn:aws:logs:::",
}


def unpack(folder: Path) -> tuple[Path, int]:
    """Package a copy of the project in `folder`.

    Returns:
        The folder with what is in the zip, and the zip's size in bytes.

    Raises:
        ToolError: packaging failed.
    """
    project = folder / "project"
    (project / ".chalice").mkdir(parents=True)
    for name in _FOLDERS:
        shutil.copytree(PROJECT / name, project / name, symlinks=True, ignore=_COMPILED)
    for name in _FILES:
        shutil.copy2(PROJECT / name, project / name)
    _forget_stages(project / ".chalice" / "config.json")
    Stage(_STAGE, project).record(SETTINGS, _ARNS)
    result = subprocess.run(
        [sys.executable, "-m", "tools.package"],
        cwd=project,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise ToolError(f"packaging failed: {result.stdout.strip().rstrip('.')}")
    archive = project / ".local" / "package" / _STAGE / "deployment.zip"
    with zipfile.ZipFile(archive) as content:
        content.extractall(folder / "function")
    return folder / "function", archive.stat().st_size


def _forget_stages(config: Path) -> None:
    # A user's own are none of the bench's business.
    config.write_text(json.dumps(json.loads(config.read_text("utf-8")) | {"stages": {}}), "utf-8")


def _environment() -> dict[str, str]:
    wheel = own_wheel(os.environ)
    return dict(os.environ) | {
        # From another folder.
        WHEEL: str(wheel or ""),
        "STAGE": _STAGE,
        "AWS_DEFAULT_REGION": REGION,
        # The wheels that the set-up has fetched: no network.
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(Path(sys.prefix) / "wheels"),
    }
