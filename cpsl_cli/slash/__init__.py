"""Slash commands: one decorated function each, the same in the terminal and in scripts."""
