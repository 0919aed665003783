"""A least number of products, as language tests count them."""

from tests.engine.lab.theatre import outcomes, wrong

HELLO = """\
flow hello:
  enter when ping

  send email hello

"""


def test_a_minimum_of_products_counts_those_that_the_test_gives():
    """`products 2 to 4` skips with too few given products; a test that gives none is not asked."""
    flow = """\
flow shelf:
  enter when ping

  send email shelf:
    products 2 to 4 bestsellers

"""
    given = '  given customer (email: "a@example.com")\n'
    play = "  after 0 minutes ping\n"
    one = '  given product "a" (stock: 1)\n'
    two = one + '  given product "b" (stock: 1)\n'
    sold_out = one + '  given product "b" (stock: 0)\n'
    played = outcomes(
        flow
        + f'test "unasked" for shelf:\n{given}{play}  expect email shelf\n\n'
        + f'test "one" for shelf:\n{given}{one}{play}  expect no message\n\n'
        + f'test "two" for shelf:\n{given}{two}{play}  expect email shelf\n\n'
        + f'test "sold out" for shelf:\n{given}{sold_out}{play}  expect no message\n'
    )
    assert all(it.passed for it in played), [wrong(it) for it in played]


def test_what_was_looked_at_is_counted_as_in_production():
    """`recently viewed` counts what this customer looked at, the entering product with it."""
    flow = """\
flow looks:
  enter when view_item
  re-enter never

  wait 1 hour
  send email looks:
    products 2 to 4 recently viewed

flow sorts:
  enter when ping

  send email sorts:
    products 1 to 4 dearer than order

"""
    given = """\
  given customer (email: "a@example.com")
  given product "a" (stock: 1, category: "x", price: 10)
  given product "b" (stock: 1, category: "x", price: 19)
  given product "c" (stock: 1, category: "x", price: 21)
"""
    one = '  after 0 minutes view_item (item: "a")\n'
    two = one + '  after 1 minute view_item (item: "b")\n'
    order = '  given 1 day ago purchase (order_id: "o", items: ["{}"])\n  after 1 minute ping\n'
    played = outcomes(
        flow
        + f'test "one" for looks:\n{given}{one}  expect no message\n\n'
        + f'test "two" for looks:\n{given}{two}  expect email looks\n\n'
        + f'test "dearer" for sorts:\n{given}{order.format("a")}  expect email sorts\n\n'
        + f'test "none dearer" for sorts:\n{given}{order.format("c")}  expect no message\n'
    )
    assert [wrong(it) for it in played] == [[], [], [], []]


def test_a_least_counts_the_products_that_its_where_holds_of():
    """`products 2 to 4 .. where` counts what the line may find, and `else` does not help it."""
    flow = """\
flow coffees:
  enter when ping

  send email coffees:
    products 2 to 4 bestsellers where (category is "coffee" and price < 20) else for customer

test "enough" for coffees:
  given customer (email: "a@example.com")
  given product "a" (category: "coffee", price: 9)
  given product "b" (category: "coffee", price: 19)
  given product "c" (category: "tea", price: 9)
  after 0 minutes ping
  expect email coffees

test "too few" for coffees:
  given customer (email: "a@example.com")
  given product "a" (category: "coffee", price: 9)
  given product "b" (category: "coffee", price: 20)
  given product "c" (category: "tea", price: 9)
  after 0 minutes ping
  expect no message
"""
    assert [wrong(one) for one in outcomes(flow)] == [[], []]
