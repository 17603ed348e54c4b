"""Capsule chat apps, on your own machine: the decorators of the hosted SDK, run in-process.

Each name is loaded at its first use: a declaration costs the apps that make none no start-up time, and the
whole runtime costs a run of pytest nothing that never touches it (docs/decisions.md).
"""

from typing import TYPE_CHECKING

from cpsl._version import __version__ as __version__

if TYPE_CHECKING:
    from cpsl import ui as ui
    from cpsl.model.attachment import Attachment as Attachment
    from cpsl.model.block import Block as Block
    from cpsl.model.channel_decl import API as API
    from cpsl.model.channel_decl import Channel as Channel
    from cpsl.model.channel_decl import ChannelRef as ChannelRef
    from cpsl.model.channel_decl import Chat as Chat
    from cpsl.model.channel_decl import Slack as Slack
    from cpsl.model.channel_decl import Telegram as Telegram
    from cpsl.model.channel_decl import WhatsApp as WhatsApp
    from cpsl.model.column import Column as Column
    from cpsl.model.filesystem import FileSystem as FileSystem
    from cpsl.model.filesystem import file as file
    from cpsl.model.identity import SessionChannel as SessionChannel
    from cpsl.model.identity import UserInfo as UserInfo
    from cpsl.model.image import Image as Image
    from cpsl.model.integration import AWS as AWS
    from cpsl.model.integration import INTEGRATION_AWS as INTEGRATION_AWS
    from cpsl.model.integration import INTEGRATION_GCAL as INTEGRATION_GCAL
    from cpsl.model.integration import INTEGRATION_GDRIVE as INTEGRATION_GDRIVE
    from cpsl.model.integration import INTEGRATION_GITHUB as INTEGRATION_GITHUB
    from cpsl.model.integration import INTEGRATION_GMAIL as INTEGRATION_GMAIL
    from cpsl.model.integration import INTEGRATION_GOOGLE as INTEGRATION_GOOGLE
    from cpsl.model.integration import INTEGRATION_LINEAR as INTEGRATION_LINEAR
    from cpsl.model.integration import INTEGRATION_OUTLOOK as INTEGRATION_OUTLOOK
    from cpsl.model.integration import INTEGRATION_TAILSCALE as INTEGRATION_TAILSCALE
    from cpsl.model.integration import GitHub as GitHub
    from cpsl.model.integration import Gmail as Gmail
    from cpsl.model.integration import Google as Google
    from cpsl.model.integration import GoogleCalendar as GoogleCalendar
    from cpsl.model.integration import GoogleDrive as GoogleDrive
    from cpsl.model.integration import Integration as Integration
    from cpsl.model.integration import IntegrationConfig as IntegrationConfig
    from cpsl.model.integration import IntegrationCredentials as IntegrationCredentials
    from cpsl.model.integration import Linear as Linear
    from cpsl.model.integration import Outlook as Outlook
    from cpsl.model.integration import Pipedream as Pipedream
    from cpsl.model.integration import Tailscale as Tailscale
    from cpsl.model.message import Message as Message
    from cpsl.model.page import PageRef as PageRef
    from cpsl.model.pricing import PRICING_MONTHLY as PRICING_MONTHLY
    from cpsl.model.pricing import PRICING_ONE_TIME as PRICING_ONE_TIME
    from cpsl.model.pricing import PricingType as PricingType
    from cpsl.model.secret import Secret as Secret
    from cpsl.model.suggestion import Suggestion as Suggestion
    from cpsl.model.theme import PRESETS as PRESETS
    from cpsl.model.theme import PresetName as PresetName
    from cpsl.model.theme import Radius as Radius
    from cpsl.model.theme import Theme as Theme
    from cpsl.model.theme import resolve_theme as resolve_theme
    from cpsl.model.upload import FileUpload as FileUpload
    from cpsl.model.upload import FileUploadTimeout as FileUploadTimeout
    from cpsl.model.upload import IntegrationDeclined as IntegrationDeclined
    from cpsl.model.upload import IntegrationTimeout as IntegrationTimeout
    from cpsl.model.workflow_input import WorkflowInput as WorkflowInput
    from cpsl.runtime.app import App as App
    from cpsl.runtime.collections.dynamic import CollectionManager as CollectionManager
    from cpsl.runtime.collections.dynamic import DynamicCollection as DynamicCollection
    from cpsl.runtime.collections.ref import CollectionRef as CollectionRef
    from cpsl.runtime.data_handlers import HomeContext as HomeContext
    from cpsl.runtime.data_handlers import RequestContext as RequestContext
    from cpsl.runtime.session import Session as Session
    from cpsl.runtime.session import current_session as current_session
    from cpsl.runtime.stream import ReplyStream as ReplyStream
