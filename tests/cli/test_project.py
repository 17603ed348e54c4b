"""Which folder is the project, whose it has to be, and which file is which app's."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cpsl.privatefile import private_file
from cpsl.store.store import Store
from cpsl_cli.errors import UsageError
from cpsl_cli.project import Project, file_name, find_project

STRANGER = 12345


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home, with a project in it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "project" / "src").mkdir(parents=True)
    return tmp_path / "home"


def owned(monkeypatch: pytest.MonkeyPatch, user: int, owners: dict[Path, int]) -> None:
    """This process runs as that user, and these folders are somebody else's: only root could give them away."""
    for name in ("stat", "lstat"):
        real = getattr(os, name)

        def found(path: str | Path, real: object = real, **options: object) -> os.stat_result:
            result = real(path, **options)  # type: ignore[operator]
            values = list(result)
            values[stat.ST_UID] = owners.get(Path(path), user)
            return os.stat_result(values)

        monkeypatch.setattr(os, name, found)
    monkeypatch.setattr(os, "geteuid", lambda: user)


def test_the_search_ends_at_a_repositorys_root(home: Path) -> None:
    (home / ".capsule").mkdir()
    (home / "project" / ".git").mkdir()
    assert find_project(home / "project" / "src").root == home / "project"


def test_the_search_ends_at_home(home: Path) -> None:
    (home.parent / ".capsule").mkdir()
    (home.parent / "pyproject.toml").touch()
    assert find_project(home / "project" / "src").root == home / "project" / "src"
    (home / ".capsule").mkdir()
    assert find_project(home / "project" / "src").root == home


@pytest.mark.parametrize("user", [0, 1000])
def test_a_strangers_state_folder_above_is_not_looked_into(
    home: Path, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    state = home / "project" / ".capsule"
    state.mkdir()
    (home / "project" / "pyproject.toml").touch()
    owned(monkeypatch, user, {state: STRANGER})
    assert find_project(home / "project" / "src").root == home / "project" / "src"


def test_a_strangers_link_to_ones_own_state_folder_is_not_followed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "own").mkdir()
    (home / "project" / ".capsule").symlink_to(home / "own")
    real = os.lstat
    owned(monkeypatch, 1000, {})
    monkeypatch.setattr(os, "lstat", lambda path: os.stat_result([*list(real(path))[:4], STRANGER, 0, 0, 0, 0, 0]))
    assert find_project(home / "project" / "src").root == home / "project" / "src"


def test_a_strangers_state_folder_beside_the_app_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = home / "project" / "src" / ".capsule"
    state.mkdir()
    owned(monkeypatch, 1000, {state: STRANGER, state.parent: STRANGER})
    with pytest.raises(UsageError, match="this belongs to another user"):
        find_project(home / "project" / "src")


def test_root_has_the_state_of_whoever_owns_the_app(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, folder = home / "project" / ".capsule", home / "project" / "src"
    state.mkdir()
    owned(monkeypatch, 0, {state: STRANGER, folder: STRANGER})
    assert find_project(folder).root == home / "project"


def test_roots_state_folder_is_anybodys(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = home / "project" / ".capsule"
    state.mkdir()
    owned(monkeypatch, 1000, {state: 0})
    assert find_project(home / "project" / "src").root == home / "project"


@pytest.fixture(params=[0o000, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_what_is_made_is_for_its_owner_alone(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.prepare()
    private_file(project.state / "history")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (project.state, *project.state.iterdir())}
    assert modes == {".capsule": 0o700, ".gitignore": 0o600, "history": 0o600}


def test_a_folder_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.state.mkdir()
    project.state.chmod(0o755)
    project.prepare()
    assert stat.S_IMODE(project.state.stat().st_mode) == 0o755


NAMES = (
    "a-b",
    "a b",
    "a_b",
    "A-B",
    "a.b",
    "a--b",
    "-a-b",
    "Å",
    "å",
    "a\u030a",
    "!",
    "app",
    "",
    "x" * 60,
    "x" * 61,
    "ſ",
    "s",
)


def test_no_two_names_share_a_file_on_any_file_system() -> None:
    files = [file_name(name).casefold() for name in NAMES]
    assert len(set(files)) == len(NAMES)
    assert all(file.replace("-", "").isalnum() for file in files)


def stored(project: Project, app: str) -> Path:
    """The file of the app, as opening it leaves it."""
    path = project.store_path(app)
    with closing(Store(path)) as store:
        store.belong_to(app)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.prepare()
    return made


@pytest.mark.parametrize("names", [("My App", "my-app"), ("my-app", "My App"), ("my app", "My App")])
def test_a_store_of_before_is_found_and_stays_with_its_app(project: Project, names: tuple[str, str]) -> None:
    old = project.state / "my-app.db"
    Store(old).close()
    first, second = names
    assert stored(project, first) == old
    assert stored(project, second) != old
    assert stored(project, first) == old
    assert stored(project, second) == project.store_path(second)


def test_names_that_look_alike_have_stores_of_their_own(project: Project) -> None:
    assert len({stored(project, name) for name in ("my-app", "my app", "My App", "my_app")}) == 4


def test_a_store_that_another_process_makes_at_this_moment_is_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path)
    project.prepare()
    exists = Path.exists

    def made_meanwhile(path: Path) -> bool:
        found = exists(path)
        if path.name == "probe.db":
            Store(path).close()
        return found

    monkeypatch.setattr(Path, "exists", made_meanwhile)
    assert project.store_path("probe") == project.state / "probe.db"
    assert project.store_path("probe") == project.state / "probe.db"


def test_what_a_full_disk_leaves_of_the_ignore_file_is_made_whole_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path)

    def full(file: object, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("cpsl.wholefile.write_all", full)
        project.prepare()
    assert not (project.state / ".gitignore").exists()
    project.prepare()
    assert (project.state / ".gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore", "!config.toml"]
    assert sorted(path.name for path in project.state.iterdir()) == [".gitignore"]
    # What a person has made of it stays.
    (project.state / ".gitignore").write_text("mine\n")
    project.prepare()
    assert (project.state / ".gitignore").read_text() == "mine\n"
