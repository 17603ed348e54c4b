"""What every client gets from a cassette is what it got from the service."""

from __future__ import annotations

import asyncio
import io
import json
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import time_machine
import urllib3

from cpsl.http.cassette import cassette
from cpsl.http.cassette_errors import RequestNotRecorded
from cpsl.http.cassette_file import read_cassette
from tests.http.asking import CLIENTS, Ask, Seen, by_httpx, by_requests, by_urllib
from tests.http.conftest import BINARY, EVENTS, Service

Record = Callable[[Callable[[], Any]], Any]
PATHS = ["/plain?b=2&a=1", "/moved", "/missing", "/broken", "/events", "/binary", "/empty"]

every_client = pytest.mark.parametrize("ask", CLIENTS, ids=lambda ask: ask.__name__)


@every_client
def test_everything_is_served_again_without_the_service(
    ask: Ask, service: Service, recorded: Record, tape: Path
) -> None:
    def talk() -> list[Seen]:
        return [ask(service.url + path) for path in PATHS] + [ask(service.url + "/model", {"say": "ä"})]

    live = recorded(talk)
    assert [seen.status for seen in live][2:4] == [404, 503]
    asked = service.asked
    with cassette(tape, "replay") as refused:
        again = talk()
    # Of what was asked for after a redirect the secrets are gone, also from the address that a client knows.
    assert [_without_token(seen) for seen in again] == [_without_token(seen) for seen in live]
    assert (refused, service.asked) == ([], asked)


def _without_token(seen: Seen) -> Seen:
    url = seen.url and seen.url.replace("redirect-7hQ2zX9", "***1")
    return Seen(seen.status, seen.body.replace(b"redirect-7hQ2zX9", b"***1"), url)


@every_client
def test_a_packed_answer_is_kept_and_served_unpacked(ask: Ask, service: Service, recorded: Record, tape: Path) -> None:
    recorded(lambda: ask(service.url + "/packed"))
    assert b"packed well" in tape.read_bytes()
    with cassette(tape, "replay"):
        assert ask(service.url + "/packed").body == b"packed well"


@every_client
def test_the_same_request_gives_its_answers_in_order(ask: Ask, service: Service, recorded: Record, tape: Path) -> None:
    live = recorded(lambda: [ask(service.url + "/same").body for _ in range(3)])
    assert len(set(live)) == 3
    with cassette(tape, "replay"):
        assert [ask(service.url + "/same").body for _ in range(3)] == live
        with pytest.raises(RequestNotRecorded, match="was recorded 3 times, and is now asked once more"):
            ask(service.url + "/same")


@every_client
def test_another_request_is_refused_in_one_sentence(ask: Ask, service: Service, recorded: Record, tape: Path) -> None:
    recorded(lambda: ask(service.url + "/model", {"say": "a"}))
    with cassette(tape, "replay") as refused:
        with pytest.raises(RequestNotRecorded) as other_body:
            ask(service.url + "/model", {"say": "b"})
        with pytest.raises(RequestNotRecorded) as other_path:
            ask(service.url + "/other?api_key=sk-1")
    again = "(t.http.yaml); record the conversation again with --http record."
    assert str(other_body.value) == f"POST {service.url}/model was recorded with another body {again}"
    assert str(other_path.value) == f"GET {service.url}/other?api_key=*** was not recorded {again}"
    assert refused == [str(other_body.value), str(other_path.value)]


@every_client
def test_a_refused_connection_is_not_recorded(ask: Ask, service: Service, recorded: Record, tape: Path) -> None:
    service.stop()

    def fail() -> str:
        with pytest.raises(Exception, match=r".") as failure:
            ask(service.url + "/gone")
        return type(failure.value).__name__

    assert recorded(fail) != "RequestNotRecorded"
    assert not tape.exists()


@every_client
def test_replays_while_the_time_stands_still(ask: Ask, service: Service, recorded: Record, tape: Path) -> None:
    live = recorded(lambda: ask(service.url + "/then"))
    with time_machine.travel(0, tick=False), cassette(tape, "replay"):
        assert ask(service.url + "/then") == live


