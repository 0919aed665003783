"""`headrace work`: one more process on the PostgreSQL database of a shop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from editor.cli.serving import bind, calm
from engine.cli import verb

if TYPE_CHECKING:
    import socket

    from engine.errors import PlainError
    from engine.service.node import Node

_DATA = Path("headrace-work")


def register(app: typer.Typer) -> None:
    app.command()(work)


def work(
    data: Annotated[
        Path,
        typer.Option("--data", help="A folder of this process's own, for what it unpacks."),
    ] = _DATA,
    name: Annotated[
        str, typer.Option(help="What it is called in logs.", show_default="machine and process")
    ] = "",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Take events and tell of its health here, too."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to bind.")] = "127.0.0.1",
) -> None:
    """One more worker on the PostgreSQL of HEADRACE_DATABASE_URL, beside `headrace run`."""
    import os
    import signal
    import socket
    import threading

    from engine.logs import keep_above
    from engine.service.node import Node
    from engine.settings import read_settings

    calm()
    over, why = threading.Event(), list[str]()

    def end(error: PlainError) -> None:
        why.append(str(error))
        over.set()

    listener = None if port is None else bind(host, port)
    with verb.plainly():
        settings = read_settings()
        keep_above(settings.log_level)
        if settings.database_url is None:
            verb.fail(
                "HEADRACE_DATABASE_URL is not set. Several processes need PostgreSQL, the one that"
                " `headrace run` uses; on SQLite that does all the work by itself.",
                code=2,
            )
        name = name or f"{socket.gethostname()}-{os.getpid()}"
        node = Node(name, data, settings, ended=end)
        node.start()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: over.set())
    with _serving(node, listener):
        typer.echo(f"ready worker {name}", err=True)
        if listener is not None:
            typer.echo(f"ready {listener[1]}", err=True)
        over.wait()
    node.stop()
    if why:
        verb.fail(f"This worker has ended: {why[0]}.")


@contextmanager
def _serving(node: Node, listener: tuple[socket.socket, str] | None) -> Iterator[None]:
    """Answer in a thread of its own meanwhile."""
    if listener is None:
        yield
        return
    import threading

    import uvicorn

    from editor.cli.connections import more_files
    from editor.cli.serving import configured
    from engine.public.app import create_taking_app

    more_files()
    server = uvicorn.Server(configured(create_taking_app(node), node.settings.log_level))
    # Signals are the main thread's.
    thread = threading.Thread(target=server.run, args=([listener[0]],), name="headrace-http")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
