"""`headrace mcp`: tools for a language model, which proposes and never publishes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import options, verb


def register(app: typer.Typer) -> None:
    app.command("mcp")(mcp)


def mcp(
    flows: Annotated[Path, typer.Option("--flows", help="The project folder.")] = options.FLOWS,
    data: options.Data = options.DATA,
) -> None:
    """Serve the Model Context Protocol on standard input and output, for an assistant.

    It reads flows, proposes changes, checks, tests, plans and simulates. It cannot publish or send,
    and learns of people only how many there are.
    """
    folder = verb.project(flows)
    try:
        from editor.assistant.server import serve
    except ModuleNotFoundError as missing:
        if missing.name is None or not missing.name.startswith("mcp"):
            raise
        verb.fail('This takes the extra `mcp`: pip install "headrace[mcp]".', 2)
    from editor.assistant.tools import Tools

    serve(Tools(data, folder))
