"""What ``App(...)`` does with the arguments that matter to a deployment (behaviour.md §1.2)."""

import cpsl


def test_filesystems_are_mounted_where_the_app_says() -> None:
    files = cpsl.FileSystem("files")
    app = cpsl.App("a", filesystems={"/data": files})
    assert files.mount_path == "/data"
    assert app.deployment.filesystems == {"/data": files}


def test_secrets_in_channel_credentials_are_the_apps_own() -> None:
    slack = cpsl.Slack(bot_token=cpsl.Secret.from_name("BOT"), signing_secret=cpsl.Secret.from_name("SIGN"))
    app = cpsl.App("a", secrets=["KEY", "BOT"], channels=[slack, cpsl.Chat(), cpsl.Channel("mine")])
    assert app.deployment.secrets == ("KEY", "BOT", "SIGN")


def test_a_literal_credential_is_no_secret_name() -> None:
    app = cpsl.App("a", channels=[cpsl.Telegram(bot_token="123:abc")])
    assert app.deployment.secrets == ()
