"""The ``capsule`` command."""
