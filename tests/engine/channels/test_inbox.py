"""The demo's inbox."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine.channels.inbox import Inbox, InboxTransport
from engine.channels.transport import Envelope


def test_newest_letters_come_first_and_survive_a_restart(tmp_path: Path) -> None:
    """Letters are listed newest first, and still are after the inbox is opened again."""
    path = tmp_path / "inbox.jsonl"
    inbox = Inbox(path)
    for number in range(3):
        inbox.add(to="ada", channel="push", at=number, text=str(number))
    with path.open("ab") as file:
        file.write(b'{"number": 4, "to"')
    again = Inbox(path)
    assert [letter.text for letter in again.letters()] == ["2", "1", "0"]
    assert again.add(to="bo", channel="sms", at=9).number == 4
    assert [letter.to for letter in again.letters(channel="sms")] == ["bo"]


def test_sms_and_push_land_in_the_inbox() -> None:
    """In the demo an SMS and a push are letters too; a wrong number is refused for good."""
    inbox = Inbox()
    transport = InboxTransport(inbox)

    async def run() -> list[str]:
        numbers = ["+49 151 1234567", "call me"]
        return [
            (await transport.deliver("k", Envelope("sms", number, 0, text="hi"))).kind
            for number in numbers
        ]

    assert asyncio.run(run()) == ["delivered", "refused"]
    assert [letter.text for letter in inbox.letters()] == ["hi"]
