"""Driving an app from Python: for tests, scripts and notebooks (testing.md).

The names are loaded at their first use: pytest imports this package in every run, for its plugin.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpsl.testing.capsule import AppUnderTest as AppUnderTest
    from cpsl.testing.capsule import Capsule as Capsule
    from cpsl.testing.capsule import UserSession as UserSession
    from cpsl.testing.chat import Chat as Chat
    from cpsl.testing.chat import Turn as Turn
    from cpsl.testing.simulator import Simulator as Simulator
    from cpsl.testing.starter import SimulatorStarter as SimulatorStarter
else:
    _HOMES = {
        "AppUnderTest": "cpsl.testing.capsule",
        "Capsule": "cpsl.testing.capsule",
        "UserSession": "cpsl.testing.capsule",
        "Chat": "cpsl.testing.chat",
        "Turn": "cpsl.testing.chat",
        "Simulator": "cpsl.testing.simulator",
        "SimulatorStarter": "cpsl.testing.starter",
    }

    def __getattr__(name: str) -> object:
        """A name at its first use (PEP 562); from then on it is an ordinary name of the module."""
        from importlib import import_module  # noqa: PLC0415

        if name not in _HOMES:
            raise AttributeError(f"module 'cpsl.testing' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_HOMES})


__all__ = ["AppUnderTest", "Capsule", "Chat", "Simulator", "SimulatorStarter", "Turn", "UserSession"]
