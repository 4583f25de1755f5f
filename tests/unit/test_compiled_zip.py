import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.compiled_zip import compile_zip, compiling

CACHED = Path(importlib.util.cache_from_source("package/module.py")).as_posix()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    archive = tmp_path / "deployment.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("package/module.py", "print(__cached__)\n")
        content.writestr(CACHED, "an old one")
        content.writestr("page.html", "<p>")
    return archive


def run(folder: Path) -> str:
    command = [sys.executable, "-B", "-c", "import package.module"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return result.stdout.strip()


def unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as content:
        content.extractall(folder)
    return folder


def test_a_module_gets_a_compiled_file_and_nothing_else_changes(archive: Path) -> None:
    compile_zip(archive)
    with zipfile.ZipFile(archive) as content:
        assert sorted(content.namelist()) == sorted(["package/module.py", CACHED, "page.html"])
        assert content.read("package/module.py") == b"print(__cached__)\n"
        assert content.read(CACHED).startswith(importlib.util.MAGIC_NUMBER)


def test_doing_it_again_changes_nothing(archive: Path) -> None:
    compile_zip(archive)
    with zipfile.ZipFile(archive) as content:
        before = {name: content.read(name) for name in content.namelist()}
    compile_zip(archive)
    with zipfile.ZipFile(archive) as content:
        assert {name: content.read(name) for name in content.namelist()} == before


def test_python_takes_the_compiled_file_whatever_the_time_of_its_source(
    archive: Path, tmp_path: Path
) -> None:
    compile_zip(archive)
    folder = unpacked(archive, tmp_path / "function")
    (folder / "package/module.py").touch()
    assert run(folder) == str(folder / CACHED)


def test_but_not_once_its_source_was_edited(archive: Path, tmp_path: Path) -> None:
    compile_zip(archive)
    folder = unpacked(archive, tmp_path / "function")
    (folder / "package/module.py").write_text("print('edited')")
    assert run(folder) == "edited"


def test_what_makes_a_zip_still_returns_its_path(archive: Path) -> None:
    assert compiling(str)(archive) == str(archive)
    with zipfile.ZipFile(archive) as content:
        assert content.read(CACHED).startswith(importlib.util.MAGIC_NUMBER)
