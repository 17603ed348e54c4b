"""Capsule chat apps, on your own machine."""
