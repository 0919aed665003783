"""Mistakes in messages are found before anyone gets one, at their exact place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsl.diagnostics import Diagnostic
from dsl.project import load_project
from engine.messages.checks import check_messages

FLOW = """\
store "Shop":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@example.com>"
  language "de"
  topic tips "Tips"

customer:
  shoe_size number

coupon ten "10 %":
  10% off

flow left_cart "Cart":
  enter when add_to_cart
  exit when purchase

  wait 1 hour
  send email cart_mail
  give coupon ten
  send email cart_gift:
    products 4 bestsellers

event quiz_finished "Quiz":
  style text
  budget money
"""
HEAD = "---\nsubject: Hallo\n---\n"
GOOD = HEAD + "<mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>"


def check(tmp_path: Path, **files: str) -> list[Diagnostic]:
    (tmp_path / "shop.flow").write_text(FLOW)
    folder = tmp_path / "messages"
    folder.mkdir()
    files = {
        "cart_mail__email__mjml": GOOD.format("x"),
        "cart_gift__email__mjml": GOOD.format("x"),
        **files,
    }
    for name, text in files.items():
        if text:
            (folder / name.replace("__", ".")).write_text(text, newline="")
    return check_messages(load_project(tmp_path))


def test_a_sound_project_has_nothing_to_report(tmp_path: Path) -> None:
    """Messages that are written as they should be give no finding."""
    body = "{{ customer.shoe_size }} {{ cart.items.first.name }} {{ entry.cart_id }}"
    assert check(tmp_path, cart_mail__email__mjml=GOOD.format(body)) == []


def test_without_a_messages_folder_nothing_is_checked(tmp_path: Path) -> None:
    """A project without messages may still be checked and tested."""
    (tmp_path / "shop.flow").write_text(FLOW)
    assert check_messages(load_project(tmp_path)) == []


def test_a_missing_file_is_shown_at_the_step(tmp_path: Path) -> None:
    """A send without its file points at the message's name and says which file to write."""
    [found] = check(tmp_path, cart_mail__email__mjml="", cart_mal__email__mjml=GOOD.format("x"))
    assert (found.code, found.severity) == ("missing-message", "error")
    assert (found.span.line, found.span.column, found.span.end_column) == (19, 14, 23)
    assert 'Did you mean "cart_mal"?' in found.hint
    assert "messages/cart_mail.email.mjml" in found.hint


@pytest.mark.parametrize(
    ("body", "code", "place", "hint"),
    [
        ("{{ customer.shoesize }}", "unknown-variable", "customer.shoesize", "customer.shoe_size"),
        ("{{ custommer.phone }}", "unknown-variable", "custommer", "customer"),
        ("{{ entry.order_id }}", "unknown-variable", "entry.order_id", ""),
        ("{{ event.url }}", "unknown-variable", "event.url", ""),
        ("{{ coupon.code }}", "unset-variable", "coupon", "give coupon"),
        ("{% for p in products %}x{% endfor %}", "unset-variable", "products", "products 4"),
        ("{{ customer.phone | upcas }}", "message-syntax", "upcas", "upcase"),
        ("<mj-buton>x</mj-buton>", "unknown-mjml-tag", "mj-buton", "mj-button"),
    ],
)
def test_each_mistake_is_found_at_its_place(
    tmp_path: Path, body: str, code: str, place: str, hint: str
) -> None:
    """The finding names the mistake, spans exactly its words and says what was meant."""
    text = GOOD.format("ä\n  " + body)
    found = check(tmp_path, cart_mail__email__mjml=text)
    assert [each.code for each in found] == [code]
    [one] = found
    assert text[one.span.start : one.span.end] == place
    assert one.span.line == 5
    assert one.span.column == 3 + body.index(place)
    assert hint in one.hint


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("---\nsubject: Hallo\n---\n{% if %}", "message-syntax", 4),
        ("---\nsubject: '{{ customer.x | }'\n---\nx", "message-syntax", 2),
        ("---\nsubject: a\n- b\n---\nx", "bad-front-matter", 3),
        ("---\nsubject: a", "bad-front-matter", 1),
        ('---\nsubject: "a\\r\\nBcc: x"\n---\nx', "front-matter-line-break", 2),
        ("---\nsubject: a\nsubjet: b\n---\nx", "unknown-front-matter", 3),
        ("---\nsubject: a\ntopic: tipps\n---\nx", "unknown-topic", 3),
        ("x", "missing-subject", 1),
    ],
)
def test_the_head_of_a_file_is_checked(tmp_path: Path, text: str, code: str, line: int) -> None:
    """Front matter and Liquid that cannot be read are found with their line."""
    found = check(tmp_path, cart_mail__email__mjml="", cart_mail__email__txt=text)
    assert [(each.code, each.span.line) for each in found] == [(code, line)]


