"""What somebody sees within the first minutes of the demo."""

from tests.browser.shopping import be, done_by, forward, letters_to, tent_in_the_cart


def test_an_abandoned_cart_becomes_a_mail_and_buying_ends_it(open_page) -> None:
    """Three clicks show a cart become a mail with name and product; an order stops the rest."""
    page = open_page()
    tent_in_the_cart(page)
    assert letters_to(page, "ada@") == []

    forward(page, "Forward one hour")

    assert letters_to(page, "ada@") == ["Ada, dein Warenkorb wartet"]
    mail = page.frame_locator(".frame iframe").locator("body")
    mail.get_by_text("Hallo Ada").wait_for()
    assert "Kuppelzelt Kar 2" in mail.inner_text()
    picture = mail.get_by_role("img", name="Kuppelzelt Kar 2").first
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")

    page.goto("/demo/shop/cart")
    page.get_by_role("button", name="Zur Kasse").click()
    page.get_by_role("button", name="Weiter zum Versand").click()
    page.get_by_role("button", name="Weiter zur Zahlung").click()
    page.get_by_role("button", name="Zahlungspflichtig bestellen").click()
    page.get_by_role("heading", name="Danke, Ada!").wait_for()
    forward(page, "+ 1 day")

    subjects = letters_to(page, "ada@")
    assert subjects.count("Ada, dein Warenkorb wartet") == 1
    assert len([subject for subject in subjects if "Warenkorb" in subject]) == 1
    page.goto("/customers/ada")
    story = page.locator("main").inner_text()
    assert "Abandoned cart" in story


def sign_up(page, name: str) -> None:
    """Ask for the newsletter, which asks back by mail."""
    page.goto("/demo/shop")
    page.get_by_label("Vorname").fill(name)
    page.get_by_label("E-Mail-Adresse").fill(f"{name.lower()}@example.com")
    page.get_by_role("button", name="Eintragen").click()
    page.get_by_role("heading", name="Fast geschafft").wait_for()


def test_a_letter_is_seen_as_on_a_phone_and_on_a_desk(open_page) -> None:
    """The inbox shows a mail in both widths, and its plain text."""
    page = open_page()
    sign_up(page, "Lotte")
    forward(page, "+ 1 hour")
    page.goto("/demo/inbox")
    frame = page.locator(".frame iframe")
    narrow = frame.bounding_box()["width"]
    page.get_by_role("link", name="Desktop").click()
    page.locator(".frame.desk").wait_for()
    assert frame.bounding_box()["width"] > narrow
    page.get_by_text("Plain-text part").click()
    assert page.locator(".letter pre").inner_text().strip()


def test_the_newsletter_asks_before_it_writes(open_page) -> None:
    """Signing up brings one question; only its link makes somebody a reader."""
    page = open_page()
    sign_up(page, "Mira")
    forward(page, "+ 1 hour")

    assert len(letters_to(page, "mira@")) == 1
    question = page.frame_locator(".frame iframe")
    link = question.locator("a[href*='/confirm/']").get_attribute("href")
    page.goto(link)
    page.get_by_role("button").first.click()
    page.wait_for_load_state()
    forward(page, "+ 1 hour")

    assert len(letters_to(page, "mira@")) > 1, "the welcome series has begun"


def test_what_is_sold_out_can_be_asked_for(open_page) -> None:
    """A product that is gone offers to tell you when it is back, and the wish is tracked."""
    page = open_page()
    be(page, "Ada Lechner")
    page.goto("/demo/shop/p/hammock")
    assert page.get_by_role("button", name="In den Warenkorb").count() == 0
    page.get_by_role("button", name="Sag mir Bescheid").click()
    page.get_by_role("heading", name="Wir sagen dir Bescheid").wait_for()
    assert "notify_me" in done_by(page, "ada")


def test_a_search_finds_what_it_names(open_page) -> None:
    """The search shows the coffee, and tells Headrace what was looked for."""
    page = open_page()
    page.goto("/demo/shop")
    page.get_by_label("Suchen").fill("Kaffee")
    with page.expect_request(lambda request: '"search_term":"Kaffee"' in (request.post_data or "")):
        page.get_by_role("button", name="Suchen").click()
    assert page.locator(".tile").count() >= 2


def test_going_on_is_not_leaving(open_page) -> None:
    """From shelf to product nobody has left the shop; back at the demo's start they have."""
    page = open_page()
    be(page, "Andreas Vogel")
    page.get_by_role("link", name="Kuppelzelt Kar 2").click()
    page.get_by_role("heading", name="Kuppelzelt Kar 2").wait_for()
    page.get_by_role("link", name="Headrace demo").click()
    page.get_by_role("heading", name="Three clicks").wait_for()
    # The page is gone when its last word leaves it, so nobody waits for the answer.
    events = done_by(page, "c-004")
    for _ in range(50):
        if "leave_site" in events:
            break
        events = done_by(page, "c-004")
    assert events.count("leave_site") == 1
    assert events.index("leave_site") < events.index("view_item")
