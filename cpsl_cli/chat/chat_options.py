"""The options of ``capsule chat``, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cpsl.model.identity import id_problem, is_one_line
from cpsl_cli.config import is_limit
from cpsl_cli.errors import UsageError

if TYPE_CHECKING:
    from cpsl.http.cassette import Mode
    from cpsl_cli.chat.continuation import Continuation


class ChatOptions(NamedTuple):
    """What was asked for on the command line; None where nothing was said.

    With a ``scene`` the chat goes on there: its app is loaded anew, and its store takes the place of the project's.
    """

    app: str | None = None
    session: str | None = None
    new: bool = False
    user: str | None = None
    email: str | None = None
    org: str | None = None
    guest: bool = False
    ephemeral: bool = False
    record: str | None = None
    force: bool = False
    http: str | None = None
    trace: str | None = None
    messages: tuple[str, ...] = ()
    input_file: str | None = None
    json_output: bool = False
    chunks: bool = False
    plain: bool | None = None
    timeout: float | None = None
    fail_fast: bool = False
    color: str | None = None
    traceback: bool = False
    watch: bool = True
    show_diff: bool = False
    clock: str | None = None
    seed: int | None = None
    keys: str | None = None
    terminal: bool = False
    continuation: Continuation | None = None

    @property
    def scripted(self) -> bool:
        """Whether lines are played instead of a person typing."""
        return not self.terminal or bool(self.messages) or self.input_file is not None or self.json_output

    @property
    def cassette_mode(self) -> Mode:
        """What happens to the app's HTTP requests."""
        return next((mode for mode in _modes() if mode == self.http), "off") if self.http else "off"

    def check(self) -> None:
        """Raises ``UsageError`` for options that cannot be had together, or values that make no sense."""
        refusals = {
            "--session and --new exclude each other: a new session gets its own name.": self.session and self.new,
            "--session needs a name.": self.session is not None and not self.session.strip(),
            "-m and --input exclude each other.": self.messages and self.input_file is not None,
            "--record and --trace need a file each.": self.record is not None and self.record == self.trace,
            "--chunks needs --json.": self.chunks and not self.json_output,
            "--as needs the id of a person.": self.user is not None and not self.user.strip(),
            "--timeout needs a number of seconds above 0.": self.timeout is not None and not is_limit(self.timeout),
            "--seed needs --ephemeral: in a store that stays, the same ids would come twice.": self.seed is not None
            and not self.ephemeral,
            "--http is record, replay or off.": self.http is not None and self.http not in _modes(),
            "--http needs --record FILE: what is exchanged lies beside the transcript.": self.cassette_mode != "off"
            and self.record is None,
            "--color is always, never or auto.": self.color not in (None, "always", "never", "auto"),
        }
        for sentence, refused in refusals.items():
            if refused:
                raise UsageError(sentence)
        self._check_texts()

    def _check_texts(self) -> None:
        """Python hands over bytes of an argument that are no UTF-8 as lone surrogates; nothing can store those."""
        texts = {"--as": self.user, "--email": self.email, "--org": self.org, "--session": self.session}
        numbered = {f"-m {number}": text for number, text in enumerate(self.messages, 1)}
        for name, text in (texts | numbered).items():
            if text and any("\ud800" <= letter <= "\udfff" for letter in text):
                raise UsageError(f"{name} is not valid UTF-8.")
        for name, text in texts.items():
            if text and not is_one_line(text):
                raise UsageError(f"{name} holds a control character.")
        if self.user is not None and (problem := id_problem(self.user)):
            raise UsageError(f"--as: the id {self.user!r} {problem}.")


def _modes() -> tuple[Mode, ...]:
    from cpsl.http.cassette import MODES

    return MODES
