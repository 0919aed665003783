"""A DNS server on loopback that knows a few texts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@contextmanager
def answering(texts: Mapping[str, str]) -> Iterator[int]:
    """Answer questions for TXT records by name; gives the port."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                told, caller = server.recvfrom(4096)
                if not told:
                    return
                asked = dns.message.from_wire(told)
                answer = dns.message.make_response(asked)
                answer.flags |= dns.flags.AA
                [question] = asked.question
                name = question.name.to_text(omit_final_dot=True)
                if name in texts and question.rdtype == dns.rdatatype.TXT:
                    text = texts[name]
                    pieces = [text[at : at + 250] for at in range(0, len(text), 250)]
                    said = " ".join(f'"{one}"' for one in pieces)
                    answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", said))
                else:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                server.sendto(answer.to_wire(), caller)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", server.getsockname())
        thread.join()
        server.close()
