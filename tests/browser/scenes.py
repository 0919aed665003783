"""The pages in the states in which people meet them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tests.browser import shops

Prepare = Callable[[Any, shops.Shop], None]


def _nothing(_page: Any, _shop: shops.Shop) -> None:
    """The page as it opens."""


class Scene(NamedTuple):
    """A page, and what is done before one looks at it."""

    name: str
    path: str
    prepare: Prepare = _nothing
    shop: str = "demo"
    person: str = ""
    quiet: str = "/sign-in"
    """A page with a form that this session may see."""

    def show(self, page: Any, shop: shops.Shop) -> None:
        page.goto(self.path)
        if "/flows/" in self.path and page.locator("#flow").count():
            page.wait_for_selector("#flow[data-settled=true]")
            page.wait_for_selector("#drawing[data-placed]")
        self.prepare(page, shop)
        page.evaluate("() => document.fonts.ready")


def _step(identity: str) -> Prepare:
    def choose(page: Any, _shop: shops.Shop) -> None:
        page.locator(f'#drawing button[data-step="{identity}"]').click()
        page.wait_for_selector(f'#inspector form[data-step="{identity}"]')
        page.wait_for_selector("#flow[data-settled=true]")

    return choose


def _kind(kind: str) -> Prepare:
    def choose(page: Any, _shop: shops.Shop) -> None:
        button = page.locator(f"#drawing button[data-kind={kind}]").first
        identity = button.get_attribute("data-step")
        button.click()
        page.wait_for_selector(f'#inspector form[data-step="{identity}"]')

    return choose


def _played(page: Any, _shop: shops.Shop) -> None:
    page.locator("form.picker button").click()
    page.wait_for_selector("#played [data-table=messages]", timeout=60_000)


def _click(selector: str, until: str) -> Prepare:
    def open_it(page: Any, _shop: shops.Shop) -> None:
        page.locator(selector).first.click()
        page.wait_for_selector(until)

    return open_it


def _menu(page: Any, _shop: shops.Shop) -> None:
    page.locator("#drawing button[data-kind=send]").first.click(button="right")
    page.wait_for_selector("#menu")


def _tried(page: Any, _shop: shops.Shop) -> None:
    page.locator("[data-do=try]").click()
    page.locator("#try [data-play^=add_to_cart]").first.click()
    page.wait_for_selector("#try [data-scene]")
    page.locator("#try [data-pass=next]:not([aria-disabled=true])").click()
    page.wait_for_selector("#try .look h3")


def _unsaved(page: Any, _shop: shops.Shop) -> None:
    page.locator("#drawing button[data-kind=wait]").first.click()
    page.wait_for_selector("#inspector form[data-step]")
    page.locator("#drawing button[data-kind=wait]").first.press("Control+d")
    page.wait_for_selector("#changes:not([hidden])")
    page.wait_for_selector("#flow[data-settled=true]")


def _back(page: Any, shop: shops.Shop) -> None:
    """Both sides of a conflict; the file is as before where it was settled already."""
    if page.locator("#flow").get_attribute("data-document-state") == "conflict":
        return
    _kind("wait")(page, shop)
    field = page.locator('#inspector form [name$="number"], #inspector form input').first
    field.fill("3 days" if "days" in field.input_value() else "3")
    field.press("Enter")
    page.wait_for_selector("#flow[data-document-state=unsaved]")
    file = shop.flows / "look_conflict.flow"
    file.write_text(shops.CONFLICT.replace("2 days", "5 hours"), "utf-8")
    page.wait_for_selector("#conflict:not([hidden])", timeout=15_000)


def _changed(page: Any, shop: shops.Shop) -> None:
    """A file differs from what runs, in one step."""
    file = shop.flows / "dormant.flow"
    file.write_text(file.read_text("utf-8").replace("wait up to 10 days", "wait up to 9 days"))
    page.reload()
    page.wait_for_selector("[data-change]")


FLOW = "/flows/abandoned_cart"
_HOUSE: Final = {"shop": "house", "person": "admin@example.com"}


def _lived(page: Any, _shop: shops.Shop) -> None:
    """Invented people have lived with the draft, and all that is told of them is open."""
    page.locator("[data-do=what-if]").click()
    page.locator("#what-if form button:not([type])").click()
    page.wait_for_selector("#what-if [data-part=more]:not([hidden])")
    page.locator("#what-if summary").click()
    page.wait_for_selector("#drawing .guess")


_KINDS = ("entry", "wait", "send", "if", "notify", "add_tag", "experiment", "give_coupon")

SCENES: tuple[Scene, ...] = (
    Scene("start", "/demo"),
    Scene("inbox-none", "/demo/inbox?to=zzzz"),
    Scene("inbox", "/demo/inbox"),
    Scene("flows", "/flows"),
    Scene("flows-none", "/flows?q=zzzz"),
    Scene("flow-new", "/flows/new"),
    Scene("flow", FLOW),
    Scene("flow-empty", "/flows/look_empty", **_HOUSE),
    Scene("flow-small", "/flows/look_small", **_HOUSE),
    Scene("flow-long", "/flows/look_long", **_HOUSE),
    Scene("flow-broken", "/flows/look_broken", **_HOUSE),
    *(Scene(f"flow-form-{kind}", FLOW, _kind(kind)) for kind in _KINDS),
    Scene("flow-broken-form", "/flows/look_broken", _kind("unreadable"), **_HOUSE),
    Scene("flow-picker", FLOW, _click("#drawing .plus", "#picker:not([hidden])")),
    Scene("flow-menu", FLOW, _menu),
    Scene("flow-keys", FLOW, _click("[data-do=keys]", "#keys[open]")),
    Scene("flow-find", FLOW, _click("[data-do=find]", "#find:not([hidden])")),
    Scene("flow-what-if", FLOW, _lived),
    Scene("flow-try", FLOW, _click("[data-do=try]", "#try [data-play]")),
    Scene("flow-tried", FLOW, _tried),
    Scene("flow-test", FLOW, _click(".test-play:not([hidden])", "#try [data-scene]")),
    Scene("flow-people-none", f"{FLOW}/people?step=wait_1_hour"),
    Scene("flow-more", FLOW, _click(".more > summary", ".more[open]")),
    Scene("flow-unsaved", "/flows/look_small", _unsaved, **_HOUSE),
    Scene("flow-conflict", "/flows/look_conflict", _back, **_HOUSE),
    Scene("publish", "/flows/look_small/publish", **_HOUSE),
    Scene("publish-all", "/publish", **_HOUSE),
    Scene("publish-plan", "/flows/win_back/publish", _changed),
    Scene("versions-differ", "/flows/win_back/versions", _changed),
    Scene("versions", f"{FLOW}/versions"),
    Scene("backtest-none", "/flows/win_back/backtest"),
    Scene("backtest", f"{FLOW}/backtest", _played),
    Scene("flow-hold", f"{FLOW}/hold?act=pause"),
    Scene("experiments", f"{FLOW}/experiments"),
    Scene("customers", "/customers"),
    Scene("customers-none", "/customers?q=zzzz"),
    Scene("customer", "/customers/1"),
    Scene("segments", "/segments"),
    Scene("report-shop", "/reports/shop"),
    Scene("report-flow", "/reports/flow/abandoned_cart"),
    Scene("report-experiments", "/reports/experiments"),
    Scene("report-cohorts", "/reports/cohorts"),
    Scene("report-deliverability", "/reports/deliverability"),
    Scene("report-behaviour", "/reports/behaviour"),
    Scene("report-people", "/reports/people?kind=sent"),
    Scene("report-people-none", "/reports/people?kind=complained"),
    Scene("proposal-none", "/proposal"),
    *(
        Scene(f"house-report-{name.partition('/')[0]}", f"/reports/{name}", **_HOUSE)
        for name in (
            *("shop", "flow/look_small", "experiments", "deliverability", "behaviour", "cohorts"),
        )
    ),
    Scene("segment", "/segments/lapsed"),
    Scene("error", "/flows/nowhere"),
    Scene("sign-in", "/sign-in", shop="house"),
    Scene("house-flows", "/flows", **_HOUSE),
    Scene("house-customers-none", "/customers?q=zzzz", **_HOUSE),
    Scene("house-customers", "/customers", **_HOUSE),
    Scene("house-segments", "/segments", **_HOUSE),
    Scene("users", "/users", **_HOUSE),
    Scene("account", "/account", **_HOUSE),
    Scene(
        "viewer-flow", "/flows/look_small", _kind("send"), shop="house", person="viewer@example.com"
    ),
)
