"""STOP, START and HELP as an answer to a text message, told by the provider's signed webhook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.providers import serving
from tests.harness.sms_shop import ADA, BEN, PUBLIC, SmsShop
from tests.harness.twilio import ACCOUNT, Twilio, signed
from tests.harness.workshop import HOUR


@pytest.fixture
def twilio() -> Twilio:
    return Twilio()


@pytest.fixture
def shop(tmp_path: Path, twilio: Twilio, database_url: str | None) -> Iterator[SmsShop]:
    with serving(twilio) as url:
        made = SmsShop(tmp_path, url, database_url)
        yield made
        made.service.stop()


def test_stop_and_start(shop: SmsShop, twilio: Twilio) -> None:
    """STOP takes everybody with the number off the channel at once, with a proof; START brings back
    those whom it took off. The other's number is not touched.
    """
    ada, twin, ben = (
        shop.customer_with("ada", ADA),
        shop.customer_with("twin", ADA),
        shop.customer_with("ben", BEN),
    )
    answer = shop.answer("Stop")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
    assert [shop.consent(one) for one in (ada, twin, ben)] == [False, False, True]
    shop.buy(ada)
    assert twilio.sent == []
    proof = "select act, source from consent_proof where customer = ? order by id"
    shop.answer("START")
    assert [shop.consent(one) for one in (ada, twin)] == [True, True]
    assert shop.rows(proof, ada) == [
        ("withdrawn", "answered STOP"),
        ("granted", "answered START"),
    ]
    shop.buy(ada)
    assert [one["To"] for one in twilio.sent] == [ADA]


def test_a_replay_changes_nothing(shop: SmsShop) -> None:
    """A STOP that is told again after a START is the same STOP."""
    ada = shop.customer_with("ada", ADA)
    shop.answer("STOP", sid="SMa")
    shop.answer("START", sid="SMb")
    assert shop.answer("STOP", sid="SMa").status_code == 200
    assert shop.consent(ada) is True


def test_start_undoes_only_what_an_answer_did(shop: SmsShop) -> None:
    """Who left by the shop's own page, or never agreed, does not come back by one word."""
    ada, eve = shop.customer_with("ada", ADA), shop.customer("eve", phone=BEN)
    shop.service.writer.run(
        lambda tx: tx.execute("update consent set allowed = false where what = 'sms'", ())
    )
    shop.answer("START")
    shop.answer("START", BEN)
    assert shop.consent(ada) is False
    assert shop.rows("select 1 from consent where customer = ? and what = 'sms'", eve) == []


def test_help_is_answered(shop: SmsShop) -> None:
    """HELP says who writes and how to stop; where Twilio has answered itself, we do not."""
    assert "Answer STOP" in shop.answer("help").text
    assert "Message" not in shop.answer("AIDE", OptOutType="HELP").text


def test_twilio_knows_the_words_of_more_languages(shop: SmsShop) -> None:
    """What it calls a STOP is one, whatever the word was."""
    ada = shop.customer_with("ada", ADA)
    shop.answer("ARRET", OptOutType="STOP")
    assert shop.consent(ada) is False


@pytest.mark.parametrize("said", ["please stop by", "", "Danke!", "{{ customer.email }}"])
def test_what_is_no_such_word_changes_nothing(shop: SmsShop, said: str) -> None:
    """People answer all kinds of things."""
    ada = shop.customer_with("ada", ADA)
    assert shop.answer(said).status_code == 200
    assert shop.consent(ada) is True


def test_a_forged_answer_is_refused(shop: SmsShop) -> None:
    """Without Twilio's signature over this very address and form nothing happens."""
    ada = shop.customer_with("ada", ADA)
    form = {"AccountSid": ACCOUNT, "MessageSid": "SM1", "From": ADA, "Body": "STOP"}
    good = signed(f"{PUBLIC}/v1/replies/sms", form)
    tries = (
        ({}, form),
        ({"X-Twilio-Signature": good[:-2] + "x="}, form),
        ({"X-Twilio-Signature": "ümlaut".encode().decode("latin-1")}, form),
        ({"X-Twilio-Signature": good}, {**form, "From": BEN}),
        ({"X-Twilio-Signature": signed("https://other.example/v1/replies/sms", form)}, form),
        ({"X-Twilio-Signature": signed(f"{PUBLIC}/v1/replies/sms", form, "other")}, form),
    )
    for headers, told in tries:
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        assert shop.client.post("/v1/replies/sms", data=told, headers=raw).status_code == 401
    other = {**form, "AccountSid": "ACother"}
    headers = {"X-Twilio-Signature": signed(f"{PUBLIC}/v1/replies/sms", other)}
    assert shop.client.post("/v1/replies/sms", data=other, headers=headers).status_code == 401
    assert shop.consent(ada) is True


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/replies/push", b"From=1", 404),
        ("/v1/replies/sms", b"\xff\xfe", 400),
        ("/v1/replies/sms", b"From=1&From=2", 400),
        ("/v1/replies/sms", b"From=" + b"1" * 70_000, 400),
        ("/v1/replies/sms", b"", 401),
    ],
)
def test_what_cannot_be_an_answer(shop: SmsShop, path: str, body: bytes, status: int) -> None:
    """Broken forms, doubled fields and other channels have an answer of their own."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert shop.client.post(path, content=body, headers=kind).status_code == status


def test_a_number_that_has_left_at_the_provider(shop: SmsShop, twilio: Twilio) -> None:
    """Error 21610 means STOP was answered: nothing more is sent, and START brings it back."""
    ada = shop.customer_with("ada", ADA)
    twilio.says[ADA] = (400, 21610, "Attempt to send to unsubscribed recipient")
    shop.buy(ada)
    shop.buy(ada)
    assert len(twilio.requests) == 1
    assert shop.consent(ada) is False
    assert shop.rows("select state from intent") == [("failed",)]
    del twilio.says[ADA]
    shop.answer("START")
    shop.buy(ada)
    assert [one["To"] for one in twilio.sent] == [ADA]


def test_a_dead_number_gets_nothing_more(shop: SmsShop, twilio: Twilio) -> None:
    """Error 21211 suppresses the number."""
    ada = shop.customer_with("ada", ADA)
    twilio.says[ADA] = (400, 21211, "Invalid 'To' Phone Number")
    shop.buy(ada)
    shop.buy(ada)
    assert len(twilio.requests) == 1
    assert shop.consent(ada) is True


def test_what_nobody_knows_is_not_sent_again(shop: SmsShop, twilio: Twilio) -> None:
    """Twilio took the request and broke: the message is unknown, and stays so."""
    ada = shop.customer_with("ada", ADA)
    twilio.says[ADA] = (500, 20500, "Internal Server Error")
    shop.buy(ada)
    shop.forward(24 * HOUR)
    assert len(twilio.requests) == 1
    assert shop.rows("select state from intent") == [("unknown",)]
