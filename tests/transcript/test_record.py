from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from cpsl.model.codec import LineEncoder
from cpsl.model.events import Answered, Asked, Chunk, Event, Reply, TurnEnded, UserMessage
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.transcript.outfile import OutFile, RecordError
from cpsl.transcript.record import Recorder, copy_attachment

KEY = SessionKey("s", "main", UserInfo("u"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "t.jsonl"


def recorder(file: Path) -> Recorder:
    return Recorder(OutFile(file, "--record"), LineEncoder("app.py:app", "probe"))


def types(file: Path) -> list[str]:
    return [json.loads(line)["type"] for line in file.read_text().splitlines()]


def turn(number: int) -> list[Event]:
    return [UserMessage(number, 0.0, "hi"), Chunk(number, 0.0, "y"), Reply(number, 0.0, "yes", True, 1)]


def test_a_turn_is_written_when_it_ends(file: Path) -> None:
    record = recorder(file)
    for event in turn(1):
        record.deliver(event, KEY)
    assert not file.exists()
    record.deliver(TurnEnded(1, 0.0, "ok"), KEY)
    assert types(file) == ["header", "user", "reply", "end"]
    record.close()


def test_turns_at_the_same_time_are_written_one_after_the_other(file: Path) -> None:
    record = recorder(file)
    for pair in zip(turn(1), turn(2), strict=True):
        for event in pair:
            record.deliver(event, KEY)
    record.deliver(TurnEnded(2, 0.0, "ok"), KEY)
    record.deliver(TurnEnded(1, 0.0, "ok"), KEY)
    record.close()
    numbers = [json.loads(line).get("turn") for line in file.read_text().splitlines()]
    assert numbers == [None, 2, 2, 2, 1, 1, 1]


def test_a_turn_stays_whole_when_a_later_one_has_ended_before_it(file: Path) -> None:
    record = recorder(file)
    for event in (*turn(1)[:1], *turn(2), TurnEnded(2, 0.0, "ok"), Reply(1, 0.0, "slow")):
        record.deliver(event, KEY)
    assert '"slow"' not in file.read_text()
    record.deliver(TurnEnded(1, 0.0, "ok"), KEY)
    assert '"slow"' in file.read_text()
    record.close()


def test_what_is_said_after_the_end_is_written_at_once(file: Path) -> None:
    record = recorder(file)
    for event in (*turn(1), TurnEnded(1, 0.0, "ok"), Reply(1, 0.0, "late")):
        record.deliver(event, KEY)
    assert types(file)[-1] == "reply"
    record.close()


def test_a_turn_that_never_ended_is_written_at_the_close(file: Path) -> None:
    record = recorder(file)
    for event in turn(1):
        record.deliver(event, KEY)
    record.close()
    assert types(file) == ["header", "user", "reply"]


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "t.jsonl"):
        with pytest.raises(RecordError, match=str(path.name)):
            recorder(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_full_disk_is_told_once_and_does_not_disturb_the_chat(caplog: pytest.LogCaptureFixture) -> None:
    record = recorder(Path("/dev/full"))
    for event in (*turn(1), TurnEnded(1, 0.0, "ok"), *turn(2), TurnEnded(2, 0.0, "ok")):
        record.deliver(event, KEY)
    words = "/dev/full: cannot be written any further (No space left on device)."
    assert caplog.messages == [words]
    with pytest.raises(RecordError, match="No space left"):
        record.close()


def test_a_file_that_gets_no_longer_ends_with_a_whole_turn(file: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    record = recorder(file)
    record.deliver(UserMessage(1, 0.0, "hi"), KEY)
    record.deliver(TurnEnded(1, 0.0, "ok"), KEY)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 20, limits[1]))
    try:
        record.deliver(UserMessage(2, 0.0, "hi"), KEY)
        record.deliver(TurnEnded(2, 0.0, "ok"), KEY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert types(file) == ["header", "user", "end"]
    with pytest.raises(RecordError, match="cannot be written any further"):
        record.close()


def test_a_second_chat_is_told_and_replaces_nothing(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    first, second = recorder(file), recorder(file)
    for event in (*turn(1), TurnEnded(1, 0.0, "ok")):
        first.deliver(event, KEY)
    written = file.read_bytes()
    with pytest.raises(RecordError, match="another chat is writing it; name another file"):
        recorder(file)
    for event in (*turn(1), TurnEnded(1, 0.0, "ok")):
        second.deliver(event, KEY)
    assert caplog.messages == [f"{file}: another chat is writing it; name another file."]
    first.close()
    with pytest.raises(RecordError, match="another chat"):
        second.close()
    assert file.read_bytes() == written
    recorder(file).close()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("before", [None, "first"])
def test_what_somebody_else_has_written_since_the_chat_began_stays(file: Path, before: str | None) -> None:
    if before:
        file.write_text(before)
    record = recorder(file)
    file.unlink(missing_ok=True)
    file.write_text("theirs")
    for event in (*turn(1), TurnEnded(1, 0.0, "ok")):
        record.deliver(event, KEY)
    assert file.read_text() == "theirs"
    with pytest.raises(RecordError, match="written by somebody else since this chat began"):
        record.close()


def test_a_copy_that_was_cut_or_changed_is_made_anew(tmp_path: Path) -> None:
    source = tmp_path / "photo.png"
    source.write_bytes(b"x" * 1000)
    copy = tmp_path / "out" / copy_attachment(source, tmp_path / "out")
    assert (copy.read_bytes(), copy.stat().st_mode & 0o777) == (b"x" * 1000, 0o600)
    assert copy.parent.stat().st_mode & 0o777 == 0o700
    for damage in (b"x" * 10, b"y" * 1000, b""):
        copy.write_bytes(damage)
        copy.with_name(".photo.png.new").write_bytes(b"left by a killed process, and longer" * 100)
        assert tmp_path / "out" / copy_attachment(source, tmp_path / "out") == copy
        assert copy.read_bytes() == b"x" * 1000
        assert [path.name for path in copy.parent.iterdir()] == ["photo.png"]


def test_a_file_that_cannot_be_copied_leaves_nothing_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "photo.png"
    source.write_bytes(b"x" * 1000)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        copy_attachment(source, tmp_path / "out")
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_a_recording_goes_on_without_a_file_that_cannot_be_copied(
    tmp_path: Path, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = tmp_path / "photo.png"
    source.write_bytes(b"x")
    (file.parent / "attachments").write_text("a file stands where the folder should be")
    record = recorder(file)
    record.deliver(UserMessage(1, 0.0, "hi", ({"name": "photo.png", "path": str(source)},)), KEY)
    record.deliver(TurnEnded(1, 0.0, "ok"), KEY)
    record.close()
    assert types(file) == ["header", "user", "end"]
    assert json.loads(file.read_text().splitlines()[1])["attachments"][0]["path"] == str(source)
    (told,) = caplog.messages
    assert told.startswith(f"{source}: cannot be copied beside the recording (")


def test_a_file_that_changes_while_it_is_copied_is_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "log.txt"
    source.write_bytes(b"now")
    monkeypatch.setattr("cpsl.transcript.record.digest", lambda path: "0" * 64)
    with pytest.raises(OSError, match="it changes while it is copied"):
        copy_attachment(source, tmp_path / "out")


def test_of_two_questions_at_once_each_answer_is_that_of_its_own(file: Path, tmp_path: Path) -> None:
    (tmp_path / "cv.pdf").write_bytes(b"%PDF")
    answer = str(tmp_path / "cv.pdf")
    record = recorder(file)
    for event in (
        UserMessage(1, 0.0, "hi"),
        Asked(1, 0.0, "file", "Your CV?"),
        Asked(1, 0.0, "approval", "Sure?"),
        Answered(1, 0.0, answer),
        Answered(1, 0.0, True),
        TurnEnded(1, 0.0, "ok"),
    ):
        record.deliver(event, KEY)
    record.close()
    values = [json.loads(line).get("value") for line in file.read_text().splitlines() if '"answer"' in line]
    (copied, sure) = values
    assert (Path(copied).name, (tmp_path / copied).read_bytes(), sure) == ("cv.pdf", b"%PDF", True)
    assert copied.startswith("attachments/")
