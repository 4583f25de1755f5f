import os
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.state_folder import StateFolder


def test_one_at_a_time_enters(tmp_path: Path) -> None:
    with StateFolder(tmp_path) as first:
        first.add_holder(4711)
        with (
            pytest.raises(ToolError, match=rf"in use: stop the other .* kill {os.getpid()}\)"),
            StateFolder(tmp_path),
        ):
            pass


def test_leaving_lets_the_next_one_in(tmp_path: Path) -> None:
    for _ in range(2):
        with StateFolder(tmp_path) as folder:
            assert folder.state.is_dir()


def test_what_was_remembered_is_known(tmp_path: Path) -> None:
    with StateFolder(tmp_path) as folder:
        assert folder.known() == {}
        folder.remember({"UserTable": "users"})
        assert folder.known() == {"UserTable": "users"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\x80"])
def test_a_damaged_note_is_seen(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "known.json").write_bytes(content)
    with (
        StateFolder(tmp_path) as folder,
        pytest.raises(ToolError, match=r"damaged \(known.json cannot be read\).*rm -r"),
    ):
        folder.known()


@pytest.mark.parametrize("content", [b"", b'{"cut', b"\x80"])
def test_a_damaged_state_file_is_seen_before_anything_starts(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "kms.json").write_bytes(content)
    with (
        pytest.raises(ToolError, match=r"damaged \(kms.json cannot be read\).*rm -r"),
        StateFolder(tmp_path),
    ):
        pass


def test_something_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("a file")
    with (
        pytest.raises(ToolError, match="cannot be used for the local AWS"),
        StateFolder(tmp_path / "aws"),
    ):
        pass
