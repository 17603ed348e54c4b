"""Streams as many pieces as it is told to."""

import cpsl

app = cpsl.App("streamer", image=cpsl.Image())


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
    """Answer with that many pieces of four characters."""
    async with session.stream_reply() as reply:
        # Not the same piece twice: one that repeats everything so far would be taken for a snapshot.
        for number in range(int(msg.text)):
            reply.write(f"{number % 1000:03} ")
