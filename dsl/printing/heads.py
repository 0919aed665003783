"""The first line of every statement, without its colon, comment and block."""

from __future__ import annotations

from dsl import tree
from dsl.printing.expressions import (
    print_arguments,
    print_clock,
    print_condition,
    print_duration,
    print_happening,
    print_happenings,
    print_moment,
    print_number,
    print_times,
    print_timing,
    print_trigger,
    print_value,
    print_where,
    quote,
)


def print_head(node: tree.Statement) -> str:
    """The first line of any statement (of an unreadable one: the first line of its text)."""
    text = _head(node)
    if isinstance(node, tree.Unreadable):
        return text
    label = getattr(node, "label", None)
    return f"{text} as {label}" if label else text


def print_step_head(step: tree.Step) -> str:
    """The first line of a step: `wait up to 1 day for click_email of first_touch`."""
    return print_head(step)


def _head(node: tree.Statement) -> str:
    name = type(node).__name__
    match node:
        case tree.Unreadable():
            return node.text.partition("\n")[0]
        case tree.Declared() if node.unread:
            return node.unread.partition("\n")[0]
        case tree.ConditionLine():
            return print_condition(node.condition)
        case tree.ConditionGroup():
            return f"{node.quantifier} of"
        case tree.Else():
            return "else"
        case tree.ElseIf():
            return f"else if {print_condition(node.condition)}"
        case tree.ForArm():
            return f"for {print_happenings(node.happenings)}"
        case tree.Case():
            return f"case {', '.join(print_value(value) for value in node.values)}"
        case tree.Arm():
            return print_value(node.share)
    for part in (_step, _header, _test_line, _declaration):
        text = part(node)
        if text is not None:
            return text
    raise TypeError(name)


def _step(node: tree.Statement) -> str | None:
    match node:
        case tree.Send():
            return f"send {' else '.join(node.channels)} {node.message}"
        case tree.Subject():
            return f"subject {quote(node.text)}"
        case tree.Products():
            least = f"{node.least} to " if node.least is not None else ""
            where = print_where(node.where)
            filling = f" else {_strategy(node.filling)}" if node.filling is not None else ""
            return f"products {least}{node.most} {_strategy(node.strategy)}{where}{filling}"
        case tree.To():
            return f"to {quote(node.address)}"
        case tree.OverLimits(duration=None):
            return "over limits send anyway"
        case tree.OverLimits(duration=tree.Duration() as duration):
            return f"over limits wait up to {print_duration(duration)}"
        case tree.Show():
            place = f" on {quote(node.where)}" if node.where is not None else ""
            lasting = f" for {print_duration(node.duration)}" if node.duration is not None else ""
            return f"show {node.surface} {node.message}{place}{_appearing(node)}{lasting}"
        case tree.Notify():
            return f"notify {node.staff} with {node.message}"
        case tree.Call():
            return f"call {node.webhook}{_optional(node.arguments, node)}"
        case tree.SetProperty():
            return f"set {node.path} to {print_value(node.value)}"
        case tree.ClearProperty():
            return f"clear {node.path}"
        case tree.AddTag():
            return f"add tag {quote(node.tag)}"
        case tree.RemoveTag():
            return f"remove tag {quote(node.tag)}"
        case tree.AddScore():
            return f"add {print_number(node.points)} to score {node.score}"
        case tree.GiveCoupon():
            return f"give coupon {node.coupon}"
        case tree.Subscribe():
            return f"subscribe customer to {node.what}"
        case tree.Unsubscribe():
            return f"unsubscribe customer from {node.what}"
        case tree.Track():
            customer = f" for customer {node.customer}" if node.customer is not None else ""
            return f"track {node.event}{_optional(node.arguments, node)}{customer}"
        case tree.StartFlow():
            return f"start flow {node.flow}"
        case tree.StopFlow():
            return f"stop flow {node.flow}"
        case tree.GoTo():
            times = f" up to {print_times(node.times)}" if node.times is not None else ""
            return f"go to {node.target}{times}"
        case tree.GoOn():
            return "go on"
        case tree.Exit():
            return f"exit{_title(node.reason)}"
        case tree.Wait():
            waited = f" for {print_happenings(node.happenings)}" if node.happenings else ""
            return f"wait {print_timing(node.timing)}{waited}"
        case tree.If():
            return f"if {print_condition(node.condition)}"
        case tree.Switch():
            return f"switch {node.path}"
        case tree.Experiment():
            return f"experiment {node.name}{_title(node.title)}{_winner(node.winner)}"
        case tree.Repeat():
            return f"repeat {print_times(node.times)}"
    return None


