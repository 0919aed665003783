"""What others have stored is text on every page: markup in it makes no element and runs nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.browser.conftest import running_demo
from tests.browser.shopping import forward

KINDS = (
    "name", "trait", "property", "product", "category", "title", "about", "comment",
    "remark", "reason", "tag", "test", "experiment", "segment", "subject", "file", "broken",
)  # fmt: skip
STRUCK = """() => ({
  made: [...document.querySelectorAll("*")]
    .filter((one) => [...one.attributes].some(({ name }) => /^on/i.test(name)))
    .map((one) => one.outerHTML.slice(0, 200)),
  struck: window.struck ?? null,
  shown: document.documentElement.textContent
    + [...document.querySelectorAll("input, textarea")].map((one) => one.value).join(" ")
    + [...document.querySelectorAll("[title], [aria-label]")]
        .map((one) => one.title + one.getAttribute("aria-label")).join(" "),
})"""


def nasty(kind: str) -> str:
    return f"<img src=x onerror=window.struck=1 alt={kind}>"


def flow() -> str:
    """A flow that says it wherever a word of one's own can stand."""
    say = {kind: nasty(kind) for kind in KINDS}
    return f"""# {say["comment"]}
segment fans "{say["segment"]}":
  customer has tag "fan"

flow markup "{say["title"]}":
  about "{say["about"]}"
  enter when add_to_cart

  # {say["comment"]}
  send email markup  # {say["remark"]}
  experiment look "{say["experiment"]}":
    50% as one:
      add tag "{say["tag"]}"
    50% as two:
      add tag "{say["tag"]}"
  wait 2 days
  exit "{say["reason"]}"

test "{say["test"]}" for markup:
  given customer (email: "ada@example.com", first_name: "{say["name"]}")
  after 0 minutes add_to_cart (value: 30)
  expect email markup
"""


MAIL = f"""---
subject: "{nasty("subject")} {{{{ customer.first_name }}}}"
---
<mjml><mj-body><mj-section><mj-column><mj-text>Hi {{{{ customer.first_name }}}}</mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(data: Path):
    with running_demo(data) as address:
        yield address


def store_it(page, flows: Path) -> None:
    """Everything that a shop, its customers and its people can bring."""
    (flows / "markup.flow").write_text(flow(), "utf-8")
    (flows / "messages" / "markup.email.mjml").write_text(MAIL, "utf-8")
    page.goto("/flows/markup/publish")
    page.locator('button[data-do="publish"]').click()
    page.locator("#published").wait_for()

    def call(path: str, body: object) -> None:
        answer = page.request.post(
            f"/v1/{path}",
            data=json.dumps(body),
            headers={"Authorization": "Basic ZGVtbzo=", "Content-Type": "application/json"},
        )
        assert answer.ok, answer.text()

    call(
        "products",
        [{"id": "trap", "name": nasty("product"), "price": 9, "category": nasty("category")}],
    )
    traits = {"firstName": nasty("name"), "lastName": nasty("name"), "email": "eve@example.com"}
    traits |= {"hobby": nasty("trait"), "consent": {"email": True}}
    call("identify", {"userId": "eve", "traits": traits})
    call(
        "track", {"userId": "eve", "event": nasty("event"), "properties": {"a": nasty("property")}}
    )
    items = [{"id": "trap", "name": nasty("product"), "price": 9, "quantity": 1}]
    call(
        "track",
        {"userId": "eve", "event": "add_to_cart", "properties": {"items": items, "value": 9}},
    )
    forward(page, "+ 1 hour")


@pytest.mark.timeout(300)
def test_what_others_stored_is_text_on_every_page(open_page, data: Path) -> None:
    """Names, events, products, comments, titles, files are shown to the letter and do nothing."""
    page = open_page(1400, 1000)
    page.set_default_timeout(60_000)  # every message of the shop is rendered on the way
    flows = data / "flows"
    store_it(page, flows)
    shown: set[str] = set()

    def look(where: str) -> None:
        found = page.evaluate(STRUCK)
        assert found["made"] == [], where
        assert found["struck"] is None, where
        shown.update(re.findall(r"<img src=x onerror=window.struck=1 alt=(\w+)>", found["shown"]))

    paths = ["/flows", "/customers", "/customers?q=eve", "/customers/eve", "/segments"]
    paths += ["/segments/fans", "/demo", "/demo/inbox", "/demo/inbox?to=eve@example.com"]
    paths += ["/demo/shop", "/demo/shop?q=img", "/demo/shop/account"]
    paths += [
        f"/flows/markup/{one}" for one in ("publish", "versions", "experiments", "hold?act=pause")
    ]
    for path in paths:
        page.goto(path)
        look(path)

    page.goto("/flows/markup")
    page.wait_for_selector("#flow[data-settled=true]")
    for step in page.locator("#drawing button:not([data-kind=end])[data-step]").all():
        step.click()
        page.locator(f'#inspector form[data-step="{step.get_attribute("data-step")}"]').wait_for()
        look(f"the form of {step.get_attribute('data-step')}")
    page.locator('button[data-do="find"]').click()
    page.locator("#find input").first.fill("img")
    look("what is found")
    page.keyboard.press("Escape")
    page.locator("#tests [data-outcome=passed], #tests [data-outcome=failed]").first.wait_for()
    look("the tests")
    row = page.locator("#text .cm-line", has_text="wait 2 days")
    row.click()
    page.keyboard.press("End")
    page.keyboard.type(f"\n{nasty('broken')}")
    page.locator("#drawing [data-kind=unreadable][data-problem]").wait_for()
    page.locator("#changes [data-change=added]").first.wait_for()
    look("a broken line")
    file = flows / "markup.flow"
    file.write_text(flow().replace("wait 2 days", f"wait 3 days  # {nasty('remark')}"), "utf-8")
    page.locator("#conflict [data-conflict]").wait_for()
    look("two versions")

    # In the end, for while it lies there nothing of the shop can be published.
    named = flows / f"{nasty('file')}.flow"
    named.write_text(f"flow odd:\n  {nasty('broken')}\n", "utf-8")
    for path in ("/flows", "/flows/odd", "/flows/odd/publish"):
        page.goto(path)
        look(path)
    assert shown == set(KINDS)
