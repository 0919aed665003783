"""Words of the language that its steps say by name; what they say word for word stands there."""

from __future__ import annotations

from editor.language import noop

UNITS = (
    noop("{n} minute"), noop("{n} minutes"), noop("{n} hour"), noop("{n} hours"),
    noop("{n} day"), noop("{n} days"), noop("{n} week"), noop("{n} weeks"),
    noop("{n} month"), noop("{n} months"), noop("{n} year"), noop("{n} years"),
)  # fmt: skip
WEEKDAYS = (
    noop("monday"), noop("tuesday"), noop("wednesday"), noop("thursday"), noop("friday"),
    noop("saturday"), noop("sunday"), noop("weekday"),
)  # fmt: skip
SURFACES = (noop("banner"), noop("popup"), noop("block"))
