"""Options and arguments that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

DATA: Final = Path("headrace-data")
FLOWS: Final = Path("flows")

Data = Annotated[Path, typer.Option("--data", help="The data folder.")]
Form = Annotated[Literal["text", "json"], typer.Option("--format", help="How to print the result.")]
Folder = Annotated[Path, typer.Argument(help="The project folder.")]
Flows = Annotated[
    Path | None, typer.Option("--flows", help="The same path, said as an option.", hidden=True)
]
Project = Annotated[Path, typer.Argument(help="A project folder or a .flow file.")]
Customer = Annotated[str, typer.Argument(help="A user id, an e-mail address or our number.")]
Customers = Annotated[
    list[str] | None,
    typer.Argument(help="User ids, e-mail addresses or our numbers; - reads them, a line each."),
]
Flow = Annotated[str, typer.Argument(help="The flow.")]
InFlight = Annotated[
    Literal["follow", "finish"],
    typer.Option(help="Whether people inside move to the new version or finish the old one."),
]
