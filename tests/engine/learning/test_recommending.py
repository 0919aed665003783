"""Recommendations in small shops where everybody can see what is right."""

from dsl import tree
from engine.core.conditions.scope import Scope
from engine.core.facts import Cart, Facts
from engine.core.model import DAY, HOUR, MINUTE, Event
from engine.learning.models import learn, load, save
from engine.learning.recommending import Recommender
from engine.store import events, products
from engine.store.database import Database

NOW = 1_767_600_000_000
CATALOGUE = {
    "tent": {"name": "Zweipersonenzelt Kar", "category": "Outdoor > Tents", "stock": 3},
    "tarp": {"name": "Tarp Firn", "category": "Outdoor > Tents", "stock": 3},
    "bag": {"name": "Schlafsack", "category": "Outdoor > Sleeping", "stock": 3},
    "mat": {"name": "Isomatte", "category": "Outdoor > Sleeping", "stock": 3},
    "mug": {"name": "Becher", "category": "Kitchen", "stock": 3},
    "pan": {"name": "Pfanne", "category": "Kitchen"},
    "coffee": {"name": "Bergkaffee", "category": "Food", "stock": 9, "usage_days": 10},
    "gone": {"name": "Altes Zelt", "category": "Outdoor > Tents", "stock": 0},
    "never": {"name": "Neues Zelt Grat", "category": "Outdoor > Tents", "stock": 5},
}


def order(*items):
    return {"order_id": "o", "items": [{"id": item} for item in items]}


def story():
    """Campers buy tents with bags, cooks buy mugs with pans; one product sells best of all."""
    rows = []
    for person in range(1, 21):
        at = NOW - (60 - person) * DAY
        pair = ("tent", "bag") if person <= 10 else ("mug", "pan")
        rows += [(person, "view_item", at - MINUTE * place, {"item": item})
                 for place, item in enumerate(reversed(pair))]  # fmt: skip
        rows.append((person, "purchase", at + MINUTE, order(*pair)))
    rows += [(person, "purchase", NOW - 2 * DAY, order("coffee")) for person in range(21, 60)]
    rows += [(person, "purchase", NOW - 9 * DAY, order("gone", "tent")) for person in range(60, 64)]
    for person in range(64, 70):
        rows.append((person, "search", NOW - 3 * DAY, {"search_term": "Schlafen  draußen"}))
        rows.append((person, "view_item", NOW - 3 * DAY + MINUTE, {"item": "mat"}))
    return rows


def trained(folder, url=None):
    database = Database(folder, url)
    writer = database.open_to_write()

    def work(tx):
        for number in range(1, 70):
            tx.execute(
                "insert into customer (id, created_at, properties) values (?, ?, ?)",
                (number, NOW, b"{}"),
            )
        for product, properties in CATALOGUE.items():
            products.put(tx, product, properties, NOW)
        found = [
            events.NewEvent(f"m{place}", *row, enters=False) for place, row in enumerate(story())
        ]
        events.append(tx, found, NOW)

    writer.run(work)
    reader = database.reader()
    model = learn(reader, NOW, "UTC")
    writer.run(lambda tx: save(tx, model))
    stored = load(reader)
    reader.close()
    database.close()
    return stored


def ask(model, kind, of=None, *, most=3, fill=False, product=None, cart=(), past=(), entry=None):
    facts = Facts(1, "UTC", catalogue={key: {"id": key, **one} for key, one in CATALOGUE.items()})
    facts.cart = Cart(items={item: {"id": item} for item in cart})
    for number, (name, at, properties) in enumerate(past):
        facts.remember(Event(name, properties, at, at, number))
    scope = Scope(facts, NOW, product=product, entry=entry or {})
    found = Recommender(model.tastes).find(scope, tree.Strategy(kind, of), most, fill=fill)
    return [one.product for one in found]


