"""The app in the pictures: a shop whose longest answer stops where the picture is taken."""

import asyncio

import cpsl

app = cpsl.App("shop", image=cpsl.Image())
app.collection("orders", columns=["item", "count"], scope="app")
app.collection("customers", scope="app")

PRICES = {"apples": 3, "pears": 4}
PLAN = """\
## Monday

1. **09:00** call the *orchard*, 120 kg of apples
2. **11:00** labels, see `labels.csv`

```python
total = sum(PRICES[item] * count for item, count in orders)
```

Then """


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message):
    """Answer one message: the first word says what to do."""
    word, _, rest = msg.text.partition(" ")
    if word == "order":
        await session.reply(order(session.data, rest))
    elif word == "ship":
        await ship(session)
    else:
        async with session.stream_reply() as reply:
            reply.write(PLAN)
            await asyncio.Event().wait()


def order(cart: dict[str, int], text: str) -> str:
    """Put something into the cart."""
    count, item = text.split()
    cart[item] = cart.get(item, 0) + int(count)
    cart["total"] = cart.get("total", 0) + int(count) * PRICES[item]
    return f"{count} {item}, {cart['total']} € so far."


async def ship(session: cpsl.Session) -> None:
    """Stream what is about to happen, and ask in the middle of it."""
    async with session.stream_reply() as reply:
        reply.write("The cart holds 2 apples and 1 pear, 10 € in all.\nPacking them now")
        if await session.prompt_approval("Ship it to 12 Mill Lane?", approve_label="Ship"):
            reply.write(", and they are on their way.")
