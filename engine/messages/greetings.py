"""How people say hello where the customer lives."""

from __future__ import annotations

_BY_COUNTRY = {
    "AT": "Servus",
    "BA": "Zdravo",
    "BE": "Hallo",
    "BG": "Zdravej",
    "CH": "Grüezi",
    "CZ": "Ahoj",
    "DE": "Hallo",
    "DK": "Hej",
    "ES": "Hola",
    "FI": "Hei",
    "FR": "Bonjour",
    "GR": "Γειά σου",
    "HR": "Bok",
    "HU": "Szia",
    "IT": "Ciao",
    "LI": "Grüezi",
    "LU": "Moien",
    "ME": "Zdravo",
    "NL": "Hallo",
    "NO": "Hei",
    "PL": "Cześć",
    "PT": "Olá",
    "RO": "Bună",
    "RS": "Zdravo",
    "SE": "Hej",
    "SI": "Živjo",
    "SK": "Ahoj",
    "TR": "Merhaba",
    "UA": "Вітаю",
}
_BY_LANGUAGE = {
    "de": "Hallo",
    "en": "Hello",
    "es": "Hola",
    "fr": "Bonjour",
    "it": "Ciao",
    "nl": "Hallo",
    "pl": "Cześć",
    "pt": "Olá",
    "sr": "Zdravo",
}


def greeting(country: str, language: str, first_name: str) -> str:
    """The salutation with the name, or alone where the name is not known: never a hole.

    >>> greeting("AT", "de", "Ada"), greeting("", "de", "")
    ('Servus Ada', 'Hallo')
    """
    word = _BY_COUNTRY.get(country.strip().upper())
    if word is None:
        word = _BY_LANGUAGE.get(language.strip().lower()[:2], "Hello")
    name = " ".join(first_name.split())
    return f"{word} {name}" if name else word
