"""The words on the pages and in the questions that customers see, by language.

German says neither du nor Sie: it suits every shop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_GERMAN = {
    "unsubscribe": "Abmelden",
    "unsubscribe_ask": "Keine Nachrichten mehr?",
    "unsubscribe_what": "Es geht um: {what}",
    "unsubscribe_do": "Ja, abmelden",
    "unsubscribe_all": "Von allen {channel}-Nachrichten abmelden",
    "unsubscribed": "Abgemeldet",
    "unsubscribed_more": "Das gilt ab sofort. Nachrichten zu Bestellungen kommen weiterhin.",
    "confirm": "Anmeldung bestätigen",
    "confirm_ask": "Dürfen wir Nachrichten an {address} schicken?",
    "confirm_more": "Das lässt sich jederzeit mit einem Klick widerrufen.",
    "confirm_do": "Ja, einverstanden",
    "confirm_each": "Das wurde angekreuzt. Was nicht gewünscht ist, einfach abwählen:",
    "confirmed": "Danke, das hat geklappt",
    "confirmed_more": "Die Anmeldung für {address} ist bestätigt.",
    "confirm_late": "Dieser Link ist abgelaufen",
    "confirm_late_more": "Nach einer neuen Anmeldung kommt ein neuer.",
    "bad_link": "Dieser Link ist unvollständig",
    "bad_link_more": "Bitte noch einmal aus der Nachricht heraus öffnen.",
    "not_kept": "Diese Nachricht ist hier nicht mehr zu sehen",
    "not_kept_more": "Nachrichten bleiben 90 Tage im Browser lesbar.",
    "later": "Das hat gerade nicht geklappt",
    "later_more": "Bitte in einigen Minuten noch einmal versuchen.",
    "answer": "Antwort abschicken?",
    "answer_more": "Ein Klick genügt.",
    "answer_do": "Ja, abschicken",
    "answered": "Danke für die Antwort",
    "answered_more": "Sie ist angekommen.",
    "mail_subject": "Bitte die Anmeldung bei {shop} bestätigen",
    "mail_ask": (
        "für diese Adresse wurde bei {shop} eine Anmeldung eingetragen. Bitte bestätigen, dass"
        " wir Nachrichten schicken dürfen:"
    ),
    "mail_purposes": "Angekreuzt wurde:",
    "mail_hello": "Guten Tag,",
    "mail_not_me": (
        "Das war jemand anderes? Dann ist nichts zu tun: ohne Bestätigung schreiben wir nicht."
    ),
    "reply_help": "{shop}: Nach der Antwort STOP kommen keine SMS mehr von uns.",
    "email": "E-Mail",
    "sms": "SMS",
    "push": "Push",
    "whatsapp": "WhatsApp",
    "purpose_email": "Nachrichten per E-Mail",
    "purpose_sms": "Nachrichten per SMS",
    "purpose_push": "Nachrichten per Push",
    "purpose_whatsapp": "Nachrichten per WhatsApp",
    "purpose_tracking": "Messen, was gelesen und angeklickt wird, damit Nachrichten besser passen",
    "preferences": "Einstellungen",
    "preferences_more": "Was wir schicken dürfen:",
    "preferences_do": "Speichern",
    "preferences_pause": "30 Tage Pause",
    "preferences_paused": "Pause bis {day}",
    "preferences_go_on": "Pause beenden",
    "preferences_saved": "Gespeichert",
    "preferences_saved_more": "Das gilt ab sofort.",
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
    "confirm_each": "This was ticked. Untick what you do not want:",
    "confirmed": "Thank you, that worked",
    "confirmed_more": "Your subscription for {address} is confirmed.",
    "confirm_late": "This link has expired",
    "confirm_late_more": "Please subscribe once more to get a new one.",
    "bad_link": "This link is incomplete",
    "bad_link_more": "Please open it once more from the message.",
    "not_kept": "This message is not shown here any more",
    "not_kept_more": "Messages can be read in the browser for 90 days.",
    "later": "That did not work just now",
    "later_more": "Please try again in a few minutes.",
    "answer": "Send your answer?",
    "answer_more": "One click is enough.",
    "answer_do": "Yes, send it",
    "answered": "Thank you for your answer",
    "answered_more": "It has arrived.",
    "mail_subject": "Please confirm your subscription to {shop}",
    "mail_ask": (
        "somebody subscribed this address to messages from {shop}. Please confirm that we may"
        " write to you:"
    ),
    "mail_purposes": "This was ticked:",
    "mail_hello": "Hello,",
    "mail_not_me": "It was not you? Then do nothing: we will not write without your confirmation.",
    "reply_help": "{shop}: Answer STOP and you get no more text messages from us.",
    "email": "e-mail",
    "sms": "SMS",
    "push": "push",
    "whatsapp": "WhatsApp",
    "purpose_email": "Messages by e-mail",
    "purpose_sms": "Messages by SMS",
    "purpose_push": "Messages by push",
    "purpose_whatsapp": "Messages by WhatsApp",
    "purpose_tracking": "Measuring what is read and clicked, so that messages fit better",
    "preferences": "Your preferences",
    "preferences_more": "What we may send:",
    "preferences_do": "Save",
    "preferences_pause": "Pause for 30 days",
    "preferences_paused": "Paused until {day}",
    "preferences_go_on": "End the pause",
    "preferences_saved": "Saved",
    "preferences_saved_more": "From this moment on.",
}
_SERBIAN = {
    "unsubscribe": "Odjava",
    "unsubscribe_ask": "Ne želite više naše poruke?",
    "unsubscribe_what": "Reč je o: {what}",
    "unsubscribe_do": "Da, odjavi me",
    "unsubscribe_all": "Odjava sa svih {channel} poruka",
    "unsubscribed": "Odjavljeni ste",
    "unsubscribed_more": "Važi odmah. Poruke o porudžbinama i dalje stižu.",
    "confirm": "Potvrda prijave",
    "confirm_ask": "Smemo li da šaljemo poruke na {address}?",
    "confirm_more": "Pristanak se može opozvati u svakom trenutku, jednim klikom.",
    "confirm_do": "Da, saglasan sam",
    "confirm_each": "Označeno je sledeće. Poništite ono što ne želite:",
    "confirmed": "Hvala, uspelo je",
    "confirmed_more": "Prijava za {address} je potvrđena.",
    "confirm_late": "Ovaj link je istekao",
    "confirm_late_more": "Prijavite se ponovo i stići će novi.",
    "bad_link": "Ovaj link nije potpun",
    "bad_link_more": "Otvorite ga još jednom iz poruke.",
    "not_kept": "Ova poruka se ovde više ne prikazuje",
    "not_kept_more": "Poruke se u pregledaču čuvaju 90 dana.",
    "later": "Trenutno nije uspelo",
    "later_more": "Pokušajte ponovo za nekoliko minuta.",
    "answer": "Poslati odgovor?",
    "answer_more": "Dovoljan je jedan klik.",
    "answer_do": "Da, pošalji",
    "answered": "Hvala na odgovoru",
    "answered_more": "Stigao je.",
    "mail_subject": "Potvrdite prijavu na {shop}",
    "mail_ask": (
        "ova adresa je prijavljena za poruke prodavnice {shop}. Potvrdite da smemo da pišemo:"
    ),
    "mail_purposes": "Označeno je:",
    "mail_hello": "Dobar dan,",
    "mail_not_me": "To niste bili vi? Ne morate ništa da radite: bez potvrde ne pišemo.",
    "reply_help": "{shop}: Odgovori STOP i više ne dobijaš naše SMS poruke.",
    "email": "e-mail",
    "sms": "SMS",
    "push": "push",
    "whatsapp": "WhatsApp",
    "purpose_email": "Poruke e-poštom",
    "purpose_sms": "Poruke SMS-om",
    "purpose_push": "Push poruke",
    "purpose_whatsapp": "Poruke preko WhatsAppa",
    "purpose_tracking": "Merenje šta se čita i klikće, da bi poruke bile korisnije",
    "preferences": "Podešavanja",
    "preferences_more": "Šta smemo da šaljemo:",
    "preferences_do": "Sačuvaj",
    "preferences_pause": "Pauza 30 dana",
    "preferences_paused": "Pauza do {day}",
    "preferences_go_on": "Prekini pauzu",
    "preferences_saved": "Sačuvano",
    "preferences_saved_more": "Važi odmah.",
}
_ALL: Final = {"de": _GERMAN, "en": _ENGLISH, "sr": _SERBIAN}
LANGUAGES: Final = frozenset(_ALL)
"""The languages that there are words in, as two letters."""


def texts(language: str) -> dict[str, str]:
    """The words in a language; English where we have no other."""
    return _ALL.get(language[:2].lower(), _ENGLISH)


def purpose(what: str, words: dict[str, str], topics: Mapping[str, str]) -> str:
    """What somebody agrees to, in words: a channel, `tracking`, or a topic by its title."""
    return words.get(f"purpose_{what}") or topics.get(what) or what
