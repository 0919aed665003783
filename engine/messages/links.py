"""The links of one message to one customer, counted only where that person may be tracked."""

from __future__ import annotations

from dataclasses import dataclass

from engine.public.links import LinkMaker, MessageRef


@dataclass(frozen=True, slots=True)
class SignedLinks:
    """`Links` over the signed addresses of the public surface.

    `tracked` says whether this person agreed to be tracked: without it clicks lead straight to
    their target and no picture counts an opening. `topic` is what the message belongs to, ""
    for none: unsubscribing then leaves the topic, not the channel.
    """

    maker: LinkMaker
    message: MessageRef
    tracked: bool
    topic: str = ""

    @property
    def unsubscribe_url(self) -> str:
        what = self.topic or self.message.channel
        return self.maker.make_unsubscribe(self.message.customer, what, self.message)

    def click(self, url: str) -> str:
        return self.maker.make_click(self.message, url) if self.tracked else url

    def open(self) -> str:
        return self.maker.make_open(self.message) if self.tracked else ""
