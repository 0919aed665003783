"""In which language people are written to, and who has none."""

from __future__ import annotations

from pathlib import Path

from tests.engine.messages.test_rendering import context, folder


def test_a_send_says_its_subject_in_the_stores_language(tmp_path: Path) -> None:
    """A file in another language keeps its own, unless the flow's asks for the language itself."""
    messages = folder(
        tmp_path,
        a__email__txt="---\nsubject: eins\n---\nx",
        a__en__email__txt="---\nsubject: one\n---\nx",
        a__fr__email__txt="---\n---\nx",
        a__de__sms__txt="x",
    )

    def subject(language: str, told: str) -> str:
        reader = context(customer={"first_name": "Ada", "language": language})
        return messages.render("a", "email", reader, subject=told).subject

    assert subject("de", "zwei") == "zwei"
    assert subject("en", "zwei") == "one"
    assert subject("en-GB", "{% if language == 'en' %}two{% endif %}") == "two"
    assert subject("fr", "zwei") == "zwei"


def test_staff_read_the_language_of_the_store(tmp_path: Path) -> None:
    """A mail to staff follows the store's language, not that of the customer it is about."""
    messages = folder(tmp_path, a__staff__txt="Hallo", a__en__staff__txt="Hello")
    reader = context(customer={"language": "en"})
    assert messages.render("a", "staff", reader).text == "Hallo\n"
