"""Why a service cannot start or a publish cannot go through, as sentences for people."""


class RefusedError(Exception):
    """Any of these; the text is for people."""


class ProjectHasErrorsError(RefusedError):
    """The flows do not compile. `findings` are the diagnostics' texts, one line each."""

    def __init__(self, message: str, findings: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class NothingPublishedError(RefusedError):
    """There are no flows to run."""


class PlanChangedError(RefusedError):
    """What would be published is not what was planned."""


class SettingsError(Exception):
    """A `HEADRACE_*` variable holds what it must not; the text names it."""
