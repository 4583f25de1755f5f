"""`make package`: the app of a stage as a zip and a SAM template, for CloudFormation."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tools.chalice import chalice_command
from tools.errors import ToolError
from tools.own_wheel import own_wheel
from tools.service_settings import OUTPUTS
from tools.stage import Stage

_NOT_FOR_THE_LAMBDA = ("boto3/", "botocore/", "tests/", "tools/", "docs/", ".")


def package(stage: Stage, project: Path, folder: Path) -> Path:
    """Have Chalice write `deployment.zip` and `sam.json` to `folder`, and return the zip's path.

    Raises:
        ToolError: the stage is not recorded, Chalice failed, or the zip has what it may not have.
    """
    if not stage.environment_variables().keys() >= OUTPUTS.keys():
        raise ToolError(
            f"stage {stage.name} has no key and tables yet: make resources STAGE={stage.name}"
        )
    extra = project / ".chalice" / "app.json"
    command = chalice_command(
        "package", "--stage", stage.name, "--merge-template", str(extra), str(folder)
    )
    if subprocess.run(command, cwd=project, check=False).returncode != 0:
        raise ToolError("packaging failed: what Chalice said is above")
    _fix_stage(folder / "sam.json", stage.name)
    archive = folder / "deployment.zip"
    with zipfile.ZipFile(archive) as content:
        strangers = [n for n in content.namelist() if n.startswith(_NOT_FOR_THE_LAMBDA)]
    if strangers:
        raise ToolError(f"the zip has what the Lambda does not need: {', '.join(strangers[:3])}")
    return archive


def _fix_stage(template: Path, name: str) -> None:
    """Leave no choice: the policy that is packaged is for the log of this stage's function."""
    sam = json.loads(template.read_text("utf-8"))
    sam["Parameters"]["Stage"] |= {"Default": name, "AllowedValues": [name]}
    template.write_text(json.dumps(sam, indent=2) + "\n", "utf-8")


def main() -> int:
    """Package the stage of the environment, and print what came out."""
    project = Path.cwd()
    try:
        own_wheel(os.environ)
        stage = Stage(os.environ.get("STAGE", ""), project)
        folder = project / ".local" / "package" / stage.name
        archive = package(stage, project, folder)
    except ToolError as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    print(f"{archive}: {archive.stat().st_size / 1000:.0f} KB")
    print(folder / "sam.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
