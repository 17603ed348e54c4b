"""``capsule inspect``: everything an app declares, and where it is stored."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.capsule import capsule

APP = '''
import cpsl

print("imported")

app = cpsl.App(
    "Tea Shop",
    image=cpsl.Image(python_packages=["httpx"]),
    channels=[cpsl.Slack(bot_token=cpsl.Secret.from_name("BOT_TOKEN"), signing_secret="plain-to-see")],
    secrets=["API_KEY"],
    filesystems={"/leaves": cpsl.FileSystem("leaves")},
    cpu=2,
)


@app.boot()
def kettle_on():
    raise RuntimeError("inspect must not boot")


@app.message()
async def serve(session, msg):
    session.data["cups"] = 1


@app.message("kitchen", label="Kitchen")
def cook(session, msg):
    """Nothing yet."""
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".capsule").mkdir()
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    return tmp_path


def _inspected(project: Path) -> dict[str, Any]:
    done = capsule("inspect", "app.py", "--json", cwd=project)
    assert done.returncode == 0
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_names_the_app_and_its_place(project: Path) -> None:
    found = _inspected(project)
    assert (found["name"], found["entry"], found["file"]) == ("Tea Shop", "app.py:app", str(project / "app.py"))


def test_handlers_are_named_with_their_lines(project: Path) -> None:
    lines = APP.splitlines()
    assert [
        (item["handles"], item["function"], lines[item["line"] - 1]) for item in _inspected(project)["handlers"]
    ] == [
        ("boot", "kettle_on", "@app.boot()"),
        ("message", "serve", "@app.message()"),
        ("message 'kitchen'", "cook", '@app.message("kitchen", label="Kitchen")'),
    ]


def test_deployment_knobs_are_shown(project: Path) -> None:
    knobs = _inspected(project)["deployment"]
    assert knobs["image"]["python_packages"] == ["httpx"]
    assert knobs["filesystems"] == {"/leaves": {"name": "leaves", "mount_path": "/leaves"}}
    assert (knobs["cpu"], knobs["memory"], knobs["pricing_type"]) == (2, 512, "one_time")


def test_secrets_are_shown_by_name_only(project: Path) -> None:
    done = capsule("inspect", "app.py", "--json", cwd=project)
    assert json.loads(done.stdout)["deployment"]["secrets"] == ["API_KEY", "BOT_TOKEN"]
    text = capsule("inspect", "app.py", cwd=project)
    assert "plain-to-see" not in done.stdout + done.stderr + text.stdout + text.stderr


def test_without_a_store_it_makes_none(project: Path) -> None:
    (project / ".capsule").rmdir()
    (project / "pyproject.toml").touch()
    store = _inspected(project)["store"]
    assert store == {"path": str(project / ".capsule/tea-shop-42b58e6c.db"), "exists": False, "size": 0, "tables": {}}
    assert not (project / ".capsule").exists()


def test_the_store_is_shown_with_its_rows_and_left_as_it_is(project: Path) -> None:
    (project / "app.py").write_text(APP.replace("raise RuntimeError", "print"), encoding="utf-8")
    capsule("chat", "app.py", cwd=project, stdin="a\nb\n")
    file = project / ".capsule/tea-shop-42b58e6c.db"
    before = file.read_bytes()
    store = _inspected(project)["store"]
    assert store["tables"]["_capsule_sessions"] == 1
    assert store["tables"]["_capsule_turns"] == 2
    assert store["size"] == len(before)
    assert file.read_bytes() == before
    assert sorted(path.name for path in file.parent.iterdir()) == [
        ".gitignore",
        "tea-shop-42b58e6c.db",
        "tea-shop-42b58e6c.db-lock",
    ]


def test_a_damaged_store_is_one_sentence(project: Path) -> None:
    (project / ".capsule/tea-shop-42b58e6c.db").write_bytes(b"not a database, but long enough to be taken for one" * 40)
    done = capsule("inspect", "app.py", cwd=project)
    assert done.returncode == 1
    assert "tea-shop-42b58e6c.db: cannot be read (file is not a database)" in done.stderr
    assert "Traceback" not in done.stderr


def test_as_text_it_is_aligned_and_complete(project: Path) -> None:
    done = capsule("inspect", "app.py", cwd=project)
    assert done.returncode == 0
    assert done.stdout == (
        "name        Tea Shop\n"
        "entry       app.py:app\n"
        "file        app.py\n"
        "handlers\n"
        "  boot               app.py:16  kettle_on\n"
        "  message            app.py:21  serve\n"
        "  message 'kitchen'  app.py:26  cook\n"
        "deployment\n"
        "  image\n"
        "    python_packages  httpx\n"
        "    apt_packages     -\n"
        "    commands         -\n"
        "  channels           type=slack bot_token=secret:BOT_TOKEN signing_secret=***\n"
        "  keep_warm_seconds  0\n"
        "  secrets            API_KEY, BOT_TOKEN\n"
        "  filesystems\n"
        "    /leaves\n"
        "      name        leaves\n"
        "      mount_path  /leaves\n"
        "  npm_packages       -\n"
        "  cpu                2\n"
        "  memory             512\n"
        "  gpu                -\n"
        "  price              0\n"
        "  pricing_type       one_time\n"
        "store\n"
        "  path  .capsule/tea-shop-42b58e6c.db (made by the first chat)\n"
    )


def test_what_the_app_prints_stays_off_stdout(project: Path) -> None:
    done = capsule("inspect", "app.py", cwd=project)
    assert "imported" in done.stderr
    assert "imported" not in done.stdout


def test_control_characters_in_a_name_are_made_visible(project: Path) -> None:
    (project / "app.py").write_text("import cpsl\napp = cpsl.App('a\\x1b[2J\\nb')\n", encoding="utf-8")
    assert "name        a^[[2J^Jb\n" in capsule("inspect", "app.py", cwd=project).stdout


def test_an_app_that_cannot_be_loaded_names_its_line(project: Path) -> None:
    (project / "app.py").write_text("import cpsl\n1 / 0\n", encoding="utf-8")
    done = capsule("inspect", "app.py", cwd=project)
    assert (done.returncode, done.stdout) == (3, "")
    assert "app.py:2\n    1 / 0\n" in done.stderr
    assert "cpsl" not in done.stderr.replace(str(project), "")


def test_no_such_app_is_exit_3(project: Path) -> None:
    done = capsule("inspect", "nope.py", cwd=project)
    assert (done.returncode, done.stderr) == (3, "capsule: nope.py: there is no such file.\n")


DECLARING = """
import cpsl
from cpsl import ui

app = cpsl.App("declaring", image=cpsl.Image())
leads = app.collection("leads", columns=["company"], scope="owner", sortable=True)
app.setting("mode", scope="user", default="fast", options=["fast", "slow"])


@app.data("totals", access="authenticated")
async def totals():
    return {}


@app.page("Overview")
def overview():
    return ui.Page([ui.Table(leads)])
"""


def test_state_and_pages_are_shown_where_an_app_declares_them(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(DECLARING, encoding="utf-8")
    found = _inspected(tmp_path)
    assert found["collections"] == {"leads": {"scope": "owner", "columns": ["company"], "hints": ["sortable"]}}
    assert found["settings"]["mode"] == {"scope": "user", "type": "str", "default": "fast", "options": ["fast", "slow"]}
    assert found["data"] == {"totals": "authenticated"}
    assert found["pages"] == {"overview": {"name": "Overview", "access": "public", "component": None}}
    assert "integrations" not in found
