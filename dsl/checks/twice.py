"""What is said twice: lines, happenings, values, conditions, arguments.

Twice the same is never meant: either the second does nothing, or it does what nobody wants (two
identical `enter once` lines send twice).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dsl import tree
from dsl.checks.problem import Problem, head, word
from dsl.diagnostics import Related
from dsl.names.scopes import Scope

_ONCE = (
    tree.About, tree.ReEnter, tree.Holdout, tree.Priority, tree.SentBy, tree.QuietHours,
    tree.Transactional,
    tree.WarmUp, tree.Timezone, tree.Currency, tree.Language, tree.Url, tree.Secret, tree.ValidFor,
    tree.CodePattern, tree.Decay, tree.Discount, tree.FreeShipping, tree.Subject, tree.Products,
    tree.To, tree.OverLimits, tree.StartAt, tree.RunFor, tree.GivenHoldout, tree.ExpectGoal,
    tree.ExpectNoExit,
)  # fmt: skip
_REMOVE = "Remove one of the two."


def duplicate_line(
    node: tree.Store | tree.Flow | tree.Webhook | tree.Coupon | tree.Score | tree.Send | tree.Test,
    scope: Scope,
) -> Iterator[Problem]:
    """A setting is made once, and no line repeats another."""
    lines: Iterable[tree.Statement] = (
        node.headers
        if isinstance(node, tree.Flow)
        else node.options
        if isinstance(node, tree.Send)
        else node.lines
    )
    seen: dict[object, tree.Statement] = {}
    for line in lines:
        key = _key(line)
        if key is None:
            continue
        if key in seen:
            first = scope.text[seen[key].span.start : seen[key].span.end].split("\n")[0]
            yield Problem(
                "duplicate-line",
                head(line, scope.text),
                f"This is said above already: `{first.split('#')[0].rstrip()}`.",
                _REMOVE,
                related=(Related("The first one.", scope.file, head(seen[key], scope.text)),),
            )
        seen.setdefault(key, line)


def _key(line: tree.Statement) -> object:
    """What may stand only once; None for what may be repeated."""
    match line:
        case tree.Staff() | tree.Topic():
            return (type(line), line.name)
        case tree.Sender():
            return (type(line), line.channel, line.name)
        case tree.Limit():
            return (type(line), line.channel, line.every, line.unit)
        case tree.Enter(trigger=trigger) if not isinstance(trigger, tree.OnHappening):
            return (type(line), trigger)
        case tree.OnlyIf() | tree.ExitIf():
            return (type(line), line.condition)
        case tree.Moved():
            return (type(line), line.old)
        case tree.GivenProduct():
            return (type(line), line.product)
        case tree.GivenArm() | tree.GivenChosen():
            return (type(line), line.experiment)
        case tree.ExpectTag():
            return (type(line), line.tag, line.none)
        case tree.ExpectCoupon():
            return (type(line), line.coupon, line.none)
        case tree.ExpectNoOther():
            return (type(line), line.kind, line.name)
        case tree.ExpectCondition():
            return (type(line), line.condition)
        case tree.ExpectNothing():
            return (type(line), line.channel)
        case _ if isinstance(line, _ONCE):
            return type(line)
        case _:
            return None


# --- happenings ------------------------------------------------------------------------------


def duplicate_happening(
    node: tree.Flow | tree.Wait | tree.Score, scope: Scope
) -> Iterator[Problem]:
    """Whatever happens is named once where it does one thing."""
    if isinstance(node, tree.Score):
        rules = [one.happening for one in node.lines if isinstance(one, tree.ScoreRule)]
        yield from _same(((one, None) for one in rules), scope, exact=True)
        return
    if isinstance(node, tree.Wait):
        yield from _same(((one, None) for one in node.happenings), scope)
        for arm in node.arms:
            if isinstance(arm, tree.ForArm):
                yield from _same(((one, None) for one in arm.happenings), scope)
        return
    entries: list[tuple[tree.Happening, object]] = []
    exits: list[tuple[tree.Happening, object]] = []
    goals: list[tuple[tree.Happening, object]] = []
    jumps: list[tuple[tree.Happening, object]] = []
    for header in node.headers:
        match header:
            case tree.Enter(trigger=tree.OnHappening() as trigger):
                rest = (trigger.per, trigger.each_item, trigger.item_where, trigger.audience)
                entries += [(one, rest) for one in trigger.happenings]
            case tree.ExitWhen():
                exits += [(one, None) for one in header.happenings]
            case tree.Goal():
                goals += [(one, None) for one in header.happenings]
            case tree.JumpWhen():
                jumps += [(one, None) for one in header.happenings]
            case _:
                pass
    yield from _same(entries, scope)
    yield from _same(exits, scope)
    yield from _same(goals, scope, exact=True)
    yield from _same(jumps, scope, ordered=True)


def _same(
    happenings: Iterable[tuple[tree.Happening, object]],
    scope: Scope,
    *,
    exact: bool = False,
    ordered: bool = False,
) -> Iterator[Problem]:
    """Happenings that stand in the list already, or that an event without more words covers.

    `exact`: narrowed ones may stand beside the plain event. `ordered`: before it.
    """
    found = list(happenings)
    plain = {
        (one.event, rest): place
        for place, (one, rest) in reversed([*enumerate(found)])
        if isinstance(one, tree.EventHappens) and one == tree.EventHappens(one.event)
    }
    seen: dict[object, tree.Happening] = {}
    for place, (one, rest) in enumerate(found):
        before = seen.setdefault((one, rest), one)
        if before is not one or _is_at_two_places(before, one, found, place):
            yield _twice(one, before, "This is named twice; once is enough.", scope)
            continue
        if exact or not isinstance(one, tree.EventHappens):
            continue
        wider = plain.get((one.event, rest))
        if wider is None or wider == place or (ordered and wider > place):
            continue
        sentence = f"Any `{one.event}` counts already, so this adds nothing."
        yield _twice(one, found[wider][0], sentence, scope)


def _is_at_two_places(
    before: tree.Happening,
    one: tree.Happening,
    found: list[tuple[tree.Happening, object]],
    place: int,
) -> bool:
    """Equal lines may be one object of the tree."""
    return before is one and any(other is one for other, _ in found[:place])


def _twice(one: tree.Node, before: tree.Node, sentence: str, scope: Scope) -> Problem:
    related = (Related("The first one.", scope.file, before.span),)
    return Problem("duplicate-happening", one.span, sentence, _REMOVE, related=related)


def same_arm_twice(node: tree.Wait | tree.If, _scope: Scope) -> Iterator[Problem]:
    """Somebody can come into every arm."""
    seen: dict[object, tree.Node] = {}
    if isinstance(node, tree.If):
        for condition in (node.condition, *(one.condition for one in node.others)):
            if condition in seen:
                yield Problem(
                    "same-arm-twice",
                    condition.span,
                    "This is asked above already, so nobody comes here.",
                    _REMOVE,
                )
            seen.setdefault(condition, condition)
        return
    for arm in node.arms:
        if not isinstance(arm, tree.ForArm):
            continue
        for one in arm.happenings:
            plain = tree.EventHappens(one.event) if isinstance(one, tree.EventHappens) else one
            before = seen.get(one, seen.get(plain, arm))
            if before is not arm:
                yield Problem(
                    "same-arm-twice",
                    one.span,
                    "An arm above takes this already, so nobody comes here.",
                    _REMOVE,
                )
        for one in arm.happenings:
            seen.setdefault(one, arm)


# --- values and conditions -------------------------------------------------------------------


def duplicate_value(
    node: tree.ListOf | tree.Argument | tree.Send, scope: Scope
) -> Iterator[Problem]:
    """A list has each of its members once, and a message each of its channels."""
    if isinstance(node, tree.Send):
        for place, channel in enumerate(node.channels):
            if channel in node.channels[:place]:
                yield Problem(
                    "duplicate-value",
                    word(node, scope.text, channel, "else"),
                    f"`{channel}` is named twice.",
                    _REMOVE,
                )
        return
    if isinstance(node, tree.Argument):
        # Two of one product may well be in a cart; elsewhere a list is one of values.
        if scope.kind != "test" or node.name == "items" or not isinstance(node.value, tree.ListOf):
            return
        node = node.value
    elif scope.kind == "test":
        return
    seen: set[object] = set()
    for item in node.items:
        key = (type(item), item)
        if key in seen:
            yield Problem("duplicate-value", item.span, "This stands in the list already.", _REMOVE)
        seen.add(key)


def duplicate_condition(
    node: tree.All | tree.AnyOf | tree.ConditionBlock, scope: Scope
) -> Iterator[Problem]:
    """Nothing is asked twice."""
    conditions = (
        [one.condition for one in node.lines if isinstance(one, tree.ConditionLine)]
        if isinstance(node, tree.ConditionBlock)
        else node.conditions
    )
    seen: dict[tree.Condition, tree.Condition] = {}
    for one in conditions:
        if one in seen:
            yield Problem(
                "duplicate-condition",
                one.span,
                "This is asked already; asking twice changes nothing.",
                _REMOVE,
                related=(Related("The first one.", scope.file, seen[one].span),),
            )
        seen.setdefault(one, one)


def duplicate_argument(
    node: tree.Call
    | tree.Track
    | tree.EventPlay
    | tree.ProductPlay
    | tree.CustomerPlay
    | tree.ExpectTrack
    | tree.GivenProduct
    | tree.Test,
    scope: Scope,
) -> Iterator[Problem]:
    """Every name in parentheses has one value; `given customer` may be said in several lines."""
    given: Iterable[tree.Argument]
    if isinstance(node, tree.Test):
        lines = [one for one in node.lines if isinstance(one, tree.GivenCustomer)]
        given = (argument for line in lines for argument in line.arguments)
    else:
        given = node.arguments
    seen: dict[str, tree.Argument] = {}
    for one in given:
        if one.name in seen:
            yield Problem(
                "duplicate-argument",
                word(one, scope.text, one.name),
                f"`{one.name}` is given twice.",
                _REMOVE,
                related=(Related("The first one.", scope.file, seen[one.name].span),),
            )
        seen.setdefault(one.name, one)