def test_every_strategy_finds_what_goes_together(tmp_path, database_url):
    """What was bought, looked at and searched for together is found, out of what was stored."""
    model = trained(tmp_path, database_url)
    looked = [("view_item", NOW - HOUR, {"item": "mug"})]
    assert ask(model, "bought with", "cart", cart=["tent"])[0] == "bag"
    assert ask(model, "bought with", "this product", product="mug")[0] == "pan"
    assert ask(model, "bought with", "order", entry=order("tent"))[0] == "bag"
    assert ask(model, "similar to", "viewed", past=looked)[0] == "pan"
    assert ask(model, "for customer", past=looked)[:2] == ["pan", "mug"]
    assert ask(model, "recently viewed", past=looked) == ["mug"]
    assert ask(model, "bestsellers")[0] == "coffee"
    searched = [("search", NOW - HOUR, {"search_term": "schlafen DRAUSSEN"})]
    assert ask(model, "from search", past=searched)[0] == "mat"


def test_words_of_the_catalogue_help_where_nobody_searched_yet(tmp_path):
    """A search that nobody has made before finds products by their names, also within words."""
    model = trained(tmp_path)
    assert set(ask(model, "from search", entry={"search_term": "Zelt"})) == {"tent", "never"}
    assert ask(model, "from search", entry={"search_term": "qwertz"}) == []


def test_nobody_is_shown_what_they_cannot_or_need_not_buy(tmp_path):
    """Sold out, in the cart, bought before, or the product itself: never shown, filled up too."""
    model = trained(tmp_path)
    bought = [("purchase", NOW - 40 * DAY, order("tarp"))]
    shown = ask(
        model, "similar to", "this product",
        product="tent", cart=["bag"], past=bought, most=9, fill=True,
    )  # fmt: skip
    assert not {"gone", "tent", "bag", "tarp"} & set(shown)
    assert len(shown) == len(set(shown)) == 5


def test_what_is_used_up_is_shown_again(tmp_path):
    """Coffee for ten days is hidden for ten days after it was bought, and shown from then on."""
    model = trained(tmp_path)
    for days, shown in ((9, False), (11, True)):
        past = [("purchase", NOW - days * DAY, order("coffee"))]
        assert ("coffee" in ask(model, "bestsellers", past=past)) is shown


def test_a_product_nobody_has_touched_is_known_by_what_it_is(tmp_path):
    """A new tent finds the other tents by its category and its name."""
    assert ask(trained(tmp_path), "similar to", "this product", product="never")[0] in {
        "tent",
        "tarp",
    }


def test_nothing_is_filled_up_that_was_not_asked_for(tmp_path):
    """Of somebody unknown `for customer` finds nothing; what fills up is asked for."""
    model = trained(tmp_path)
    assert ask(model, "for customer", most=4) == []
    assert ask(model, "for customer", most=4, fill=True)[0] == "coffee"


def test_what_was_looked_at_begins_with_what_led_here(tmp_path):
    """`recently viewed` shows the entering product first, though it was bought; others hide it."""
    model = trained(tmp_path)
    past = [
        ("purchase", NOW - 90 * DAY, order("mug", "bag")),
        ("view_item", NOW - 3 * HOUR, {"item": "mug"}),
        ("view_item", NOW - 2 * HOUR, {"item": "pan"}),
        ("view_item", NOW - HOUR, {"item": "bag"}),
    ]
    assert ask(model, "recently viewed", past=past, product="mug") == ["mug", "pan"]
    assert "mug" not in ask(model, "for customer", past=past, product="mug", most=9, fill=True)


def test_an_item_of_the_entering_order_is_in_no_block(tmp_path):
    """Not even what would be shown again soon: coffee that is used up in a day."""
    model = trained(tmp_path)
    assert "coffee" in ask(model, "bestsellers")
    assert "coffee" not in ask(model, "bestsellers", entry=order("coffee"), most=9)


def test_the_same_events_teach_the_same(tmp_path):
    """Two shops with the same events have the same model, to the last bit."""
    assert (
        trained(tmp_path / "one").tastes.to_bytes() == trained(tmp_path / "two").tastes.to_bytes()
    )
