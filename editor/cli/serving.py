"""The verbs that serve: `run` and `demo`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from engine.cli import options, readiness, verb

if TYPE_CHECKING:
    import socket
    from types import FrameType

    import uvicorn
    from starlette.types import ASGIApp

    from engine.service.service import Service

Port = Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1.")]
Host = Annotated[str, typer.Option(help="The address to bind.")]
_UVICORN: Final = {"debug": "info", "error": "error"}
"""What uvicorn tells of itself at our log levels; else warnings."""
_GRACE: Final = 0.5
"""How many seconds jobs have to notice that the service is closed."""


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(demo)


def run(
    port: Port = 8400,
    data: options.Data = options.DATA,
    path: Annotated[
        Path | None, typer.Argument(help="The project folder (or --flows).", show_default="flows")
    ] = None,
    flows: Annotated[Path, typer.Option(help="The project folder.")] = options.FLOWS,
    host: Host = "127.0.0.1",
    paused: Annotated[
        bool, typer.Option("--paused", help="Move and send nothing until `headrace resume`.")
    ] = False,
    standby: Annotated[
        bool,
        typer.Option(
            "--standby", help="Where another server holds the database, wait for its end."
        ),
    ] = False,
) -> None:
    """Serve a shop: tracking, executor and editor in one process."""
    from editor.app import create_app
    from engine.publishing.sources import differs
    from engine.service.service import Service

    flows = verb.project(path or flows)
    readiness.tell(flows)
    service = Service(data, flows, paused=paused)
    if standby:
        listener, address = _stand_by(service, host, port)
    else:
        listener, address = bind(host, port)
        _start(service)
    if service.settings.public_url is None:
        typer.echo(
            "note: HEADRACE_PUBLIC_URL is not set: links in messages, the one to unsubscribe"
            f" included, lead to {address}.",
            err=True,
        )
    with service.database.reader() as reader:
        if differs(reader, flows):
            typer.echo(
                f"note: the flows in {flows} are others than those that are live: `headrace plan"
                f" {flows}` says what publishing would do, `headrace publish {flows}` does it.",
                err=True,
            )
    try:
        _serve(create_app(service, flows), service, listener, address)
    finally:
        service.stop()
    _leave()


def demo(
    port: Port = 8400,
    data: options.Data = options.DATA,
    host: Host = "127.0.0.1",
) -> None:
    """Serve the example shop with customers, a storefront, an inbox and a clock to turn."""
    from editor.app import create_app
    from editor.demo.world import DemoWorld

    listener, address = bind(host, port)
    with verb.plainly():
        world = DemoWorld.open(data)
    try:
        _start(world.service)
        world.furnish(address)
        app = create_app(world.service, world.flows, demo=world)
        _serve(app, world.service, listener, address)
    finally:
        world.close()
    _leave()


def _leave() -> None:
    """End the process even where somebody else's server has not answered yet.

    All is stored and closed by now: a shop or a feed that is still being asked has nobody to tell,
    and Python would wait for its thread.
    """
    import os
    import sys
    import threading
    import time

    end = time.monotonic() + _GRACE
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(end - time.monotonic(), 0))
            if thread.is_alive():
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)


def _start(service: Service) -> None:
    """Start, or say in one sentence why not and exit with 1."""
    calm()
    with verb.plainly():
        service.start()


def _stand_by(service: Service, host: str, port: int) -> tuple[socket.socket, str]:
    """Start once nobody else holds the database; where it will answer. Until then the port is
    closed, so that whoever asks turns to the server that works.
    """
    from engine.service import standing_by
    from engine.store.errors import DataFolderInUseError

    def told(holder: str) -> None:
        typer.echo(f"standing by: {service.database} is held by {holder}", err=True)

    calm()
    with verb.plainly():
        while True:
            service.installation.followed = standing_by.wait(service.database, told)
            listener, address = bind(host, port)
            try:
                service.start()
            except DataFolderInUseError:
                listener.close()  # another one that stood by was quicker
                continue
            return listener, address


def calm() -> None:
    """Keep the scheduler's own warnings out of the log."""
    import logging

    # It warns whenever a tick is asked for while one runs, which is how it is meant.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def bind(host: str, port: int) -> tuple[socket.socket, str]:
    """A socket that nobody else has, and the address it answers at; else exit with 1."""
    import socket

    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        verb.fail(f"Port {port} on {host} cannot be used: {error.strerror}.")
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    shown = f"[{shown}]" if ":" in shown else shown
    return listener, f"http://{shown}:{listener.getsockname()[1]}"


def _serve(app: ASGIApp, service: Service, listener: socket.socket, address: str) -> None:
    """Answer until SIGTERM or SIGINT; the line `ready ...` says from when on."""
    import signal

    import uvicorn

    service.announce(address)
    if service.settings.public_url is None:
        service.set_public_url(address)

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            # While requests that are under way come to their end, so does what the service does.
            service.begin_to_stop()
            super().handle_exit(sig, frame)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                typer.echo(f"ready {address}", err=True)
                if service.paused:
                    typer.echo(
                        f"PAUSED: {service.paused}. Nothing is sent and nobody goes on until"
                        " `headrace resume`, or the button on each page, confirms it.",
                        err=True,
                    )
                _invite(service, address)

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            # Uvicorn's own raises the signal once more at its end, which would kill this process
            # before the service has let go of its folder.
            before = {
                one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)
            }
            try:
                yield
            finally:
                for one, handler in before.items():
                    signal.signal(one, handler)

    from editor.cli.connections import more_files
    from engine.collecting import sparing

    more_files()
    with sparing():
        Server(configured(app, service.settings.log_level)).run(sockets=[listener])


def configured(app: ASGIApp, log_level: str) -> uvicorn.Config:
    """How our HTTP server is to serve."""
    import uvicorn

    from editor.cli.connections import Bounded

    return uvicorn.Config(
        app,
        http=Bounded,
        log_level=_UVICORN.get(log_level, "warning"),
        access_log=False,
        timeout_graceful_shutdown=2,
        lifespan="off",
    )


def _invite(service: Service, address: str) -> None:
    """On the first start say how to sign in."""
    from editor.users import first_sign_in

    link = service.writer.run(lambda tx: first_sign_in(tx, service.settings, service.clock.now()))
    if link is not None:
        typer.echo(f"Sign in once with {address}/sign-in/{link}", err=True)
