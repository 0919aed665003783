"""What can go wrong, as sentences for people. Nothing here knows of HTTP or of exit codes.

PlainError                 its text is a sentence: whoever shows it adds nothing
├── RefusedError           what was asked for is not done, because of what was asked for
│   ├── ProjectHasErrorsError, NothingPublishedError, PlanChangedError
│   ├── Refusal            a call, or one item of it, is not taken (`engine.intake.refusal`)
│   └── each room's own    no such flow, a file that cannot be read, a user of that name
├── StoreError             the database or its folder cannot (`engine.store.errors`)
├── MessageError           a message cannot be used (`engine.messages.errors`)
├── SettingsError          a variable holds what it must not (`engine.settings`)
└── ServerError            the running server said no, or says nothing (`engine.service.client`)

No errors are: the `Objection` of the core to a send, which is a value for the trace, and the
outcome `refused` of a channel. What the language cannot read, it says in diagnostics of its own.
"""


class PlainError(Exception):
    """Any of these; the text is a sentence for people."""


class RefusedError(PlainError):
    """What was asked for is not done, and nothing has changed."""


class ProjectHasErrorsError(RefusedError):
    """The flows do not compile. `findings` are the diagnostics' texts, one line each."""

    def __init__(self, message: str, findings: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class NothingPublishedError(RefusedError):
    """There are no flows to run."""


class PlanChangedError(RefusedError):
    """What would be published is not what was planned."""
