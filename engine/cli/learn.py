"""`headrace learn`, `recommend` and `besttime`: what was learned of a shop's events."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli import plainly

if TYPE_CHECKING:
    from engine.store.database import Reader

Data = Annotated[Path, typer.Option(help="The data folder.")]
Format = Annotated[Literal["text", "json"], typer.Option()]
Who = Annotated[
    list[str] | None,
    typer.Argument(help="User ids, e-mail addresses or our numbers; - reads them, a line each."),
]
_FOLDER = Path("headrace-data")


def register(app: typer.Typer) -> None:
    app.command()(learn)
    app.command()(recommend)
    app.command()(besttime)


def learn(data: Data = _FOLDER, format: Format = "text") -> None:  # noqa: A002
    """Learn recommendations and best times now, from everything that is stored."""
    from engine.clock import SystemClock
    from engine.reports.recommendations import learn_here
    from engine.service.control import ask_server
    from engine.settings import read_settings

    with plainly():
        told = ask_server(data, "learn", {})
        if told is None:
            settings = read_settings()
            now = SystemClock(settings.clock_offset).now()
            told = learn_here(settings.database(data), data / "published", now)
    if format == "json":
        _print(told)
    else:
        typer.echo(f"learned from {told['events']:,} events about {told['products']:,} products")


def recommend(
    customers: Who = None,
    strategy: Annotated[str, typer.Option(help='"for customer", "bought with cart" ..')] = "",
    product: Annotated[str | None, typer.Option(help="What `this product` is.")] = None,
    search: Annotated[str | None, typer.Option(help="Words that were searched for.")] = None,
    count: Annotated[int, typer.Option(min=1, max=1000)] = 10,
    strict: Annotated[
        bool, typer.Option("--strict", help="Do not fill up with best sellers, as `3 to 8`.")
    ] = False,
    data: Data = _FOLDER,
    format: Format = "text",  # noqa: A002
) -> None:
    """Which products a message would show these customers now."""
    from engine.reports.recommendations import STRATEGIES, Question
    from engine.reports.recommendations import recommend as ask

    if not strategy:
        strategy = (
            "similar to this product" if product else "from search" if search else "for customer"
        )
    if strategy not in STRATEGIES:
        typer.echo(
            f"there is no strategy {strategy!r}; choose of: {', '.join(STRATEGIES)}", err=True
        )
        raise typer.Exit(2)
    if strategy.endswith("this product") and product is None:
        typer.echo(f"{strategy!r} needs a product: name it with --product", err=True)
        raise typer.Exit(2)
    question = Question(strategy, count, product, search, fill=not strict)
    with _opened(data) as (reader, now, zone):
        from engine.reports.recommendations import stored_or_learned

        model = stored_or_learned(reader, now, zone)
        wanted = _found(reader, data, customers) if customers else {"": 0}
        answers = ask(reader, model, wanted, question, now, zone)
    rows = [
        {"customer": name or None, "strategy": strategy, "products": products}
        for name, products in answers.items()
    ]
    if format == "json":
        _print_all(rows)
        return
    for name, products in answers.items():
        typer.echo(f"{name or 'anybody'}: {strategy}")
        for found in products:
            typer.echo(
                f"  {found['id']:<24} {found['score']:<10} {found['why']:<24} {found['name']}"
            )


def besttime(customers: Who, data: Data = _FOLDER, format: Format = "text") -> None:  # noqa: A002
    """At which hour of their day these customers are most active."""
    from engine.reports.recommendations import best_times, stored_or_learned

    if not customers:
        typer.echo("name a customer: a user id, an e-mail address or our number", err=True)
        raise typer.Exit(2)
    with _opened(data) as (reader, now, zone):
        model = stored_or_learned(reader, now, zone)
        answers = best_times(reader, model.habits, _found(reader, data, customers), now, zone)
    rows = [{"customer": name, **answer} for name, answer in answers.items()]
    if format == "json":
        _print_all(rows)
        return
    for row in rows:
        own = "their own acts" if row["own"] >= 0.5 else "what the shop's people do"
        typer.echo(f"{row['customer']}: {row['hour']} o'clock {row['zone']}, by {own}")


@contextmanager
def _opened(data: Path) -> Iterator[tuple[Reader, int, str]]:
    """The database as one moment, now, and the store's zone; errors as sentences."""
    from engine.clock import SystemClock
    from engine.reports.recommendations import moment, store_zone
    from engine.settings import read_settings

    with plainly(code=2):
        settings = read_settings()
        with settings.database(data).reader() as reader:
            now = moment(reader, SystemClock(settings.clock_offset).now())
            yield reader, now, store_zone(reader, data / "published")


def _found(reader: Reader, data: Path, customers: list[str] | None) -> dict[str, int]:
    from engine.reports.recommendations import customers_of

    names = [
        name
        for asked in customers or ()
        for name in ([line.strip() for line in sys.stdin] if asked == "-" else [asked])
        if name
    ]
    found: dict[str, int] = {}
    for name, number in customers_of(reader, names).items():
        if number is None:
            typer.echo(f"there is no customer {name!r} in {data}", err=True)
            raise typer.Exit(1)
        found[name] = number
    return found


def _print_all(rows: list[dict[str, Any]]) -> None:
    """One customer as an object, several as a list of them."""
    _print(rows[0] if len(rows) == 1 else {"customers": rows})


def _print(document: dict[str, Any]) -> None:
    import orjson

    typer.echo(orjson.dumps(document).decode())
