"""A Lambda's zip with its modules compiled: nothing can be written beside them there, so that every
cold start would compile them anew."""

import compileall
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from py_compile import PycInvalidationMode

from tools.zip_entry import new_entry


def compiling(make_zip: Callable[..., str]) -> Callable[..., str]:
    """What makes a zip as `make_zip` does, and returns its path, with its modules compiled."""

    def make_compiled_zip(*arguments: object, **options: object) -> str:
        archive = make_zip(*arguments, **options)
        compile_zip(Path(archive))
        return archive

    return make_compiled_zip


def compile_zip(archive: Path) -> None:
    """Put a compiled file beside every module in a zip, in place of those that are there.

    They are of the running Python, whose version is also the one that Chalice deploys to. Each
    holds the hash of its source: whoever edits that in the Lambda console is not deceived.
    """
    new = archive.with_suffix(".new")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with zipfile.ZipFile(archive) as old:
            sources = [entry for entry in old.infolist() if "__pycache__/" not in entry.filename]
            old.extractall(folder, sources)
            with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as content:
                for entry in sources:
                    content.writestr(entry, old.read(entry), zipfile.ZIP_DEFLATED)
                _compile(folder)
                for file in sorted(folder.rglob("*.pyc")):
                    entry = new_entry(str(file.relative_to(folder)))
                    content.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    new.replace(archive)


def _compile(folder: Path) -> None:
    # A library's module for another Python, which does not compile, is not imported either.
    compileall.compile_dir(
        folder,
        quiet=2,
        stripdir=str(folder),
        invalidation_mode=PycInvalidationMode.CHECKED_HASH,
    )
