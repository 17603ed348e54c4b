"""Says as much as it is told to, without a pause: ``chunks 300000``."""

import cpsl

app = cpsl.App("flood", image=cpsl.Image())


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
    """Answer in that many chunks, replies or notices, and with one last word."""
    kind, _, count = msg.text.partition(" ")
    if kind == "chunks":
        async with session.stream_reply() as reply:
            for number in range(int(count)):
                reply.write(f"{number % 1000:03} ")
    elif kind == "replies":
        for number in range(int(count)):
            await session.reply(f"reply {number}")
    elif kind == "notices":
        for number in range(int(count)):
            await session.notify(f"notice {number}")
    await session.reply("that was all")
