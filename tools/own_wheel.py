"""Another build of a dependency in the Lambda's zip, in place of the published one: `OWN_WHEEL=`.

Argon2 built for newer processors takes half of the time: docs/performance.md.
"""

import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from tools.errors import ToolError

WHEEL = "OWN_WHEEL"
"""The variable that names the file."""
_GLIBC = re.compile(rb"GLIBC_2\.(\d+)")


def own_wheel(
    environment: Mapping[str, str], python: tuple[int, int] = sys.version_info[:2]
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
    wheel = Path(name).absolute()
    if not zipfile.is_zipfile(wheel):
        raise ToolError(f"{WHEEL} is wrong: there is no wheel {name}")
    try:
        *_, tags = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename:
        raise ToolError(f"{WHEEL} is wrong: {wheel.name} is not called as a wheel is") from None
    version = f"{python[0]}.{python[1]}"
    if tags.isdisjoint(_lambda_tags(python)):
        raise ToolError(f"{WHEEL} is wrong: {wheel.name} is not for Lambda's Python {version}")
    needed, there = _needed_glibc(wheel), lambda_glibc(python)
    if needed > there:
        raise ToolError(
            f"{WHEEL} is wrong: {wheel.name} needs glibc 2.{needed}, and Lambda's Python {version}"
            f" has 2.{there}; a newer Python may do (make PYTHON=...)"
        )
    return wheel


def lambda_glibc(python: tuple[int, int]) -> int:
    """2.x of the Amazon Linux below Lambda's Python: AWS, "Lambda runtimes"."""
    amazon_linux_2, amazon_linux_2023 = 26, 34
    return amazon_linux_2 if python < (3, 12) else amazon_linux_2023


def _lambda_tags(python: tuple[int, int]) -> set[Tag]:
    """What may stand in the name of a wheel that runs there."""
    glibcs = range(5, lambda_glibc(python) + 1)
    old_names = [f"manylinux{name}_x86_64" for name in ("1", "2010", "2014")]
    platforms = [*(f"manylinux_2_{minor}_x86_64" for minor in glibcs), *old_names, "linux_x86_64"]
    return {
        *cpython_tags(python, platforms=platforms),
        *compatible_tags(python, platforms=platforms),
    }


def _needed_glibc(wheel: Path) -> int:
    """2.x of the newest symbol that the compiled modules and libraries name."""
    with zipfile.ZipFile(wheel) as content:
        compiled = [content.read(name) for name in content.namelist() if ".so" in Path(name).name]
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
    """A copy of a zip, beside it, with a wheel's files in place of those of the published one.

    Raises:
        ToolError: none of the same name and version is in the zip.
    """
    copy = archive.with_suffix(f".with-own-wheel{archive.suffix}")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(wheel) as own:
        published = _published(old, own, wheel.name)
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                if entry.filename not in published:
                    new.writestr(entry, old.read(entry))
            for entry in own.infolist():
                new.writestr(entry, own.read(entry), zipfile.ZIP_DEFLATED)
    return copy


def _published(old: zipfile.ZipFile, own: zipfile.ZipFile, name: str) -> set[str]:
    """What of the zip is of the published wheel, or has the name of a file of our own."""
    # Name and version are part of this file's name.
    records = [file for file in own.namelist() if file.endswith(".dist-info/RECORD")]
    if len(records) != 1 or records[0] not in old.namelist():
        raise ToolError(f"{WHEEL} is wrong: {name} is not of a version that is deployed")
    lines = old.read(records[0]).decode().splitlines()
    return {*(line.partition(",")[0] for line in lines), *own.namelist()}