@pytest.mark.parametrize("ask", [by_urllib, by_requests, by_httpx], ids=lambda ask: ask.__name__)
def test_https_needs_no_network_in_a_replay(ask: Ask, tape: Path) -> None:
    tape.write_text(
        "interactions:\n"
        "- request: {method: GET, uri: 'https://service.invalid/', headers: {}, body: null}\n"
        "  response: {status: {code: 200, message: OK}, headers: {}, body: {string: safe}}\n"
    )
    with cassette(tape, "replay"):
        assert ask("https://service.invalid/").body == b"safe"


def test_threads_never_get_past_the_cassette(service: Service, recorded: Record, tape: Path) -> None:
    clients = [by_requests, by_urllib, by_httpx]

    def talk() -> list[bytes]:
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda number: clients[number % 3](f"{service.url}/{number}").body, range(48)))

    live = recorded(talk)
    with cassette(tape, "replay"):
        assert talk() == live


def test_an_event_stream_is_read_line_by_line(service: Service, recorded: Record, tape: Path) -> None:
    def talk() -> list[list[str]]:
        with httpx.stream("GET", service.url + "/events") as response:
            by_httpx = [line for line in response.iter_lines() if line]
        streamed = requests.get(service.url + "/events", stream=True)
        return [by_httpx, [line.decode() for line in streamed.iter_lines() if line]]

    events = [line for line in EVENTS.decode().splitlines() if line]
    assert recorded(talk) == [events, events]
    with cassette(tape, "replay"):
        assert talk() == [events, events]


def test_an_upload_is_the_same_request_whatever_its_boundary(service: Service, recorded: Record, tape: Path) -> None:
    def upload(content: bytes) -> int:
        return httpx.post(service.url + "/empty", files={"file": ("a.bin", content)}).status_code

    assert recorded(lambda: upload(BINARY)) == 204
    with cassette(tape, "replay"):
        with pytest.raises(RequestNotRecorded, match="another body"):
            upload(BINARY[1:])
        assert upload(BINARY) == 204


def test_a_form_of_aiohttp_is_kept_and_a_redirect_of_it_followed(
    service: Service, recorded: Record, tape: Path
) -> None:
    aiohttp = pytest.importorskip("aiohttp")
    service.answers["/again"] = (307, {"Location": "/plain"}, b"")

    async def send(name: str) -> str:
        form = aiohttp.FormData()
        form.add_field("name", name)
        form.add_field("password", "hunter-2")
        async with aiohttp.ClientSession() as session:
            async with session.post(service.url + "/empty", data=form) as response:
                status = response.status
            async with session.post(service.url + "/again", json={"name": name}) as response:
                return f"{status} {await response.text()}"

    live = recorded(lambda: asyncio.run(send("ann")))
    assert "hunter-2" not in tape.read_text()
    with cassette(tape, "replay"):
        with pytest.raises(RequestNotRecorded, match="another body"):
            asyncio.run(send("bob"))
        assert asyncio.run(send("ann")) == live


def test_json_is_compared_as_what_it_means(service: Service, recorded: Record, tape: Path) -> None:
    def post(text: str) -> str:
        return httpx.post(service.url + "/model", content=text, headers={"Content-Type": "application/json"}).text

    live = recorded(lambda: post(json.dumps({"a": [1, 2], "b": {"c": None}})))
    with cassette(tape, "replay"):
        with pytest.raises(RequestNotRecorded):
            post('{"a": [2, 1], "b": {"c": null}}')
        assert post('{"b":{"c":null},  "a":[1,2]}') == live


def test_the_order_of_a_query_does_not_matter_but_all_of_it_counts(
    service: Service, recorded: Record, tape: Path
) -> None:
    live = recorded(lambda: httpx.get(service.url + "/q?a=1&b=&a=2").text)
    with cassette(tape, "replay"):
        for other in ("/q?a=1&a=2", "/q?a=1&b=1&a=2", "/Q?a=1&b=&a=2", "/q?a=1&b=&a=2&c=3"):
            with pytest.raises(RequestNotRecorded):
                httpx.get(service.url + other)
        assert httpx.get(service.url + "/q?a=2&a=1&b=").text == live


