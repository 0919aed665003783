"""The words on the pages that customers see, by language."""

from __future__ import annotations

_GERMAN = {
    "unsubscribe": "Abmelden",
    "unsubscribe_ask": "Möchten Sie keine Nachrichten mehr von uns erhalten?",
    "unsubscribe_what": "Es geht um: {what}",
    "unsubscribe_do": "Ja, abmelden",
    "unsubscribe_all": "Von allen {channel}-Nachrichten abmelden",
    "unsubscribed": "Sie sind abgemeldet",
    "unsubscribed_more": (
        "Das gilt ab sofort. Nachrichten zu Ihren Bestellungen bekommen Sie weiterhin."
    ),
    "confirm": "Anmeldung bestätigen",
    "confirm_ask": "Dürfen wir Ihnen Nachrichten an {address} schicken?",
    "confirm_more": "Sie können das jederzeit mit einem Klick widerrufen.",
    "confirm_do": "Ja, ich bin einverstanden",
    "confirmed": "Danke, das hat geklappt",
    "confirmed_more": "Ihre Anmeldung für {address} ist bestätigt.",
    "confirm_late": "Dieser Link ist abgelaufen",
    "confirm_late_more": "Bitte melden Sie sich noch einmal an, dann bekommen Sie einen neuen.",
    "bad_link": "Dieser Link ist unvollständig",
    "bad_link_more": "Bitte öffnen Sie ihn noch einmal aus der Nachricht heraus.",
    "later": "Das hat gerade nicht geklappt",
    "later_more": "Bitte versuchen Sie es in einigen Minuten noch einmal.",
    "mail_subject": "Bitte bestätigen Sie Ihre Anmeldung bei {shop}",
    "mail_ask": (
        "für diese Adresse wurde bei {shop} eine Anmeldung eingetragen. Bitte bestätigen Sie,"
        " dass wir Ihnen Nachrichten schicken dürfen:"
    ),
    "mail_hello": "Guten Tag,",
    "mail_not_me": (
        "Haben Sie sich nicht angemeldet? Dann brauchen Sie nichts zu tun;"
        " ohne Ihre Bestätigung schreiben wir Ihnen nicht."
    ),
    "reply_help": "{shop}: Antworte STOP, und du bekommst keine SMS mehr von uns.",
    "email": "E-Mail",
    "sms": "SMS",
    "push": "Push",
    "whatsapp": "WhatsApp",
}
_ENGLISH = {
    "unsubscribe": "Unsubscribe",
    "unsubscribe_ask": "Would you like to stop receiving messages from us?",
    "unsubscribe_what": "This is about: {what}",
    "unsubscribe_do": "Yes, unsubscribe",
    "unsubscribe_all": "Unsubscribe from all {channel} messages",
    "unsubscribed": "You are unsubscribed",
    "unsubscribed_more": "From this moment on. You still receive messages about your orders.",
    "confirm": "Confirm your subscription",
    "confirm_ask": "May we send messages to {address}?",
    "confirm_more": "You can change your mind at any time with one click.",
    "confirm_do": "Yes, I agree",
    "confirmed": "Thank you, that worked",
    "confirmed_more": "Your subscription for {address} is confirmed.",
    "confirm_late": "This link has expired",
    "confirm_late_more": "Please subscribe once more to get a new one.",
    "bad_link": "This link is incomplete",
    "bad_link_more": "Please open it once more from the message.",
    "later": "That did not work just now",
    "later_more": "Please try again in a few minutes.",
    "mail_subject": "Please confirm your subscription to {shop}",
    "mail_ask": (
        "somebody subscribed this address to messages from {shop}. Please confirm that we may"
        " write to you:"
    ),
    "mail_hello": "Hello,",
    "mail_not_me": "It was not you? Then do nothing: we will not write without your confirmation.",
    "reply_help": "{shop}: Answer STOP and you get no more text messages from us.",
    "email": "e-mail",
    "sms": "SMS",
    "push": "push",
    "whatsapp": "WhatsApp",
}


def texts(language: str) -> dict[str, str]:
    """The words in a language; English where we have no other."""
    return _GERMAN if language.lower().startswith("de") else _ENGLISH
