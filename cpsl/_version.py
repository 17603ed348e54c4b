"""The version, alone in its file so that `capsule --version` can read it without importing the runtime."""

__version__ = "0.1.0"
