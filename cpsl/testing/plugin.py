"""The pytest plugin: transcripts as tests, and the fixtures ``capsule`` and ``simulator`` (docs/testing.md).

Imported in every run of pytest wherever this package is installed: the runtime is loaded by what is used of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cpsl.testing.capsule import Capsule
    from cpsl.testing.simulators import Worlds
    from cpsl.testing.starter import SimulatorStarter

SUFFIX = ".jsonl"
# The copies of sent files beside a transcript (cpsl/transcript/record.py); naming them here loads nothing.
_ATTACHMENTS = "attachments"

_WORLDS = pytest.StashKey["Worlds"]()
_FOUND = pytest.StashKey[set[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and the ini values."""
    group = parser.getgroup("capsule", "transcripts of chat apps")
    group.addoption("--capsule-app", metavar="APP", help="The app to run, whatever a transcript's header names.")
    group.addoption(
        "--capsule-update", action="store_true", help="Write what the apps do today into the transcripts that differ."
    )
    group.addoption(
        "--capsule-accept-errors", action="store_true", help="With --capsule-update: also turns that fail today."
    )
    parser.addini(
        "capsule_transcripts",
        "Transcripts to collect: files, folders and globs (** too), relative to the rootdir.",
        type="args",
        default=[],
    )
    group.addoption(
        "--capsule-offline",
        action="store_true",
        default=None,
        help="Refuse what no cassette holds; for transcripts the default where CI is set.",
    )
    group.addoption(
        "--no-capsule-offline", action="store_false", dest="capsule_offline", help="Let apps use the network."
    )
    parser.addini(
        "capsule_offline", "true or false: as --capsule-offline, and --no-capsule-offline.", type="string", default=""
    )
    parser.addini("capsule_app", "The app of transcripts whose header names none; a file is relative to the rootdir.")


def pytest_configure(config: pytest.Config) -> None:
    """Raises ``UsageError`` for options that make no sense together."""
    wants_offline(config)
    update = config.getoption("capsule_update")
    if config.getoption("capsule_accept_errors") and not update:
        raise pytest.UsageError("--capsule-accept-errors needs --capsule-update.")
    if update:
        from cpsl.testing.updates import Notes, Updates  # noqa: PLC0415

        config.pluginmanager.register(Notes(), "capsule-notes")
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(Updates(), "capsule-updates")


def wants_offline(config: pytest.Config) -> bool | None:
    """What the option says of the network, else the ini value, else None. Raises ``UsageError`` for another value."""
    asked: bool | None = config.getoption("capsule_offline")
    if asked is not None:
        return asked
    text: str = config.getini("capsule_offline").strip().lower()
    if not text:
        return None
    from cpsl.wording import parse_boolean  # noqa: PLC0415 - only who says something pays for it

    offline = parse_boolean(text)
    if offline is None:
        raise pytest.UsageError(f"capsule_offline is true or false, not {text!r}.")
    return offline


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A transcript that is named on the command line, or meant by ``capsule_transcripts``."""
    if file_path.suffix != SUFFIX or not (parent.session.isinitpath(file_path) or _is_meant(file_path, parent.config)):
        return None
    from cpsl.testing.items import TranscriptFile  # noqa: PLC0415 - only who has transcripts pays for the runtime

    offline = wants_offline(parent.config)
    file: TranscriptFile = TranscriptFile.from_parent(parent, path=file_path, offline=offline)
    return file


def _is_meant(path: Path, config: pytest.Config) -> bool:
    patterns: list[str] = config.getini("capsule_transcripts")
    if not patterns or not path.is_relative_to(config.rootpath):
        return False
    parts = path.relative_to(config.rootpath).parts
    meant_by = {pattern for pattern in patterns if _fits(parts, Path(pattern).parts)}
    config.stash.setdefault(_FOUND, set()).update(meant_by)
    return bool(meant_by)


def _fits(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether the pattern means the file, or a folder that holds it."""
    if not pattern:
        return not any(map(_is_passed_over, parts[:-1]))
    if not parts:
        return False
    if pattern[0] == "**":
        return _fits(parts, pattern[1:]) or (not _is_passed_over(parts[0]) and _fits(parts[1:], pattern))
    return fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _is_passed_over(folder: str) -> bool:
    return folder.startswith(".") or folder == _ATTACHMENTS


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say which patterns mean nothing that was collected: a moved folder must not go unnoticed."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return []
    patterns: list[str] = config.getini("capsule_transcripts")
    found = config.stash.get(_FOUND, set())
    return [
        f"capsule_transcripts: {pattern} matches no transcript here" for pattern in patterns if pattern not in found
    ]


@pytest.fixture
def capsule(_capsule_worlds: Worlds, request: pytest.FixtureRequest) -> Capsule:
    """Apps under test, on one clock: ``reply = await capsule("app.py").session("bob").send("hi")``."""
    from cpsl.testing.capsule import Capsule  # noqa: PLC0415

    return Capsule(_capsule_worlds, _folders(request))


@pytest.fixture
def simulator(_capsule_worlds: Worlds, request: pytest.FixtureRequest) -> SimulatorStarter:
    """Starts simulators that end with the test: ``sim = await simulator("app.py", clock="2030-01-01")``."""
    from cpsl.testing.starter import SimulatorStarter  # noqa: PLC0415

    return SimulatorStarter(_capsule_worlds, _folders(request))


@pytest.fixture
def _capsule_worlds(request: pytest.FixtureRequest) -> Iterator[Worlds]:
    from cpsl.testing.simulators import Worlds  # noqa: PLC0415

    worlds = request.node.stash[_WORLDS] = Worlds()
    yield worlds
    problems = worlds.finish()
    if problems:
        from cpsl.testing.diff import refusal_text  # noqa: PLC0415

        pytest.fail("\n".join(map(refusal_text, problems)), pytrace=False)


def _folders(request: pytest.FixtureRequest) -> list[Path]:
    return [request.path.parent, request.config.rootpath]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """An app that a fixture has booted waits for the test; pytest's own clock is nobody else's."""
    try:
        return (yield)
    finally:
        if _WORLDS in item.stash:
            item.stash[_WORLDS].pause()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """The time of a test's apps holds while the test runs, and they shut down in its task."""
    worlds = item.stash.get(_WORLDS, None)
    if worlds is None or not isinstance(item, pytest.Function):
        return (yield)
    test = item.obj
    if inspect.iscoroutinefunction(test):
        item.obj = worlds.closing(test)
    try:
        _resumed(worlds)
        with _network(item.config):
            return (yield)
    finally:
        worlds.pause()
        item.obj = test


def _network(config: pytest.Config) -> AbstractContextManager[None]:
    """What the network is for a test with an app: only who asks for it tests offline, also on a build server."""
    if not wants_offline(config):
        return nullcontext()
    from cpsl.http.offline import Network, watched  # noqa: PLC0415

    return watched(Network("{} is reached for, and this test runs offline (--capsule-offline).").reached)


def _resumed(worlds: Worlds) -> None:
    """What holds the time instead is told in one sentence."""
    from cpsl.errors import TimeHeldError  # noqa: PLC0415 - loaded with the runtime of these worlds

    try:
        worlds.resume()
    except TimeHeldError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.hookimpl
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an async test that uses an app, where no plugin for async tests has taken it."""
    if _WORLDS not in pyfuncitem.stash or not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    from cpsl.testing.pytest_loop import Loop  # noqa: PLC0415

    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    loop = Loop()
    try:
        loop.run(pyfuncitem.obj(**arguments))
    finally:
        loop.close()
    return True
