"""The tools as a server of the Model Context Protocol on standard input and output."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from typing import Any

import orjson
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from editor.assistant.tools import Tools
from engine.errors import PlainError

INSTRUCTIONS = (
    "Headrace runs an online shop's marketing flows, which are text files. Read describe_language"
    " first. Then read, propose, check (until nothing is wrong), test, plan. You cannot publish:"
    " a person accepts or rejects what you propose, and publishes it. People are counts."
)


def serve(tools: Tools) -> None:
    """Answer until the other side closes."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, force=True)
    server = MCPServer(
        "headrace", version=version("headrace"), instructions=INSTRUCTIONS, log_level="WARNING"
    )
    for name, tool in tools.all().items():
        server.add_tool(_told(tool), name=name, structured_output=False)
    server.run("stdio")


def _told(tool: Callable[..., dict[str, Any]]) -> Callable[..., str]:
    """A tool whose answer is JSON. What goes wrong is a sentence of ours, or only that it did: what
    an unforeseen error says may hold anything.
    """

    @wraps(tool)
    def answer(*args: Any, **kwargs: Any) -> str:
        try:
            found = tool(*args, **kwargs)
        except PlainError as error:
            findings = getattr(error, "findings", ())
            raise ToolError("\n".join([str(error), *map(str, findings)])) from None
        except Exception as error:  # noqa: BLE001 - none of it may reach the other side
            kind = type(error).__name__
            raise ToolError(f"Headrace could not do it ({kind}); nothing was changed") from None
        return orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()

    answer.__annotations__ = {**tool.__annotations__, "return": str}
    return answer
