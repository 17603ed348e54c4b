"""Where things are kept, and where options come from (architecture.md#the-command-line)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import Folder, finish
from tests.pipe.test_commands import NOTES

WHO = """\
@app.message()
async def on_message(session, message):
    await session.reply(f"{session.user.id} {session.user.email} {session.user.org_id} {session.user.owner_id}")
"""


def test_a_conversation_is_resumed_unless_a_new_one_is_asked_for(folder: Folder) -> None:
    folder.app(NOTES)
    assert folder.chat(stdin="a\n").replies == ["local 1 a"]
    assert folder.chat(stdin="b\n").replies == ["local 2 b"]
    assert folder.chat("--new", stdin="c\n").replies == ["local 1 c"]
    assert folder.chat(stdin="d\n").replies == ["local 2 d"]
    assert folder.chat("--session", "main", stdin="e\n").replies == ["local 3 e"]
    assert folder.chat("--session", "fresh", stdin="f\n").replies == ["local 1 f"]


SENSELESS = [
    ("--session", "a", "--new"),
    ("--session", " "),
    ("--as", ""),
    ("-m", "a", "--input", "x"),
    ("--color", "red"),
]


@pytest.mark.parametrize("options", SENSELESS)
def test_options_that_make_no_sense_are_refused(folder: Folder, options: tuple[str, ...]) -> None:
    folder.app()
    run = folder.chat(*options, stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 2)
    assert run.stderr.startswith("capsule: ")


def test_a_person_has_what_the_options_say(folder: Folder) -> None:
    folder.app(WHO)
    run = folder.chat("--as", "ann", "--email", "ann@x.test", "--org", "acme", stdin="hi\n")
    assert run.replies == ["ann ann@x.test acme org:acme"]
    assert folder.chat(stdin="hi\n").replies == ["local None None local"]


def test_the_first_use_makes_the_state_folder_and_its_ignore_file(folder: Folder) -> None:
    folder.app()
    folder.chat(stdin="hi\n")
    ignore = (folder.path / ".capsule" / ".gitignore").read_text()
    assert [line for line in ignore.splitlines() if not line.startswith("#")] == ["*", "!.gitignore", "!config.toml"]
    assert (folder.path / ".capsule" / "probe.db").exists()


@pytest.mark.parametrize("marker", [".capsule", "pyproject.toml", ".git"])
def test_the_state_lies_in_the_project_of_the_app(folder: Folder, marker: str) -> None:
    folder.app(name="deep/er/app.py")
    if marker == "pyproject.toml":
        folder.write(marker, "")
    else:
        (folder.path / marker).mkdir()
    assert folder.capsule("chat", "deep/er/app.py", stdin="hi\n").code == 0
    assert (folder.path / ".capsule" / "probe.db").exists()
    assert not (folder.path / "deep" / "er" / ".capsule").exists()


def test_the_state_lies_beside_an_app_outside_any_project(folder: Folder) -> None:
    folder.app(name="deep/app.py")
    assert folder.capsule("chat", "deep/app.py", stdin="hi\n").code == 0
    assert (folder.path / "deep" / ".capsule" / "probe.db").exists()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("notebook-2", "notebook-2.db"),
        ("日本語", "日本語.db"),
        ("My Notebook!", "my-notebook-????????.db"),
        ("Żółć & Co", "żółć-co-????????.db"),
        ("///", "app-????????.db"),
        ("../../etc", "etc-????????.db"),
        ("x" * 300, "x" * 60 + "-????????.db"),
    ],
)
def test_the_file_is_named_after_the_app(folder: Folder, name: str, file: str) -> None:
    folder.write("app.py", f"import cpsl\napp = cpsl.App({name!r}, image=cpsl.Image())\n")
    assert folder.chat(stdin="hi\n").code == 0
    assert len(list((folder.path / ".capsule").glob(file))) == 1


def test_a_damaged_store_is_refused_and_left_as_it_is(folder: Folder) -> None:
    folder.app()
    file = folder.path / ".capsule" / "probe.db"
    file.parent.mkdir()
    file.write_bytes(b"rubbish" * 1000)
    run = folder.chat(stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 1)
    assert "not a readable database" in run.stderr
    assert run.stderr.count("\n") == 1
    assert file.read_bytes() == b"rubbish" * 1000


def test_a_store_whose_pages_are_damaged_is_no_traceback(folder: Folder) -> None:
    folder.app()
    folder.chat(stdin="hi\n" * 50)
    file = folder.path / ".capsule" / "probe.db"
    content = file.read_bytes()
    content = content[:4096] + b"\xab" * (len(content) - 4096)
    file.write_bytes(content)
    run = folder.chat(stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 1)
    assert "Traceback" not in run.stderr
    assert file.read_bytes() == content


def test_a_file_in_the_place_of_the_state_folder_is_a_sentence(folder: Folder) -> None:
    folder.app()
    folder.write(".capsule", "")
    run = folder.chat(stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 1)
    assert "--ephemeral runs without storing" in run.stderr


# Ephemeral runs


def test_an_ephemeral_run_leaves_the_folder_as_it_was(folder: Folder) -> None:
    folder.write("sibling.py", "value = 1\n")
    folder.app("import sibling\n" + NOTES)
    before = folder.contents()
    run = folder.chat("--ephemeral", stdin="a\nb\n")
    assert (run.replies, run.code) == (["local 1 a", "local 2 b"], 0)
    assert folder.contents() == before


def test_ephemeral_runs_do_not_disturb_each_other(folder: Folder) -> None:
    folder.app(NOTES)
    before = folder.contents()
    processes = [folder.start("chat", "app.py", "--ephemeral", "-m", f"{number}") for number in range(20)]
    runs = [finish(process) for process in processes]
    assert [run.replies for run in runs] == [[f"local 1 {number}"] for number in range(20)]
    assert {(run.stderr, run.code) for run in runs} == {("", 0)}
    assert folder.contents() == before


def test_several_chats_at_once_lose_nothing(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            session.data[message.text] = True
            await session.reply("got " + message.text)
        """
    )
    processes = [folder.start("chat", "app.py") for _ in range(5)]
    for number, process in enumerate(processes):
        assert process.stdin
        process.stdin.write(b"".join(b"%d-%d\n" % (number, line) for line in range(40)))
        process.stdin.flush()
    runs = [finish(process) for process in processes]
    assert {(run.stderr, run.code) for run in runs} == {("", 0)}
    said = {f"{number}-{line}" for number in range(5) for line in range(40)}
    assert {reply.removeprefix("got ") for run in runs for reply in run.replies} == said
    listed = folder.chat(stdin="/state --json\n/sessions\n").replies
    assert all(f'"{text}":true' in listed[0] for text in said)
    assert listed[1].split()[:4] == ["main", "local", "200", "turns"]


