from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from cpsl.model.codec import LineEncoder
from cpsl.model.events import Chunk, Event, Reply, TurnEnded, UserMessage
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.transcript.outfile import OutFile, RecordError
from cpsl.transcript.record import Recorder

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
