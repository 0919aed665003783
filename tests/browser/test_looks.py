"""What an eye finds: nothing on the pages, and each fault where one is planted."""

import pytest

from tests.browser.looks import SHIFTS, axe, faults

PAGES = ("/demo", "/demo/inbox", "/flows", "/flows/new", "/customers", "/segments", "/sign-in")

PLANTED = {
    "text cut off": '<p style="width:60px;overflow:hidden;white-space:nowrap">Much too long</p>',
    "page scrolls sideways": '<div style="width:3000px">wide</div>',
    "scroll area in a scroll area": '<div style="height:90px;overflow-y:auto"><div style="height:'
    '80px;overflow-y:auto"><p style="height:300px">a</p></div><p style="height:90px">b</p></div>',
    "target under 24 px": '<button class="button" style="height:16px;padding:0">x</button>',
    "targets overlap": '<div><button class="button">First</button><button class="button" '
    'style="margin-left:-30px">Second</button></div>',
    "contrast under 4.5": '<p style="color:#999;background:#fff">pale</p>',
    "button as the browser draws it": '<button style="all:revert;min-height:30px">plain</button>',
    "control as the browser draws it": '<select style="appearance:auto"><option>one</select>',
    "summary as the browser draws it": '<details><summary style="display:list-item;list-style:'
    'disclosure-closed">more</summary></details>',
    "focus as the browser draws it": '<a href="#x" style="outline:auto;display:inline-block;'
    'min-height:30px">ring</a>',
    "focus that nobody sees": '<a href="#x" style="outline:none;display:inline-block;'
    'min-height:30px">nothing</a>',
}


def _plant(page, html: str) -> None:
    page.evaluate(
        """(html) => {
          const sheet = new CSSStyleSheet();  // the page forbids style attributes
          document.adoptedStyleSheets.push(sheet);
          const made = new DOMParser().parseFromString(html, "text/html");
          for (const one of made.querySelectorAll("[data-rules]")) {
            const name = `planted-${document.adoptedStyleSheets.length}-${sheet.cssRules.length}`;
            const rules = one.dataset.rules.replaceAll(";", " !important;");
            sheet.insertRule(`.${name}, .${name}:focus {${rules} !important}`);
            one.classList.add(name);
          }
          document.querySelector("main").append(...made.body.childNodes);
        }""",
        html.replace(' style="', ' data-rules="'),
    )


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_an_eye_finds_nothing_on_the_pages(open_page, width: int, scheme: str) -> None:
    """No text is cut off, nothing is too small, too pale or drawn by the browser itself."""
    page = open_page(width, 800, color_scheme=scheme)
    page.add_init_script(SHIFTS)
    for path in PAGES:
        page.goto(path)
        assert faults(page) == [], path


@pytest.mark.parametrize("fault", PLANTED)
def test_each_fault_is_found(open_page, fault: str) -> None:
    """Who looks at the pages is not blind: each kind of fault is told where it is planted."""
    page = open_page()
    page.goto("/sign-in")
    assert not [one for one in faults(page) if one.startswith(fault)]
    _plant(page, PLANTED[fault])
    assert [one for one in faults(page) if one.startswith(fault)]


def test_what_moves_by_itself_is_found(open_page) -> None:
    """A page that jumps while one reads it is told."""
    page = open_page()
    page.add_init_script(SHIFTS)
    page.goto("/segments")
    assert faults(page) == []
    page.evaluate(
        """() => new Promise((done) => requestAnimationFrame(() => {
          const block = document.createElement("div");
          block.style.height = "300px";
          document.querySelector("main").prepend(block);
          new PerformanceObserver(() => setTimeout(done)).observe({ type: "layout-shift" });
        }))"""
    )
    assert [one for one in faults(page) if one.startswith("layout shift")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, scheme: str) -> None:
    """axe-core has nothing to say about a page, by day or by night, on a phone."""
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    page = open_page(320, 640, color_scheme=scheme)
    for path in ("/sign-in", "/segments", "/flows/abandoned_cart"):
        page.goto(path)
        assert axe(page) == [], path


def test_axe_is_asked(open_page) -> None:
    """What axe-core would object to, it does."""
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    page = open_page()
    page.goto("/sign-in")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [one for one in axe(page) if "button-name" in one]
