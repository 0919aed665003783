"""Products in language tests: the lab means by them what the server means."""

import pytest

from tests.engine.lab.theatre import outcome, wrong

FLOWS = """\
flow back:
  enter when product back in stock for customers who did notify_me of this product
  send email one
flow cheaper:
  enter when product price drops by 10% for customers who did view_item of this product
  send email two
flow wish:
  enter when add_to_wishlist for each item
  exit when purchase of this product
  wait 3 days
  send email one
test "t" for {flow}:
  given customer (email: "ada@shop.example")
  given product "B-40" (parent: "boots", stock: 0, price: 200)
  given product "B-41" (parent: "boots", stock: 0, price: 200)
  given product "mug" (price: 200)
"""


@pytest.mark.parametrize(
    ("flow", "lines"),
    [
        ("cheaper", ['given 1 day ago view_item (item: "mug")',
                     'after 0 minutes product "mug" (price: 150)',
                     "expect email two after 10 minutes"]),
        ("cheaper", ['given 1 day ago view_item (item: "mug")',
                     'after 0 minutes product "mug" (price: 250)',
                     'after 1 minute product "mug" (price: 200)',
                     "expect no message"]),
        ("cheaper", ['given 1 day ago view_item (item: "mug")',
                     'after 0 minutes product "mug" (price: 0)',
                     'after 1 hour product "mug" (price: 200)',
                     "expect no message"]),
        ("cheaper", ['given 1 day ago view_item (item: "mug")',
                     'after 0 minutes product "mug" (price: 170)',
                     'after 1 day product "mug" (price: 200)',
                     'after 2 days product "mug" (price: 170)',
                     "expect email two after 10 minutes"]),
        ("cheaper", ['given 1 day ago view_item (item: "boots")',
                     'after 0 minutes product "B-40" (price: 150)',
                     'after 0 minutes product "B-41" (price: 150)',
                     "expect email two after 10 minutes"]),
        ("back", ['given 1 day ago notify_me (item: "boots")',
                  'given 1 day ago notify_me (item: "B-41")',
                  'after 1 hour product "B-41" (stock: 1)',
                  "expect email one after 1 hour"]),
        ("back", ['given 1 day ago notify_me (item: "B-41")',
                  'after 1 hour product "B-40" (stock: 1)',
                  "expect no message"]),
        ("back", ['given 1 day ago notify_me (item: "boots")',
                  'after 1 hour product "B-40" (stock: 1)',
                  'after 2 hours product "B-41" (stock: 1)',
                  "expect email one after 1 hour"]),
        ("wish", ['after 0 minutes add_to_wishlist (item: "boots")',
                  'after 1 day purchase (items: ["B-41"])',
                  "expect no message",
                  "expect exit by purchase"]),
        ("wish", ['after 0 minutes add_to_wishlist (items: ["B-40", "B-41"])',
                  "expect email one after 3 days"]),
    ],
)  # fmt: skip
def test_what_a_change_of_a_product_means(flow, lines):
    """Prices that stood, and variants as one with their product, hold in language tests too."""
    text = FLOWS.format(flow=flow) + "".join(f"  {line}\n" for line in lines)
    assert wrong(outcome(text)) == []
