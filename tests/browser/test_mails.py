"""What a reader of a mail sees: no fault in some of the example mails, and each where one is."""

import pytest

from engine.messages import Messages
from tests.browser.mails import LANGUAGES, MESSAGES, Mail, Reader, mails

SOME = ("cart_reminder", "order_survey", "review_request", "cart_alert", "welcome_2_dach")
PLANTED = {
    "texts overlap": '<p style="margin:0">One line</p><p style="margin:-14px 0 0">and another</p>',
    "text cut off": '<p style="width:60px;overflow:hidden;white-space:nowrap">Much too long</p>',
    "contrast under": '<p style="color:#999;background:#fff">pale</p>',
    "axe image-alt": '<img src="https://shop.example/p/tent-2p.svg">',
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 600])
def test_a_reader_finds_nothing_wrong(chromium, width: int, scheme: str) -> None:
    """No text is cut off, lies over another or is too pale, whatever the reader's language."""
    reader, messages = Reader(chromium, width, scheme), Messages(MESSAGES)
    for mail in mails(messages):
        if mail.name in SOME and (mail.known == "much" or width == 320):
            reader.show(mail.html(messages))
            assert reader.faults(with_axe=width == 600) == [], str(mail)
    reader.close()


@pytest.mark.parametrize("fault", PLANTED)
def test_a_reader_is_not_blind(chromium, fault: str) -> None:
    """Each kind of fault is told where it is planted."""
    reader = Reader(chromium, 600, "light")
    reader.show(f'<html lang="en"><title>x</title><body><h1>x</h1>{PLANTED[fault]}</body></html>')
    assert any(one.startswith(fault) for one in reader.faults(with_axe=True))
    reader.close()


def test_every_mail_is_looked_at_in_every_language() -> None:
    """The list of mails is that of the folder: three languages for customers, one for staff."""
    messages = Messages(MESSAGES)
    for name in messages.names():
        for channel, wanted in (("email", {*LANGUAGES}), ("staff", {LANGUAGES[0]})):
            if messages.has(name, channel):
                found = {one.language for one in mails(messages) if one[:2] == (name, channel)}
                assert found == wanted
    assert str(next(mails(messages))) == str(Mail("anniversary", "email", "de"))
