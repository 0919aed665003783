"""What a test looks at when it works on the drawing of a flow."""

FOCUSED = "document.activeElement.dataset.step ?? document.activeElement.dataset.insert"


def settled(page) -> None:
    page.wait_for_selector("#flow[data-settled=true]")


def step(page, identity: str):
    return page.locator(f'#drawing button[data-step="{identity}"]')


def plus(page, at: str):
    return page.locator(f'#drawing button[data-insert="{at}"]')


def focused(page) -> str:
    return page.evaluate(FOCUSED)


def chosen(page) -> list[str]:
    return page.eval_on_selector_all(
        "#drawing [aria-pressed=true]", "all => all.map((one) => one.dataset.step)"
    )


def draft(page) -> str:
    settled(page)
    name = page.locator("#flow").get_attribute("data-flow")
    return page.evaluate("async (name) => (await fetch(`/flows/${name}/text`)).text()", name)


def status(page) -> str:
    return page.locator("#status").text_content()


def middle(locator) -> tuple[float, float]:
    """Where a hand aims at, once everything stands where it goes to."""
    locator.page.wait_for_function("() => document.getAnimations().length === 0")
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
