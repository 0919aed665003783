"""Sentences for people that rooms below the pages say, which know of one language only.

What they refuse comes up as a sentence in English. Those that are known here are said in the
reader's language where they are shown, with the names that stand in them; any other, such as a
diagnostic, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from editor.language import _, noop

SENTENCES: Final = (
    noop("This is the last way of its step; delete the whole step instead."),
    noop("A step cannot be moved into itself."),
    noop("There is no step in this text."),
    noop("This text is no step: {problem}"),
    noop("This text is no step; only steps can be put into a flow."),
    noop("A step cannot stand in the place of the whole flow."),
    noop("A flow cannot stand in the place of a step."),
    noop("Another step is called `{name}` already."),
    noop("Nothing happens here, so there is nothing to switch off."),
    noop("No comment here reads as a step."),
    noop("This flow has no step `{step}` any more."),
    noop("No step is chosen."),
    noop("Only an experiment can be ended."),
    noop("This experiment has no arm `{arm}`."),
    noop(
        "Other steps speak of steps that would go: of their messages, or by `go to`."
        " Change them first."
    ),
    noop("`{place}` is a picture; an assistant proposes texts."),
    noop("What is to be deleted has no other text and no other name."),
    noop("A proposal is a text."),
    noop("Choose steps that stand next to each other, on the same way."),
    noop("This line cannot be read; put it right in the text first."),
    noop("`{at}` is no place in a flow."),
    noop("The arms take everybody, so nobody is left for another way."),
    noop("Who waits here gets the arm that is chosen: this way has no steps."),
    noop("Nobody has come yet, so no arm is chosen."),
    noop("No arm is chosen yet; {people} people wait for it until {moment}."),
    noop(
        "{arm}, the first arm, was chosen on {moment}: nobody had done what counts."
        " Chosen, not proven."
    ),
    noop(
        "{arm}, the first of the best, was chosen on {moment} with {rate} of {people} people,"
        " against {others}."
        " Chosen, not proven."
    ),
    noop(
        "{arm} was chosen on {moment} with {rate} of {people} people, against {others}."
        " Chosen, not proven."
    ),
    noop("This step has no such way."),
    noop("This file has no flow `{flow}` any more."),
    noop("This branch has more than two ways; change their order in the text."),
    noop("This step has no two ways that could change places."),
    noop("This step has one way only."),
    noop("No share is left for another arm."),
    noop("This way belongs to its step; delete the whole step instead."),
    noop("Only what is asked or waited for leads here; change that instead."),
    noop("This cannot be written here: with the lines around it, it would say something else."),
    noop("This stands first in the flow already."),
    noop("This stands last in the flow already."),
    noop("`{file}` stands twice in one change."),
    noop("`{file}` is not there."),
    noop("`{file}` cannot become `{place}`: that is another kind of file."),
    noop("There is a file `{place}` already."),
    noop("`{file}` does not hold such a content."),
    noop("Half a character stands in this text. Type it again."),
    noop("A file holds at most {size} KB."),
    noop("`{file}` is no file of this project."),
    noop("`{file}` is neither a flow nor a message: it is not edited here."),
    noop("`{file}` lies in a folder that leads out of the project."),
    noop("This file is gone from the disk; saving makes it anew."),
    noop("This file is a link that leads nowhere."),
    noop("This file cannot be read: {reason}."),
    noop("What lies here is no file."),
    noop(
        "This file is longer than {size} KB: only its beginning is shown, and it cannot be "
        "changed here."
    ),
    noop(
        "This file is not valid UTF-8 (line {line}); writing it would lose bytes, so it "
        "can only be looked at. Save it as UTF-8 elsewhere to edit it here."
    ),
    noop("This file is a link to a place outside of the project, so it can only be looked at."),
    noop("This file may not be written by the server, so it can only be looked at."),
    noop("There is nothing to choose here any more."),
    noop("A flow needs a title."),
    noop("A picture is the one or the other."),
    noop("Somebody else has saved other changes of the same lines. Choose first."),
    noop("The file keeps changing on the disk. Try again."),
    noop("The file cannot be written: {reason}."),
    noop("there is no user {email}"),
    noop("{email} is no e-mail address"),
    noop("{email} is a user already"),
    noop("there is no role {role}; choose one of {roles}"),
    noop("{email} is the only admin; add another one first"),
    noop("a password has {least} to {most} characters"),
    noop("this link was used already"),
    noop("there is no flow called {flow} that is live"),
    noop("nobody enters {flow} by hand; the line `enter manually` would allow it"),
    noop("there is no customer {customer}"),
    noop("this was asked for before"),
    noop("there is no flow called {flow} that is live or has people inside"),
    noop("{flow} is stopped; nobody is in it who could be paused"),
    noop("not enough yet: each needs {people} people, {goals} with the goal and {others} without"),
    noop("{one} reaches the goal more often than {other}"),
    noop("{one} reaches the goal less often than {other}"),
    noop("no difference between {one} and {other} can be told yet"),
    noop(
        "the sizes of the groups are not those that were asked for: the shares were "
        "changed meanwhile, or something keeps people of one arm out; do not trust the "
        "difference"
    ),
    noop("nobody can enter this flow"),
    noop("`moved {old}` does nothing: there still is a step called {step}"),
    noop("`moved {old}` names a step that this flow never had"),
    noop(
        "{other} has the same steps: a flow under another name is another flow, so the "
        "people in {flow} finish it and may enter {same}"
    ),
    noop("line {line}: {message}"),
    noop("limit {limit} is gone"),
    noop("limit {limit} is new"),
    noop("quiet hours {hours} are new"),
    noop("quiet hours {hours} are gone"),
    noop("quiet hours become {new}, were {old}"),
    noop("the warm-up becomes {new}, was {old}"),
    noop("the warm-up {plan} is new"),
    noop("the warm-up {plan} is gone"),
    noop("the time zone becomes {new}, was {old}"),
    noop("the currency becomes {new}, was {old}"),
    noop("the language becomes {new}, was {old}"),
    noop("the shop's name becomes {new}, was {old}"),
    noop("the sender of {channel} becomes {new}, was {old}"),
    noop("the staff address {name} becomes {new}, was {old}"),
    noop("topic {name} becomes {new}, was {old}"),
    noop("the sender of {channel} is new"),
    noop("the reply address of {channel} becomes {new}, was {old}"),
    noop("the reply address of {channel} is new"),
    noop("the reply address of {channel} is gone"),
    noop("the sender of {channel} is gone"),
    noop("the staff address {name} is new"),
    noop("the staff address {name} is gone"),
    noop("topic {name} is new"),
    noop("topic {name} is gone"),
    noop("{folder}: there is no messages/ folder, so nothing could be sent; nothing was published"),
    noop(
        "the flows in {folder} have {count} error and were not published; `headrace check` "
        "shows them"
    ),
    noop(
        "the flows in {folder} have {count} errors and were not published; `headrace check` "
        "shows them"
    ),
    noop("there are no .flow files in {folder}; `headrace new {same}` starts a shop there"),
    noop("The repository is in the middle of a merge, so nothing was committed."),
    noop("The repository is in the middle of a cherry-pick, so nothing was committed."),
    noop("The repository is in the middle of a revert, so nothing was committed."),
    noop("The repository is in the middle of a rebase, so nothing was committed."),
    noop("The repository is in the middle of a bisection, so nothing was committed."),
    noop(
        "Nothing was committed: somebody else committed in the same moment. Publish again to "
        "commit."
    ),
    noop("Nothing was committed: {why}"),
    noop(
        "the ledger of what went out is another than this database knows, so nothing can say "
        "what was sent since"
    ),
    noop(
        "the database is older than the ledger of what went out: it was restored. {count} "
        "messages that it does not know have gone out since and are not sent again"
    ),
    noop("this data folder has not run this database before"),
    noop("this is a copy, or another database than this data folder ran before"),
    noop("the database is older than this data folder: it was restored"),
    noop("it was started with --paused"),
)
_PLACE = re.compile(r"\{(\w+)\}")


def retold(sentence: str, among: Iterable[str] = SENTENCES) -> str:
    """A sentence from below in the reader's language; one that is not known as it is."""
    begun = _by_beginning(tuple(among))
    for known in (*begun.get(sentence[:1], ()), *begun.get("{", ())):
        found = _pattern(known).fullmatch(sentence)
        if found is not None:
            return _(known, **found.groupdict()) if found.groupdict() else _(known)
    return sentence


@cache
def _by_beginning(among: tuple[str, ...]) -> dict[str, list[str]]:
    """Sentences by their first letter: few are tried for one."""
    found: dict[str, list[str]] = {}
    for known in among:
        found.setdefault(known[:1], []).append(known)
    return found


@cache
def _pattern(known: str) -> re.Pattern[str]:
    pieces = _PLACE.split(known)
    said = [f"(?P<{one}>.+)" if place % 2 else re.escape(one) for place, one in enumerate(pieces)]
    return re.compile("".join(said), re.DOTALL)
