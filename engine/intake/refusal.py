"""Why something that came over HTTP was not taken, in words that its sender can use."""

from __future__ import annotations

from typing import Any

from engine.errors import RefusedError


class Refusal(RefusedError):  # noqa: N818 -- also a value: what a batch answers for an item
    """A request, or one item of a batch, that is not taken.

    `code` is for programs and never changes its meaning, `message` is a sentence for people,
    `field` names the place (`properties.price`, `batch`), "" where there is none.
    """

    def __init__(self, code: str, message: str, *, field: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.status = status

    def as_json(self) -> dict[str, Any]:
        """The members that every error answer has; Segment's clients read `code` and `message`."""
        told: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field:
            told["field"] = self.field
        return told


def too_large(message: str, field: str = "") -> Refusal:
    return Refusal("too_large", message, field=field, status=413)


def invalid(field: str, message: str) -> Refusal:
    return Refusal("invalid", message, field=field)


def forbidden(field: str, message: str) -> Refusal:
    return Refusal("forbidden", message, field=field, status=403)
