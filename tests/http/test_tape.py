"""The file: what is written is read again, and what cannot be used is said to be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cpsl.http.cassette import MODES, cassette, cassette_path
from cpsl.http.cassette_errors import CassetteError
from cpsl.http.cassette_file import LARGEST, CassetteWriter, read_cassette
from cpsl.http.exchange import Exchange, HttpRequest, HttpResponse
from tests.http.conftest import Service

bodies = st.binary() | st.text().map(str.encode) | st.from_regex(r"(data: .*\n\n)+", fullmatch=True).map(str.encode)
values = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"))
headers = st.dictionaries(st.from_regex(r"[A-Za-z-]+", fullmatch=True), st.lists(values, min_size=1))
exchanges = st.builds(
    Exchange,
    st.builds(HttpRequest, st.sampled_from(["GET", "POST"]), st.just("http://h/?q=1"), headers, bodies),
    st.builds(HttpResponse, st.integers(100, 599), st.none() | values, headers, bodies),
)


@given(several=st.lists(exchanges, min_size=1, max_size=4))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, several: list[Exchange]) -> None:
    path = tmp_path_factory.mktemp("tape") / "t.http.yaml"
    writer = CassetteWriter(path)
    for number, exchange in enumerate(several, 1):
        writer.add(exchange)
        assert len(read_cassette(path)) == number
    writer.close()
    assert read_cassette(path) == several


def exchange(body: bytes = b"{}") -> Exchange:
    return Exchange(HttpRequest("GET", "http://h/", {}, b""), HttpResponse(200, "OK", {}, body))


def test_an_event_stream_stands_in_the_file_line_by_line(tape: Path) -> None:
    writer = CassetteWriter(tape)
    writer.add(exchange(b"data: one\n\ndata: two\n\n"))
    writer.close()
    assert "        data: one\n\n        data: two\n" in tape.read_text()


def test_a_long_text_stays_on_one_line(tape: Path) -> None:
    long = "word " * 1000
    writer = CassetteWriter(tape)
    writer.add(exchange(long.encode()))
    writer.close()
    assert long in tape.read_text()


def test_vcrpy_reads_the_file_too(tape: Path) -> None:
    from vcr.persisters.filesystem import FilesystemPersister
    from vcr.serializers import yamlserializer

    writer = CassetteWriter(tape)
    writer.add(exchange(b"\xff"))
    writer.add(exchange(b"a\n\n"))
    writer.close()
    requests, responses = FilesystemPersister.load_cassette(tape, yamlserializer)
    assert [request.uri for request in requests] == ["http://h/"] * 2
    assert [response["body"]["string"] for response in responses] == [b"\xff", b"a\n\n"]


def test_the_old_file_is_replaced_with_the_first_exchange(tape: Path) -> None:
    tape.write_text("old")
    writer = CassetteWriter(tape)
    assert tape.read_text() == "old"
    writer.add(exchange())
    assert read_cassette(tape) == [exchange()]
    writer.close()
    assert list(tape.parent.iterdir()) == [tape]


def test_a_recording_without_requests_leaves_everything_as_it_was(tape: Path) -> None:
    with cassette(tape, "record"):
        pass
    assert not tape.exists()
    tape.write_text("old")
    with cassette(tape, "record"):
        pass
    assert tape.read_text() == "old"


def test_what_cannot_be_written_is_told_at_the_end_and_not_to_the_app(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    statuses = []
    with (
        pytest.raises(CassetteError, match=r"t\.http\.yaml: cannot be written \(No such file or directory\)"),
        cassette(folder / "t.http.yaml", "record"),
    ):
        shutil.rmtree(folder)
        statuses += [httpx.get(service.url).status_code, httpx.get(service.url).status_code]
    assert statuses == [200, 200]


def test_a_failure_within_is_not_hidden_by_one_of_writing(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(ZeroDivisionError), cassette(folder / "t.http.yaml", "record"):
        shutil.rmtree(folder)
        httpx.get(service.url)
        raise ZeroDivisionError


def test_a_place_where_no_file_can_be_is_refused_at_once(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "t.http.yaml"):
        with pytest.raises(CassetteError, match=path.name), cassette(path, "record"):
            raise AssertionError("nothing may run")


WHOLE = "interactions:\n- request: {method: GET, uri: 'http://h/', headers: {}}\n  response: "
DAMAGED = {
    "": "is no cassette",
    "just a text": "is no cassette",
    "interactions: 3": "is no cassette",
    "a: [": ":2: is no YAML",
    "interactions:\n- a: b\n c": ":3: is no YAML",
    "interactions: [a]": "its exchange 1 is not complete",
    WHOLE + "{status: {code: 200, message: OK}, headers: {}}": "its exchange 1 is not complete",
    WHOLE + "{status: {code: x, message: OK}, headers: {}, body: {string: a}}": "its exchange 1 is not complete",
    WHOLE + "{status: {code: 200, message: OK}, headers: {}, body: {string: 1}}": "its exchange 1 is not complete",
    "!!python/object/apply:os.getcwd []": "is no cassette",
    "interactions: [!!python/object/apply:os.getcwd []]": ":1: holds what no cassette holds",
}


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12))
GOOD = WHOLE + "{status: {code: 200, message: OK}, headers: {}, body: {string: a}}\n"
DAMAGED |= {
    LAUGHS + GOOD.replace("GET", "*a11"): ":14: its exchange 1 is not complete",
    LAUGHS + GOOD.replace("headers: {}}", "headers: {a: *a11}}"): ":14: its exchange 1 is not complete",
    LAUGHS + "version: *a11\ninteractions: []": "is written by something else: version 'none'",
    MERGES + "interactions:\n- *a11": "holds what no cassette holds (a merged mapping)",
    "interactions: &a [*a]": "holds what no cassette holds",
    "interactions: " + "[" * 100_000: ":1: is no YAML",
    "version: 2\ninteractions: []": ":1: is written by something newer: version 2, and this one reads 1",
    "interactions: []\nversion: next": ":2: is written by something else: version 'next'",
    GOOD.replace("http://h/", "http://[::1"): ":2: its exchange 1 is not complete: 'http://[::1' is no address",
    GOOD + GOOD.replace("interactions:\n", "").replace("http://h/", "http://h:99999/"): ":4: its exchange 2",
    GOOD.replace("200", "9" * 5000): ":2: its exchange 1 holds a number or a date that is none",
    GOOD.replace("string: a", "string: [a]"): ":2: its exchange 1 is not complete",
    GOOD.replace("GET", "!!python/object/apply:os.getcwd []"): ":2: holds what no cassette holds",
}


@pytest.mark.parametrize("text", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_named_and_said_to_be_what_it_is(text: str, tape: Path) -> None:
    tape.write_text(text)
    with pytest.raises(CassetteError) as refusal, cassette(tape, "replay"):
        raise AssertionError("nothing may run")
    assert str(refusal.value).startswith(str(tape))
    assert DAMAGED[text] in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_bytes_that_are_no_text_are_a_damaged_file(tape: Path) -> None:
    tape.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CassetteError, match="is no YAML"):
        read_cassette(tape)


def test_a_missing_file_or_a_folder_is_said_to_be_that(tape: Path) -> None:
    with pytest.raises(CassetteError, match="there is no such file; --http record makes it"):
        read_cassette(tape)
    tape.mkdir()
    with pytest.raises(CassetteError, match="cannot be read"):
        read_cassette(tape)


def test_off_is_off(tape: Path, service: Service) -> None:
    with cassette(tape, "off") as refused:
        assert httpx.get(service.url).status_code == 200
    assert (refused, tape.exists(), MODES) == ([], False, ("record", "replay", "off"))


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("t.jsonl", "t.http.yaml"),
        ("a.b.jsonl", "a.b.http.yaml"),
        ("talk", "talk.http.yaml"),
        ("t.txt", "t.txt.http.yaml"),
    ],
)
def test_the_cassette_lies_beside_its_transcript(transcript: str, expected: str) -> None:
    assert cassette_path(Path("in") / transcript) == Path("in") / expected


def test_headers_stand_as_lists_for_every_reader(tape: Path) -> None:
    writer = CassetteWriter(tape)
    writer.add(
        Exchange(HttpRequest("GET", "http://h/", {"A": ["1"]}, b""), HttpResponse(200, "OK", {"B": ["1", "2"]}, b""))
    )
    writer.close()
    [kept] = yaml.safe_load(tape.read_text())["interactions"]
    assert (kept["request"]["headers"], kept["response"]["headers"]) == ({"A": ["1"]}, {"B": ["1", "2"]})


def tidied(path: Path) -> None:
    """What the hooks ``trailing-whitespace`` and ``end-of-file-fixer`` do before a commit."""
    lines = [line.rstrip() for line in path.read_text().split("\n")]
    path.write_text("\n".join(lines).rstrip("\n") + "\n")


@settings(max_examples=25)
@given(several=st.lists(exchanges, min_size=1, max_size=2))
def test_tools_that_tidy_up_the_ends_of_lines_and_files_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, several: list[Exchange]
) -> None:
    path = tmp_path_factory.mktemp("tape") / "t.http.yaml"
    writer = CassetteWriter(path)
    for one in several:
        writer.add(one)
    writer.close()
    tidied(path)
    assert read_cassette(path) == several


@pytest.mark.parametrize("body", [b"data: [DONE]\n\n", b"a \nb\t\n\n\n", b"\n\n", b" \n", b"a\r\n\r\n"])
def test_a_body_with_empty_last_lines_survives_them(body: bytes, tape: Path) -> None:
    writer = CassetteWriter(tape)
    writer.add(exchange(body))
    writer.close()
    tidied(tape)
    assert read_cassette(tape)[0].answered.body == body


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_regular_file_is_refused_without_waiting_for_it(tape: Path) -> None:
    os.mkfifo(tape)
    for path in (tape, Path("/dev/zero")):
        with pytest.raises(CassetteError, match="no regular file"):
            read_cassette(path)
        with pytest.raises(CassetteError, match="no regular file"):
            CassetteWriter(path)


def test_a_file_too_large_for_memory_is_refused_before_it_is_read(tape: Path) -> None:
    with tape.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(CassetteError, match="larger than 100 MB"):
        read_cassette(tape)


def test_a_recording_that_would_be_too_large_ends_with_a_sentence(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpsl.http.cassette_file.LARGEST", 1000)
    writer = CassetteWriter(tape)
    writer.add(exchange())
    writer.add(exchange(b"x" * 2000))
    writer.close()
    assert "would be larger" in str(writer.failure)
    assert read_cassette(tape) == [exchange()]


def test_a_symbolic_link_stays_one_and_what_it_points_to_is_written(tape: Path) -> None:
    target = tape.with_name("elsewhere.yaml")
    tape.symlink_to(target)
    writer = CassetteWriter(tape)
    writer.add(exchange())
    writer.close()
    assert (tape.is_symlink(), read_cassette(target)) == (True, [exchange()])
    tape.unlink()
    tape.symlink_to(tape)
    with pytest.raises(CassetteError, match=r"t\.http\.yaml: cannot be read"):
        read_cassette(tape)


def test_of_two_recordings_at_once_one_is_whole_and_the_other_is_told(tape: Path) -> None:
    first, second = CassetteWriter(tape), CassetteWriter(tape)
    first.add(exchange(b"1"))
    second.add(exchange(b"2"))
    first.add(exchange(b"3"))
    for writer in (first, second):
        writer.close()
    assert "another recording has replaced it" in str(first.failure)
    assert (second.failure, read_cassette(tape)) == (None, [exchange(b"2")])
    assert list(tape.parent.iterdir()) == [tape]


def test_what_stands_there_is_whole_at_every_moment(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = CassetteWriter(tape)
    writer.add(exchange(b"1"))
    published: list[Path] = []

    def killed(self: Path, target: Path) -> Path:
        published.append(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        writer.add(exchange(b"2" * 10_000))
    monkeypatch.undo()
    writer.close()
    assert read_cassette(tape) == [exchange(b"1")]
    assert [path.exists() for path in published] == [False]


def test_a_large_cassette_is_appended_to_and_loses_nothing_to_a_full_disk(
    tape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpsl.http.cassette_file._WHOLE", 0)
    writer = CassetteWriter(tape)
    several = [exchange(b"%d" % number) for number in range(3)]
    for one in several:
        writer.add(one)
    assert read_cassette(tape) == several

    class Full:
        """A disk on which half of it fits."""

        def __init__(self, file: Any) -> None:
            self._file = file
            self.truncate, self.fileno, self.close = file.truncate, file.fileno, file.close
            self._full = False

        def write(self, data: bytes) -> int:
            if self._full:
                raise OSError(28, "No space left on device")
            self._full = True
            return int(self._file.write(data[: len(data) // 2]))

    monkeypatch.setattr(writer, "_file", Full(writer._file))
    writer.add(exchange(b"more"))
    writer.close()
    assert "No space left on device" in str(writer.failure)
    assert read_cassette(tape) == several


def test_begin_makes_a_cassette_without_exchanges_and_only_where_none_was_begun(tape: Path) -> None:
    tape.write_text("old")
    writer = CassetteWriter(tape)
    writer.begin()
    assert read_cassette(tape) == []
    writer.add(exchange())
    writer.begin()
    writer.close()
    assert read_cassette(tape) == [exchange()]