@pytest.mark.parametrize(
    ("link", "code", "said"),
    [
        ("{{ 9 | answer: 'quiz_finished' }}", "unknown-answer", "names an event and the property"),
        ("{{ 9 | answer: 'quizz_finished', 'budget' }}", "unknown-answer", "quiz_finished"),
        ("{{ 9 | answer: 'purchase', 'value' }}", "unknown-answer", "no event"),
        ("{{ 9 | answer: 'quiz_finished', 'budgt' }}", "unknown-answer", "budget"),
        ("{{ 9 | answer: 'quiz_finished', 'budget', stile: 'x' }}", "unknown-answer", "stile"),
        ("{{ 'x' | answer: 'quiz_finished', 'budget' }}", "answer-type", "is a money"),
        ("{{ 9 | answer: 'quiz_finished', 'style' }}", "answer-type", "is a text"),
    ],
)
def test_answer_links_are_checked(tmp_path: Path, link: str, code: str, said: str) -> None:
    """An answer records a declared event with a value of its property's type, or `check` says so
    where it stands.
    """
    text = f"---\nsubject: a\n---\n{{% if now %}}\n{link}\n{{% endif %}}"
    found = check(tmp_path, cart_mail__email__mjml="", cart_mail__email__txt=text)
    assert [each.code for each in found] == [code]
    assert said in f"{found[0].message} {found[0].hint}"
    assert text[found[0].span.start : found[0].span.end] == "answer"
    good = text.replace(link, "{{ 9 | answer: 'quiz_finished', 'budget', style: customer.city }}")
    (tmp_path / "good").mkdir()
    assert check(tmp_path / "good", cart_mail__email__mjml="", cart_mail__email__txt=good) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("confirmm: Ja", "no words of the name"),
        ("confirm_do:", "says nothing"),
        ("confirm_ask: An {adress}?", "cannot say {adress}"),
        ("sms_code: {shop} grüßt", "must say {code}"),
    ],
)
def test_own_words_are_checked(tmp_path: Path, line: str, said: str) -> None:
    """What a shop has our pages say must have its place; the rest of the file counts."""
    text = f"# Ours\nconfirm: Anmelden?\n{line}\n"
    mail = "---\nsubject: a\n---\nx"
    [one] = check(tmp_path, cart_mail__email__txt=mail, _words__de__txt=text)
    assert (one.code, one.severity, one.span.line) == ("bad-words", "warning", 3)
    assert said in one.message


def test_broken_markup_is_found(tmp_path: Path) -> None:
    """A tag that closes nothing is found where it stands."""
    text = "---\nsubject: a\n---\n<mj-section>\n</mj-column></mj-section>"
    found = check(tmp_path, cart_mail__email__mjml=text)
    assert [(each.code, each.span.line, each.span.column) for each in found] == [
        ("unbalanced-mjml", 5, 3)
    ]


def test_a_file_name_that_cannot_be_one_is_found(tmp_path: Path) -> None:
    """A wrong channel or ending in a file's name says what was meant."""
    found = check(tmp_path, a__emial__mjml="x", b__sms__mjml="x", Wrong__mjml="x")
    assert [each.code for each in found] == ["message-file-name"] * 3
    assert any('Did you mean "email"?' in each.hint for each in found)


def test_after_the_coupon_it_may_be_printed(tmp_path: Path) -> None:
    """A variable that some path can set is no mistake."""
    body = "{{ coupon.code }}{% for p in products %}{{ p.name }}{% endfor %}"
    assert check(tmp_path, cart_gift__email__mjml=GOOD.format(body)) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a" * 160, ""),
        ("a" * 161, "takes 2 segments (161 letters)"),
        (f"---\nsegments: 2\n---\n{'a' * 161}", ""),
        (f"---\nsegments: 2\n---\n{'a' * 307}", "takes 3 segments"),
        ("„" + "a" * 70, "takes 2 segments (71 letters)"),
        ("---\nsegments: many\n---\na", "segments is a number from 1 to 10"),
    ],
)
def test_what_a_text_message_costs_is_said(tmp_path: Path, text: str, says: str) -> None:
    """An author hears that an SMS is paid for several times, and which letter made it so."""
    found = check(tmp_path, cart_mail__sms__liquid=text)
    assert [says in one.message for one in found] == [True] * bool(says)
    if "„" in text:
        assert "With „ only 70 letters" in found[0].hint
