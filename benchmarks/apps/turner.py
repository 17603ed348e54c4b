"""Answers with the message turned round, so that the answer is told from what was typed."""

import cpsl

app = cpsl.App("turner", image=cpsl.Image())


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
    await session.reply(msg.text[::-1])
