from __future__ import annotations

import base64
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cpsl
from cpsl.model.download import decode_data_url, download, file_url_path


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a b%.bin"
    path.write_bytes(b"\x00data\xff")
    return path


@pytest.fixture
def site(source: Path) -> Iterator[str]:
    handler = partial(QuietHandler, directory=str(source.parent))
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.anyio
async def test_a_file_url_is_copied_to_exactly_the_path(source: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "out")
    assert await download(source.as_uri(), target) == target
    assert Path(target).read_bytes() == b"\x00data\xff"


@pytest.mark.anyio
async def test_a_plain_path_is_copied(source: Path, tmp_path: Path) -> None:
    await download(str(source), str(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == b"\x00data\xff"


@pytest.mark.anyio
async def test_a_data_url_is_decoded(tmp_path: Path) -> None:
    await download("data:text/plain;base64,aGk=", str(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == b"hi"


@pytest.mark.anyio
async def test_an_http_url_is_fetched(site: str, tmp_path: Path) -> None:
    await download(f"{site}/a%20b%25.bin", str(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == b"\x00data\xff"


@pytest.mark.anyio
async def test_a_failed_request_is_an_os_error_and_writes_nothing(site: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="404") as caught:
        await download(f"{site}/missing", str(tmp_path / "out"))
    caught.value.close()  # type: ignore[attr-defined]
    assert not (tmp_path / "out").exists()


@pytest.mark.anyio
@pytest.mark.parametrize("prefix", ["", "file://"])
async def test_a_missing_file_is_an_os_error(prefix: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing"):
        await download(f"{prefix}{tmp_path}/missing", str(tmp_path / "out"))


@pytest.mark.anyio
async def test_no_folder_is_made(source: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await download(source.as_uri(), str(tmp_path / "no" / "out"))


@pytest.mark.anyio
async def test_a_folder_is_no_target(source: Path, tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        await download(source.as_uri(), str(tmp_path))


@pytest.mark.anyio
async def test_a_file_downloaded_onto_itself_keeps_its_content(source: Path) -> None:
    await download(source.as_uri(), str(source))
    assert source.read_bytes() == b"\x00data\xff"


@pytest.mark.anyio
async def test_another_scheme_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only file:, data:, http: and https:"):
        await download("ftp://host/x", str(tmp_path / "out"))


@pytest.mark.parametrize(
    ("url", "content"),
    [
        ("data:,a%20b", b"a b"),
        ("data:text/plain;charset=utf-8,%C3%A9", "é".encode()),
        ("data:;base64,aGk%3D", b"hi"),
        ("DATA:image/png;BASE64,", b""),
    ],
)
def test_data_urls_hold_percent_or_base64_text(url: str, content: bytes) -> None:
    assert decode_data_url(url) == content


@pytest.mark.parametrize("url", ["data:text/plain", "data:;base64,a", "data:;base64,a$$="])
def test_a_broken_data_url_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match="data: URL"):
        decode_data_url(url)


@given(st.binary())
def test_any_content_survives_a_data_url(content: bytes) -> None:
    text = base64.b64encode(content).decode()
    assert decode_data_url(f"data:application/octet-stream;base64,{text}") == content
    assert decode_data_url(f"data:,{quote(content)}") == content


def test_importing_the_declarations_loads_neither_http_nor_a_terminal() -> None:
    heavy = "urllib.request http.client rich typer prompt_toolkit"
    code = f"import sys, cpsl.model.upload, cpsl.ui; print(*sorted(set({heavy.split()}) & set(sys.modules)))"
    root = Path(cpsl.__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout == "\n"


def test_a_file_url_names_a_local_path() -> None:
    assert file_url_path("file:///a%20b") == "/a b"
    assert file_url_path("file://localhost/a") == "/a"
    with pytest.raises(ValueError, match="another computer"):
        file_url_path("file://server/a")
