"""What holds for all pages: they fit, and they keep to their own policy."""

import pytest

PAGES = (
    "/demo",
    "/demo/inbox",
    "/demo/shop",
    "/demo/shop?q=kaffee",
    "/demo/shop/p/tent-2p",
    "/demo/shop/p/hammock",
    "/demo/shop/account",
    "/demo/shop/cart",
    "/flows",
    "/flows/abandoned_cart",
    "/flows/abandoned_cart/publish",
    "/flows/abandoned_cart/versions",
    "/publish",
    "/flows/nowhere",
    "/customers",
    "/customers/ada",
    "/segments",
    "/segments/lapsed",
    "/reports/shop",
    "/reports/flow/abandoned_cart",
    "/sign-in",
)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (768, "dark"), (1280, "light")])
def test_no_page_is_wider_than_the_window(open_page, width: int, scheme: str) -> None:
    """On a phone, a tablet and a desk nothing has to be scrolled sideways."""
    page = open_page(width, 844, color_scheme=scheme)
    page.goto("/demo/shop/p/tent-2p")
    page.get_by_role("button", name="In den Warenkorb").click()
    for path in PAGES:
        if path == "/flows/nowhere":
            continue  # a browser reports the 404 itself, as an error
        page.goto(path)
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{path} at {width} px"


def test_pages_have_one_heading_a_language_and_named_controls(open_page) -> None:
    """Screen readers find a title, one main heading, and a name on each button and field."""
    page = open_page()
    nameless = """[...document.querySelectorAll("button, a[href], input:not([type=hidden])")]
      .filter((each) => !(each.innerText || each.textContent).trim()
        && !each.getAttribute("aria-label") && !each.title
        && !(each.labels && each.labels.length) && !each.querySelector("img[alt]")
        && each.getAttribute("aria-hidden") !== "true")
      .map((each) => each.outerHTML.slice(0, 120))"""
    for path in PAGES:
        if path == "/flows/nowhere":
            continue
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        assert page.evaluate("document.documentElement.lang"), path
        assert page.title().strip(), path
        assert page.evaluate(nameless) == [], path


@pytest.mark.parametrize("path", ["/flows", "/flows/abandoned_cart"])
def test_a_phone_shows_the_page_and_not_its_header(open_page, path: str):
    """What leads elsewhere waits behind one button, and leads there."""
    page = open_page(320, 640)
    page.goto(path)
    assert page.locator("header.bar").bounding_box()["height"] < 100
    link = page.get_by_role("link", name="Segments")
    assert not link.is_visible()
    page.get_by_role("button", name="Menu").click()
    link.click()
    page.wait_for_url("**/segments")
    wide = open_page(1280, 800)
    wide.goto(path)
    assert wide.get_by_role("link", name="Segments").is_visible()


@pytest.mark.parametrize("width", [1000, 1280, 1600])
def test_a_drawing_opens_whole(open_page, width: int):
    """A drawing that is wider than its pane opens as small as it must be, and no smaller than can
    be read; what is still beyond it is reached by scrolling.
    """
    page = open_page(width, 800)
    least = 0.6 if width > 1100 else 0.8  # for a finger what it aims at is larger
    for path in ("/flows/abandoned_cart", "/flows/cart_question"):
        page.goto(path)
        page.wait_for_selector("#drawing[data-placed]")
        zoom, whole, pane = page.evaluate(
            "() => { const it = document.querySelector('#drawing');"
            " return [Number(it.dataset.zoom), it.scrollWidth, it.clientWidth]; }"
        )
        assert least <= zoom <= 1
        assert whole <= pane or zoom == least
        assert page.get_by_role("button", name="Enter when").first.bounding_box()["x"] >= 0
