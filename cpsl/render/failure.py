"""An app's exception as its developer wants to see it: their own lines only.

Frames of this package, of the standard library and of installed packages are left out; values of
locals are never shown.
"""

from __future__ import annotations

import linecache
import os
import re
import sys
from collections.abc import Iterator
from types import CodeType, ModuleType
from typing import NamedTuple

from cpsl.model.redaction import redact
from cpsl.render.safe import visible, visible_line
from cpsl.wording import class_name, nearest, notes_of, text_of

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_FOREIGN = (
    os.path.join(_OURS, ""),
    os.path.join(os.path.dirname(_OURS), "cpsl_cli", ""),
    os.path.join(os.path.dirname(os.__file__), ""),
)
_INSTALLED = re.compile(r"[/\\](site|dist)-packages[/\\]")
# Python's sentences about arguments that do not fit.
_MISFIT = re.compile(r"(?P<class>\w+)\.(?P<method>\w+)\(\) (got|takes|missing) ")
_MOST_FRAMES = 8
_MOST_EXCEPTIONS = 8


class SourceLine(NamedTuple):
    """A line of the user's code; ``function`` is empty at the top level of a file."""

    file: str
    line: int
    function: str
    source: str


def places(error: BaseException) -> list[SourceLine]:
    """The user's lines the exception came through, outermost first, at most the last eight."""
    found = [
        SourceLine(code.co_filename, line, _function(code.co_name), linecache.getline(code.co_filename, line).strip())
        for code, line in _frames(error)
        if is_users(code.co_filename)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        found.append(SourceLine(error.filename, error.lineno or 0, "", (error.text or "").strip()))
    return found[-_MOST_FRAMES:]


def _frames(error: BaseException) -> Iterator[tuple[CodeType, int]]:
    step = error.__traceback__
    while step:
        yield step.tb_frame.f_code, step.tb_lineno
        step = step.tb_next


def _function(name: str) -> str:
    return "" if name == "<module>" else name


def is_users(file: str) -> bool:
    """Whether a code file is the user's own."""
    try:
        path = os.path.abspath(file)
    except FileNotFoundError:  # a relative name, and an app has removed the working folder
        path = file
    return not (file.startswith("<") or path.startswith(_FOREIGN) or _INSTALLED.search(path))


def headline(error: BaseException) -> str:
    """``ValueError: the message``, on as many lines as the message has."""
    message = _message(error) + _suggestion(error) + _signature(error) + notes_of(error)
    name = class_name(error)
    return visible(f"{name}: {redact(message)}" if message else name)


def _suggestion(error: BaseException) -> str:
    """What Python's own traceback proposes for a misspelt attribute, of the public names of its type or module."""
    name, owner = getattr(error, "name", None), getattr(error, "obj", None)
    if not (isinstance(error, AttributeError) and isinstance(name, str)) or owner is None:
        return ""
    if class_name(owner) == "Message" and hasattr(getattr(sys.modules.get("cpsl"), "Session", None), name):
        return ". A Session has it: a handler takes the session first, then the message"
    holder = owner if isinstance(owner, ModuleType) else type(owner)
    names = [known for known in getattr(holder, "__all__", dir(holder)) if not known.startswith("_")]
    near = nearest(name, names, alike=0.7)
    return f". Did you mean {near!r}?" if near and near != name else ""


def _signature(error: BaseException) -> str:
    """Where the app's own line calls something of ours with arguments that do not fit: which ones it takes."""
    if type(error) is not TypeError:  # a class of the app's own may raise at any look at it
        return ""
    found, step = _MISFIT.match(_message(error)), error.__traceback__
    if found is None or step is None:
        return ""
    while step.tb_next:
        step = step.tb_next
    frame = step.tb_frame
    # Looked up, not imported: what the app has called is loaded.
    owners = [getattr(sys.modules.get(name), found["class"], None) for name in ("cpsl", "cpsl.ui")]
    owner = next(filter(None, owners), None)
    method = getattr(owner, found["method"], None)
    if not callable(method) or not is_users(frame.f_code.co_filename):
        return ""
    if frame.f_globals.get(found["class"], owner) is not owner:  # the app's own class of that name
        return ""
    import inspect  # noqa: PLC0415 - only mistakes need it

    _, *parameters = inspect.signature(method).parameters.values()
    words = [f"{each.name}=…" if each.default is not each.empty else each.name for each in parameters]
    starred = [index for index, each in enumerate(parameters) if each.kind is each.KEYWORD_ONLY]
    if starred:
        words.insert(starred[0], "*")
    called = found["class"] if found["method"] == "__init__" else f"{found['class']}.{found['method']}"
    return f"\nit is called as {called}({', '.join(words)})"


def _message(error: BaseException) -> str:
    return text_of(error.msg if isinstance(error, SyntaxError) else error) or ""


def describe(error: BaseException) -> str:
    """The whole picture as plain text: headline, the user's lines, and what caused it."""
    try:
        return "\n".join(_picture(error, set()))
    except KeyboardInterrupt:
        raise
    except BaseException:  # an attribute of the app's own class raised, or is not what Python puts there
        return headline(error)


def _picture(error: BaseException, told: set[int]) -> list[str]:
    """The lines about an exception and its causes, each exception once: they may point in a circle."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None and id(cause) not in told and len(told) < _MOST_EXCEPTIONS:
        told.add(id(cause))
        lines.append(("caused by " if lines else "") + headline(cause))
        lines += [line for place in places(cause) for line in _place_lines(place)]
        for part in _parts(cause):
            first, *rest = _picture(part, told) or [headline(part)]
            lines += ["  with " + first, *("  " + line for line in rest)]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return lines


def _parts(error: BaseException) -> list[BaseException]:
    """What an exception group holds. By attribute: Python 3.10 has no type for it."""
    parts = getattr(error, "exceptions", None)
    return [part for part in parts if isinstance(part, BaseException)] if isinstance(parts, (tuple, list)) else []


def full_traceback(error: BaseException) -> str:
    """The whole traceback, every frame, as Python prints it, without values of locals."""
    import traceback  # noqa: PLC0415 - only a person who asks for it needs it

    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return visible(redact("".join(lines))).rstrip("\n")


def _place_lines(place: SourceLine) -> list[str]:
    where = f"  {short_path(place.file)}:{place.line}"
    lines = [visible_line(where + (f" in {place.function}" if place.function else ""))]
    return [*lines, f"    {visible_line(redact(place.source))}"] if place.source else lines


def short_path(file: str) -> str:
    """A path relative to the working folder when it lies inside it; as it is where an app has removed that folder."""
    try:
        relative = os.path.relpath(file)
    except FileNotFoundError:
        return file
    return os.path.abspath(file) if relative.startswith("..") else relative
