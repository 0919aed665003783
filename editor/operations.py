"""The table of operations with the editor's own rows: users are the editor's."""

from __future__ import annotations

from typing import Final

from editor.users import ROLES, UserRefusedError, add_user
from engine.service.operations import OPERATIONS, Document, Operation, Store

__all__ = ["EDITOR_OPERATIONS", "USER_ADD"]


def _add_user(opened: Store, request: Document) -> Document:
    email, role = str(request["email"]), str(request["role"])
    if role not in ROLES:
        raise UserRefusedError(f"there is no role {role}")
    password, now = str(request["password"]), opened.clock.now()
    opened.writer.run(lambda tx: add_user(tx, email, password, role, now))
    return {"email": email, "role": role}


USER_ADD: Final = Operation("user/add", _add_user, "database", ("email", "password", "role"))
EDITOR_OPERATIONS: Final = (*OPERATIONS, USER_ADD)
