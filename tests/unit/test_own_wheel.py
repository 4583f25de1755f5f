import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import deploy, package
from tools.errors import ToolError
from tools.own_wheel import own_wheel, replacing, with_wheel

NAMES = ("argon2/module.py", "argon2/_ffi.so", "argon2-1.0.dist-info/METADATA")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return written(tmp_path / "deployment.zip", "published", *NAMES, "app.py")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return written(tmp_path / "argon2-1.0-cp310-abi3-linux_x86_64.whl", "own", *NAMES)


def written(file: Path, text: str, *names: str) -> Path:
    with zipfile.ZipFile(file, "w") as content:
        for name in names:
            content.writestr(name, text)
    return file


def texts(archive: Path) -> dict[str, str]:
    with zipfile.ZipFile(archive) as content:
        assert len(content.namelist()) == len(set(content.namelist()))
        return {name: content.read(name).decode() for name in content.namelist()}


@pytest.mark.parametrize("environment", [{}, {"OWN_WHEEL": ""}])
def test_there_is_none_unless_it_is_named(environment: dict[str, str]) -> None:
    assert own_wheel(environment) is None


def test_it_is_found_from_every_folder(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(wheel.parent)
    assert own_wheel({"OWN_WHEEL": wheel.name}) == wheel


def test_what_is_no_wheel_is_refused(archive: Path, tmp_path: Path) -> None:
    no_zip = tmp_path / "no_zip.whl"
    no_zip.write_text("text")
    for file in (archive, no_zip, tmp_path / "missing.whl"):
        with pytest.raises(ToolError, match="OWN_WHEEL is wrong: there is no wheel"):
            own_wheel({"OWN_WHEEL": str(file)})


@pytest.mark.parametrize(("python", "newest"), [((3, 11), 26), ((3, 12), 34), ((3, 13), 34)])
def test_what_needs_a_newer_glibc_than_lambda_has_is_refused(
    tmp_path: Path, python: tuple[int, int], newest: int
) -> None:
    file = tmp_path / "argon2-1.0-cp310-abi3-linux_x86_64.whl"
    written(file, f"\0GLIBC_2.2.5\0GLIBC_2.{newest}\0", *NAMES)
    assert own_wheel({"OWN_WHEEL": str(file)}, python) == file
    written(file, f"\0GLIBC_2.{newest + 1}\0GLIBC_2.14\0", *NAMES)
    with pytest.raises(ToolError, match=rf"needs glibc 2\.{newest + 1}, and .* has 2\.{newest}$"):
        own_wheel({"OWN_WHEEL": str(file)}, python)


@pytest.mark.parametrize("platform", ["linux_aarch64", "macosx_11_0_x86_64", "win_amd64"])
def test_what_is_for_another_machine_is_refused(tmp_path: Path, platform: str) -> None:
    file = written(tmp_path / f"argon2-1.0-cp310-abi3-{platform}.whl", "own", *NAMES)
    with pytest.raises(ToolError, match="is not for Linux on x86-64"):
        own_wheel({"OWN_WHEEL": str(file)})


@pytest.mark.parametrize("main", [lambda: deploy.main([]), package.main])
def test_it_is_refused_before_anything_is_done(
    main: Callable[[], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setenv("OWN_WHEEL", "missing.whl")
    assert main() == 1
    error = "kms-login: OWN_WHEEL is wrong: there is no wheel missing.whl.\n"
    assert capsys.readouterr() == ("", error)
    assert list(tmp_path.iterdir()) == []


def test_its_files_take_the_place_of_the_published_ones(archive: Path, wheel: Path) -> None:
    own = dict.fromkeys(NAMES, "own")
    assert texts(with_wheel(archive, wheel)) == own | {"app.py": "published"}


def test_the_zip_that_chalice_keeps_stays_as_it_is(archive: Path, wheel: Path) -> None:
    before = archive.read_bytes()
    assert with_wheel(archive, wheel) != archive
    assert archive.read_bytes() == before


def test_a_wheel_of_another_version_is_refused(archive: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.whl", "own", *NAMES[:2], "argon2-2.0.dist-info/METADATA")
    with pytest.raises(ToolError, match=r"other\.whl is not of a version that is deployed"):
        with_wheel(archive, other)


def test_without_one_the_zip_is_the_one_that_was_made(archive: Path) -> None:
    assert replacing(str, {})(archive) == str(archive)


def test_with_one_it_is_another_and_said_to_be(
    archive: Path, wheel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = replacing(str, {"OWN_WHEEL": str(wheel)})(archive)
    assert texts(Path(made))["argon2/module.py"] == "own"
    assert capsys.readouterr().out == f"With {wheel}.\n"


def test_chalice_ends_with_one_line_when_it_does_not_fit(archive: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other-py3-none-any.whl", "own", "other/module.py")
    with pytest.raises(SystemExit, match=r"^kms-login: OWN_WHEEL is wrong: .* deployed\.$"):
        replacing(str, {"OWN_WHEEL": str(other)})(archive)
