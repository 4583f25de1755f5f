import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import deploy, package
from tools.errors import ToolError
from tools.own_wheel import own_wheel, replacing, with_wheel

RECORD = "argon2-1.0.dist-info/RECORD"
PUBLISHED = ("argon2/module.py", "argon2/_ffi.abi3.so", RECORD)
OWN = ("argon2/module.py", "argon2/_ffi.cpython-312.so", RECORD)
NAME = "argon2-1.0-cp310-abi3-linux_x86_64.whl"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return written(
        tmp_path / "deployment.zip",
        "\n".join(f"{name},," for name in PUBLISHED),
        *PUBLISHED,
        "app.py",
    )


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return written(tmp_path / NAME, "own", *OWN)


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


def test_what_is_no_wheel_is_refused(tmp_path: Path) -> None:
    no_zip = tmp_path / NAME
    no_zip.write_text("text")
    for file in (no_zip, tmp_path / "missing.whl", tmp_path):
        with pytest.raises(ToolError, match="OWN_WHEEL is wrong: there is no wheel"):
            own_wheel({"OWN_WHEEL": str(file)})


def test_what_is_not_called_as_a_wheel_is_refused(archive: Path) -> None:
    with pytest.raises(ToolError, match=r"deployment\.zip is not called as a wheel is$"):
        own_wheel({"OWN_WHEEL": str(archive)})


@pytest.mark.parametrize(
    ("tags", "runs"),
    [
        ("py3-none-any", True),
        ("cp310-abi3-linux_x86_64", True),
        ("cp312-cp312-manylinux_2_34_x86_64", True),
        ("cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64", True),
        ("cp312-cp312-manylinux_2_35_x86_64", False),
        ("cp311-cp311-linux_x86_64", False),
        ("cp313-abi3-linux_x86_64", False),
        ("cp312-cp312t-linux_x86_64", False),
        ("cp310-abi3-linux_aarch64", False),
        ("cp310-abi3-musllinux_1_2_x86_64", False),
        ("cp310-abi3-macosx_11_0_x86_64", False),
        ("cp310-abi3-win_amd64", False),
    ],
)
def test_what_is_for_another_python_or_machine_is_refused(
    tmp_path: Path, tags: str, runs: bool
) -> None:
    file = written(tmp_path / f"argon2-1.0-{tags}.whl", "own", *OWN)
    if runs:
        assert own_wheel({"OWN_WHEEL": str(file)}, (3, 12)) == file
    else:
        with pytest.raises(ToolError, match=r"is not for Lambda's Python 3\.12$"):
            own_wheel({"OWN_WHEEL": str(file)}, (3, 12))


@pytest.mark.parametrize(("python", "newest"), [((3, 11), 26), ((3, 12), 34), ((3, 13), 34)])
@pytest.mark.parametrize("name", ["argon2/_ffi.abi3.so", "argon2.libs/libargon2-1.so.1"])
def test_what_needs_a_newer_glibc_than_lambda_has_is_refused(
    tmp_path: Path, python: tuple[int, int], newest: int, name: str
) -> None:
    file = tmp_path / NAME
    written(file, f"\0GLIBC_2.2.5\0GLIBC_2.{newest}\0", name)
    assert own_wheel({"OWN_WHEEL": str(file)}, python) == file
    written(file, f"\0GLIBC_2.{newest + 1}\0GLIBC_2.14\0", name)
    with pytest.raises(ToolError, match=rf"needs glibc 2\.{newest + 1}, and .* has 2\.{newest};"):
        own_wheel({"OWN_WHEEL": str(file)}, python)


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
    found = texts(with_wheel(archive, wheel))
    assert found.keys() == {*OWN, "app.py"}
    assert {found[name] for name in OWN} == {"own"}


def test_the_zip_that_chalice_keeps_stays_as_it_is(archive: Path, wheel: Path) -> None:
    before = archive.read_bytes()
    assert with_wheel(archive, wheel) != archive
    assert archive.read_bytes() == before


def test_a_wheel_of_another_version_is_refused(archive: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.whl", "own", *OWN[:2], "argon2-2.0.dist-info/RECORD")
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
    other = written(tmp_path / "other-1.0-py3-none-any.whl", "own", "other/module.py")
    with pytest.raises(SystemExit, match=r"^kms-login: OWN_WHEEL is wrong: .* deployed\.$"):
        replacing(str, {"OWN_WHEEL": str(other)})(archive)