# Where options come from


def config(folder: Folder, text: str) -> None:
    folder.write(".capsule/config.toml", text)


def test_a_flag_comes_before_the_environment_the_project_and_the_person(folder: Folder) -> None:
    folder.app(WHO)
    personal = folder.home / ".config" / "capsule" / "config.toml"
    personal.parent.mkdir(parents=True)
    personal.write_text('user = "personal"\n')

    def who(*options: str, **env: str) -> str:
        return folder.chat(*options, stdin="hi\n", env=env).replies[0].split()[0]

    assert who() == "personal"
    assert who(XDG_CONFIG_HOME=str(folder.path)) == "local"
    config(folder, 'user = "project"\n')
    assert who() == "project"
    assert who(CAPSULE_USER="environment") == "environment"
    assert who("--as", "flag", CAPSULE_USER="environment") == "flag"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("timeout = 'soon'", "timeout = 'soon' is not understood; expected a number of seconds above 0."),
        ("timeout = -1", "timeout = -1 is not understood; expected a number of seconds above 0."),
        ("timeout = true", "timeout = True is not understood"),
        ("plain = 'maybe'", "plain = 'maybe' is not understood; expected true or false."),
        ("color = 'red'", "color = 'red' is not understood; expected always or never or auto."),
        ("durability = 1", "durability = 1 is not understood; expected normal or full."),
        ("user = [", "config.toml: "),
    ],
)
def test_a_bad_value_names_its_file_and_what_is_expected(folder: Folder, text: str, words: str) -> None:
    folder.app()
    config(folder, text)
    run = folder.chat(stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 2)
    assert "config.toml: " in run.stderr
    assert words in run.stderr
    assert run.stderr.count("\n") == 1


