"""A mailbox over IMAP, spoken to as RFC 3501 has it."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator

import pytest

from engine.channels.mailbox import Mailbox, place_of


class Server(threading.Thread):
    """One that holds a few mails, and speaks as much of IMAP as is needed."""

    def __init__(self, mails: list[bytes]) -> None:
        super().__init__(daemon=True)
        self.mails = dict(enumerate(mails, 7))
        self.seen: set[int] = set()
        self.said: list[str] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.door.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as talk:
                talk.write(b"* OK IMAP4rev1\r\n")
                talk.flush()
                for line in talk:
                    tag, _, rest = line.decode().strip().partition(" ")
                    self.said.append(rest)
                    talk.write(self.answer(rest) + f"{tag} {self.result(rest)}\r\n".encode())
                    talk.flush()
                    if rest == "LOGOUT":
                        break

    def result(self, rest: str) -> str:
        if rest.startswith("LOGIN") and '"word"' not in rest:
            return "NO [AUTHENTICATIONFAILED] wrong"
        return "NO no such folder" if "Missing" in rest else "OK done"

    def answer(self, rest: str) -> bytes:
        if rest == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if rest.startswith("SELECT"):
            return b"* 2 EXISTS\r\n"
        if rest.startswith("UID SEARCH"):
            unseen = " ".join(str(one) for one in self.mails if one not in self.seen)
            return f"* SEARCH {unseen}\r\n".encode()
        if found := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest):
            mail = self.mails[int(found[1])][: int(found[2])]
            head = f"* 1 FETCH (UID {found[1]} BODY[]<0> {{{len(mail)}}}\r\n".encode()
            return head + mail + b")\r\n"
        if found := re.match(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\Seen\)", rest):
            self.seen.add(int(found[1]))
        return b"* BYE\r\n" if rest == "LOGOUT" else b""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server([b"Subject: one\r\n\r\n1\r\n", b"Subject: two\r\n\r\n2\r\n"])
    made.start()
    yield made
    made.door.close()


def test_mails_are_taken_once(server: Server) -> None:
    """What nobody has seen is taken, a mail that cannot be stored comes again."""
    url = f"imap://shop%40x.example:word@127.0.0.1:{server.port}/Returned%20mail"
    taken: list[bytes] = []

    def take(content: bytes) -> None:
        if b"two" in content and not taken[1:]:
            taken.append(b"")
            raise BlockingIOError
        taken.append(content)

    with pytest.raises(BlockingIOError), Mailbox(url) as box:
        box.each(take, 10)
    assert server.seen == {7}
    with Mailbox(url) as box:
        assert box.each(take, 10) == 1
    assert [one[:12] for one in taken] == [b"Subject: one", b"", b"Subject: two"]
    with Mailbox(url) as box:
        assert box.each(take, 10) == 0
    assert any("shop@x.example" in one for one in server.said)
    assert 'SELECT "Returned mail"' in server.said


@pytest.mark.parametrize("url", ["imap://u:wrong@{}/INBOX", "imap://u:word@{}/Missing"])
def test_what_the_server_says_no_to(server: Server, url: str) -> None:
    """A wrong password and a folder that is not there are told, not swallowed."""
    with pytest.raises(Mailbox.error), Mailbox(url.format(f"127.0.0.1:{server.port}")):
        pass


@pytest.mark.parametrize("url", ["https://x/", "imaps://host/INBOX", "imaps://u:w@/x"])
def test_what_is_no_mailbox(url: str) -> None:
    """A URL that names no mailbox is refused before anything is tried."""
    with pytest.raises(ValueError, match="HEADRACE_RETURN_IMAP"):
        place_of(url)
