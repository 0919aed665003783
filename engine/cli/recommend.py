"""`headrace recommend`: what a message would show somebody now."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli import options, verb
from engine.cli.learned import found, opened, show_all


def register(app: typer.Typer) -> None:
    app.command()(recommend)


def recommend(
    customers: options.Customers = None,
    strategy: Annotated[str, typer.Option(help='"for customer", "bought with cart" ..')] = "",
    product: Annotated[str | None, typer.Option(help="What `this product` is.")] = None,
    search: Annotated[str | None, typer.Option(help="Words that were searched for.")] = None,
    count: Annotated[int, typer.Option(min=1, max=1000)] = 10,
    strict: Annotated[
        bool, typer.Option("--strict", help="Do not fill up with best sellers, as `3 to 8`.")
    ] = False,
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Which products a message would show these customers now."""
    from engine.reports.recommendations import STRATEGIES, Question, stored_or_learned
    from engine.reports.recommendations import recommend as ask

    if not strategy:
        strategy = (
            "similar to this product" if product else "from search" if search else "for customer"
        )
    if strategy not in STRATEGIES:
        verb.fail(f"there is no strategy {strategy!r}; choose of: {', '.join(STRATEGIES)}", code=2)
    if strategy.endswith("this product") and product is None:
        verb.fail(f"{strategy!r} needs a product: name it with --product", code=2)
    question = Question(strategy, count, product, search, fill=not strict)
    with opened(data) as (reader, now, zone):
        model = stored_or_learned(reader, now, zone)
        wanted = found(reader, data, customers) if customers else {"": 0}
        answers = ask(reader, model, wanted, question, now, zone)
    if form == "json":
        show_all(
            [
                {"customer": name or None, "strategy": strategy, "products": products}
                for name, products in answers.items()
            ]
        )
        return
    for name, products in answers.items():
        typer.echo(f"{name or 'anybody'}: {strategy}")
        for one in products:
            typer.echo(f"  {one['id']:<24} {one['score']:<10} {one['why']:<24} {one['name']}")
