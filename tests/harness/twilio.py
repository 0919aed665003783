"""Twilio's Messages resource, as its reference and its dictionary of errors describe it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from tests.harness.providers import Provider, Request

ACCOUNT = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
TOKEN = "0123456789abcdef"


@dataclass
class Twilio(Provider):
    """`says` are errors (status, code, message) or `HANG`, `HANG_UP` by the recipient's number."""

    says: dict[str, Any] = field(default_factory=dict)
    sent: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: Request) -> Any:
        if request.headers.get("Authorization") != self._basic:
            return self._error(401, 20003, "Authenticate")
        if request.path == f"/2010-04-01/Accounts/{ACCOUNT}.json":
            return 200, {"sid": ACCOUNT, "status": "active"}
        if request.path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return self._error(404, 20404, f"The requested resource {request.path} was not found")
        if request.headers["Content-Type"] != "application/x-www-form-urlencoded":
            return self._error(415, 20001, "Unsupported content type")
        form = request.form
        if not form.get("To"):
            return self._error(400, 21604, "A 'To' phone number is required.")
        if not form.get("Body"):
            return self._error(400, 21602, "Message body is required.")
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return self._error(400, 21603, "A 'From' phone number is required.")
        if unknown := set(form) - {"To", "From", "Body", "MessagingServiceSid", "StatusCallback"}:
            raise AssertionError(f"Twilio knows no {unknown}")
        said = self.says.get(form["To"])
        if isinstance(said, str):
            return said
        if said is not None:
            return self._error(*said)
        self.sent.append(form)
        number = f"SM{len(self.sent):032x}"
        return 201, {"sid": number, "status": "queued", "error_code": None, "to": form["To"]}

    @property
    def _basic(self) -> str:
        return "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()

    @staticmethod
    def _error(status: int, code: int, message: str, **headers: str) -> Any:
        more = f"https://www.twilio.com/docs/errors/{code}"
        told = {"code": code, "message": message, "more_info": more, "status": status}
        return status, told, {name.replace("_", "-"): one for name, one in headers.items()}


def signed(url: str, form: dict[str, str], token: str = TOKEN) -> str:
    """`X-Twilio-Signature`, as "Webhooks security" says to compute it."""
    data = url
    for name in sorted(form.keys()):
        data += name + form[name]
    digest = hmac.new(token.encode("utf-8"), data.encode("utf-8"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
