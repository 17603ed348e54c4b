from __future__ import annotations

from pathlib import Path

import pytest

import cpsl
from cpsl.clock import wall_time
from tests.signatures import signature_text


def test_a_message_has_the_hosted_signature() -> None:
    assert signature_text(cpsl.Message) == "(text, sender, channel_type, timestamp=<factory>, attachments=None)"
    assert signature_text(cpsl.Attachment) == "(name, content_type, url, size=0)"


def test_a_message_is_stamped_with_the_time_it_was_made() -> None:
    before = wall_time()
    assert before <= cpsl.Message("hi", "user", "chat").timestamp <= wall_time()


def test_a_message_without_attachments_has_none_on_the_wire() -> None:
    message = cpsl.Message("hi", "app", "slack", 12.5)
    assert message.attachments is None
    assert message.to_dict() == {"text": "hi", "sender": "app", "channel_type": "slack", "timestamp": 12.5}
    assert list(message.to_dict()) == ["text", "sender", "channel_type", "timestamp"]


def test_an_empty_list_of_attachments_is_left_out_of_the_wire_form() -> None:
    assert "attachments" not in cpsl.Message("hi", "user", "chat", 1.0, []).to_dict()


def test_attachments_go_on_the_wire_in_their_own_form() -> None:
    file = cpsl.Attachment("a.txt", "text/plain", "file:///a.txt", 3)
    message = cpsl.Message("see", "user", "chat", 1.0, [file])
    expected = {"name": "a.txt", "content_type": "text/plain", "url": "file:///a.txt", "size": 3}
    assert message.to_dict()["attachments"] == [expected]
    assert list(expected) == list(file.to_dict())


def test_the_size_of_an_attachment_is_zero_unless_known() -> None:
    assert cpsl.Attachment("a", "t", "u").to_dict() == {"name": "a", "content_type": "t", "url": "u", "size": 0}


async def test_an_attachment_is_downloaded_to_exactly_the_given_path(tmp_path: Path) -> None:
    source, target = tmp_path / "a b.bin", tmp_path / "copy"
    source.write_bytes(b"\x00\xff")
    attachment = cpsl.Attachment("a b.bin", "application/octet-stream", source.as_uri(), 2)
    assert await attachment.download(str(target)) == str(target)
    assert target.read_bytes() == b"\x00\xff"


async def test_a_download_makes_no_folder(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"x")
    with pytest.raises(OSError):
        await cpsl.Attachment("a", "t", source.as_uri()).download(str(tmp_path / "missing" / "a"))


def test_a_block_without_an_id_gets_a_fresh_one_in_each_envelope() -> None:
    block = cpsl.Block("card", {"a": 1})
    first, second = block.to_envelope(), block.to_envelope()
    assert list(first) == ["id", "type", "payload"]
    assert first["id"].startswith("blk_")
    assert first["id"] != second["id"]
    assert cpsl.Block("card", {}, "mine").to_envelope() == {"id": "mine", "type": "card", "payload": {}}
