"""One file per command of ``capsule``."""
