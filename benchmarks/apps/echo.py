"""Says back what was said: what is left of a turn is the runtime's own cost."""

import cpsl

app = cpsl.App("echo", image=cpsl.Image())


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
    """Answer."""
    await session.reply(msg.text)
