"""What a backtest says, in the words of the interface; what it says in English is for scripts."""

from __future__ import annotations

from typing import Final

from editor.language import noop
from editor.views.stories import REASONS as OF_RUNS

SAID: Final = (
    noop("what it follows from was imported later: the shop did not know it then, so nothing went"),
    noop("the flow was edited: another version of it sent"),
    noop("two rows of one person became one, whose pasts cannot be told apart"),
    noop("where somebody stood in a flow at the beginning is not known any more"),
    noop("it depends on an answer to a message that was not sent here"),
    noop("what properties and tags were is not kept so far back: they are today's"),
    noop("its coupon codes come from a pool; whether one was left then is not played"),
    noop("the sender was young; whose messages went on which of its days is not played"),
    noop("it depends on what was learned of the shop, of which only today's is kept"),
    noop(
        "another message took its room, or it depends on what no history holds: scores that"
        " steps gave, a provider that was missing, a server that was off"
    ),
    noop("properties and tags of these people are today's: their past is not kept so far back"),
    noop(
        "where these people stood in a flow at the beginning is not known, so they do not stand"
        " there"
    ),
    noop(
        "a step asked what was learned of the shop (best times, products found): today's was used"
    ),
    noop(
        "a coupon code of theirs comes from a pool: one is taken to be left whenever it is wanted"
    ),
    noop("the sender was young when these mails went: how many a day it may send is not played"),
    noop(
        "what is known of these people was imported later, and is played as if it had been known"
        " when it happened"
    ),
    noop(
        "these people waited for the winner of an experiment: they got the arm that was chosen"
        " then, or the first where none was"
    ),
    noop("of these people two rows became one; here they were one from the beginning"),
    noop("a backtest needs a period of the past: --from comes before --to"),
    noop("there is no flow {flow} in {folder}"),
    noop("this address has it already"),
    noop("its coupon code has expired"),
    noop("no e-mail address"),
    noop("no phone number"),
    noop("no push token"),
    noop("limit is reached"),
    *OF_RUNS,
)
ACTS: Final = {
    "flow pause": noop("%(flow)s was paused"),
    "flow stop": noop("%(flow)s was stopped"),
    "flow resume": noop("%(flow)s went on"),
    "marketing stop": noop("all marketing was stopped"),
    "marketing resume": noop("marketing went on"),
    "message stop": noop("a message of %(flow)s was stopped"),
    "message resume": noop("a message of %(flow)s went on"),
}
"""What somebody held back, by what the audit log calls it."""
