"""What a start loads: heavy packages only where they are used (architecture.md#rooms)."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import cpsl

HEAVY = {"rich", "prompt_toolkit", "typer", "click", "sqlite_utils", "anyio", "pytest"}
TERMINAL = {"prompt_toolkit", "sqlite_utils", "pytest"}
HTTP = {"vcr", "yaml", "httpx", "requests", "cpsl.http.clients", "cpsl.model.secret"}
DECLARATIONS = {"cpsl.ui", "cpsl.model.integration", "cpsl.model.theme", "cpsl.model.column"}

APP = """
import cpsl
app = cpsl.App("echo", image=cpsl.Image())
@app.message()
async def handle(session, msg):
    import sys
    await session.reply("\\n".join(sorted(sys.modules)))
"""


def _loaded_by(code: str) -> set[str]:
    listing = f"{code}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_cpsl_loads_nothing_heavy() -> None:
    assert not _loaded_by("import cpsl") & HEAVY


def test_importing_cpsl_loads_no_declaration_that_only_some_apps_make() -> None:
    assert not _loaded_by("import cpsl") & DECLARATIONS


def test_the_simulator_loads_nothing_heavy() -> None:
    assert not _loaded_by("import cpsl.testing") & HEAVY


def test_a_lazy_name_loads_its_own_module_only() -> None:
    loaded = _loaded_by("from cpsl import Secret")
    assert loaded & {"cpsl.model.secret", *DECLARATIONS} == {"cpsl.model.secret"}


def test_a_piped_chat_never_loads_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cpsl_cli", "chat", "app.py", "--ephemeral"],
        cwd=tmp_path,
        input="hi\n",
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "cpsl_cli.pipe.runner" in loaded
    assert not loaded & TERMINAL
    assert not loaded & HTTP
    assert not loaded & DECLARATIONS


def test_the_version_is_the_distributions() -> None:
    assert cpsl.__version__ == version("capsule-local")


def test_an_app_without_collections_loads_no_query_layer(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cpsl_cli", "chat", "app.py", "--ephemeral"],
        cwd=tmp_path,
        input="hi\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert not [name for name in done.stdout.split() if name.startswith(("cpsl.data", "cpsl.runtime.collections"))]
