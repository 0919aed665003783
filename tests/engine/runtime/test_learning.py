"""What a running shop learns, and what it sends by it."""

from engine.core.model import DAY, HOUR, MINUTE
from engine.delivery import onsite as showing
from engine.reports.recommendations import facts_of
from engine.store import products
from tests.harness.workshop import HEAD, Workshop

FLOW = """\
flow more "More of it":
  enter when ordered
  send email one:
    products 2 bought with order

flow few "Only if there is enough":
  enter when ordered
  send email two:
    products 3 to 6 for customer

flow later "When it suits":
  enter when subscribe
  wait until best time within 24 hours
  send email three

flow here "What suits a visitor":
  enter when view_item
  show block picks for 1 day
"""
MESSAGE = """\
---
subject: For you
---
{% for product in products %}[{{ product.id }}]{% endfor %}
"""


def open_shop(tmp_path, database_url=None):
    shop = Workshop(tmp_path, FLOW.partition("flow here")[0], database_url=database_url)
    shop.service.stop()
    shop.write(HEAD + FLOW)
    picks = "{% for product in products %}<p>[{{ product.id }}]</p>{% endfor %}"
    (shop.flows / "messages" / "picks.block.html").write_text(picks, encoding="utf-8")
    (shop.flows / "messages" / "one.email.txt").write_text(MESSAGE, encoding="utf-8")
    shop.service = shop.open()
    shop.service.publish(shop.flows)

    def stock(tx):
        for name, count in (("tent", 3), ("bag", 3), ("mat", 3), ("old", 0)):
            products.put(tx, name, {"name": name, "stock": count}, shop.clock.now())

    shop.service.writer.run(stock)
    for number in range(8):
        customer = shop.customer(f"before{number}")
        items = [{"id": one} for one in ("tent", "old", "bag")]
        shop.happen(customer, "purchase", order_id=f"o{number}", items=items)
    shop.forward(HOUR)
    return shop


def test_a_message_shows_what_was_learned(tmp_path, database_url):
    """What others bought with it is in the mail; what is sold out, or theirs already, is not."""
    shop = open_shop(tmp_path, database_url)
    try:
        ada = shop.customer("ada")
        shop.happen(ada, "purchase", order_id="a1", items=[{"id": "tent"}])
        shop.happen(ada, "ordered", total=100)
        shop.forward()
        sent = {envelope.message: envelope.text for _, envelope in shop.notebook.taken}
        reasons = shop.rows("select detail from step_history where outcome = 'skipped'")
    finally:
        shop.service.stop()
    assert sent["one"].splitlines()[0] == "[bag]", "nothing else fills it up"
    assert "two" not in sent
    assert any("products found, 3 are needed" in reason for (reason,) in reasons)


def test_a_restart_knows_at_once(tmp_path):
    """What was learned is stored: after a restart it is there before anything is learned again."""
    shop = open_shop(tmp_path)
    try:
        before = shop.service.live.learned.model
        shop.reopen()
        after = shop.service.live.learned.model
        assert after.trained_at == before.trained_at
        assert after.tastes.to_bytes() == before.tastes.to_bytes()
    finally:
        shop.service.stop()


def test_the_best_time_is_kept_and_told(tmp_path, database_url):
    """Who is active at seven in the evening gets the mail at seven; the trace says why."""
    shop = open_shop(tmp_path, database_url)
    try:
        ada = shop.customer("ada")
        for _ in range(6):
            shop.forward(DAY - (shop.clock.now() % DAY) + 18 * HOUR)  # 19 o'clock in Berlin
            shop.happen(ada, "click_email", message="one")
        shop.forward(15 * HOUR)
        shop.happen(ada, "subscribe", channel="email")
        shop.forward()
        due = shop.rows("select wake_at from run where customer = ? and ended_at is null", ada)
        told = shop.rows("select detail from step_history where outcome = 'waiting'")
    finally:
        shop.service.stop()
    assert [at // HOUR % 24 for (at,) in due] == [18]
    assert told == [("19 o'clock, the hour at which they are most active",)]


def test_a_visitor_without_a_name_is_shown_what_suits_them(tmp_path):
    """A block on the site shows an anonymous visitor what goes with what they looked at."""
    shop = open_shop(tmp_path)
    try:
        visitor = shop.service.writer.run(anonymous)
        shop.happen(visitor, "view_item", item="tent")
        shop.forward(MINUTE)
        live, now = shop.service.live, shop.clock.now()
        (waiting,) = shop.service.writer.run(lambda tx: showing.waiting(tx, visitor, "/", now))
        facts = shop.service.writer.run(lambda tx: showing.facts_of(tx, live, visitor, now))
        shown = showing.render(live, shop.service.sender.composer, waiting, facts, now)
    finally:
        shop.service.stop()
    assert "[bag]" in shown["html"]
    assert "[old]" not in shown["html"]


def test_recommend_knows_what_the_worker_knows(tmp_path, database_url):
    """An event that waits for the worker is no history yet, for recommendations as for flows."""
    shop = open_shop(tmp_path, database_url)
    try:
        ada = shop.customer("ada")
        shop.happen(ada, "view_item", item="tent")
        with shop.service.database.reader() as reader:
            waiting = facts_of(reader, [ada], {"view_item"}, {}, "UTC")[ada].history
        shop.forward()
        with shop.service.database.reader() as reader:
            applied = facts_of(reader, [ada], {"view_item"}, {}, "UTC")[ada].history
    finally:
        shop.service.stop()
    assert not waiting
    assert [event.properties["item"] for event in applied["view_item"]] == ["tent"]


def anonymous(tx):
    number = tx.number("customer")
    tx.execute(
        "insert into customer (id, created_at, properties) values (?, ?, ?)", (number, 1, b"{}")
    )
    return number