def _winner(winner: tree.Winner | None) -> str:
    if winner is None:
        return ""
    return f" winner by {winner.event} after {print_duration(winner.after)}"


def _strategy(strategy: tree.Strategy) -> str:
    of = f" {strategy.of}" if strategy.of else ""
    period = f" {print_duration(strategy.period)}" if strategy.period is not None else ""
    return f"{strategy.kind}{of}{period}"


def _header(node: tree.Statement) -> str | None:
    match node:
        case tree.About():
            return f"about {quote(node.text)}"
        case tree.Enter():
            return f"enter {print_trigger(node.trigger)}"
        case tree.OnlyIf():
            if isinstance(node.condition, tree.ConditionBlock):
                return "only if"
            return f"only if {print_condition(node.condition)}"
        case tree.ReEnter():
            if isinstance(node.rule, tree.Duration):
                return f"re-enter after {print_duration(node.rule)}"
            return f"re-enter {node.rule}"
        case tree.ExitWhen():
            return f"exit when {print_happenings(node.happenings)}"
        case tree.ExitIf():
            return f"exit if {print_condition(node.condition)}"
        case tree.JumpWhen():
            return f"go to {node.target} when {print_happenings(node.happenings)}"
        case tree.Goal():
            return f"goal {print_happenings(node.happenings)} within {print_duration(node.within)}"
        case tree.Holdout():
            return f"holdout {print_value(node.share)}"
        case tree.Priority():
            return f"priority {node.value}"
        case tree.SentBy():
            return f"sender {node.name}"
        case tree.QuietHours():
            return f"quiet hours {print_clock(node.start)} to {print_clock(node.end)}"
        case tree.Transactional():
            return "transactional"
        case tree.Moved():
            return f"moved {node.old} to {node.new or 'exit'}"
    return None


def _test_line(node: tree.Statement) -> str | None:
    match node:
        case tree.StartAt():
            return f"start at {print_moment(node.moment)}"
        case tree.GivenCustomer():
            return f"given customer {print_arguments(node.arguments)}"
        case tree.GivenProduct():
            return f"given product {quote(node.product)} {print_arguments(node.arguments)}"
        case tree.GivenArm():
            return f"given arm {node.arm} of {node.experiment}"
        case tree.GivenChosen():
            return f"given chosen {node.arm} of {node.experiment}"
        case tree.GivenHoldout():
            return "given holdout"
        case tree.GivenPast():
            return f"given {print_duration(node.ago)} ago {_play(node.play, node)}"
        case tree.PlayAt():
            return f"{_when(node.when)} {_play(node.play, node)}"
        case tree.RunFor():
            return f"run for {print_duration(node.duration)}"
        case tree.ExpectNothing():
            return f"expect no {node.channel or 'message'}"
        case tree.ExpectMessage():
            when = f" {_when(node.when)}" if node.when is not None else ""
            return f"expect {node.channel} {node.message}{when}"
        case tree.ExpectOther():
            return f"expect {node.kind} {node.name}"
        case tree.ExpectExit():
            by = f" by {node.by}" if node.by else ""
            when = f" {_when(node.when)}" if node.when is not None else ""
            return f"expect exit{by}{_title(node.reason)}{when}"
        case tree.ExpectGoal():
            return f"expect goal {node.outcome}"
        case tree.ExpectNoOther():
            return f"expect no {node.kind}" + (f" {node.name}" if node.name else "")
        case tree.ExpectNoExit():
            return "expect no exit"
        case tree.ExpectTag():
            return f"expect {_no(node)}tag {quote(node.tag)}"
        case tree.ExpectCoupon():
            return f"expect {_no(node)}coupon {node.coupon}"
        case tree.ExpectTrack():
            return f"expect {_no(node)}track {node.event}{_optional(node.arguments, node)}"
        case tree.ExpectCondition():
            return f"expect {print_condition(node.condition)}"
    return None


