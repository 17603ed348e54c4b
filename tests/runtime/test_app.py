from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

import cpsl
from tests.signatures import signature_text

SIGNATURES: dict[Callable[..., Any], str] = {
    cpsl.App: "(name, *, image=None, channels=None, keep_warm_seconds=0, secrets=None, filesystems=None, "
    "npm_packages=None, cpu=0.25, memory=512, gpu=None, price=0, pricing_type='one_time')",
    cpsl.App.boot: "(self)",
    cpsl.App.shutdown: "(self)",
    cpsl.App.enter: "(self)",
    cpsl.App.exit: "(self)",
    cpsl.App.message: "(self, name=None, *, label=None)",
    cpsl.Session: "(id, user, channel, history=None, data=None, integrations=None)",
    cpsl.Session.reply: "(self, text)",
    cpsl.Session.notify: "(self, text, *, detail='')",
    cpsl.Session.show: "(self, block)",
    cpsl.Session.stream: "(self, chunks)",
    cpsl.Session.stream_reply: "(self)",
    cpsl.Session.stream_reply_from: "(self, stream)",
    cpsl.Session.chat_messages: "(self, current, *, cls=None)",
    cpsl.Session.set_title: "(self, title)",
    cpsl.Session.publish: "(self, key, value)",
    cpsl.Session.flush_data: "(self)",
    cpsl.Session.emit: "(self, event, payload=None)",
    cpsl.ReplyStream.write: "(self, text)",
    cpsl.Block: "(type, payload, id='')",
    cpsl.current_session: "()",
}
SYNCHRONOUS = (cpsl.Session.stream_reply, cpsl.Session.chat_messages, cpsl.ReplyStream.write)


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda function: function.__qualname__)
def test_a_public_name_has_the_hosted_signature(function: Any) -> None:
    assert signature_text(function) == SIGNATURES[function]


@pytest.mark.parametrize("name", [name for name in cpsl.__all__ if isinstance(getattr(cpsl, name), type)])
def test_public_methods_go_by_the_name_of_their_public_class(name: str) -> None:
    public = getattr(cpsl, name)
    methods = [member for at, member in inspect.getmembers(public) if at == "__init__" or not at.startswith("_")]
    ours = [method for method in methods if inspect.isfunction(method) and method.__module__.startswith("cpsl.")]
    assert {method.__qualname__.rpartition(".")[0] for method in ours} <= {public.__name__}


def test_a_call_that_does_not_fit_speaks_of_the_public_class(app: cpsl.App) -> None:
    with pytest.raises(TypeError, match=r"^App\.collection\(\) takes 2 positional arguments but 3 were given$"):
        app.collection("x", ["a"])  # type: ignore[call-arg]


def test_methods_of_a_session_are_asynchronous_except_three() -> None:
    methods = [function for function in SIGNATURES if "Session." in function.__qualname__]
    assert {m for m in methods if not inspect.iscoroutinefunction(m)} == {*SYNCHRONOUS} - {cpsl.ReplyStream.write}


@pytest.mark.parametrize("name", ["probe", "", "{{name}}", "日本語", "a/b c"])
def test_any_name_is_accepted(name: str) -> None:
    assert cpsl.App(name).name == name


@pytest.mark.parametrize("decorator", ["boot", "shutdown", "enter", "exit", "message"])
def test_a_handler_needs_an_app_with_an_image(decorator: str) -> None:
    with pytest.raises(RuntimeError, match=f"@app.{decorator}"):
        getattr(cpsl.App("probe"), decorator)()


@pytest.mark.parametrize("decorator", ["boot", "shutdown", "enter", "exit", "message"])
def test_a_decorator_returns_the_function_itself(app: cpsl.App, decorator: str) -> None:
    def handler(*args: object) -> None: ...

    assert getattr(app, decorator)()(handler) is handler
    assert list(inspect.signature(handler).parameters) == ["args"]


def test_a_second_declaration_replaces_the_first(app: cpsl.App) -> None:
    @app.boot()
    def first() -> None: ...

    @app.boot()
    def second() -> None: ...

    @app.message()
    def third(session: Any, message: Any) -> None: ...

    @app.message()
    def fourth(session: Any, message: Any) -> None: ...

    assert app.registry.hooks["boot"].function is second
    assert app.registry.message
    assert app.registry.message.function is fourth
    assert [words for words, _ in app.registry.handlers()] == ["boot", "message"]


def test_forgotten_parentheses_are_an_error(app: cpsl.App) -> None:
    def handler(session: Any, message: Any) -> None: ...

    with pytest.raises(TypeError, match=r"@app\.message\(\)"):
        app.message(handler)  # type: ignore[arg-type]


def test_what_is_no_function_is_no_handler(app: cpsl.App) -> None:
    with pytest.raises(TypeError, match="must be a function, not str"):
        app.boot()("boot")  # type: ignore[type-var]


def test_a_handler_knows_where_it_was_written(app: cpsl.App) -> None:
    @app.message()
    def here(session: Any, message: Any) -> None: ...

    handler = app.registry.message
    assert handler
    assert handler.name == "here"
    file, line = handler.location
    assert file == __file__
    assert inspect.getsourcelines(here)[1] == line


def test_two_apps_share_nothing(app: cpsl.App) -> None:
    other = cpsl.App("other", image=cpsl.Image())
    app.message("chat")(lambda session, message: None)
    assert other.registry.chats == {}


def test_what_only_a_deployment_needs_is_kept() -> None:
    disk = cpsl.FileSystem("disk")
    app = cpsl.App("probe", cpu=2, memory=1024, gpu="T4", price=5, secrets=["A"], filesystems={"/data": disk})
    assert (app.deployment.cpu, app.deployment.memory, app.deployment.gpu) == (2, 1024, "T4")
    assert (app.deployment.price, app.deployment.secrets) == (5, ("A",))
    assert app.deployment.filesystems == {"/data": disk}
