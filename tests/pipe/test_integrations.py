"""behaviour.md §27, §32: connected services, from the config and with ``/connect``; their secrets show nowhere."""

from __future__ import annotations

import json
import os

from tests.conftest import Folder

APP = """\
app.add_integration("acme", fields=["key", "secret"])
app.add_integration("github", client_id="c", client_secret="s")

@app.message()
async def on_message(session, message):
    found = session.get_integration(message.text)
    if found is None:
        found = await session.require_integration(message.text, reason="Please connect it.")
    await session.reply(f"{len(found.access_token)} {sorted(found.fields)} {sorted(session.integrations)}")

@app.data("connected")
async def connected(ctx, session):
    return [sorted(ctx.integrations), sorted(session.integrations)]

@app.home_suggestions()
async def suggestions(ctx):
    return [", ".join(sorted(ctx.integrations)) or "nothing"]
"""

PEOPLE = """\
[users.ann.integrations.github]
access_token = "tok-hunter2"

[users.ann.integrations.acme]
key = "key-hunter2"
secret = "s-hunter2"
"""


def test_what_the_config_says_is_connected_is_not_asked_for(folder: Folder) -> None:
    folder.app(APP)
    folder.write(".capsule/config.toml", PEOPLE)
    run = folder.chat("--as", "ann", stdin="github\nacme\n")
    assert run.replies == ["11 [] ['acme', 'github']", "0 ['key', 'secret'] ['acme', 'github']"]
    run = folder.chat("--as", "bob", stdin="/as ann\ngithub\n")
    assert run.replies == ["11 [] ['acme', 'github']"]


def test_data_handlers_and_the_home_see_it_too(folder: Folder) -> None:
    folder.app(APP)
    folder.write(".capsule/config.toml", PEOPLE)
    both = [["acme", "github"], ["acme", "github"]]
    run = folder.chat("--as", "ann", stdin="/data connected\n/home\n/as bob\n/data connected\n")
    assert run.replies == [json.dumps(both, separators=(",", ":")), "  1  acme, github", "[[],[]]"]
    assert json.loads(folder.capsule("data", "app.py", "connected", "--as", "ann").stdout) == both
    assert json.loads(folder.capsule("data", "app.py", "connected", "--as", "ann", "--guest").stdout) == [[], []]


def test_connecting_takes_a_line_for_each_field_and_holds_for_that_person(folder: Folder) -> None:
    folder.app(APP)
    run = folder.chat(stdin="/connect acme\nkey-1\nsecret-1\nacme\n/as bob\n/connect\n/as local\n/connect\n")
    assert run.replies == [
        "0 ['key', 'secret'] ['acme']",
        "acme    key, secret   not connected",
        "github  access_token  not connected",
        "acme    key, secret   connected",
        "github  access_token  not connected",
    ]
    assert (run.stderr.splitlines()[0], run.code) == ("acme is connected", 0)


def test_a_service_that_the_app_does_not_declare_has_the_fields_it_is_known_by(folder: Folder) -> None:
    folder.app(APP)
    line = '{"access_key_id":"a","secret_access_key":"b","region":"c"}'
    run = folder.chat(stdin=f"/connect aws\n{line}\naws\n/connect linear\nt\nlinear\n")
    assert run.replies == [
        "0 ['access_key_id', 'region', 'secret_access_key'] ['aws']",
        "1 [] ['aws', 'linear']",
    ]


def test_no_answer_leaves_a_service_as_it_was(folder: Folder) -> None:
    folder.app(APP)
    folder.write(".capsule/config.toml", PEOPLE)
    run = folder.chat("--as", "ann", stdin="/connect acme\nkey\n\n/connect\n/connect github\n")
    assert [line.split()[-2:] for line in run.replies] == [["secret", "connected"], ["access_token", "connected"]]
    assert run.stderr == "acme is left as it was\ngithub is left as it was\n"


def test_a_wrong_name_is_refused_and_a_broken_form_repeats_no_secret(folder: Folder) -> None:
    folder.app(APP)
    run = folder.chat(stdin='/connect githb\n/connect a b\n/connect acme\n{"key": "hunter2"\nacme\n{"key": "hunter2"\n')
    assert "<stdin>:1: no integration 'githb'; did you mean github?" in run.stderr
    assert "<stdin>:2: /connect takes the name of one service" in run.stderr
    assert "<stdin>:3: the fields of the form are no JSON object" in run.stderr
    assert "error in turn 1: UsageError: the fields of the form are no JSON object" in run.stderr
    assert "hunter2" not in run.stderr
    assert run.code == 2


def test_secrets_are_neither_shown_nor_recorded_nor_stored(folder: Folder) -> None:
    folder.app(APP)
    config = folder.write(".capsule/config.toml", PEOPLE)
    script = "/connect linear\nlin-hunter2\nlinear\ngithub\nacme\naws\n" + "aws-hunter2\n" * 3 + "/connect\n/state\n"
    run = folder.chat("--as", "ann", "--json", "--record", "talk.jsonl", stdin=script)
    assert run.code == 0
    assert [json.loads(line)["value"] for line in run.replies if '"answer"' in line] == [
        ["access_key_id", "region", "secret_access_key"]
    ]
    os.remove(config)
    everything = [run.stdout, run.stderr.encode(), *(content or b"" for content in folder.contents().values())]
    assert not [content for content in everything if b"hunter2" in content]
