"""What a test does in the demo: shop as a sample customer, turn the clock, look at the post."""


def tent_in_the_cart(page) -> None:
    page.goto("/demo")
    page.get_by_role("button", name="Go shopping as Ada").click()
    page.get_by_role("button", name="In den Warenkorb").click()
    page.get_by_role("heading", name="Warenkorb").wait_for()
    for _ in range(50):  # the page has told it on leaving; nobody waits for the answer
        if "add_to_cart" in done_by(page, "ada"):
            return
    raise AssertionError("the cart was never told of")


def be(page, name: str) -> None:
    """Sign in as a sample customer."""
    page.goto("/demo/shop/account")
    page.get_by_role("button", name=name).first.click()
    page.get_by_role("heading", name="Draußen ist heute").wait_for()


def done_by(page, customer: str) -> list[str]:
    """The names of a customer's events, newest first."""
    page.goto(f"/customers/{customer}")
    said = page.locator(".events [data-event]").all()
    return [one.get_attribute("data-event") for one in said]


def forward(page, words: str) -> None:
    page.goto("/demo")
    with page.expect_navigation():
        page.get_by_role("button", name=words, exact=True).click()


def letters_to(page, person: str) -> list[str]:
    """Subjects, newest first."""
    page.goto(f"/demo/inbox?to={person}")
    return page.locator(".letters strong").all_inner_texts()
