"""Another build of a dependency in the Lambda's zip, in place of the published one: `OWN_WHEEL=`.

Argon2 built for newer processors takes half of the time: docs/performance.md.
"""

import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.errors import ToolError

WHEEL = "OWN_WHEEL"
"""The variable that names the file."""


def own_wheel(environment: Mapping[str, str]) -> Path | None:
    """The wheel that the environment names, if it names one.

    Raises:
        ToolError: it is none.
    """
    name = environment.get(WHEEL)
    if not name:
        return None
    if not name.endswith(".whl") or not zipfile.is_zipfile(name):
        raise ToolError(f"{WHEEL} is wrong: there is no wheel {name}")
    return Path(name).absolute()


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