else:
    # Hidden from type checkers: they would take any misspelt name for a lazy one.
    _HOMES = {
        "Attachment": "cpsl.model.attachment",
        "Block": "cpsl.model.block",
        "API": "cpsl.model.channel_decl",
        "Channel": "cpsl.model.channel_decl",
        "ChannelRef": "cpsl.model.channel_decl",
        "Chat": "cpsl.model.channel_decl",
        "Slack": "cpsl.model.channel_decl",
        "Telegram": "cpsl.model.channel_decl",
        "WhatsApp": "cpsl.model.channel_decl",
        "Column": "cpsl.model.column",
        "FileSystem": "cpsl.model.filesystem",
        "file": "cpsl.model.filesystem",
        "SessionChannel": "cpsl.model.identity",
        "UserInfo": "cpsl.model.identity",
        "Image": "cpsl.model.image",
        "AWS": "cpsl.model.integration",
        "GitHub": "cpsl.model.integration",
        "Gmail": "cpsl.model.integration",
        "Google": "cpsl.model.integration",
        "GoogleCalendar": "cpsl.model.integration",
        "GoogleDrive": "cpsl.model.integration",
        "INTEGRATION_AWS": "cpsl.model.integration",
        "INTEGRATION_GCAL": "cpsl.model.integration",
        "INTEGRATION_GDRIVE": "cpsl.model.integration",
        "INTEGRATION_GITHUB": "cpsl.model.integration",
        "INTEGRATION_GMAIL": "cpsl.model.integration",
        "INTEGRATION_GOOGLE": "cpsl.model.integration",
        "INTEGRATION_LINEAR": "cpsl.model.integration",
        "INTEGRATION_OUTLOOK": "cpsl.model.integration",
        "INTEGRATION_TAILSCALE": "cpsl.model.integration",
        "Integration": "cpsl.model.integration",
        "IntegrationConfig": "cpsl.model.integration",
        "IntegrationCredentials": "cpsl.model.integration",
        "Linear": "cpsl.model.integration",
        "Outlook": "cpsl.model.integration",
        "Pipedream": "cpsl.model.integration",
        "Tailscale": "cpsl.model.integration",
        "Message": "cpsl.model.message",
        "PageRef": "cpsl.model.page",
        "PRICING_MONTHLY": "cpsl.model.pricing",
        "PRICING_ONE_TIME": "cpsl.model.pricing",
        "PricingType": "cpsl.model.pricing",
        "Secret": "cpsl.model.secret",
        "Suggestion": "cpsl.model.suggestion",
        "PRESETS": "cpsl.model.theme",
        "PresetName": "cpsl.model.theme",
        "Radius": "cpsl.model.theme",
        "Theme": "cpsl.model.theme",
        "resolve_theme": "cpsl.model.theme",
        "FileUpload": "cpsl.model.upload",
        "FileUploadTimeout": "cpsl.model.upload",
        "IntegrationDeclined": "cpsl.model.upload",
        "IntegrationTimeout": "cpsl.model.upload",
        "WorkflowInput": "cpsl.model.workflow_input",
        "App": "cpsl.runtime.app",
        "CollectionManager": "cpsl.runtime.collections.dynamic",
        "DynamicCollection": "cpsl.runtime.collections.dynamic",
        "CollectionRef": "cpsl.runtime.collections.ref",
        "current_session": "cpsl.runtime.session",
        "HomeContext": "cpsl.runtime.data_handlers",
        "RequestContext": "cpsl.runtime.data_handlers",
        "Session": "cpsl.runtime.session",
        "ReplyStream": "cpsl.runtime.stream",
    }

    def __getattr__(name: str) -> object:
        """A name at its first use (PEP 562); from then on it is an ordinary name of the module."""
        from importlib import import_module  # noqa: PLC0415

        if name == "ui":
            return import_module("cpsl.ui")
        if name not in _HOMES:
            raise AttributeError(f"module 'cpsl' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "API",
    "AWS",
    "INTEGRATION_AWS",
    "INTEGRATION_GCAL",
    "INTEGRATION_GDRIVE",
    "INTEGRATION_GITHUB",
    "INTEGRATION_GMAIL",
    "INTEGRATION_GOOGLE",
    "INTEGRATION_LINEAR",
    "INTEGRATION_OUTLOOK",
    "INTEGRATION_TAILSCALE",
    "PRESETS",
    "PRICING_MONTHLY",
    "PRICING_ONE_TIME",
    "App",
    "Attachment",
    "Block",
    "Channel",
    "ChannelRef",
    "Chat",
    "CollectionManager",
    "CollectionRef",
    "Column",
    "DynamicCollection",
    "FileSystem",
    "FileUpload",
    "FileUploadTimeout",
    "GitHub",
    "Gmail",
    "Google",
    "GoogleCalendar",
    "GoogleDrive",
    "HomeContext",
    "Image",
    "Integration",
    "IntegrationConfig",
    "IntegrationCredentials",
    "IntegrationDeclined",
    "IntegrationTimeout",
    "Linear",
    "Message",
    "Outlook",
    "PageRef",
    "Pipedream",
    "PresetName",
    "PricingType",
    "Radius",
    "ReplyStream",
    "RequestContext",
    "Secret",
    "Session",
    "SessionChannel",
    "Slack",
    "Suggestion",
    "Tailscale",
    "Telegram",
    "Theme",
    "UserInfo",
    "WhatsApp",
    "WorkflowInput",
    "__version__",
    "current_session",
    "file",
    "resolve_theme",
    "ui",
]
