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
