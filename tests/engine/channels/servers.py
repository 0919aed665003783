"""SMTP servers on loopback that behave, refuse, postpone, or hang up at a chosen word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Script:
    """What a server answers. `hang_up_at` names the moment at which it closes the connection:
    CONNECT, MAIL, RCPT, DATA (before 354), CONTENT (after the last line, before an answer).
    """

    mail: str = "250 ok"
    rcpt: str = "250 ok"
    data: str = "354 go on"
    content: str = "250 2.0.0 queued as 7"
    hang_up_at: str = ""
    hang_up_after: int = 0
    extensions: tuple[str, ...] = ("SMTPUTF8", "8BITMIME")
    connections: int = 0
    mails: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    second_connection: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def hangs_up(self, moment: str) -> bool:
        return self.hang_up_at == moment and len(self.mails) >= self.hang_up_after


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[str]:
    """Run a scripted server; gives its URL."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script.connections += 1
        if script.connections == 2:
            script.second_connection.set()
        try:
            await _talk(script, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        server.close()


async def _talk(script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if script.hang_up_at == "CONNECT":
        return
    writer.write(b"220 scripted\r\n")
    while line := await reader.readline():
        command = line.decode().strip()
        script.commands.append(command)
        word = command.split(maxsplit=1)[0].upper()
        if word in {"MAIL", "RCPT", "DATA"} and script.hangs_up(word):
            return
        if word == "EHLO":
            lines = ["scripted", *script.extensions]
            text = "".join(f"250-{each}\r\n" for each in lines[:-1]) + f"250 {lines[-1]}\r\n"
            writer.write(text.encode())
        elif word == "MAIL":
            writer.write(f"{script.mail}\r\n".encode())
        elif word == "RCPT":
            writer.write(f"{script.rcpt}\r\n".encode())
        elif word == "DATA":
            writer.write(f"{script.data}\r\n".encode())
            if script.data.startswith("354"):
                content = await reader.readuntil(b"\r\n.\r\n")
                hangs_up = script.hangs_up("CONTENT")
                script.mails.append(content)
                if hangs_up:
                    return
                writer.write(f"{script.content}\r\n".encode())
        elif word == "QUIT":
            writer.write(b"221 bye\r\n")
            return
        else:
            writer.write(b"250 ok\r\n")