def test_a_call_within_the_process_is_no_exchange(tape: Path) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text="mine"))
    with cassette(tape, "record"), httpx.Client(transport=transport) as client:
        assert client.get("http://app.invalid/").text == "mine"
    assert not tape.exists()


def test_after_it_the_network_is_as_it_was(service: Service, recorded: Record, tape: Path) -> None:
    with cassette(tape, "record"):
        by_requests(service.url + "/kept")
    kept = tape.read_bytes()
    for ask in CLIENTS:
        before = service.asked
        ask(service.url + "/free")
        assert service.asked == before + 1
    assert tape.read_bytes() == kept


def of_requests(url: str) -> list[Any]:
    answer = requests.get(url)
    return [answer.headers.get("content-disposition"), answer.headers.get("content-type"), answer.text]


def of_httpx(url: str) -> list[Any]:
    answer = httpx.get(url)
    return [answer.headers.get("content-disposition"), answer.headers.get("content-type"), answer.text]


def of_urllib(url: str) -> list[Any]:
    with urllib.request.urlopen(url) as answer:
        return [answer.headers.get("content-disposition"), answer.headers.get("content-type"), answer.read()]


def of_urllib3(url: str) -> list[Any]:
    answer = urllib3.PoolManager().request("GET", url)
    return [answer.headers.get("content-disposition"), answer.headers.get("content-type"), answer.data]


def of_aiohttp(url: str) -> list[Any]:
    async def ask(session: Any) -> list[Any]:
        async with session.get(url) as answer:
            return [answer.headers.get("content-disposition"), answer.headers.get("content-type"), await answer.text()]

    return list(with_aiohttp(ask))


def with_aiohttp(work: Callable[[Any], Any]) -> Any:
    aiohttp = pytest.importorskip("aiohttp")

    async def within() -> Any:
        async with aiohttp.ClientSession() as session:
            return await work(session)

    return asyncio.run(within())


@pytest.mark.parametrize(
    "look", [of_requests, of_httpx, of_urllib, of_urllib3, of_aiohttp], ids=lambda one: one.__name__
)
def test_letters_beyond_ascii_are_the_same_live_recorded_and_replayed(
    look: Callable[[str], list[Any]], service: Service, recorded: Record, tape: Path
) -> None:
    def talk() -> list[Any]:
        return [look(service.url + path) for path in ("/utf-8", "/latin-1")]

    live = talk()
    assert live[1][2] in ("Grüße", "Grüße".encode("latin-1"))
    assert recorded(talk) == live
    with cassette(tape, "replay"):
        assert talk() == live


def upload_in_pieces(url: str) -> list[bytes]:
    def pieces() -> Iterator[bytes]:
        yield from (b"ab", b"cd")

    async def later() -> AsyncIterator[bytes]:
        for piece in pieces():
            yield piece

    async def by_aiohttp(session: Any) -> bytes:
        async with session.post(url, data=later()) as answer:
            return bytes(await answer.read())

    return [
        requests.post(url, data=pieces()).content,
        requests.post(url, data=io.BytesIO(b"abcd")).content,
        httpx.post(url, content=pieces()).content,
        urllib3.PoolManager().request("POST", url, body=pieces()).data,
        with_aiohttp(by_aiohttp),
    ]


def read_in_pieces(url: str) -> list[Any]:
    pool = urllib3.PoolManager()

    async def by_aiohttp(session: Any) -> list[Any]:
        async with session.get(url) as answer:
            return [line async for line in answer.content]

    return [
        b"".join(pool.request("GET", url, preload_content=False).stream(3)),
        list(pool.request("GET", url, preload_content=False)),
        list(requests.get(url, stream=True).iter_lines()),
        with_aiohttp(by_aiohttp),
    ]


def follow_one_address_twice(url: str) -> list[Any]:
    async def by_aiohttp(session: Any) -> list[Any]:
        async with session.get(url) as answer:
            return [await answer.text(), [one.status for one in answer.history]]

    by_requests, by_httpx = requests.get(url), httpx.get(url, follow_redirects=True)
    histories = [[one.status_code for one in by_requests.history], [one.status_code for one in by_httpx.history]]
    return [by_requests.text, by_httpx.text, histories, with_aiohttp(by_aiohttp)]


