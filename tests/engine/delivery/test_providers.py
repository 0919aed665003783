"""A channel that cannot leave the house is passed over, and nobody has to guess why."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.channels.transport import not_taken
from engine.service.service import Service
from tests.harness.workshop import DAY, HOUR, Workshop

FLOW = """
flow hello "Hello":
  enter when purchase

  send {channels} one
"""


class Poor(Workshop):
    """A shop that delivers e-mails and, once it is rich, text messages."""

    channels: tuple[str, ...] = ("email", "call")

    def write(self, text: str) -> None:
        super().write(text)
        (self.flows / "messages" / "one.sms.liquid").write_text("Hello\n", encoding="utf-8")

    def open(self, *, background: bool = False) -> Service:
        service = Service(
            self.folder / "data", self.flows, self.settings, self.clock,
            transports=dict.fromkeys(self.channels, self.notebook),
        )  # fmt: skip
        service.start(background=background)
        return service

    def reachable(self) -> int:
        ada = self.customer("ada", phone="+4915112345678")
        self.service.writer.run(
            lambda tx: tx.execute(
                "insert into consent (customer, what, allowed, at) values (?, 'sms', true, ?)",
                (ada, self.clock.now()),
            )
        )
        return ada

    @property
    def sent(self) -> list[str]:
        return [envelope.channel for _, envelope in self.notebook.taken]


def shop(tmp_path: Path, channels: str, url: str | None) -> Poor:
    return Poor(tmp_path, FLOW.format(channels=channels), database_url=url)


def test_the_next_channel_goes_where_the_first_has_no_provider(
    tmp_path: Path, database_url: str | None
) -> None:
    """`sms else email` without an SMS provider is an e-mail."""
    poor = shop(tmp_path, "sms else email", database_url)
    poor.happen(poor.reachable(), "purchase")
    poor.forward(HOUR)
    assert poor.sent == ["email"]
    poor.service.stop()


def test_a_send_that_no_provider_takes_is_skipped_with_its_reason(
    tmp_path: Path, database_url: str | None
) -> None:
    """The trace says `no provider for sms`; nothing counts as sent, nothing as failed."""
    poor = shop(tmp_path, "sms", database_url)
    poor.happen(poor.reachable(), "purchase")
    poor.forward(HOUR)
    assert poor.sent == []
    skipped = "select detail from step_history where detail like 'no %'"
    assert poor.rows(skipped) == [("no provider for sms",)]
    assert poor.rows("select count(*) from intent") == [(0,)]
    poor.service.stop()


@pytest.mark.parametrize(
    ("later", "states"),
    [(2 * HOUR, [("sent", "")]), (2 * DAY, [("skipped", "no provider for sms")])],
)
def test_what_was_decided_waits_for_its_provider(
    tmp_path: Path, database_url: str | None, later: int, states: list[tuple[str, str]]
) -> None:
    """A text message whose provider went away goes when it is back in time, else it is skipped."""
    poor = shop(tmp_path, "sms", database_url)
    poor.channels = ("email", "sms", "call")
    poor.reopen()
    poor.notebook.answers.append(not_taken("busy"))
    poor.happen(poor.reachable(), "purchase")
    poor.forward()
    poor.channels = ("email", "call")
    poor.reopen()
    poor.forward(later)
    assert len(poor.notebook.taken) == 1
    poor.channels = ("email", "sms", "call")
    poor.reopen()
    poor.forward(HOUR)
    assert poor.rows("select state, reason from intent") == states
    poor.service.stop()
