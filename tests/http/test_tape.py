"""The file: what is written is read again, and what cannot be used is said to be."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cpsl.http.cassette import MODES, cassette, cassette_path
from cpsl.http.errors import CassetteError
from cpsl.http.exchange import Answered, Asked, Exchange
from cpsl.http.tape import TapeWriter, read_tape
from tests.http.conftest import Service

bodies = st.binary() | st.text().map(str.encode) | st.from_regex(r"(data: .*\n\n)+", fullmatch=True).map(str.encode)
values = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"))
headers = st.dictionaries(st.from_regex(r"[A-Za-z-]+", fullmatch=True), st.lists(values, min_size=1))
exchanges = st.builds(
    Exchange,
    st.builds(Asked, st.sampled_from(["GET", "POST"]), st.just("http://h/?q=1"), headers, bodies),
    st.builds(Answered, st.integers(100, 599), st.none() | values, headers, bodies),
)


@given(several=st.lists(exchanges, min_size=1, max_size=4))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, several: list[Exchange]) -> None:
    path = tmp_path_factory.mktemp("tape") / "t.http.yaml"
    writer = TapeWriter(path)
    for number, exchange in enumerate(several, 1):
        writer.add(exchange)
        assert len(read_tape(path)) == number
    writer.close()
    assert read_tape(path) == several


def exchange(body: bytes = b"{}") -> Exchange:
    return Exchange(Asked("GET", "http://h/", {}, b""), Answered(200, "OK", {}, body))


def test_an_event_stream_stands_in_the_file_line_by_line(tape: Path) -> None:
    writer = TapeWriter(tape)
    writer.add(exchange(b"data: one\n\ndata: two\n\n"))
    writer.close()
    assert "        data: one\n\n        data: two\n" in tape.read_text()


def test_a_long_text_stays_on_one_line(tape: Path) -> None:
    long = "word " * 1000
    writer = TapeWriter(tape)
    writer.add(exchange(long.encode()))
    writer.close()
    assert long in tape.read_text()


def test_vcrpy_reads_the_file_too(tape: Path) -> None:
    from vcr.persisters.filesystem import FilesystemPersister
    from vcr.serializers import yamlserializer

    writer = TapeWriter(tape)
    writer.add(exchange(b"\xff"))
    writer.add(exchange(b"a\n\n"))
    writer.close()
    requests, responses = FilesystemPersister.load_cassette(tape, yamlserializer)
    assert [request.uri for request in requests] == ["http://h/"] * 2
    assert [response["body"]["string"] for response in responses] == [b"\xff", b"a\n\n"]


def test_the_old_file_is_replaced_with_the_first_exchange(tape: Path) -> None:
    tape.write_text("old")
    writer = TapeWriter(tape)
    assert tape.read_text() == "old"
    writer.add(exchange())
    assert read_tape(tape) == [exchange()]
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


@pytest.mark.parametrize("text", DAMAGED)
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
        read_tape(tape)


def test_a_missing_file_or_a_folder_is_said_to_be_that(tape: Path) -> None:
    with pytest.raises(CassetteError, match="there is no such file; --http record makes it"):
        read_tape(tape)
    tape.mkdir()
    with pytest.raises(CassetteError, match="cannot be read"):
        read_tape(tape)


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
    writer = TapeWriter(tape)
    writer.add(Exchange(Asked("GET", "http://h/", {"A": ["1"]}, b""), Answered(200, "OK", {"B": ["1", "2"]}, b"")))
    writer.close()
    [kept] = yaml.safe_load(tape.read_text())["interactions"]
    assert (kept["request"]["headers"], kept["response"]["headers"]) == ({"A": ["1"]}, {"B": ["1", "2"]})
