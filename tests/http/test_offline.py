"""Nothing gets past a cassette, whichever way an app takes to the network; this machine is no network."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3

from cpsl.http.cassette import ReplayedNetwork, cassette, is_offline_by_default
from cpsl.http.cassette_errors import CassetteError, RequestNotRecorded
from cpsl.http.offline import Network, watched
from tests.http.asking import CLIENTS, by_urllib
from tests.http.conftest import Service

AWAY = "http://service.invalid/x"
ADDRESS = ("192.0.2.1", 4433)
"""One that is nobody's (RFC 5737)."""


def by_socket(ask: Callable[[socket.socket], object], kind: int = socket.SOCK_STREAM) -> None:
    with socket.socket(type=kind) as asking:
        ask(asking)


def by_urllib3(url: str) -> None:
    urllib3.PoolManager().request("GET", url, retries=3)


WAYS: dict[str, Callable[[], Any]] = {
    **{ask.__name__: lambda ask=ask: ask(AWAY) for ask in CLIENTS},  # type: ignore[misc]
    "urllib3": lambda: by_urllib3(AWAY),
    "socket": lambda: by_socket(lambda asking: asking.connect(ADDRESS)),
    "socket, quietly": lambda: by_socket(lambda asking: asking.connect_ex(ADDRESS)),
    "socket, by name": lambda: socket.create_connection(("service.invalid", 80)),
    "datagram": lambda: by_socket(lambda asking: asking.sendto(b"x", ADDRESS), socket.SOCK_DGRAM),
    "name": lambda: socket.getaddrinfo("service.invalid", 443),
    "old name": lambda: socket.gethostbyname("service.invalid"),
    "stream": lambda: asyncio.run(open_stream()),
    "thread": lambda: ThreadPoolExecutor(1).submit(by_urllib3, AWAY).result(),
}


async def open_stream() -> None:
    await asyncio.open_connection(*ADDRESS)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_out_of_a_replay_without_a_cassette(way: str) -> None:
    network = Network("not to {}")
    with watched(network.reached), pytest.raises(RequestNotRecorded, match=r"^not to (service|192)\."):
        WAYS[way]()
    assert len(network.refused) == 1


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_past_an_empty_cassette(way: str, tape: Path) -> None:
    tape.write_text("interactions: []")
    with cassette(tape, "replay") as refused, pytest.raises(RequestNotRecorded, match=r"t\.http\.yaml"):
        WAYS[way]()
    assert len(refused) == 1


def test_this_machine_is_no_network_for_sockets_but_a_cassette_has_all_of_http(service: Service, tape: Path) -> None:
    tape.write_text("interactions: []")
    host, port = "127.0.0.1", int(service.url.rpartition(":")[2])
    network = Network("not to {}")
    with watched(network.reached):
        for name in (host, "localhost"):
            socket.create_connection((name, port)).close()
        assert by_urllib(service.url + "/x").status == 200
        socket.getaddrinfo("::1", 80)
        socket.getaddrinfo(None, 80)
    assert (network.told, network.refused) == ([], [])
    with cassette(tape, "replay"):
        socket.create_connection((host, port)).close()
        with pytest.raises(RequestNotRecorded):
            by_urllib(service.url + "/x")


def test_afterwards_every_way_is_open_again() -> None:
    with watched(Network("not to {}").reached):
        pass
    with pytest.raises(OSError, match=r"."):
        socket.getaddrinfo("service.invalid", 443)


def test_a_promise_without_its_cassette_is_refused_and_one_without_a_promise_is_told(tmp_path: Path) -> None:
    transcript = tmp_path / "t.jsonl"
    with pytest.raises(
        CassetteError, match=r"t\.http\.yaml: there is no such file, but t\.jsonl was recorded with HTTP"
    ):
        ReplayedNetwork(transcript, promised=True, offline=False)
    (tmp_path / "t.http.yaml").symlink_to("nowhere")
    with pytest.raises(CassetteError, match="there is no such file"):
        ReplayedNetwork(transcript, promised=False, offline=False)
    (tmp_path / "t.http.yaml").unlink()
    network = ReplayedNetwork(transcript, promised=False, offline=False)
    with network.on():
        for name in ("service.invalid", "other.invalid", "service.invalid"):
            with pytest.raises(OSError, match=r"."):
                socket.getaddrinfo(name, 443)
    assert "(service.invalid:443 and 1 more)" in network.told
    wanted = ReplayedNetwork(transcript, promised=True, asked_for="off", offline=False)
    assert (wanted.mode, wanted.told) == ("off", "")


@pytest.mark.parametrize(
    ("value", "offline"), [("true", True), ("1", True), ("", False), ("false", False), ("0", False)]
)
def test_a_build_server_is_offline(value: str, offline: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", value)
    assert is_offline_by_default() is offline


def test_every_client_is_there_to_be_tested() -> None:
    assert all(importlib.util.find_spec(name) for name in ("aiohttp", "httpx", "requests", "urllib3"))
