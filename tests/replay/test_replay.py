"""Record, replay, see what differs. Real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Folder

SHOP = """\
@app.message()
async def on_message(session, message):
    basket = session.data.setdefault("basket", [])
    basket.append(message.text)
    await session.notify("adding")
    await session.reply(f"{len(basket)}: added {message.text}")
"""


@pytest.fixture
def shop(folder: Folder) -> Folder:
    """A project with a recorded conversation of three turns, ``t.jsonl``."""
    folder.app(SHOP)
    assert folder.chat("--ephemeral", "--record", "t.jsonl", stdin="milk\neggs\nbread\n").code == 0
    return folder


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_recorded_conversation_matches(shop: Folder) -> None:
    run = shop.capsule("replay", "t.jsonl")
    assert (run.stdout, run.stderr, run.code) == (b"3 turns, 3 matched\n", "", 0)


def test_a_replay_leaves_the_project_as_it_is(folder: Folder) -> None:
    folder.app(SHOP)
    folder.chat("--record", "t.jsonl", stdin="milk\n")
    before = folder.contents()
    run = folder.capsule("replay", "t.jsonl", env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert run.code == 0
    assert folder.contents() == before


def test_a_changed_reply_is_shown_with_its_words_and_later_turns_still_run(shop: Folder) -> None:
    replace(shop.path / "app.py", "added {message.text}", "added {message.text.replace('eggs', 'oats')}")
    run = shop.capsule("replay", "t.jsonl")
    assert run.code == 1
    assert run.replies == [
        "t.jsonl:7: turn 2  > eggs",
        "  - 2: added [-eggs-]",
        "  + 2: added {+oats+}",
        "3 turns, 2 matched, 1 differs",
    ]


def test_colours_mark_the_changed_words(shop: Folder) -> None:
    replace(shop.path / "app.py", "added", "put in")
    plain = shop.capsule("replay", "t.jsonl", env={"NO_COLOR": "1"})
    colored = shop.capsule("replay", "t.jsonl", "--color", "always")
    assert b"\x1b" not in plain.stdout
    assert "\x1b[1;4;31madded\x1b[0m" in colored.stdout.decode()


def test_colour_and_timeout_may_be_settings(shop: Folder) -> None:
    replace(shop.path / "app.py", "added", "put in")
    assert b"\x1b[" in shop.capsule("replay", "t.jsonl", env={"CAPSULE_COLOR": "always"}).stdout
    shop.write(".capsule/config.toml", 'timeout = 0.2\ncolor = "always"\n')
    assert b"\x1b[" not in shop.capsule("replay", "t.jsonl", "--color", "never").stdout
    replace(shop.path / "app.py", "    basket =", "    await asyncio.Event().wait()\n    basket =")
    assert shop.capsule("replay", "t.jsonl", "-x").code == 124
    bad = shop.capsule("replay", "t.jsonl", env={"CAPSULE_COLOR": "blue"})
    assert (bad.code, bad.stderr.count("\n"), "CAPSULE_COLOR" in bad.stderr) == (2, 1, True)


def test_one_reply_too_many_is_shown_as_such(shop: Folder) -> None:
    replace(
        shop.path / "app.py", "    await session.notify", "    await session.reply('Hm.')\n    await session.notify"
    )
    run = shop.capsule("replay", "t.jsonl", "-x")
    assert run.replies == [
        "t.jsonl:2: turn 1  > milk",
        "  expected 1 reply, got 2",
        "  + Hm.",
        "3 turns, 0 matched, 1 differs, 2 not played",
    ]
    assert run.code == 1


def test_one_reply_too_few_is_shown_as_such(shop: Folder) -> None:
    replace(shop.path / "app.py", "    await session.reply(f", "    str(f")
    run = shop.capsule("replay", "t.jsonl", "-x")
    assert run.replies[1:3] == ["  expected 1 reply, got 0", "  - 1: added milk"]


def test_changed_data_is_named_by_its_path(shop: Folder) -> None:
    replace(shop.path / "app.py", "basket.append(message.text)", "basket.append(message.text.upper())")
    run = shop.capsule("replay", "t.jsonl", "-x")
    assert run.replies[1:4] == ["  data.basket[0]:", "  - [-milk-]", "  + {+MILK+}"]


def test_an_app_that_raises_is_shown_with_its_line(shop: Folder) -> None:
    replace(shop.path / "app.py", "    await session.notify", "    [][len(basket) - 2]\n    await session.notify")
    run = shop.capsule("replay", "t.jsonl", "-x")
    report = run.stdout.decode()
    assert "IndexError: list index out of range" in report
    assert "app.py:8 in on_message" in report
    assert "[][len(basket) - 2]" in report
    assert "Traceback" not in report


def test_each_file_has_the_app_anew(shop: Folder) -> None:
    shop.write("counter.py", "seen = []\n")
    shop.app("import counter\n" + SHOP.replace("len(basket)", "counter.seen.append(1) or len(counter.seen)"))
    (shop.path / "u.jsonl").write_bytes((shop.path / "t.jsonl").read_bytes())
    run = shop.capsule("replay", "t.jsonl", "u.jsonl")
    assert run.replies[:2] == ["t.jsonl: 3 turns, 3 matched", "u.jsonl: 3 turns, 3 matched"]
    assert run.replies[2:] == ["2 transcripts: 6 turns, 6 matched"]


def test_a_folder_is_all_its_transcripts(shop: Folder) -> None:
    for name in ("order", "return"):
        shop.write(f"talks/{name}.jsonl", (shop.path / "t.jsonl").read_text())
    shop.write("talks/attachments/00/data.jsonl", "no transcript")
    every = shop.capsule("replay", "talks")
    some = shop.capsule("replay", "talks", "-k", "order and not (return or refund)")
    none = shop.capsule("replay", "talks", "-k", "refund")
    assert every.replies[-1] == "2 transcripts: 6 turns, 6 matched"
    assert some.replies == ["3 turns, 3 matched"]
    assert (none.code, none.stdout) == (2, b"")
    assert "none of 2 transcripts is meant by that" in none.stderr


def test_an_empty_folder_is_no_success(shop: Folder) -> None:
    (shop.path / "empty").mkdir()
    run = shop.capsule("replay", "empty")
    assert (run.code, run.stdout) == (2, b"")
    assert run.stderr == "capsule: no transcript found: empty holds no file that ends in .jsonl.\n"


def test_a_bad_file_is_named_and_the_others_are_played(shop: Folder) -> None:
    shop.write("bad.jsonl", '{"type":"user","text":"milk"}\n{"type":"re')
    run = shop.capsule("replay", "bad.jsonl", "t.jsonl")
    assert run.code == 2
    assert run.stderr.startswith("capsule: bad.jsonl:2: the last line is cut off")
    assert "Traceback" not in run.stderr
    assert run.replies[0] == "t.jsonl: 3 turns, 3 matched"


def test_an_app_that_cannot_be_loaded_ends_with_3(shop: Folder) -> None:
    shop.write("app.py", "import cpsl\n1 / 0\n")
    run = shop.capsule("replay", "t.jsonl")
    assert (run.code, run.stdout) == (3, b"")
    assert "ZeroDivisionError" in run.stderr
    assert "1 / 0" in run.stderr


def test_a_handwritten_file_needs_no_header(shop: Folder) -> None:
    shop.write("hand.jsonl", '{"type":"user","text":"milk"}\n{"type":"reply","text":"1: added milk"}\n')
    assert shop.capsule("replay", "hand.jsonl", "--app", "app.py").replies == ["1 turn, 1 matched"]
    shop.app(SHOP, "other.py")
    unnamed = shop.capsule("replay", "hand.jsonl")
    assert unnamed.code == 2
    assert "hand.jsonl: has no header that names its app; name it with --app." in unnamed.stderr


def test_the_app_is_found_above_the_transcript(shop: Folder) -> None:
    shop.write("tests/talks/t.jsonl", (shop.path / "t.jsonl").read_text())
    run = shop.capsule("replay", "t.jsonl", cwd=shop.path / "tests" / "talks")
    assert run.replies == ["3 turns, 3 matched"]


def test_what_the_app_prints_is_no_part_of_the_report(shop: Folder) -> None:
    replace(shop.path / "app.py", "    await session.notify", "    print('debug')\n    await session.notify")
    run = shop.capsule("replay", "t.jsonl")
    assert run.stdout == b"3 turns, 3 matched\n"
    assert run.stderr.count("debug") == 3


def test_programs_get_an_object_for_each_turn(shop: Folder) -> None:
    replace(shop.path / "app.py", "added", "put in")
    run = shop.capsule("replay", "t.jsonl", "--json", "--until", "1")
    turn, file, summary = (json.loads(line) for line in run.replies)
    assert (turn["file"], turn["turn"], turn["line"], turn["text"], turn["status"]) == (
        "t.jsonl",
        1,
        2,
        "milk",
        "differs",
    )
    assert (
        turn["differences"][0] | {"actual": "1: put in milk", "expected": "1: added milk", "path": ""}
        == turn["differences"][0]
    )
    assert (file["differing"], file["left"], summary["files"], summary["matched"]) == (1, 2, 1, 0)


def test_several_processes_say_the_same_as_one(shop: Folder) -> None:
    for number in range(4):
        shop.write(f"talks/{number}.jsonl", (shop.path / "t.jsonl").read_text())
    replace(shop.path / "talks" / "2.jsonl", "added eggs", "lost eggs")
    one = shop.capsule("replay", "talks", "-j", "1")
    two = shop.capsule("replay", "talks", "-j", "2")
    assert (two.stdout, two.stderr, two.code) == (one.stdout, one.stderr, one.code)
    assert one.code == 1


def test_a_turn_that_hangs_is_stopped(shop: Folder) -> None:
    replace(
        shop.path / "app.py", "    await session.notify", "    await asyncio.Event().wait()\n    await session.notify"
    )
    run = shop.capsule("replay", "t.jsonl", "--timeout", "0.2", "-x")
    assert run.code == 124
    assert "timeout" in run.stdout.decode()


def test_an_app_that_ends_its_process_ends_one_of_several_files(shop: Folder) -> None:
    for number in range(4):
        shop.write(f"talks/{number}.jsonl", (shop.path / "t.jsonl").read_text())
    replace(shop.path / "talks" / "2.jsonl", '"text":"eggs"', '"text":"quit"')
    replace(shop.path / "app.py", "    basket =", "    if message.text == 'quit':\n        os._exit(7)\n    basket =")
    run = shop.capsule("replay", "talks", "-j", "2", "--junit", "out.xml")
    assert run.code == 1
    assert run.replies == [
        *(f"talks/{number}.jsonl: 3 turns, 3 matched" for number in (0, 1, 3)),
        "4 transcripts: 9 turns, 9 matched",
    ]
    words = "talks/2.jsonl: the process that played it has ended with exit code 7; there is no result."
    assert run.stderr == f"capsule: {words}\n"
    assert words in (shop.path / "out.xml").read_text()


def test_a_handler_that_cannot_be_stopped_is_named(shop: Folder) -> None:
    stuck = """\
    while message.text == "eggs":
        try:
            time.sleep(3600)
        except BaseException:
            pass
