"""Steps in plain words, as the drawing shows them; in English where no `say` is given."""

from __future__ import annotations

from dsl import tree
from dsl.printing import expressions as wording
from dsl.printing.spoken import (
    Say,
    in_english,
    one_or_other,
    spoken_duration,
    spoken_times,
    spoken_trigger,
    spoken_wait,
)

_CHANNELS = {"email": "E-mail", "sms": "SMS", "push": "Push", "whatsapp": "WhatsApp"}


def plain_words(step: tree.Step | tree.Flow, say: Say = in_english) -> str:
    """What a step does, for somebody who does not read flow text."""
    match step:
        case tree.Flow():
            return _entry(step, say)
        case tree.Send():
            channels = [_CHANNELS[one] for one in step.channels]
            said = one_or_other([say(one) for one in channels], say)
            return f"{said} {step.message}"
        case tree.Show():
            return _show(step, say)
        case tree.Notify():
            return say("Notify {staff} with {message}").format(
                staff=step.staff, message=step.message
            )
        case tree.Call():
            return say("Call {webhook}").format(webhook=step.webhook)
        case tree.SetProperty():
            return say("Set {property} to {value}").format(
                property=step.path, value=wording.print_value(step.value)
            )
        case tree.ClearProperty():
            return say("Clear {property}").format(property=step.path)
        case tree.AddTag():
            return say("Add tag {tag}").format(tag=step.tag)
        case tree.RemoveTag():
            return say("Remove tag {tag}").format(tag=step.tag)
        case tree.AddScore():
            return say("Add {points} to score {score}").format(
                points=wording.print_number(step.points), score=step.score
            )
        case tree.GiveCoupon():
            return say("Give coupon {coupon}").format(coupon=step.coupon)
        case tree.Subscribe():
            return say("Subscribe to {topic}").format(topic=step.what)
        case tree.Unsubscribe():
            return say("Unsubscribe from {topic}").format(topic=step.what)
        case tree.Track():
            return say("Track {event}").format(event=step.event)
        case tree.StartFlow():
            return say("Start flow {flow}").format(flow=step.flow)
        case tree.StopFlow():
            return say("Stop flow {flow}").format(flow=step.flow)
        case tree.GoTo(times=None):
            return say("Go to {step}").format(step=step.target)
        case tree.GoTo(times=times) if times is not None:
            return say("Go to {step}, up to {times}").format(
                step=step.target, times=spoken_times(times, say)
            )
        case tree.GoOn():
            return say("Nothing here yet")
        case tree.Exit():
            return say("Exit: {reason}").format(reason=step.reason) if step.reason else say("Exit")
        case tree.Wait():
            return spoken_wait(step, say)
        case tree.If():
            return say("If {condition}?").format(condition=wording.print_condition(step.condition))
        case tree.Switch():
            return say("By {property}").format(property=step.path)
        case tree.Experiment():
            return say("Experiment: {name}").format(name=step.title or step.name)
        case tree.Repeat():
            return say("Repeat {times}").format(times=spoken_times(step.times, say))
        case tree.Unreadable(text=text) if text.strip():
            return say("Unreadable: {text}").format(text=text.strip().splitlines()[0].strip())
    return say("Unreadable")


def _entry(flow: tree.Flow, say: Say) -> str:
    enters = [
        spoken_trigger(one.trigger, say) for one in flow.headers if isinstance(one, tree.Enter)
    ]
    if not enters:
        return say("Nobody enters")
    return say("Enter {how}").format(how=one_or_other(enters, say))


def _show(step: tree.Show, say: Say) -> str:
    """Where a message is shown, on which pages, for how long."""
    said = say("Show {surface} {message}").format(surface=say(step.surface), message=step.message)
    if step.where:
        said = say("{what} on {pages}").format(what=said, pages=step.where)
    match step.appears:
        case "on leaving":
            said = say("{what} on leaving").format(what=said)
        case "after seconds":
            said = say("{what} after {n} seconds").format(what=said, n=step.amount)
        case "after pages":
            said = say("{what} after {n} pages").format(what=said, n=step.amount)
        case "after scrolling":
            said = say("{what} after scrolling {n}%").format(what=said, n=step.amount)
    if step.duration:
        time = spoken_duration(step.duration, say)
        said = say("{what} for {time}").format(what=said, time=time)
    return said
