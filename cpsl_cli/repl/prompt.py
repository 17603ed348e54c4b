"""The input line: a prompt_toolkit session whose message shows the live part of the screen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.clipboard import DynamicClipboard, InMemoryClipboard
from prompt_toolkit.completion import Completer
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, AnyFormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.layout.screen import Char
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Attrs, Style

from cpsl.privatefile import private_file
from cpsl.render.safe import is_hidden, visible
from cpsl.textwidth import cut
from cpsl_cli.console import Look, terminal_size
from cpsl_cli.repl.completer import is_completing
from cpsl_cli.repl.keyboard import Keyboard, print_above
from cpsl_cli.repl.tty import Terminal

if TYPE_CHECKING:
    from cpsl_cli.repl.asking import Asking, PendingQuestion
    from cpsl_cli.repl.prompt_text import PromptText

_INPUT_ROWS = 2
_MENU_ROWS = 6
_ROOM_FOR_CORNER = 50
_STYLE = Style.from_dict({"auto-suggestion": "ansibrightblack"})


class _Visible(dict[str, str]):
    """prompt_toolkit makes control characters visible, in what is typed and in its menu, but not what has no glyph."""

    def __contains__(self, letter: object) -> bool:
        return super().__contains__(letter) or (isinstance(letter, str) and is_hidden(letter))

    def __missing__(self, letter: str) -> str:
        return visible(letter)


Char.display_mappings = _Visible(Char.display_mappings)


class Monochrome(Vt100_Output):
    """A terminal without any colour or style, not even their reset (``NO_COLOR``)."""

    def reset_attributes(self) -> None:
        """Nothing was set."""

    def set_attributes(self, attrs: Attrs, color_depth: ColorDepth) -> None:
        """Leave text as it is."""


class Prompt:
    """Reads one entry after the other, messages or answers to questions of the app.

    :param text: asked at each redraw for what stands around the input.
    :param history: the file that keeps entries; None for memory only.
    """

    def __init__(
        self,
        terminal: Terminal,
        look: Look,
        keys: KeyBindings,
        completer: Completer,
        text: PromptText,
        asking: Asking,
        history: Path | None,
        *,
        vi: bool,
    ) -> None:
        self._look = look
        self._text = text
        self._asking = asking
        self._is_live = False
        self._message_shown = ("", ANSI(""))
        self._aside: Document | None = None
        self._draft = Document()
        self._clipboard = InMemoryClipboard()
        self._secret_clipboard: InMemoryClipboard | None = None
        self.keyboard = Keyboard(terminal)
        # Asking the terminal for the cursor position costs a round trip, and answers arrive as typed text
        # on slow lines; nothing of ours needs it.
        file = terminal.file
        output = (Vt100_Output if look.color else Monochrome)(
            file, partial(screen_size, file.fileno()), os.environ.get("TERM"), enable_cpr=False
        )
        self.session: PromptSession[str] = PromptSession(
            message=self._message,
            rprompt=self._right,
            prompt_continuation="  ",
            multiline=True,
            is_password=Condition(lambda: asking.secret),
            history=kept_history(history),
            auto_suggest=AutoSuggestFromHistory(),
            completer=completer,
            complete_while_typing=Condition(lambda: is_completing(self.session.default_buffer.text)),
            complete_in_thread=False,
            clipboard=DynamicClipboard(lambda: self._secret_clipboard or self._clipboard),
            key_bindings=keys,
            editing_mode=EditingMode.VI if vi else EditingMode.EMACS,
            enable_suspend=True,
            input=self.keyboard,
            tempfile_suffix=".md",
            output=output,
            style=_STYLE if look.color else None,
            erase_when_done=True,
            reserve_space_for_menu=_MENU_ROWS,
            refresh_interval=0.5,
        )
        self.session.app.min_redraw_interval = 0.02
        self.session.app.ttimeoutlen = 0.05
        asking.listen(self)

    async def read(self) -> str:
        """The next entry. Raises ``EOFError`` for Ctrl-D on an empty line, ``KeyboardInterrupt`` to leave."""
        draft, self._draft = self._draft, Document()
        return await self.session.prompt_async(default=draft, set_exception_handler=False)

    def leave(self) -> None:
        """End :meth:`read`, if it is not ending anyway, as Ctrl-D does."""
        if self._is_reading:
            self.session.app.exit(exception=EOFError)

    async def print_above(self, write: Callable[[], None]) -> None:
        """Take the prompt off the screen, write, and draw it again below."""
        await print_above(write)

    def redraw(self) -> None:
        """Draw the prompt again, if it is on the screen."""
        self.session.app.invalidate()

    def clear(self) -> None:
        """Empty the screen, but for the prompt."""
        self.session.app.renderer.clear()

    def begun(self, asked: PendingQuestion) -> None:
        """What comes next is an answer, not a message: keep what has been typed of one.

        Meanwhile there is no history, neither to look into nor to be remembered in. What is cut from a secret
        cannot be pasted anywhere else.
        """
        buffer, app = self.session.default_buffer, self.session.app
        if self._aside is None:
            self._aside = buffer.document if self._is_reading else Document()
            buffer.history = InMemoryHistory()
            buffer.reset()
        self._secret_clipboard = InMemoryClipboard() if self._asking.secret else None
        if self._asking.secret:
            # A recorded macro would repeat it.
            app.emacs_state.reset()
            app.vi_state.recording_register = None
        self.redraw()

    def over(self, asked: PendingQuestion) -> None:
        """Messages can be typed again, if it was the last question."""
        if not self._asking.waiting:
            self._bring_draft_back()
            self.redraw()

    def _bring_draft_back(self) -> None:
        draft, self._aside = self._aside, None
        if draft is None:
            return
        self._secret_clipboard = None
        self.session.app.emacs_state.reset()
        self.session.default_buffer.history = self.session.history
        self.session.default_buffer.reset()
        if self._is_reading:
            self.session.default_buffer.document = draft
        else:
            self._draft = draft

    def offer(self, text: str) -> None:
        """Text that was not sent is there again, unless something else has been typed."""
        draft = Document(text)
        if self._aside is not None:
            self._aside = self._aside if self._aside.text else draft
        elif not self._is_reading:
            self._draft = draft
        elif not self.session.default_buffer.text:
            self.session.default_buffer.document = draft

    @property
    def _is_reading(self) -> bool:
        app = self.session.app
        return app.is_running and not app.is_done

    def _right(self) -> AnyFormattedText:
        columns = self.session.app.output.get_size().columns
        mode = self._mode()
        text = self._text.edge() + (self._look.glyph(" · ", " - ") + mode if mode else "")
        # It would stand in the first of the lines above the input.
        if self.session.app.is_done or self._is_live or columns < _ROOM_FOR_CORNER:
            return ""
        return ANSI(self._look.style(cut(text, columns // 2, "..."), "2"))

    def _mode(self) -> str:
        """Vi keys, and whether letters are commands at the moment; "" for Emacs keys."""
        app = self.session.app
        if app.editing_mode != EditingMode.VI:
            return ""
        return "vi normal" if app.vi_state.input_mode == InputMode.NAVIGATION else "vi"

    def _message(self) -> AnyFormattedText:
        app = self.session.app
        if app.is_done:
            return ""
        size = app.output.get_size()
        columns = max(size.columns, 1)
        live = self._text.above(max(size.rows - _INPUT_ROWS, 1), columns)
        self._is_live = bool(live)
        mark = self._look.style(self._text.label() + self._look.glyph("❯ ", "> "), "1;36")
        # Asked for several times in each redraw, and slow to take apart.
        if self._message_shown[0] != live + mark:
            self._message_shown = (live + mark, ANSI(live + mark))
        return self._message_shown[1]


def screen_size(descriptor: int) -> Size:
    """The terminal's size as prompt_toolkit wants it."""
    columns, rows = terminal_size(descriptor)
    return Size(rows=rows, columns=columns)


class _Entries(FileHistory):
    """A file that may be gone or full: entries are then remembered in memory, and sent all the same."""

    def store_string(self, string: str) -> None:
        with suppress(OSError):
            private_file(Path(str(self.filename)))
            super().store_string(string)

    def load_history_strings(self) -> Iterable[str]:
        try:
            return list(super().load_history_strings())
        except OSError:
            return ()


def kept_history(file: Path | None) -> History:
    """What was typed before: in a file for its owner alone, or only in memory for None."""
    return _Entries(str(file)) if file else InMemoryHistory()
