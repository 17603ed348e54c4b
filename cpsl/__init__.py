"""Capsule chat apps, on your own machine: the decorators of the hosted SDK, run in-process."""

from cpsl._version import __version__ as __version__
from cpsl.model.attachment import Attachment as Attachment
from cpsl.model.block import Block as Block
from cpsl.model.identity import SessionChannel as SessionChannel
from cpsl.model.identity import UserInfo as UserInfo
from cpsl.model.image import Image as Image
from cpsl.model.message import Message as Message
from cpsl.runtime.app import App as App
from cpsl.runtime.current import current_session as current_session
from cpsl.runtime.session import Session as Session
from cpsl.runtime.stream import ReplyStream as ReplyStream
