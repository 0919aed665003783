"""Steps in plain words, as the drawing shows them."""

from __future__ import annotations

from dsl import tree
from dsl.printing import expressions as wording

_CHANNELS = {"email": "E-mail", "sms": "SMS", "push": "Push", "whatsapp": "WhatsApp"}


def plain_words(step: tree.Step | tree.Flow) -> str:
    """What a step does, for somebody who does not read flow text."""
    match step:
        case tree.Flow():
            enters = [
                wording.print_trigger(one.trigger)
                for one in step.headers
                if isinstance(one, tree.Enter)
            ]
            return "Enter " + " or ".join(enters) if enters else "Nobody enters"
        case tree.Send():
            channels = [_CHANNELS[step.channels[0]], *(_CHANNELS[one] for one in step.channels[1:])]
            return f"{' or '.join(channels)} {step.message}"
        case tree.Show():
            where = " on leaving" if step.on_leaving else f" on {step.where}" if step.where else ""
            how_long = f" for {wording.print_duration(step.duration)}" if step.duration else ""
            return f"Show {step.surface} {step.message}{where}{how_long}"
        case tree.Notify():
            return f"Notify {step.staff} with {step.message}"
        case tree.Call():
            return f"Call {step.webhook}"
        case tree.SetProperty():
            return f"Set {step.path} to {wording.print_value(step.value)}"
        case tree.ClearProperty():
            return f"Clear {step.path}"
        case tree.AddTag():
            return f"Add tag {step.tag}"
        case tree.RemoveTag():
            return f"Remove tag {step.tag}"
        case tree.AddScore():
            return f"Add {wording.print_number(step.points)} to score {step.score}"
        case tree.GiveCoupon():
            return f"Give coupon {step.coupon}"
        case tree.Subscribe():
            return f"Subscribe to {step.what}"
        case tree.Unsubscribe():
            return f"Unsubscribe from {step.what}"
        case tree.Track():
            return f"Track {step.event}"
        case tree.StartFlow():
            return f"Start flow {step.flow}"
        case tree.StopFlow():
            return f"Stop flow {step.flow}"
        case tree.GoTo():
            times = f", up to {wording.print_times(step.times)}" if step.times is not None else ""
            return f"Go to {step.target}{times}"
        case tree.GoOn():
            return "Nothing here yet"
        case tree.Exit():
            return f"Exit: {step.reason}" if step.reason else "Exit"
        case tree.Wait():
            return _wait(step)
        case tree.If():
            return f"If {wording.print_condition(step.condition)}?"
        case tree.Switch():
            return f"By {step.path}"
        case tree.Experiment():
            return f"Experiment: {step.title or step.name}"
        case tree.Repeat():
            return f"Repeat {wording.print_times(step.times)}"
        case tree.Unreadable():
            return (
                "Unreadable: " + step.text.strip().splitlines()[0].strip()
                if step.text.strip()
                else "Unreadable"
            )


def _wait(step: tree.Wait) -> str:
    timing = wording.print_timing(step.timing)
    if step.happenings:
        return f"Wait {timing} for {wording.print_happenings(step.happenings)}"
    return f"Wait {timing}"
