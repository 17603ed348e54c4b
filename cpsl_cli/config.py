"""Options that come from the environment or a config file (architecture.md#the-command-line).

Order: flag, environment (``CAPSULE_…``), the project's ``.capsule/config.toml``, the user's
``capsule/config.toml`` in the XDG config folder, default.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

from cpsl.model.identity import id_problem
from cpsl.wording import nearest
from cpsl_cli.errors import UsageError
from cpsl_cli.options.declaration import Options, Setting, declared_options, settings_of
from cpsl_cli.options.shared_options import COLOR, TIMEOUT, USER, one_of
from cpsl_cli.project import Project, project_here

# An fsync at every commit, or not: no option says it.
_DURABILITY = Setting("durability", one_of("normal", "full"), "normal or full", "normal")
_SHARED = {setting.name: setting for setting in (USER, COLOR, TIMEOUT, _DURABILITY)}
_PREFIX = "CAPSULE_"
_USER_FIELDS = ("email", "org", "integrations")


@functools.cache
def all_settings() -> dict[str, Setting]:
    """All settings there are, by name: those that options declare, of whatever command, and one more."""
    from cpsl_cli.options.chat_options import ChatOptions
    from cpsl_cli.options.data_options import DataOptions
    from cpsl_cli.options.replay_options import ReplayOptions

    return {**settings_of(ChatOptions, ReplayOptions, DataOptions), **_SHARED}


def _setting(name: str) -> Setting | None:
    """The setting of that name; the options of other commands are only loaded for a name that few know."""
    return _SHARED.get(name) or all_settings().get(name)


class Config:
    """The values that hold, and where each came from; ``warnings`` are sentences about unknown keys.

    ``files`` are those that were read.

    ``users`` are the tables ``[users.NAME]``: e-mail, org, and integrations as credentials by service.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[str, str] = {}
        self.files: list[Path] = []
        self.warnings: list[str] = []
        self.users: dict[str, dict[str, Any]] = {}

    def get(self, name: str, flag: Any = None) -> Any:
        """The flag's value if it was given, else that of the setting. Raises ``LookupError`` for a name of none."""
        setting = _setting(name)
        if setting is None:
            raise LookupError(f"there is no setting {name!r}")
        return flag if flag is not None else self._value(setting)

    def applied_to(self, options: Options) -> Options:
        """The options with their settings in place of what was not said."""
        filled = {
            each.field: self._value(setting)
            for each in declared_options(type(options))
            for setting in each.settings
            if setting.fills and getattr(options, each.field) is None
        }
        return options._replace(**filled)

    def _value(self, setting: Setting) -> Any:
        return self.values.get(setting.name, setting.default)


def load_config(project: Project) -> Config:
    """Read the files and the environment. Raises ``UsageError`` naming file, key and what is expected."""
    config = Config()
    for file in (_user_file(), project.config_file):
        if os.path.isfile(file):  # another user's home may not be looked into
            config.files.append(file)
            _read_file(config, file)
    for variable, value in os.environ.items():
        if value and variable.startswith(_PREFIX) and variable.isupper():
            setting = _setting(variable.removeprefix(_PREFIX).lower())
            if setting:
                _take(config, setting, value, variable)
    return config


def setting_here(name: str, flag: Any = None) -> Any:
    """The flag's value if it was given, else the setting's in the project of this folder; raises as above."""
    return flag if flag is not None else load_config(project_here()).get(name)


def _user_file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(base) / "capsule" / "config.toml"


def _read_file(config: Config, file: Path) -> None:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: {error}") from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror}).") from None
    for name, value in values.items():
        if name == "users":
            _take_users(config, value, str(file))
        elif setting := _setting(name):
            _take(config, setting, value, str(file))
        else:
            near = nearest(name, (*all_settings(), "users"))
            hint = f"; did you mean {near!r}?" if near else ""
            config.warnings.append(f"{file}: unknown setting {name!r}{hint}")


def _take_users(config: Config, tables: Any, origin: str) -> None:
    """The tables ``[users.NAME]``: a later file replaces the same field, or the same service, of an earlier one."""
    if not isinstance(tables, dict) or not all(isinstance(fields, dict) for fields in tables.values()):
        raise UsageError(f"{origin}: people are tables, such as [users.ann].")
    known = ", ".join(_USER_FIELDS)
    for name, fields in tables.items():
        unknown = [field for field in fields if field not in _USER_FIELDS]
        config.warnings += [f"{origin}: [users.{name}] has an unknown {field!r}; known: {known}" for field in unknown]
        present = [field for field in _USER_FIELDS if field in fields]
        taken = {field: _user_field(field, fields[field], f"{origin}: users.{name}.{field}") for field in present}
        problem = id_problem(name)
        if problem:
            raise UsageError(f"{origin}: [users.{json.dumps(name)}]: the id {problem}.")
        earlier = config.users.get(name, {})
        services = {**earlier.get("integrations", {}), **taken.get("integrations", {})}
        config.users[name] = {**earlier, **taken, "integrations": services}


def _user_field(field: str, value: Any, where: str) -> Any:
    if field == "integrations":
        from cpsl_cli.credentials import services_of

        return services_of(value, where)
    if not isinstance(value, str):
        raise UsageError(f"{where} = {value!r} is not understood; expected a text.")
    return value


def _take(config: Config, setting: Setting, value: Any, origin: str) -> None:
    try:
        config.values[setting.name] = setting.read(value)
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        wanted = f"{setting.name} = {value!r} is not understood; expected {setting.expected}"
        raise UsageError(f"{origin}: {wanted}.") from error
    config.origins[setting.name] = origin
