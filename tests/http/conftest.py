"""A service on this machine that apps call, and everything a client can do with it."""

from __future__ import annotations

import gzip
import itertools
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cpsl.model.secret_source import secret_source

EVENTS = "".join(f'data: {{"piece": "{word}"}}\n\n' for word in ("Hello", "wörld", "[DONE]")).encode()
BINARY = bytes(range(256)) * 4


class Service:
    """A real HTTP server in a thread. ``answers`` maps paths to ``(status, headers, body)``; any other path says what
    was asked, and how many requests there were before. ``asked`` counts them. ``/held`` waits for ``released``.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.released = threading.Event()
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {
            "/moved": (302, {"Location": "/there?token=redirect-7hQ2zX9"}, b""),
            "/missing": (404, {"Content-Type": "application/json"}, b'{"error": "missing"}'),
            "/broken": (503, {}, b"later"),
            "/events": (200, {"Content-Type": "text/event-stream"}, EVENTS),
            "/binary": (200, {"Content-Type": "application/octet-stream"}, BINARY),
            "/packed": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"packed well", mtime=0)),
            "/empty": (204, {}, b""),
            "/utf-8": (200, {"Content-Disposition": 'filename="Übersicht.pdf"'.encode().decode("latin-1")}, b""),
            "/latin-1": (
                200,
                {"Content-Type": "text/plain; charset=iso-8859-1"},
                "Grüße".encode("latin-1"),
            ),
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        """From now on a connection is refused."""
        self.released.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    number, redirects = itertools.count(), itertools.count()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self._body()
            service.asked += 1
            if self.path.startswith("/held"):
                service.released.wait(60)
            said = f"{self.command} {self.path} {body.decode('latin-1')} {next(number)}".encode()
            status, headers, answer = service.answers.get(self.path.partition("?")[0], (200, {}, said))
            again = self.path.startswith("/again-and-again") and next(redirects) % 2 == 0
            if again:
                status, headers = 302, {"Location": self.path}
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        do_POST = do_HEAD = do_GET

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler


@pytest.fixture(autouse=True)
def _no_credentials_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that other modules declare would have the first numbers of masks."""
    monkeypatch.setattr(secret_source, "_held", {})


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()
    yield running
    running.stop()


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "t.http.yaml"


@pytest.fixture
def recorded(service: Service, tape: Path) -> Callable[[Callable[[], Any]], Any]:
    """Records what the given function does, stops the service, and returns what the function returned."""
    from cpsl.http.cassette import cassette

    def record(work: Callable[[], Any]) -> Any:
        with cassette(tape, "record"):
            result = work()
        service.stop()
        return result

    return record
