"""What keys do beyond editing."""

from __future__ import annotations

from typing import Protocol

from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent


class Controls(Protocol):
    """What keys can ask of the chat."""

    def interrupt(self, draft: str) -> bool:
        """Ctrl-C; returns whether the program should end."""
        ...


def bindings(controls: Controls) -> KeyBindings:
    """Ctrl-C stops the turn, clears the draft, or at the second time leaves; Alt-Enter and Ctrl-J break the line."""
    keys = KeyBindings()

    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if controls.interrupt(buffer.text):
            event.app.exit(exception=KeyboardInterrupt)
        elif buffer.text:
            buffer.append_to_history()
            buffer.reset()

    @keys.add("escape", "enter")
    @keys.add("c-j")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys
