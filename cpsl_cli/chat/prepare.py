"""From options to a world: which app, which project, which store, who is talking."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cpsl.channels.tracer import Record, Tracer
from cpsl.errors import StoreError
from cpsl.model.codec import LineEncoder, dumps
from cpsl.model.redaction import known_secrets
from cpsl.runtime.connected import Connected
from cpsl.runtime.loader import LoadedApp, back_in, load, load_anew, split_entry, working_folder
from cpsl.runtime.ports import Asker, Channel, Nobody
from cpsl.runtime.runtime import Runtime
from cpsl.store.store import Store
from cpsl_cli.chat.chat_context import ChatContext, LastFailure
from cpsl_cli.chat.conditions import Conditions, watch_for_standstill
from cpsl_cli.config import Config, load_config
from cpsl_cli.destination import CASSETTE, TRACE, TRANSCRIPT, FilesInUse, OutputKind, check_destination, check_file_name
from cpsl_cli.discover import default_app
from cpsl_cli.errors import UsageError
from cpsl_cli.options.chat_options import ChatOptions
from cpsl_cli.people import People, Person
from cpsl_cli.project import Project, find_project
from cpsl_cli.streams import say

if TYPE_CHECKING:
    from cpsl.http.cassette_file import CassetteWriter
    from cpsl.transcript.outfile import OutFile
    from cpsl.transcript.record import Recorder


class PreparedChat(NamedTuple):
    """An app with its project and its open store, ready to be talked to.

    ``options`` have their settings in place of what was not said. Relative paths that somebody types are meant from
    ``folder``, wherever the app has gone.
    """

    options: ChatOptions
    loaded: LoadedApp
    project: Project
    config: Config
    store: Store
    people: People
    connected: Connected
    person: Person
    recorder: Recorder | None
    tracer: Tracer
    trace_file: OutFile | None
    source: str
    conditions: Conditions
    network: ExitStack
    in_use: FilesInUse
    folder: Path

    @property
    def unanswered(self) -> str | None:
        """The sentence about an app that answers nobody; None for one that does."""
        registry = self.loaded.app.registry
        if registry.message or registry.chats:
            return None
        return "nobody answers here yet: the app has no function with @app.message()"

    def encoder(self) -> LineEncoder:
        """Fresh: each output has its own header."""
        return _encoder(self.loaded, self.folder, self.conditions)

    def runtime(self, channel: Channel, *sinks: Channel, asker: Asker | None = None) -> Runtime:
        """The runtime, speaking through that channel; sinks, the recorder and the tracer see events first."""
        recorders: Sequence[Channel] = (self.recorder,) if self.recorder else ()
        sinks = (*recorders, self.tracer, *sinks)
        world = self.conditions.world(self.store, channel, sinks, asker or Nobody(), self.connected)
        return Runtime(self.loaded.app, world)

    def context(self, runtime: Runtime, failures: LastFailure) -> ChatContext:
        """The person's place in the conversation that the options name."""
        options = self.options
        if options.continuation:
            # Its channel, which a conversation has from its first message on, is known to the key only.
            runtime.keyed(options.continuation.key)
        return ChatContext(
            runtime,
            self.people,
            self.person,
            self.tracer,
            failures,
            session=options.session,
            new=options.new,
            in_use=self.in_use,
            loaded=self.loaded,
            folder=self.folder,
        )

    def close(self) -> None:
        """Close the transcript, the trace and the store, and give the network back, whatever of it fails.

        Raises ``CassetteError`` when what was exchanged could not be written, ``RecordError`` for the others.
        """
        with self.network as last_first:
            last_first.callback(self.store.close)
            if self.trace_file:
                last_first.callback(self.trace_file.close)
            last_first.callback(self.tracer.close)
            if self.recorder:
                last_first.callback(self.recorder.close)

    def discard(self) -> None:
        """Remove the store that was made for this chat alone, if there is one; for when nothing else can."""
        if self.options.continuation:
            shutil.rmtree(self.options.continuation.folder, ignore_errors=True)


def prepare(options: ChatOptions) -> PreparedChat:
    """Load the app and open its store.

    Raises ``UsageError``, ``AppLoadError``, ``AppChoiceError``, ``StoreError`` or ``CassetteError``, each with
    one sentence.
    """
    if options.ephemeral:
        sys.dont_write_bytecode = True
    network = ExitStack()
    try:
        return _prepared(options, network, _tape(options, network))
    except BaseException:
        network.close()
        raise


def _tape(options: ChatOptions, network: ExitStack) -> CassetteWriter | None:
    """The cassette is put in before the app is imported, which may already ask for something.

    Returns what it is recorded with, if it is.
    """
    if options.record is None:
        return None
    check_file_name(options.record, "--record")
    from cpsl.http.cassette import cassette, cassette_path, recording

    path = cassette_path(Path(options.record))
    if options.cassette_mode == "record":
        check_destination(path, CASSETTE, "--http", in_use=FilesInUse(), force=options.force)
        return network.enter_context(recording(path))
    network.enter_context(cassette(path, options.cassette_mode))
    if options.cassette_mode == "off" and path.is_file():
        say(f"note: {path} stays, and is of an earlier recording: --http record makes a new one, else remove it\n")
    return None


def _complete(tape: CassetteWriter, record_file: OutFile) -> None:
    """A conversation without any exchange has a cassette too, or its replay could not know that there was none."""
    if record_file.begun:
        tape.begin()


