"""A notebook to talk to: it remembers notes, shows what was said, and streams everything else back.

    remember buy coffee     keep a note
    notes                   list the notes of this conversation
    history                 list what was said before

It uses nothing but the hosted SDK's own surface, so it deploys as it is.
"""

import asyncio

import cpsl

app = cpsl.App("notebook", image=cpsl.Image())

PAUSE = 0.02
"""Seconds between two words of a streamed answer: long enough to see it grow."""

ready: dict[str, str] = {}


@app.boot()
async def warm_up():
    """Runs once, before the first message: the place to load a model or an index."""
    ready["greeting"] = "You said:"


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message):
    """Answer one message: a command, or anything else."""
    text = msg.text.strip()
    notes = session.data.setdefault("notes", [])
    if text.startswith("remember "):
        await session.reply(remember(notes, text.removeprefix("remember ").strip()))
    elif text == "notes":
        await session.reply(listed(notes))
    elif text == "history":
        await session.reply(said_before(session))
    else:
        await think_aloud(session, text)


def remember(notes: list[str], note: str) -> str:
    """Keep a note and confirm it."""
    notes.append(note)
    return f"Saved note #{len(notes)}: {note}"


def listed(notes: list[str]) -> str:
    """The notes, numbered."""
    if not notes:
        return "No notes yet. Try: remember buy coffee"
    return "\n".join(f"{number}. {note}" for number, note in enumerate(notes, 1))


def said_before(session: cpsl.Session) -> str:
    """One line for each earlier message."""
    lines = [f"{message.sender}: {' / '.join(message.text.splitlines())}" for message in session.history]
    return "\n".join(lines) or "Nothing was said yet."


async def think_aloud(session: cpsl.Session, text: str) -> None:
    """Announce an answer, then write it word by word."""
    await session.notify("Thinking…")
    async with session.stream_reply() as reply:
        reply.write(ready["greeting"])
        for word in text.split():
            await asyncio.sleep(PAUSE)
            reply.write(f" {word}")
