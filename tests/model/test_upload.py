from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.model.upload import FileUpload, FileUploadTimeout, IntegrationDeclined, IntegrationTimeout
from tests.signatures import signature_text


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def upload_of(path: Path) -> FileUpload:
    return FileUpload("n.csv", "text/csv", path.as_uri(), 2)


def test_an_upload_has_no_path_until_it_is_downloaded() -> None:
    assert signature_text(FileUpload) == "(name, content_type, url, size, path=None)"
    assert FileUpload("n", "t", "u", 1).path is None


@pytest.mark.anyio
async def test_downloading_sets_and_returns_the_path(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"hi")
    upload = upload_of(tmp_path / "in")
    assert await upload.download(str(tmp_path / "out")) == str(tmp_path / "out")
    assert upload.path == str(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"hi"


@pytest.mark.anyio
async def test_a_failed_download_leaves_the_path_unset(tmp_path: Path) -> None:
    upload = upload_of(tmp_path / "missing")
    with pytest.raises(OSError, match="missing"):
        await upload.download(str(tmp_path / "out"))
    assert upload.path is None


def test_time_outs_and_refusals_are_the_errors_apps_catch() -> None:
    assert issubclass(FileUploadTimeout, TimeoutError)
    assert issubclass(IntegrationTimeout, TimeoutError)
    assert issubclass(IntegrationDeclined, RuntimeError)