def test_a_bad_value_of_the_environment_names_its_variable(folder: Folder) -> None:
    folder.app()
    run = folder.chat(stdin="hi\n", env={"CAPSULE_TIMEOUT": "0"})
    assert (run.stdout, run.code) == (b"", 2)
    assert run.stderr.startswith("capsule: CAPSULE_TIMEOUT: timeout = '0'")


def test_an_unknown_setting_is_a_warning(folder: Folder) -> None:
    folder.app()
    config(folder, 'timout = 5\n[users.bob]\nemail = "bob@x.test"\n')
    run = folder.chat(stdin="hi\n")
    assert (run.replies, run.code) == (["got hi"], 0)
    assert run.stderr.startswith("warning: ")
    assert "unknown setting 'timout'; did you mean 'timeout'?" in run.stderr


def test_the_configured_app_is_found_from_a_folder_below(folder: Folder) -> None:
    folder.app(name="src/bot.py")
    config(folder, 'app = "src/bot.py"\n')
    (folder.path / "docs").mkdir()
    assert folder.capsule("chat", stdin="hi\n").replies == ["got hi"]
    assert folder.capsule("chat", stdin="hi\n", cwd=folder.path / "docs").replies == ["got hi"]


def test_full_durability_can_be_configured(folder: Folder) -> None:
    folder.app()
    config(folder, 'durability = "full"\n')
    assert folder.chat(stdin="hi\n").code == 0


# The command itself


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cht", "app.py"), "Did you mean 'chat'?"),
        (("deploy",), "belongs to the hosted platform"),
        (("chat", "app.py", "--nope"), "--nope"),
        (("chat", "app.py", "--ephemerl"), "--ephemeral"),
        (("chat", "app.py", "--timeout", "soon"), "soon"),
    ],
)
def test_a_mistyped_command_is_one_sentence(folder: Folder, arguments: tuple[str, ...], words: str) -> None:
    folder.app()
    run = folder.capsule(*arguments, stdin="hi\n")
    assert (run.stdout, run.code) == (b"", 2)
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_the_module_can_be_run(folder: Folder) -> None:
    for arguments in (["-m", "cpsl_cli", "--version"], ["-c", "import cpsl; print('capsule', cpsl.__version__)"]):
        run = subprocess.run([sys.executable, *arguments], capture_output=True, check=True, env=folder.environment())
        assert run.stdout == folder.capsule("--version").stdout


def test_a_pipe_loads_neither_the_terminal_nor_what_it_does_not_need(folder: Folder) -> None:
    folder.app(
        """
        @app.message()
        async def on_message(session, message):
            await session.reply(" ".join(sorted(
                {name.split(".")[0] for name in sys.modules}
                & {"prompt_toolkit", "rich", "sqlite_utils", "hashlib", "anyio", "pytest"}
            )))
        """
    )
    assert folder.chat(stdin="hi\n", real=True).replies == [""]


def test_importing_cpsl_loads_no_command_line(folder: Folder) -> None:
    program = (
        "import sys, cpsl\n"
        "print({name.split('.')[0] for name in sys.modules}"
        " & {'prompt_toolkit', 'rich', 'sqlite_utils', 'typer', 'click'})"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=folder.environment())
    assert run.stdout == b"set()\n"


MEMORY = """\
import resource

@app.message()
async def on_message(session, message):
    session.history
    session.data["last"] = message.text
    await session.reply("x" * 500)

@app.shutdown()
def shutdown():
    open("memory", "w").write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
"""


def test_thousands_of_turns_need_no_more_memory_than_a_few(folder: Folder) -> None:
    folder.app(MEMORY)
    used = []
    for turns in (200, 3000):
        run = folder.chat("--new", stdin="".join(f"{number}\n" for number in range(turns)))
        assert len(run.replies) == turns
        used.append(int((folder.path / "memory").read_text()))
    assert used[1] < used[0] * 1.15
