"""Looks at the whole history it is given, every time."""

import cpsl

app = cpsl.App("historian", image=cpsl.Image())


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
    """Answer."""
    await session.reply(str(len(session.history)))