"""
    replace(shop.path / "app.py", "    basket =", stuck + "    basket =")
    run = shop.capsule("replay", "t.jsonl", "--timeout", "0.2", "--junit", "out.xml")
    assert run.code == 124
    assert "t.jsonl:7: that was turn 2; nothing more was played." in run.stderr
    assert "1 matched" in run.stdout.decode()
    assert "nothing more was played" in (shop.path / "out.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["t.jsonl", "--accept-errors"], "--accept-errors needs --update"),
        (["nope.jsonl"], "nope.jsonl: there is no such file or folder"),
        (["t.jsonl", "--until", "2", "--update"], "--until plays a part only"),
        (["t.jsonl", "-k", "a and"], "-k a and: write words joined by and, or, not"),
        (["t.jsonl", "--updat"], "--update)"),
    ],
)
def test_options_that_make_no_sense_are_refused(shop: Folder, arguments: list[str], words: str) -> None:
    run = shop.capsule("replay", *arguments)
    assert (run.code, run.stdout) == (2, b"")
    assert words.lower() in run.stderr.lower()


def test_what_comes_in_another_order_is_told_as_such(shop: Folder) -> None:
    replace(shop.path / "app.py", '    await session.notify("adding")\n', "")
    (shop.path / "app.py").write_text((shop.path / "app.py").read_text() + '    await session.notify("adding")\n')
    run = shop.capsule("replay", "t.jsonl", "-x")
    assert run.replies[:5] == [
        "t.jsonl:2: turn 1  > milk",
        "  notice, in another place:",
        "  - adding",
        "  notice, in another place:",
        "  + adding",
    ]


def test_a_file_name_that_is_too_long_is_a_problem_of_its_transcript(folder: Folder) -> None:
    folder.app()
    said = '{"type": "user", "text": "hi", "attachments": ["%s"]}\n'
    folder.write("a.jsonl", said % ("n" * 5000))
    folder.write("b.jsonl", '{"type": "user", "text": "hi"}\n{"type": "reply", "text": {"match": "any"}}\n')
    run = folder.capsule("replay", "a.jsonl", "b.jsonl", "--app", "app.py")
    assert run.code == 2
    assert run.stderr.startswith("capsule: a.jsonl:1: 'nnn")
    assert "b.jsonl: 1 turn, 1 matched" in run.replies
