"""The command itself: its version, its help, and what it says to a slip."""

import gc
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cpsl import __version__
from cpsl_cli.main import main
from tests.cli.capsule import capsule, shell


@pytest.mark.parametrize("arguments", [["--version"], ["-V"], ["--version", "chat"], ["-V", "--help"]])
def test_the_version_is_one_line(arguments: list[str], tmp_path: Path) -> None:
    done = capsule(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"capsule {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["-h"], ["--help"], []])
def test_help_lists_the_commands_and_examples(arguments: list[str], tmp_path: Path) -> None:
    done = capsule(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  chat " in done.stdout
    assert "  inspect " in done.stdout
    assert "capsule chat app.py" in done.stdout


@pytest.mark.parametrize("command", ["chat", "inspect"])
def test_each_command_has_help_with_examples(command: str, tmp_path: Path) -> None:
    done = capsule(command, "-h", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.count(f"capsule {command} ") >= 2


def test_the_installed_script_is_the_same_command(tmp_path: Path) -> None:
    done = shell("capsule -V", cwd=tmp_path)
    assert done.stdout == f"capsule {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["app.py"], "There is no command 'app.py'. To talk to an app: capsule chat app.py"),
        (["cht"], "There is no command 'cht'. Did you mean 'chat'?"),
        (["inspct", "app.py"], "There is no command 'inspct'. Did you mean 'inspect'?"),
        (["xyzzy"], "There is no command 'xyzzy'. See capsule --help."),
        (["--vresion"], "No such option: --vresion (Possible options: --version)"),
        (["chat", "--recrd", "x"], "No such option: --recrd (Possible options: --record, --seed)"),
        (["inspect", "app.py", "--jsn"], "No such option: --jsn (Possible options: --json)"),
        (["inspect"], "Missing argument 'APP'."),
    ],
)
def test_a_slip_is_named_with_what_was_meant(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    done = capsule(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"capsule: {sentence}\n")


@pytest.mark.parametrize("command", ["deploy", "login", "channel"])
def test_commands_of_the_hosted_platform_are_refused_in_one_line(command: str, tmp_path: Path) -> None:
    done = capsule(command, "--anything", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"capsule: 'capsule {command}' belongs to the hosted platform;")
    assert done.stderr.count("\n") == 1


EXAMPLE = re.compile(r"^    (?=capsule |printf )(.+)$", re.MULTILINE)


TALK = '{"type":"header","format":"capsule-transcript","version":1,"app":"app.py:app"}\n' + 6 * (
    '{"type":"user","text":"hi"}\n{"type":"end","status":"ok"}\n'
)


@pytest.mark.parametrize("arguments", [[], ["chat"], ["inspect"], ["replay"]])
def test_the_examples_in_the_help_work(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / ".capsule").mkdir()
    (tmp_path / "app.py").write_text("import cpsl\napp = cpsl.App('a', image=cpsl.Image())\n", encoding="utf-8")
    (tmp_path / "turns.jsonl").write_text('{"text": "hi"}\n', encoding="utf-8")
    (tmp_path / "transcripts").mkdir()
    for name in ("talk.jsonl", "transcripts/order.jsonl"):
        (tmp_path / name).write_text(TALK, encoding="utf-8")
    examples = EXAMPLE.findall(capsule(*arguments, "--help", cwd=tmp_path).stdout)
    assert len(examples) >= 2
    for example in examples:
        done = shell(example, cwd=tmp_path)
        # Asking needs a terminal; the screen tests answer.
        assert done.returncode == (2 if "--review" in example else 0), done.stderr


EVIL = "\x1b[2J\x1b]0;owned\x07\x9b2J\u202egnp"


@pytest.mark.parametrize(
    "arguments",
    [
        [f"chat{EVIL}"],
        ["chat", f"{EVIL}.py"],
        ["chat", "app.py", f"--session{EVIL}"],
        ["chat", "app.py", "--input", EVIL],
        ["chat", "app.py", "-m", f"/nope{EVIL}"],
        ["chat", "app.py", "-m", f"/db {EVIL}"],
        ["chat", "app.py", "--record", f"{EVIL}/t.jsonl", "-m", "hi"],
    ],
)
def test_what_is_refused_is_named_without_its_control_characters(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "app.py").write_text('import cpsl\napp = cpsl.App("x", image=cpsl.Image())\n', encoding="utf-8")
    run = capsule(*arguments, cwd=tmp_path)
    assert run.returncode != 0
    assert "owned" in run.stderr
    assert not set(run.stderr) & set("\x1b\x07\x9b\u202e")


class Interrupted(ModuleType):
    """A module while whose loading Ctrl-C is pressed."""

    def __getattr__(self, name: str) -> object:
        raise KeyboardInterrupt


@pytest.fixture
def collecting() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.usefixtures("collecting")
@pytest.mark.parametrize("module", ["cpsl_cli.cli", "cpsl_cli.streams"])
def test_ctrl_c_while_it_is_loading_has_the_exit_code_of_any_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, Interrupted(module))
    monkeypatch.setattr(sys, "argv", ["capsule", "chat", "app.py"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr() == ("", "")
