"""Events that do what a flow asks of them, and those that lead to its other ways."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from dsl import tree
from dsl.names import vocabulary
from dsl.project import Project
from dsl.tree import walk as everything
from editor.trying.asking import asked_for
from editor.trying.fitting import ORDER, SAMPLE, Fit, fit

_OPERATORS: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def entries_of(flow: tree.Flow) -> list[tree.Enter]:
    """The lines by which one comes into the flow."""
    return [one for one in flow.headers if isinstance(one, tree.Enter)]


def product_of(project: Project, flow: tree.Flow) -> str:
    """The product that the flow's tests play: what they play shall mean the invented customer."""
    plays = (
        line.play.product
        for test in project.tests
        if test.flow == flow.name
        for line in test.lines
        if isinstance(line, tree.PlayAt) and isinstance(line.play, tree.ProductPlay)
    )
    return next(plays, SAMPLE)


class Making:
    """Makes plays of happenings: about the product and the order that the invented customer has."""

    def __init__(self, project: Project, flow: tree.Flow) -> None:
        self._project, self._flow = project, flow
        self._product = product_of(project, flow)
        self.meant: Fit = fit(project, flow, self._product)
        entries = [
            it.trigger for it in entries_of(flow) if isinstance(it.trigger, tree.OnHappening)
        ]
        self._keys = {one.per for one in entries if one.per}
        self._keys |= {it.same for it in everything(flow)
                       if isinstance(it, tree.EventHappens | tree.History) and it.same}  # fmt: skip
        self._each = any(one.each_item for one in entries)
        self._entering = {
            it.event
            for one in entries
            for it in one.happenings
            if isinstance(it, tree.EventHappens)
        }

    def __call__(self, happening: tree.Happening) -> tree.Play | None:
        match happening:
            case tree.EventHappens():
                return self._event(happening)
            case tree.BackInStock():
                return self._changed("stock", "5")
            case tree.StockFalls():
                return self._changed("stock", str(max(happening.below - 1, 0)))
            case tree.PriceDrop():
                return self._changed("price", "99")
            case tree.SegmentMove():
                return None

    def _event(self, happening: tree.EventHappens) -> tree.EventPlay:
        kinds = self._project.events.get(happening.event, {})
        told = dict(asked_for(happening.where)) if happening.where is not None else {}
        usual = vocabulary.EVENTS.get(happening.event, {})
        about = happening.of_this_product or (self._each and happening.event in self._entering)
        if "item" not in told and "items" not in told and happening.of is None:
            if about and "items" in kinds:
                told["items"] = tree.ListOf((tree.Text(self._product),))
            elif "item" in kinds and ("price" in usual or about):
                told["item"] = tree.Text(self._product)
        for key in self._keys & kinds.keys() - told.keys():
            told[key] = tree.Text(ORDER) if kinds[key] == "text" else _number("1")
        if happening.event == "purchase":
            told.setdefault("value", _number("59"))
        arguments = tuple(tree.Argument(name, value) for name, value in told.items())
        return tree.EventPlay(happening.event, arguments, happening.of)

    def _changed(self, name: str, amount: str) -> tree.ProductPlay:
        return tree.ProductPlay(self._product, (tree.Argument(name, _number(amount)),))

    def others(self, known: Sequence[tree.EventPlay]) -> Iterator[tree.Play]:
        """For each way of a branch that none of `known` takes, an event that does."""
        asks = list(self._asks())
        for root, name in dict.fromkeys((root, name) for root, name, _, _ in asks):
            theirs = [(op, value) for r, n, op, value in asks if (r, n) == (root, name)]
            if root == "customer":
                for op, value in theirs:
                    if op == "is" and name in self._project.customer:
                        yield tree.CustomerPlay((tree.Argument(name, value),))
                continue
            for base in [one for one in known if self._tells(one.event, root, name)][:1]:
                said = [one for one in known if one.event == base.event]
                taken = {_fits(_value(one, name), theirs) for one in said}
                for value in _values(theirs):
                    fits = _fits(value, theirs)
                    if fits not in taken:
                        taken.add(fits)
                        rest = tuple(one for one in base.arguments if one.name != name)
                        told = (*rest, tree.Argument(name, value))
                        yield tree.EventPlay(base.event, told, base.of)

    def _tells(self, event: str, root: str, name: str) -> bool:
        """Whether the event is one that `entry` (or `event`) can be, and may say `name`."""
        return (event in self._entering) == (root == "entry") and (
            name in self._project.events.get(event, {})
        )

    def _asks(self) -> Iterator[tuple[str, str, str, tree.Value]]:
        """What branches compare: root, property, operator, literal."""
        roots = ("entry", "event", "customer")
        for one in everything(self._flow):
            match one:
                case tree.Compare(op=op, left=tree.Path(parts=(root, name)),
                                  right=tree.Number() as value) if root in roots:  # fmt: skip
                    yield root, name, op, value
                case tree.Equals(left=tree.Path(parts=(root, name)),
                                 right=tree.Text() as value) if root in roots:  # fmt: skip
                    yield root, name, "is", value
                case tree.OneOf(value=tree.Path(parts=(root, name)), options=options) if (
                    root in roots
                ):
                    yield from ((root, name, "is", it) for it in options.items[:1])
                case tree.Switch(path=tree.Path(parts=(root, name)), cases=cases) if root in roots:
                    for case in cases:
                        if isinstance(case, tree.Case) and isinstance(case.values[0], tree.Text):
                            yield root, name, "is", case.values[0]
                case _:
                    pass


def _values(asks: Sequence[tuple[str, tree.Value]]) -> Iterator[tree.Value]:
    """Literals on every side of what is asked; of a text also one that nobody names."""
    bounds = sorted({value.value for _, value in asks if isinstance(value, tree.Number)})
    for bound in bounds:
        yield from (_number(f"{bound + by:f}") for by in (-1, 0, 1) if bound + by >= 0)
    texts = [value for _, value in asks if isinstance(value, tree.Text)]
    yield from texts
    if texts:
        yield tree.Text("other")


def _fits(value: tree.Value | None, asks: Sequence[tuple[str, tree.Value]]) -> tuple[bool, ...]:
    def holds(op: str, wanted: tree.Value) -> bool:
        if isinstance(value, tree.Number) and isinstance(wanted, tree.Number) and op in _OPERATORS:
            return _OPERATORS[op](value.value, wanted.value)
        return op == "is" and value == wanted

    return tuple(holds(op, wanted) for op, wanted in asks)


def _value(play: tree.EventPlay, name: str) -> tree.Value | None:
    return next((one.value for one in play.arguments if one.name == name), None)


def _number(amount: str) -> tree.Number:
    return tree.Number(Decimal(amount), amount)
