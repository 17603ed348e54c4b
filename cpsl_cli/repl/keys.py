"""What keys do beyond editing."""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol

from prompt_toolkit.application import get_app
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import (
    Condition,
    completion_is_selected,
    emacs_mode,
    has_focus,
    has_selection,
    vi_navigation_mode,
)
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

# What terminals send for Alt-Enter, in one piece, as no two keys pressed one after the other are.
_ALT_ENTER = "\x1b\r"


class Interrupt(Enum):
    """What Ctrl-C came to: something was stopped, only the draft can go, or the program should end."""

    STOPPED = auto()
    IDLE = auto()
    LEAVE = auto()


class AnswerText(str):
    """An entry that was typed as the answer to a question: never a message, though the question be over by now."""

    __slots__ = ()


class Controls(Protocol):
    """What keys can ask of the chat."""

    def interrupt(self, draft: str) -> Interrupt:
        """Ctrl-C."""
        ...

    def take_back(self) -> str | None:
        """The entry that was queued last, taken out of the queue; None if nothing waits."""
        ...

    def queued(self) -> int:
        """How many entries wait."""
        ...

    @property
    def answering(self) -> bool:
        """Whether what is typed answers a question of the app: nothing to remember."""
        ...

    def may_be_edited(self) -> bool:
        """Whether an editor may have the draft; if not, the person has been told why."""
        ...


def bindings(controls: Controls) -> KeyBindings:
    """The chat's own keys; all others are prompt_toolkit's, in Emacs or Vi mode."""
    ANSI_SEQUENCES[_ALT_ENTER] = Keys.ControlJ
    keys = KeyBindings()
    _leaving(keys, controls)
    _writing(keys, controls)
    _queue(keys, controls)
    return keys


def _leaving(keys: KeyBindings, controls: Controls) -> None:
    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        """Stop the turn; or clear the draft, which stays in the history; or at the second time leave."""
        buffer = event.current_buffer
        outcome = controls.interrupt(buffer.text)
        if outcome is Interrupt.LEAVE:
            event.app.exit(exception=KeyboardInterrupt)
        elif outcome is Interrupt.IDLE and buffer.text:
            buffer.append_to_history()
            buffer.reset()


def _writing(keys: KeyBindings, controls: Controls) -> None:
    @keys.add("enter", filter=has_focus("DEFAULT_BUFFER") & ~completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        """Send; after a backslash at the end, go on in the next line."""
        buffer = event.current_buffer
        if controls.answering:
            event.app.exit(result=AnswerText(buffer.text))
            buffer.reset()
        elif buffer.document.is_cursor_at_the_end and buffer.text.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("enter", filter=completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        """Take the chosen completion."""
        event.current_buffer.complete_state = None

    @keys.add("tab", filter=Condition(_only_completion))
    def _(event: KeyPressEvent) -> None:
        """Take the only completion there is, so that the next Enter sends."""
        buffer = event.current_buffer
        assert buffer.complete_state is not None
        buffer.apply_completion(buffer.complete_state.completions[0])

    # With Vi keys an Escape must not wait for what may follow it; Alt-Enter is Ctrl-J there, see _ALT_ENTER.
    @keys.add("escape", "enter", filter=emacs_mode)
    @keys.add("c-j")
    def _(event: KeyPressEvent) -> None:
        """A newline."""
        event.current_buffer.insert_text("\n")

    @keys.add("c-x", "c-e", filter=emacs_mode & ~has_selection)
    @keys.add("v", filter=vi_navigation_mode)
    def _(event: KeyPressEvent) -> None:
        """Edit the draft in ``$EDITOR``. prompt_toolkit's own binding would send what comes back."""
        if controls.may_be_edited():
            event.current_buffer.open_in_editor()

    @keys.add("f4")
    def _(event: KeyPressEvent) -> None:
        """Switch between Emacs and Vi keys."""
        vi = event.app.editing_mode == EditingMode.VI
        event.app.editing_mode = EditingMode.EMACS if vi else EditingMode.VI


def _only_completion() -> bool:
    state = get_app().current_buffer.complete_state
    return state is not None and len(state.completions) == 1


def _queue(keys: KeyBindings, controls: Controls) -> None:
    waiting = Condition(lambda: controls.queued() > 0 and not get_app().current_buffer.text)

    @keys.add("up", filter=waiting)
    def _(event: KeyPressEvent) -> None:
        """Take the last queued entry back for editing."""
        entry = controls.take_back()
        if entry is not None:
            event.current_buffer.insert_text(entry)
