"""The table of operations with the editor's own rows: users and proposals are the editor's."""

from __future__ import annotations

from typing import Final

from editor.documents import proposed
from editor.users import ROLES, UserRefusedError, add_user, change_password, remove_user
from engine.core.model import Instant
from engine.service.operations import OPERATIONS, Document, Operation, Store
from engine.store import audit
from engine.store.writer import Transaction

__all__ = ["EDITOR_OPERATIONS", "PROPOSE", "USER_ADD", "USER_PASSWORD", "USER_REMOVE"]


def _add_user(opened: Store, request: Document) -> Document:
    email, role = str(request["email"]), str(request["role"])
    if role not in ROLES:
        raise UserRefusedError(f"there is no role {role}")
    password, now = str(request["password"]), opened.clock.now()

    def work(transaction: Transaction) -> None:
        add_user(transaction, email, password, role, now)
        _note(transaction, now, "user add", email, role=role)

    opened.writer.run(work)
    return {"email": email, "role": role}


def _change_password(opened: Store, request: Document) -> Document:
    email, password = str(request["email"]), str(request["password"])
    now = opened.clock.now()

    def work(transaction: Transaction) -> None:
        change_password(transaction, email, password, now)
        _note(transaction, now, "user password", email)

    opened.writer.run(work)
    return {"email": email}


def _remove_user(opened: Store, request: Document) -> Document:
    email, now = str(request["email"]), opened.clock.now()

    def work(transaction: Transaction) -> None:
        remove_user(transaction, email)
        _note(transaction, now, "user remove", email)

    opened.writer.run(work)
    return {"email": email}


def _note(transaction: Transaction, now: Instant, act: str, email: str, **more: str) -> None:
    about = {"user": email.strip().lower(), **more}
    audit.note(transaction, audit.Act(now, "command line", act, about))


USER_ADD: Final = Operation("user/add", _add_user, "database", ("email", "password", "role"))
USER_PASSWORD: Final = Operation(
    "user/password", _change_password, "database", ("email", "password")
)
USER_REMOVE: Final = Operation("user/remove", _remove_user, "database", ("email",))
PROPOSE: Final = Operation(
    "assistant/propose", proposed.answer, "database", ("folder", "file", "text")
)
EDITOR_OPERATIONS: Final = (*OPERATIONS, USER_ADD, USER_PASSWORD, USER_REMOVE, PROPOSE)
