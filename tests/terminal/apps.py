"""Parts of the apps that these tests write."""

from __future__ import annotations

WAIT_FOR = """

async def wait_for(name):
    while not Path(name).exists():
        await asyncio.sleep(0.005)
"""
"""A handler that waits until the test makes the file of that name; needs ``asyncio`` and ``Path``."""
