"""Files that are written in one piece, by whichever part of the program."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cpsl.errors import CapsuleError
from cpsl.filelock import is_locked
from cpsl.http.cassette_file import CassetteWriter
from cpsl.transcript.record import copy_attachment
from cpsl.transcript.update import save
from cpsl.wholefile import check_writable, replacing, write_all, write_new, write_whole

LONGEST = 255


def write_cassette(path: Path) -> None:
    writer = CassetteWriter(path)
    writer.begin()
    writer.close()
    if writer.failure:
        raise writer.failure


def write_attachment(path: Path) -> None:
    path.write_bytes(b"content")
    copy_attachment(path, path.parent)


WRITERS: dict[str, Callable[[Path], None]] = {
    "write_whole": lambda path: write_whole(path, "content"),
    "write_new": lambda path: write_new(path, "content"),
    "transcript": lambda path: save(path, "content"),
    "cassette": write_cassette,
    "attachment": write_attachment,
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", ["a" * LONGEST, "\u00e9" * (LONGEST // 2), ".hidden"])
def test_a_name_may_be_as_long_as_the_file_system_lets_it(writer: str, name: str, tmp_path: Path) -> None:
    WRITERS[writer](tmp_path / name)
    assert (tmp_path / name).stat().st_size
    assert {path.name for path in tmp_path.iterdir()} <= {name, "attachments"}
    check_writable(tmp_path / name)


@pytest.mark.parametrize("writer", [name for name in WRITERS if name != "attachment"])
def test_what_a_killed_process_has_left_is_taken_up(writer: str, tmp_path: Path) -> None:
    (tmp_path / ".file.new").write_text("longer than what is written now" * 10)
    WRITERS[writer](tmp_path / "file")
    assert os.listdir(tmp_path) == ["file"]
    assert "longer" not in (tmp_path / "file").read_text()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.symlink_to("precious")


@pytest.mark.parametrize("writer", [name for name in WRITERS if name != "attachment"])
@pytest.mark.parametrize("put", [pipe, Path.mkdir, link])
def test_what_is_no_regular_file_is_in_the_way_and_stays(
    writer: str, put: Callable[[Path], None], tmp_path: Path
) -> None:
    (tmp_path / "precious").write_text("precious")
    put(tmp_path / ".file.new")
    with pytest.raises((OSError, CapsuleError), match=r"\.file\.new beside it is no regular file; remove that"):
        WRITERS[writer](tmp_path / "file")
    assert sorted(os.listdir(tmp_path)) == [".file.new", "precious"]
    assert (tmp_path / "precious").read_text() == "precious"


@pytest.mark.parametrize("writer", [name for name in WRITERS if name != "attachment"])
def test_a_file_of_another_name_is_not_written_through_a_hard_link(writer: str, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    os.link(tmp_path / "precious", tmp_path / ".file.new")
    WRITERS[writer](tmp_path / "file")
    assert sorted(os.listdir(tmp_path)) == ["file", "precious"]
    assert (tmp_path / "precious").read_text() == "precious"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of others")
@pytest.mark.parametrize("writer", [name for name in WRITERS if name != "attachment"])
def test_what_another_user_could_read_is_not_written_to(writer: str, tmp_path: Path) -> None:
    left = tmp_path / ".file.new"
    left.write_text("left")
    os.chown(left, 12345, 12345)
    with left.open() as of_another:
        WRITERS[writer](tmp_path / "file")
        assert of_another.read() == "left"
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").stat().st_uid == 0


@pytest.mark.parametrize("writer", [name for name in WRITERS if name != "attachment"])
def test_a_new_file_is_for_its_owner_alone_whatever_the_umask(writer: str, tmp_path: Path) -> None:
    former = os.umask(0o777)
    try:
        WRITERS[writer](tmp_path / "file")
    finally:
        os.umask(former)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_former_file_and_nothing_beside_it(
    failure: BaseException, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("former")
    with pytest.raises(type(failure)), replacing(tmp_path / "file") as file:
        write_all(file, b"half")
        raise failure
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "former")]


def test_permissions_stay_and_so_does_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("former")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "link").symlink_to("file")
    write_whole(tmp_path / "link", "new", mode=0o666, durable=True)
    assert (tmp_path / "link").is_symlink()
    assert ((tmp_path / "file").read_text(), (tmp_path / "file").stat().st_mode & 0o777) == ("new", 0o640)


def test_a_mode_is_that_of_a_new_file_less_the_umask(tmp_path: Path) -> None:
    former = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", "new", mode=0o666)
    finally:
        os.umask(former)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_there_is_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    write_new(tmp_path / "file", "ours")
    assert (tmp_path / "file").read_text() == "mine"


def test_nothing_stays_locked(tmp_path: Path) -> None:
    writer = CassetteWriter(tmp_path / "t.http.yaml")
    writer.begin()
    assert not is_locked(tmp_path / "t.http.yaml")
    writer.close()
