"""Who talks, and ``/data /set /settings /db``, through the pipe."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Folder

CRM = """
leads = app.collection("leads", columns=["company", "status"], scope="owner", filterable=True)
marks = app.collection("marks", columns=["company"], scope="user")
app.setting("currency", scope="owner", default="EUR", options=["EUR", "USD"])
app.setting("limit", scope="user", type=int, default=10)

@app.message()
async def handle(session, message):
    user = session.user
    if message.text.startswith("add "):
        await leads.insert_one({"company": message.text[4:], "status": "new"})
        await marks.insert_one({"company": message.text[4:]})
    await session.reply(f"{user.id} {user.email} {user.owner_id} {await app.settings.get('limit')!r}")

@app.data("count", access="authenticated")
async def count(ctx, status=None):
    found = await leads.find({"status": status} if status else {})
    return {"count": len(found), "who": ctx.user.owner_id}

@app.data("broken")
async def broken():
    raise LookupError("no such thing")
"""

TABLES = '[users.ann]\nemail = "ann@x.test"\norg = "acme"\n[users.bob]\norg = "acme"\n'


@pytest.fixture
def crm(folder: Folder) -> Folder:
    folder.app(CRM)
    folder.write(".capsule/config.toml", TABLES)
    return folder


def test_the_default_person_is_local_and_signed_in(crm: Folder) -> None:
    done = crm.chat(stdin="hi\n/data count\n")
    assert done.replies == ["local None local 10", '{"count":0,"who":"local"}']
    assert (done.code, done.stderr) == (0, "")


def test_a_listed_person_comes_with_email_and_organisation(crm: Folder) -> None:
    assert crm.chat("--as", "ann", stdin="hi\n").replies == ["ann ann@x.test org:acme 10"]
    assert crm.chat("--as", "ann", "--org", "x", "--email", "a@b", stdin="hi\n").replies == ["ann a@b org:x 10"]


def test_as_within_a_script_knows_the_listed_people_too(crm: Folder) -> None:
    lines = ["/as bob", "hi", "/as eve", "hi"]
    assert crm.chat(stdin="\n".join(lines) + "\n").replies == ["bob None org:acme 10", "eve None eve 10"]
    crm.write("in.jsonl", '{"text": "hi", "as": "ann"}\n{"text": "hi"}\n')
    assert crm.chat("--input", "in.jsonl").replies == ["ann ann@x.test org:acme 10", "local None local 10"]


def test_colleagues_share_leads_but_not_bookmarks(crm: Folder) -> None:
    crm.chat("--as", "ann", stdin="add Acme\nadd Bolt\n")
    seen = crm.chat("--as", "bob", stdin="/db\n/db leads company=Bolt\n/db marks\n")
    assert seen.replies[:2] == ["leads  2", "marks  0"]
    assert json.loads(seen.replies[2]).items() >= {"company": "Bolt", "_team_id": "org:acme"}.items()
    assert seen.replies[3:] == []
    assert crm.chat("--as", "eve", stdin="/db\n").replies == ["leads  0", "marks  0"]


def test_a_guest_is_refused_where_sign_in_is_needed(crm: Folder) -> None:
    done = crm.chat("--guest", stdin="hi\n/data count\n")
    assert done.replies == ["guest None guest 10"]
    assert 'refused with 401: {"error":"authentication_required"}' in done.stderr
    assert done.code == 1


def test_data_takes_texts_and_prints_json(crm: Folder) -> None:
    done = crm.chat(stdin="add Acme\n/data count status=new\n/data count status=old\n")
    assert done.replies[1:] == ['{"count":1,"who":"local"}', '{"count":0,"who":"local"}']


@pytest.mark.parametrize(
    ("line", "words", "code"),
    [
        ("/data", "name a data handler; there are: broken, count", 2),
        ("/data cuont", "no data handler 'cuont'; did you mean count?", 2),
        ("/data count new", "'new' is no key=value; write /data NAME key=value", 2),
        ("/data broken", "LookupError: no such thing", 1),
        ("/data count x=1", "TypeError", 1),
        ("/set", "/set needs one key=value", 2),
        ("/set curency=EUR", "no setting 'curency'; did you mean currency?", 2),
        ("/set currency=GBP", "/set: currency is one of EUR, USD, not 'GBP'", 2),
        ("/set limit=many", "/set: limit is of type int, which 'many' is not", 2),
        ("/settings all", "'all' is not understood here", 2),
        ("/db leeds", "no collection 'leeds'; did you mean leads?", 2),
        ("/db leads status", "'status' is no filter term", 2),
        ("""/db leads '{"n": {"$gtt": 1}}'""", "unknown filter operator '$gtt' (did you mean '$gt'?)", 2),
        ("""/db leads {"n": {"$gtt": "a b"}}""", "unknown filter operator '$gtt' (did you mean '$gt'?)", 2),
        ("/db leads 'status {x'", "'status {x' is no filter term", 2),
        ("/db leads _team_id=bob", "not the active identity", 2),
    ],
)
def test_what_cannot_be_done_is_one_sentence(crm: Folder, line: str, words: str, code: int) -> None:
    done = crm.chat(stdin=f"{line}\n")
    assert words in done.stderr
    assert (done.replies, done.code) == ([], code)


def test_a_setting_is_typed_and_belongs_to_its_scope(crm: Folder) -> None:
    done = crm.chat("--as", "ann", stdin="/set limit=3\n/set currency=USD\nhi\n/settings\n/settings --json\n")
    assert done.stderr == 'limit = 3\ncurrency = "USD"\n'
    assert done.replies == [
        "ann ann@x.test org:acme 3",
        'currency = "USD"  (owner str, one of EUR, USD, default "EUR")',
        "limit = 3  (user int, default 10)",
        '{"currency":"USD","limit":3}',
    ]
    assert crm.chat("--as", "bob", stdin="/settings --json\n").replies == ['{"currency":"USD","limit":10}']


def test_many_records_are_shown_in_part(crm: Folder) -> None:
    done = crm.chat(stdin="".join(f"add c{n}\n" for n in range(25)) + "/db leads\n")
    assert len(done.replies) == 25 + 20
    assert "more than 20: capsule db find leads shows all" in done.stderr


def test_a_recording_says_that_it_lacks_what_a_data_call_stored(folder: Folder) -> None:
    folder.app(
        """\
        notes = app.collection("notes", scope="app")

        @app.message()
        async def on_message(session, message):
            await session.reply(str(len(await notes.find({}))))

        @app.data("add")
        async def add():
            await notes.insert_one({"a": 1})

        @app.data("look")
        async def look():
            return len(await notes.find({}))

        @app.data("break_off")
        async def break_off():
            await notes.insert_one({"a": 2})
            raise ValueError("too late")

        @app.data("break_at_once")
        async def break_at_once():
            raise ValueError("in time")
        """
    )
    for name, told in (("break_off", 1), ("break_at_once", 0)):
        run = folder.chat("--record", "t.jsonl", "--ephemeral", stdin=f"hi\n/data {name}\n")
        assert "ValueError: " in run.stderr
        assert (run.code, run.stderr.count("what this call has stored is not in the recording")) == (1, told)
    script = "hi\n/data look\n/data add\nhi\n"
    note = "note: what this call has stored is not in the recording: a replay will not have it\n"
    for options in ((), ("--ephemeral",)):
        run = folder.chat("--record", "t.jsonl", *options, stdin=script)
        assert (run.code, run.stderr) == (0, note)
    assert folder.chat(stdin=script).stderr == ""
