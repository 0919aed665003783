"""What a text message costs, and what an answer to one asks for.

Source of the alphabet and of the lengths: 3GPP TS 23.038 (GSM 7 bit default alphabet and its
extension table) and TS 23.040 (a part of a longer message gives 6 octets to its header).
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")
"""These take the room of two."""
_ROOM: Final = {"GSM-7": (160, 153), "UCS-2": (70, 67)}

Wish = Literal["stop", "start", "help", ""]
_WISHES: Final[dict[Wish, frozenset[str]]] = {
    "stop": frozenset(
        (
            *("stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit"),
            *("revoke", "optout", "stopp", "abmelden", "abbestellen", "odjava"),
        )
    ),
    "start": frozenset(("start", "unstop", "yes", "anmelden", "ja", "prijava")),
    "help": frozenset(("help", "info", "hilfe", "pomoć", "pomoc")),
}


class Size(NamedTuple):
    """How much a text takes. `letters` are counted as the encoding counts them; `beyond` are those
    for which GSM-7 has no place.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    letters: int
    segments: int
    beyond: tuple[str, ...] = ()


def size(text: str) -> Size:
    """The segments of a text message, each paid for on its own.

    >>> size("a" * 160).segments, size("a" * 161).segments, size("ć" * 71).segments
    (1, 2, 2)
    """
    beyond = tuple(dict.fromkeys(one for one in text if one not in _BASIC | _EXTENDED))
    encoding: Literal["GSM-7", "UCS-2"] = "UCS-2" if beyond else "GSM-7"
    if beyond:
        widths = [2 if ord(one) > 0xFFFF else 1 for one in text]
    else:
        widths = [2 if one in _EXTENDED else 1 for one in text]
    letters = sum(widths)
    alone, part = _ROOM[encoding]
    if letters <= alone:
        return Size(encoding, letters, 1, beyond)
    segments, room = 1, part
    for width in widths:
        if width > room:  # a letter is not cut in two
            segments, room = segments + 1, part
        room -= width
    return Size(encoding, letters, segments, beyond)


def wish(text: str) -> Wish:
    """What somebody who answers a message asks for; "" where it is no such word.

    >>> wish(" Stop. "), wish("Please stop by tomorrow")
    ('stop', '')
    """
    word = " ".join(text.casefold().split()).strip(" .!\"'„“”")
    return next((one for one, words in _WISHES.items() if word in words), "")
