"""Another build of a dependency in the Lambda's zip, in place of the published one: `OWN_WHEEL=`.

Argon2 built for newer processors takes half of the time: docs/performance.md.
"""

import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.errors import ToolError

WHEEL = "OWN_WHEEL"
"""The variable that names the file."""
_PLATFORM = re.compile(r"(linux\w*_x86_64|-any)\.whl$")
_GLIBC = re.compile(rb"GLIBC_2\.(\d+)")
_LAMBDA_GLIBC = {True: 26, False: 34}
"""2.x of Lambda's Amazon Linux: 2 up to Python 3.11, 2023 from 3.12 on. AWS: "Lambda runtimes"."""


def own_wheel(
    environment: Mapping[str, str], python: tuple[int, ...] = sys.version_info[:2]
) -> Path | None:
    """The wheel that the environment names, if it names one.

    Args:
        python: the version to deploy to, which is that of `.venv`.

    Raises:
        ToolError: it is none, or none that runs in a Lambda.
    """
    name = environment.get(WHEEL)
    if not name:
        return None
    if not name.endswith(".whl") or not zipfile.is_zipfile(name):
        raise ToolError(f"{WHEEL} is wrong: there is no wheel {name}")
    wheel = Path(name).absolute()
    if not _PLATFORM.search(wheel.name):
        raise ToolError(f"{WHEEL} is wrong: {wheel.name} is not for Linux on x86-64")
    needed, there = _needed_glibc(wheel), _LAMBDA_GLIBC[python < (3, 12)]
    if needed > there:
        raise ToolError(
            f"{WHEEL} is wrong: {wheel.name} needs glibc 2.{needed}, and Lambda's Python"
            f" {python[0]}.{python[1]} has 2.{there}"
        )
    return wheel


def _needed_glibc(wheel: Path) -> int:
    """2.x of the newest symbol that the compiled modules name."""
    with zipfile.ZipFile(wheel) as content:
        compiled = [content.read(name) for name in content.namelist() if name.endswith(".so")]
    return max((int(minor) for code in compiled for minor in _GLIBC.findall(code)), default=0)


def replacing(make_zip: Callable[..., str], environment: Mapping[str, str]) -> Callable[..., str]:
    """What makes a zip as `make_zip` does, with the environment's wheel, and returns its path.

    Chalice keeps its zip to use it again, so that the one with the wheel is another file.
    """

    def make_zip_with_wheel(*arguments: object, **options: object) -> str:
        archive = make_zip(*arguments, **options)
        try:
            wheel = own_wheel(environment)
            if wheel is None:
                return archive
            print(f"With {wheel}.", flush=True)
            return str(with_wheel(Path(archive), wheel))
        except ToolError as error:
            # Chalice shows whatever is raised with a traceback.
            sys.exit(f"kms-login: {error}.")

    return make_zip_with_wheel


def with_wheel(archive: Path, wheel: Path) -> Path:
    """A copy of a zip, beside it, where the wheel's files take the place of those of their names.

    Raises:
        ToolError: there are none of these names, or the wheel is of another version than theirs.
    """
    copy = archive.with_suffix(f".with-own-wheel{archive.suffix}")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(wheel) as own:
        theirs, ours = set(old.namelist()), own.namelist()
        # Its version is part of this file's name.
        if not any(name.endswith(".dist-info/METADATA") and name in theirs for name in ours):
            raise ToolError(f"{WHEEL} is wrong: {wheel.name} is not of a version that is deployed")
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                if entry.filename not in ours:
                    new.writestr(entry, old.read(entry))
            for entry in own.infolist():
                new.writestr(entry, own.read(entry), zipfile.ZIP_DEFLATED)
    return copy
