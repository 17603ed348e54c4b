"""behaviour.md §20, §21, §27: pages and what is around them, as declarations."""

from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl import ui
from cpsl.testing import Simulator


def build(app: cpsl.App, name: str = "Leads", **options: Any) -> Any:
    @app.page(name, **options)
    def page() -> ui.Page:
        return ui.Page([ui.Text("hello")])

    return page


def test_a_page_is_built_at_once_and_registered_under_its_route(app: cpsl.App) -> None:
    calls: list[int] = []
    page = app.page("Sales / Q1 Report", icon="chart", access="authenticated")
    assert (page.name, page.route, page.path, page.href) == (
        "Sales / Q1 Report",
        page.route,
        f"/{page.route}",
        f"#/{page.route}",
    )

    def builder() -> ui.Page:
        calls.append(1)
        return ui.Page([ui.Metric("Total", value=0)])

    page(builder)
    assert calls == [1]
    (declared,) = app.registry.pages
    assert (declared.name, declared.icon, declared.access, declared.order) == (
        "Sales / Q1 Report",
        "chart",
        "authenticated",
        0,
    )
    assert declared.tree == {"type": "page", "children": [{"type": "metric", "label": "Total", "value": 0}]}


def test_pages_keep_their_order(app: cpsl.App) -> None:
    build(app, "Last", order=9)
    build(app, "First", order=-1)
    app.add_page("React", component="./React.tsx", packages=["d3"], hidden=True)
    assert [page.name for page in app.registry.pages] == ["First", "React", "Last"]
    react = next(page for page in app.registry.pages if page.name == "React")
    assert (react.component, react.packages, react.hidden, react.tree) == ("./React.tsx", ("d3",), True, None)


def test_a_route_is_taken_once(app: cpsl.App) -> None:
    build(app, "Leads")
    with pytest.raises(ValueError, match="leads"):
        build(app, "leads")
    with pytest.raises(ValueError, match="leads"):
        app.add_page("Other", component="x.tsx", route="leads")


def test_what_a_page_must_return(app: cpsl.App) -> None:
    with pytest.raises(TypeError, match="page 'Leads' must return a widget"):
        app.page("Leads")(lambda: {"type": "page"})
    assert len(app.registry.pages) == 0


@pytest.mark.parametrize("declare", ["page", "add_page", "home", "home_body", "home_suggestions"])
def test_access_is_public_or_authenticated(app: cpsl.App, declare: str) -> None:
    needed = {"page": {"name": "x"}, "add_page": {"name": "x", "component": "x.tsx"}}.get(declare, {})
    with pytest.raises(ValueError, match="access is public or authenticated, not 'private'"):
        getattr(app, declare)(**needed, access="private")


def test_the_home_has_title_suggestions_and_body(app: cpsl.App) -> None:
    app.home(title="Leads", subtitle="All of them", suggestions=[cpsl.Suggestion("Add", prompt="add one")])
    app.home_body()(lambda: ui.Page([]))

    @app.home_suggestions(ttl=30, access="authenticated")
    def suggestions(ctx: cpsl.HomeContext) -> list[Any]:
        return []

    home = app.registry.pages.home
    assert (home.title, home.subtitle, len(home.suggestions), home.ttl) == ("Leads", "All of them", 1, 30)
    assert home.source
    assert home.source.function is suggestions
    assert app.registry.pages.trees["home_body"]["type"] == "page"
    with pytest.raises(ValueError, match="ttl"):
        app.home_suggestions(ttl=-1)


def test_a_chat_page_holds_one_panel(app: cpsl.App) -> None:
    app.chat_page(mode="single")(lambda: ui.Page([ui.Row([ui.ChatPanel()])]))
    assert app.registry.pages.chat["mode"] == "single"
    for panels in ([], [ui.ChatPanel(), ui.ChatPanel()]):
        with pytest.raises(ValueError, match="exactly one ChatPanel"):
            app.chat_page()(lambda panels=panels: ui.Page(panels))
    with pytest.raises(ValueError, match="mode is multi or single"):
        app.chat_page(mode="both")


def test_the_shell_has_known_homes(app: cpsl.App) -> None:
    app.shell(home="chat", show_sidebar=False, default_page="leads")
    assert app.registry.pages.shell["home"] == "chat"
    with pytest.raises(ValueError, match="home is default, hidden or chat, not 'page'"):
        app.shell(home="page")


def test_there_is_one_onboarding(app: cpsl.App) -> None:
    app.onboarding(redirect="leads")(lambda: ui.Page([]))
    with pytest.raises(ValueError, match="one onboarding page"):
        app.onboarding()
    with pytest.raises(ValueError, match="one onboarding page"):
        app.add_onboarding(component="x.tsx")


def test_an_onboarding_component_brings_its_packages(app: cpsl.App) -> None:
    app.add_onboarding(component="x.tsx", packages=["d3"], redirect="leads")
    app.add_npm_packages("three")
    assert app.registry.npm_packages == ["d3", "three"]


def test_a_theme_is_kept_and_an_unknown_preset_refused(app: cpsl.App) -> None:
    app.theme(preset="dark", primary="#ff0000")
    assert app.registry.theme
    assert app.registry.theme.primary == "#ff0000"
    with pytest.raises(ValueError, match="preset"):
        app.theme(preset="neon")  # type: ignore[arg-type]


def test_integrations_are_declared_by_type(app: cpsl.App) -> None:
    app.add_integration("github", client_id="id", client_secret=cpsl.Secret.from_name("s"))
    app.add_integration("crm", fields=["token"])
    assert set(app.registry.integrations) == {"github", "crm"}
    with pytest.raises(ValueError, match="client"):
        app.add_integration("google")


async def test_a_single_chat_always_resumes_the_same_session(app: cpsl.App) -> None:
    app.chat_page(mode="single")(lambda: ui.Page([ui.ChatPanel()]))
    app.message()(lambda session, message: session.reply(session.id))
    async with Simulator(app) as sim:
        first = await sim.chat().send("a")
        await sim.chat(session="another").send("b")
        again = await sim.chat().send("c")
    assert again.text == first.text
