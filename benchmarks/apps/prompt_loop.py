"""The peer of the terminal chat: a bare prompt_toolkit loop that answers with the line turned round."""

from prompt_toolkit import PromptSession

session: PromptSession[str] = PromptSession("❯ ")
while True:
    try:
        print(session.prompt()[::-1])
    except EOFError:
        break