def ask_for_heads(url: str) -> list[Any]:
    return [requests.head(url).headers["content-length"], httpx.head(url).headers["content-length"]]


def upload_parts(url: str) -> list[int]:
    aiohttp = pytest.importorskip("aiohttp")

    async def by_aiohttp(session: Any) -> int:
        form = aiohttp.FormData({"x": "1"})
        form.add_field("file", b"abc", filename="a.txt")
        async with session.post(url, data=form) as answer:
            return int(answer.status)

    return [
        requests.post(url, files={"file": ("a.txt", io.BytesIO(b"abc"))}).status_code,
        httpx.post(url, files={"file": ("a.txt", b"abc")}, data={"x": "1"}).status_code,
        urllib3.PoolManager().request("POST", url, fields={"x": "1"}).status,
        with_aiohttp(by_aiohttp),
    ]


@pytest.mark.parametrize(
    ("work", "path"),
    [
        (upload_in_pieces, "/there"),
        (upload_parts, "/empty"),
        (read_in_pieces, "/events"),
        (follow_one_address_twice, "/again-and-again"),
        (ask_for_heads, "/packed"),
    ],
)
def test_what_clients_do_with_a_connection_is_the_same_from_a_cassette(
    work: Callable[[str], Any], path: str, service: Service, recorded: Record, tape: Path
) -> None:
    live = recorded(lambda: work(service.url + path))
    with cassette(tape, "replay") as refused:
        assert work(service.url + path) == live
    assert refused == []


def test_pieces_of_a_chunked_answer_are_read_from_a_cassette_too(tape: Path) -> None:
    tape.write_text(
        "interactions:\n- request: {method: GET, uri: 'http://h.invalid/', headers: {}}\n"
        "  response: {status: {code: 200}, headers: {Transfer-Encoding: [chunked]}, body: {string: abcdef}}\n"
    )
    with cassette(tape, "replay"):
        answer = urllib3.PoolManager().request("GET", "http://h.invalid/", preload_content=False)
        assert b"".join(answer.read_chunked()) == b"abcdef"


async def by_httpx_client(url: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text


async def by_aiohttp_session(url: str) -> str:
    import aiohttp

    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


@pytest.mark.parametrize("ask", [by_httpx_client, by_aiohttp_session], ids=lambda one: one.__name__)
def test_the_one_that_was_given_up_for_a_faster_one_stays_the_slower_one(
    ask: Callable[[str], Any], service: Service, recorded: Record, tape: Path
) -> None:
    async def race() -> str:
        slow, fast = (asyncio.ensure_future(ask(service.url + path)) for path in ("/held", "/fast"))
        [first], _ = await asyncio.wait({slow, fast}, return_when=asyncio.FIRST_COMPLETED)
        slow.cancel()
        await asyncio.wait({slow})
        assert slow.cancelled()
        return str(first.result())

    live = recorded(lambda: asyncio.run(race()))
    assert live.startswith("GET /fast")
    with cassette(tape, "replay") as refused:
        assert asyncio.run(race()) == live
    assert refused == []


def test_equal_requests_at_once_get_their_answers_in_the_order_of_asking(
    service: Service, recorded: Record, tape: Path
) -> None:
    async def both() -> list[str]:
        held = asyncio.ensure_future(by_httpx_client(service.url + "/held?n=1"))
        while service.asked == 0:
            await asyncio.sleep(0)
        other = await by_httpx_client(service.url + "/plain")
        service.released.set()
        return [await held, other]

    live = recorded(lambda: asyncio.run(both()))
    assert [one.asked.uri.rpartition("/")[2] for one in read_cassette(tape)] == ["plain", "held?n=1"]
    assert [one.number for one in read_cassette(tape)] == [2, 1]
    with cassette(tape, "replay"):
        assert [by_requests(service.url + path).body.decode() for path in ("/held?n=1", "/plain")] == live