def _no(node: tree.ExpectTag | tree.ExpectCoupon | tree.ExpectTrack) -> str:
    return "no " if node.none else ""


def _when(when: tree.When) -> str:
    if isinstance(when, tree.After):
        return f"after {print_duration(when.duration)}"
    return f"at {print_moment(when.moment)}"


def _play(play: tree.Play, node: tree.Statement) -> str:
    if isinstance(play, tree.ProductPlay):
        return f"product {quote(play.product)} {print_arguments(play.arguments)}"
    if isinstance(play, tree.CustomerPlay):
        return f"set customer {print_arguments(play.arguments)}"
    if isinstance(play, tree.StartPlay):
        return f"start flow {play.flow}"
    of = f" of {play.of}" if play.of else ""
    return f"{play.event}{of}{_optional(play.arguments, node)}"


def _optional(arguments: tuple[tree.Argument, ...], node: tree.Statement) -> str:
    """Arguments, where there are some; empty brackets stay only for the comments in them."""
    return f" {print_arguments(arguments)}" if arguments or node.inner else ""


def _title(title: str | None) -> str:
    return "" if title is None else f" {quote(title)}"


def _declaration(node: tree.Statement) -> str | None:
    match node:
        case tree.Store():
            return f"store {quote(node.name)}"
        case tree.Timezone():
            return f"timezone {quote(node.name)}"
        case tree.Currency():
            return f"currency {node.code}"
        case tree.Language():
            return f"language {quote(node.code)}"
        case tree.Limit():
            what = node.channel or ("message" if node.count == 1 else "messages")
            every = node.unit if node.every == 1 else f"{node.every} {node.unit}s"
            return f"limit {node.count} {what} per {every}"
        case tree.Sender():
            who = f"{node.name} " if node.name else ""
            back = f" reply to {quote(node.reply_to)}" if node.reply_to else ""
            return f"sender {who}{node.channel} {quote(node.address)}{back}"
        case tree.WarmUp():
            return f"warm up over {print_duration(node.over)} from {node.count} a day"
        case tree.Staff():
            return f"staff {node.name} {quote(node.address)}"
        case tree.Topic():
            return f"topic {node.name} {quote(node.title)}"
        case tree.Properties():
            return node.subject
        case tree.Property():
            return f"{node.name} {node.type}"
        case tree.Event():
            return f"event {node.name}{_title(node.title)}"
        case tree.Webhook():
            return f"webhook {node.name}{_title(node.title)}"
        case tree.Url():
            return f"url {quote(node.url)}"
        case tree.Secret():
            return f"secret from {node.variable}"
        case tree.Score():
            return f"score {node.name}{_title(node.title)}"
        case tree.ScoreRule():
            points = print_number(node.points)
            sign = "" if points.startswith(("+", "-")) else "+"
            return f"{sign}{points} on {print_happening(node.happening)}"
        case tree.Decay():
            return f"halves every {print_duration(node.period)}"
        case tree.Coupon():
            return f"coupon {node.name}{_title(node.title)}"
        case tree.Discount():
            over = f" orders over {print_number(node.over)}" if node.over is not None else ""
            return f"{print_value(node.amount)} off{over}"
        case tree.FreeShipping():
            return "free shipping"
        case tree.ValidFor():
            return f"valid for {print_duration(node.duration)}"
        case tree.CodePattern():
            return f"code {quote(node.pattern)}"
        case tree.Segment():
            return f"segment {node.name}{_title(node.title)}"
        case tree.Flow():
            return f"flow {node.name}{_title(node.title)}"
        case tree.Test():
            return f"test {quote(node.title)} for {node.flow}"
    return None


def _appearing(node: tree.Show) -> str:
    match node.appears:
        case "on leaving":
            return " on leaving"
        case "after seconds":
            return f" after {node.amount} {_counted(node.amount, 'second')}"
        case "after pages":
            return f" after {node.amount} {_counted(node.amount, 'page')}"
        case "after scrolling":
            return f" after scrolling {node.amount}%"
        case _:
            return ""


def _counted(amount: int | None, what: str) -> str:
    return what if amount == 1 else f"{what}s"