def _prepared(options: ChatOptions, network: ExitStack, tape: CassetteWriter | None) -> PreparedChat:
    entry = options.app or default_app(Path.cwd(), ask=not options.scripted)
    conditions = Conditions.of(options)
    folder = working_folder()
    source = _absolute(entry)
    loaded = _loaded(entry, anew=options.continuation is not None)
    project = find_project(loaded.folder)
    config = load_config(project)
    options = config.applied_to(options)
    for warning in config.warnings:
        say(f"warning: {warning}\n")
    # Refused before the store is made: a recording that cannot be written leaves nothing behind.
    path = None if options.ephemeral or options.continuation else project.store_path(loaded.app.name)
    with back_in(folder):
        in_use = _in_use(options, loaded, config, path)
        record_file = _out_file(options.record, TRANSCRIPT, "--record", in_use, force=options.force)
        trace_file = _out_file(options.trace, TRACE, "--trace", in_use, force=options.force)
    store = Store(options.continuation.store) if options.continuation else open_store(project, loaded, config, path)
    people = People(config)
    person = people.first(options.user, email=options.email, org=options.org, guest=options.guest)
    connected = people.connected()
    recorder = None
    if record_file:
        encoder = _encoder(loaded, record_file.place.parent, conditions, http=options.cassette_mode != "off")
        recorder = _recorder(record_file, encoder, store, connected)
        if tape:
            network.callback(_complete, tape, record_file)
    return PreparedChat(
        options=options,
        loaded=loaded,
        project=project,
        config=config,
        store=store,
        people=people,
        connected=connected,
        person=person,
        recorder=recorder,
        tracer=Tracer(conditions.clock.ticks, lambda: {*connected.secrets(), *known_secrets()}, _writer(trace_file)),
        trace_file=trace_file,
        source=source,
        conditions=conditions,
        network=network,
        in_use=in_use,
        folder=folder,
    )


def _encoder(loaded: LoadedApp, folder: Path, conditions: Conditions, *, http: bool = False) -> LineEncoder:
    """For lines that will be read in that folder."""
    return LineEncoder(loaded.seen_from(folder), loaded.app.name, conditions.seed, lambda: conditions.began, http=http)


def _loaded(entry: str, *, anew: bool) -> LoadedApp:
    return load_anew(entry) if anew else load(entry)


def _absolute(entry: str) -> str:
    """The entry point, whatever the working folder is later."""
    source, symbol = split_entry(entry)
    return str(Path(os.path.realpath(source))) + (f":{symbol}" if symbol else "") if source.endswith(".py") else entry


def _recorder(file: OutFile, encoder: LineEncoder, store: Store, connected: Connected) -> Recorder:
    from cpsl.transcript.record import Recorder
    from cpsl.transcript.turn_zero import records_before, stored_records

    start = stored_records(store)
    if start is None:
        say("note: so much is stored that the recording leaves it out: a replay will not have it; see --ephemeral\n")
    recorder = Recorder(file, encoder, partial(records_before, store), start or (), connected.forms)
    watch_for_standstill(lambda: recorder.running)
    return recorder


def _in_use(options: ChatOptions, loaded: LoadedApp, config: Config, store: Path | None) -> FilesInUse:
    """What a chat with these options reads or has open, its recordings left out."""
    in_use = FilesInUse()
    in_use.add(loaded.file, "the app's source")
    for file in config.files:
        in_use.add(file, "the configuration")
    if store:
        in_use.add_store(str(store))
    if options.continuation:
        in_use.add(options.continuation.transcript, "the transcript that is replayed")
    if options.input_file is not None:
        in_use.add(Path(options.input_file), "the script that is read")
    if options.record and Path(options.record).name:
        from cpsl.http.cassette import cassette_path

        in_use.add(cassette_path(Path(options.record)), "the cassette")
    return in_use


def _out_file(place: str | None, kind: OutputKind, option: str, in_use: FilesInUse, *, force: bool) -> OutFile | None:
    if place is None:
        return None
    from cpsl.transcript.outfile import OutFile

    if place == "-":
        hint = "; --json writes the transcript to stdout" if option == "--record" else ""
        raise UsageError(f"{option} needs the name of a file: stdout is for replies{hint}.")
    check_file_name(place, option)
    path = Path(place)
    check_destination(path, kind, option, in_use=in_use, force=force)
    file = OutFile(path, option)
    in_use.add(path, f"what {option} writes")
    return file


def _writer(file: OutFile | None) -> Callable[[list[Record]], None] | None:
    return (lambda records: file.write(map(dumps, records))) if file else None


def open_store(
    project: Project, loaded: LoadedApp, config: Config, path: Path | None, *, to_write: bool = True
) -> Store:
    """The app's store, its folder made on first use; one in memory without a path.

    Raises ``StoreError``, also for a read-only one ``to_write``.
    """
    if path is None:
        return Store()
    try:
        project.prepare()
    except OSError as error:
        raise StoreError(
            f"{project.state}: cannot be made ({error.strerror}); --ephemeral runs without storing anything."
        ) from error
    store = Store(path, durable=config.get("durability") == "full")
    try:
        store.belong_to(loaded.app.name, note=to_write)
        if to_write and store.database.read_only:
            raise StoreError(f"{path}: cannot be written here; --ephemeral runs without storing anything.")
    except BaseException:
        store.close()
        raise
    return store
