"""What a screen reader tells of a flow: the accessibility tree that Chromium builds."""

from textwrap import dedent

from tests.browser.hands import settled, status, step


def told(page, identity: str) -> list[str]:
    """The item of a step with all that hangs below it, but for the places where one inserts."""
    rows = page.locator(f'#steps li[data-key="{identity}"]').aria_snapshot().splitlines()
    return [row for row in rows if "Insert a step" not in row]


def rows(text: str) -> list[str]:
    return dedent(text).strip().splitlines()


def test_a_branch_says_its_ways_and_what_stands_in_each(editing) -> None:
    """Each way is a list with its name within the item of its branch, however deep."""
    page = editing("/flows/cart_question")
    assert told(page, "wait_up_to_10_days_for_cart_answer") == rows("""
        - listitem:
          - button "Wait up to 10 days for cart_answer"
          - list "cart_answer":
            - listitem:
            - listitem:
              - button "By event.reason"
              - list "price":
                - listitem:
                - listitem:
                  - button "Give coupon comeback"
                - listitem:
                  - button "E-mail cart_answer_price"
              - list "trouble, question":
                - listitem:
                - listitem:
                  - button "Notify care with cart_answer_alert"
                - listitem:
                  - button "E-mail cart_answer_help"
              - list "otherwise":
                - listitem:
                - listitem:
                  - button "Add tag cart:answered"
          - list "time is up":
            - listitem:
            - listitem:
              - 'button "Exit: no answer"'
    """)


def test_what_hands_do_is_told(editing) -> None:
    """A step that was wrapped stands within its way at once, and the page says what was done."""
    page = editing()
    step(page, "wait_until_18_00").click()
    page.locator('[data-do="wrap"]').click()
    settled(page)
    assert status(page) == "Wrapped Wait until 18:00 in a branch"
    assert told(page, "if_customer_can_receive_email") == rows("""
        - listitem:
          - button "If customer can receive email?" [pressed]
          - list "yes":
            - listitem:
            - listitem:
              - button "Wait until 18:00"
          - list "no":
            - listitem:
    """)
