"""What rendering gives back, and what it needs to make links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Links(Protocol):
    """The links of one message to one customer, made by the public surface.

    `click` and `open` count, so a caller hands in `None` for them (see `Untracked`) unless this
    person may be tracked.
    """

    @property
    def unsubscribe_url(self) -> str:
        """Where a person unsubscribes: a page on GET, done on POST (RFC 8058). "" for none."""
        ...

    @property
    def preferences_url(self) -> str:
        """Where a person chooses channels and topics, "" for none."""
        ...

    @property
    def view_url(self) -> str:
        """Where a mail is shown in a browser as it was sent, "" for nowhere."""
        ...

    def click(self, url: str, *, pair: bool = False) -> str:
        """The address to print instead of `url`; `url` itself where clicks are not counted.

        `pair` says that the message has two links.
        """
        ...

    def hidden(self) -> str:
        """The address of the link that only machines follow, "" for none."""
        ...

    def answer(self, event: str, properties: Mapping[str, Any]) -> str:
        """The address of a link that records an event with these properties."""
        ...

    def open(self) -> str:
        """The address of the picture that counts an opening, "" where openings are not counted."""
        ...


@dataclass(frozen=True, slots=True)
class Untracked:
    """Links that count nothing."""

    unsubscribe_url: str = ""
    preferences_url: str = ""
    view_url: str = ""

    def click(self, url: str, *, pair: bool = False) -> str:
        del pair
        return url

    def hidden(self) -> str:
        return ""

    def answer(self, event: str, properties: Mapping[str, Any]) -> str:
        del event, properties
        return "#answer"

    def open(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as one person gets it.

    `text` is the plain-text part of an e-mail and all of an SMS or push. `html` is "" where the
    channel has none. `missing_variables` are those that were printed without a value or a
    default. `link` is where a push leads. `language` is that of the chosen variant.
    """

    subject: str
    preheader: str
    html: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    sender: str = ""
    missing_variables: tuple[str, ...] = ()
    topic: str = ""
    link: str = ""
    language: str = ""
