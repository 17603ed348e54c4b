from __future__ import annotations

from typing import Any

import pytest

from cpsl.model.channel_decl import API, Channel, ChannelRef, Chat, InlineChannel, Slack, Telegram, WhatsApp
from cpsl.model.secret import Secret
from tests.signatures import signature_text


def test_a_channel_is_a_reference_by_name() -> None:
    assert Channel is ChannelRef
    assert Channel("t").to_dict() == {"type": "_resource", "name": "t"}
    assert repr(Channel("t")) == "Channel('t')"


def test_chat_and_api_are_their_type() -> None:
    assert Chat().to_dict() == {"type": "chat"}
    assert API().to_dict() == {"type": "api"}


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        (Channel, "(name)"),
        (Chat, "(type='chat')"),
        (API, "(type='api')"),
        (Telegram, "(type='telegram', bot_token=None)"),
        (Slack, "(type='slack', bot_token=None, signing_secret=None)"),
        (WhatsApp, "(type='whatsapp', access_token=None, phone_number_id=None, verify_token=None)"),
    ],
)
def test_the_signatures_are_the_hosted_ones(declaration: Any, expected: str) -> None:
    assert signature_text(declaration) == expected


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (Telegram(), {"type": "telegram"}),
        (
            Telegram(bot_token=Secret("BOT")),
            {"type": "telegram", "bot_token": {"type": "_secret", "name": "BOT"}},
        ),
        (
            Slack(bot_token="hunter2", signing_secret=""),
            {"type": "slack", "bot_token": "***"},
        ),
    ],
)
def test_an_inline_channel_warns_when_serialised_and_masks_literals(
    channel: InlineChannel, expected: dict[str, Any]
) -> None:
    with pytest.warns(DeprecationWarning, match=r"use Channel\('name'\)"):
        assert channel.to_dict() == expected


def test_no_credential_shows_in_the_repr() -> None:
    assert repr(WhatsApp(access_token="hunter2")) == "WhatsApp(type='whatsapp')"


def test_secret_references_in_credentials_are_found() -> None:
    channel = Slack(bot_token=Secret("B"), signing_secret=Secret("A"))
    assert channel.secret_names() == ["B", "A"]
    assert Telegram(bot_token="literal").secret_names() == []
