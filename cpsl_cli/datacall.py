"""Calling a data handler from the command line (behaviour.md §18)."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from cpsl.channels.collector import Collector
from cpsl.clock import SystemClock
from cpsl.errors import CapsuleError
from cpsl.ids import RandomIds
from cpsl.model.codec import dumps
from cpsl.model.redaction import redacted
from cpsl.render.failure import describe, full_traceback
from cpsl.render.safe import visible_line
from cpsl.runtime.data_handlers import DataFailure
from cpsl.runtime.loader import LoadedApp, load
from cpsl.runtime.ports import World
from cpsl.runtime.runtime import Runtime
from cpsl.wording import nearest
from cpsl_cli.chat.loop import run_to_end
from cpsl_cli.chat.prepare import open_store
from cpsl_cli.config import load_config
from cpsl_cli.errors import DONE, FAILED, UsageError, report, worst
from cpsl_cli.options.data_options import DataOptions
from cpsl_cli.people import People, Person
from cpsl_cli.project import find_project
from cpsl_cli.streams import Product, say, take_over


class HandlerFailed(Exception):
    """The handler raised; its exception is the cause."""


def answer(options: DataOptions) -> int:
    """Print what the handler returns and return the exit code. Raises ``UsageError`` for bad parameters."""
    parameters = dict(map(_parameter, options.parameters or ()))
    pretty = os.isatty(1)
    product = take_over().product
    try:
        return _answer(options, parameters, product, pretty)
    except CapsuleError as error:
        return report(error, full=options.traceback)


def _answer(options: DataOptions, parameters: dict[str, str], product: Product, pretty: bool) -> int:
    loaded = load(options.app)
    if options.name not in loaded.app.registry.data:
        say(f"capsule: {visible_line(_unknown(options.name, loaded))}\n")
        return FAILED
    project = find_project(loaded.folder)
    config = load_config(project)
    people = People(config)
    person = people.first(options.user, email=options.email, org=options.org, guest=options.guest)
    store = open_store(project, loaded, config, project.store_path(loaded.app.name), to_write=False)
    try:
        world = World(SystemClock(), RandomIds(), store, Collector(), connected=people.connected())
        asked = _ask(options, Runtime(loaded.app, world), person, parameters, product, pretty)
        return run_to_end(asyncio.new_event_loop(), asked, ctrl_c_ends=True)
    finally:
        store.close()


async def _ask(
    options: DataOptions,
    runtime: Runtime,
    person: Person,
    parameters: dict[str, str],
    product: Product,
    pretty: bool,
) -> int:
    await runtime.start()
    try:
        code = DONE
        result = await _caught(runtime, options, person, parameters)
    except DataFailure as failure:
        code, result = FAILED, failure.body
    except HandlerFailed as failed:
        error = failed.__cause__ or failed
        say((full_traceback if options.traceback else describe)(error) + "\n")
        return worst(FAILED, await _closed(runtime))
    result = redacted(result)
    if pretty:
        product.write(_indented(result) + "\n")
    else:
        product.write_json(dumps(result) + "\n")
    return worst(code, await _closed(runtime))


async def _caught(runtime: Runtime, options: DataOptions, person: Person, parameters: dict[str, str]) -> Any:
    """Nothing that a handler raises, not even ``SystemExit``, gets any further than its own report."""
    try:
        return await runtime.data(options.name, person.user, parameters, authenticated=person.signed_in)
    except (DataFailure, KeyboardInterrupt, asyncio.CancelledError):
        raise
    except BaseException as error:
        raise HandlerFailed from error


async def _closed(runtime: Runtime) -> int:
    try:
        await runtime.close()
    except CapsuleError as error:
        return report(error)
    return DONE


def _indented(result: Any) -> str:
    import json

    from cpsl.render.safe import visible

    return visible(json.dumps(result, ensure_ascii=False, indent=2))


def _parameter(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise UsageError(f"{text!r} is no parameter: write key=value.")
    return key, value


def _unknown(name: str, loaded: LoadedApp) -> str:
    known = sorted(loaded.app.registry.data)
    near = nearest(name, known)
    hint = f" Did you mean {near}?" if near else f" It declares: {', '.join(known) or 'none'}."
    return f"the app has no data handler {name!r}.{hint}"
