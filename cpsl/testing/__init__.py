"""Driving an app from Python: for tests, scripts and notebooks (DESIGN.md §6)."""

from cpsl.testing.chat import Chat as Chat
from cpsl.testing.chat import Turn as Turn
from cpsl.testing.simulator import Simulator as Simulator
