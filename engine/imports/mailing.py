"""The exports of Mailchimp, Klaviyo and listmonk, known by their headings.

What is in them beside a person and the consent is about the sending system, and left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from engine.imports import headings

_MAILCHIMP: Final = frozenset(("MEMBER_RATING", "LEID", "EUID", "OPTIN_TIME", "CONFIRM_TIME"))
_MAILCHIMP_NAMES: Final = {
    "CC": "country",
    "REGION": "region",
    "TIMEZONE": "timezone",
    "TAGS": "tags",
    "Email Address": "email",
}
_MAILCHIMP_LEFT_OUT: Final = _MAILCHIMP | {
    *("OPTIN_IP", "CONFIRM_IP", "LATITUDE", "LONGITUDE", "GMTOFF", "DSTOFF", "LAST_CHANGED"),
    *("NOTES", "Address", "UNSUB_TIME", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID"),
    *("UNSUB_REASON", "UNSUB_REASON_OTHER", "CLEAN_TIME", "CLEAN_CAMPAIGN_TITLE"),
    "CLEAN_CAMPAIGN_ID",
}
_SUPPRESSED: Final = frozenset(("email_suppressions", "email_suppression", "suppressions"))
_LISTMONK: Final = frozenset(("uuid", "email", "attributes", "status"))


def is_mailchimp(columns: Sequence[str]) -> bool:
    return len(_MAILCHIMP.intersection(columns)) > 1


def is_listmonk(columns: Sequence[str]) -> bool:
    return set(columns) >= _LISTMONK


def is_klaviyo(columns: Sequence[str]) -> bool:
    """Whether a file says whom the sending system had to stop writing to."""
    return any(headings.plain(name) in _SUPPRESSED for name in columns)


def klaviyo(told: Mapping[str, Any]) -> dict[str, Any]:
    """A profile. Whose address bounced or complained has no consent, whatever stands beside it."""
    found = {name: cell for name, cell in told.items() if headings.plain(name) not in _SUPPRESSED}
    if any(told[name] not in (None, "", "[]", []) for name in told.keys() - found.keys()):
        found = {
            name: cell
            for name, cell in found.items()
            if not headings.plain(name).startswith(("consent_email", "email_marketing"))
        }
        found["consent_email"] = "no"
    return found


def mailchimp(told: Mapping[str, Any]) -> dict[str, Any]:
    """A row of an audience. Who is in the file of those that left has a time when they did."""
    found: dict[str, Any] = {}
    for name, value in told.items():
        if name not in _MAILCHIMP_LEFT_OUT:
            found[_MAILCHIMP_NAMES.get(name, headings.plain(name))] = value
    left, agreed = told.get("UNSUB_TIME"), told.get("CONFIRM_TIME") or told.get("OPTIN_TIME")
    if left:
        found |= {"consent_email": "no", "consent_email_at": left}
    elif agreed and not told.get("CLEAN_TIME"):
        found |= {"consent_email": "yes", "consent_email_at": agreed}
        if address := told.get("CONFIRM_IP") or told.get("OPTIN_IP"):
            found["consent_email_source"] = f"Mailchimp, from {address}"
    return found


def listmonk(told: Mapping[str, Any]) -> dict[str, Any]:
    """A subscriber with the attributes as columns of their own. Who is blocked has withdrawn."""
    found = {
        name: value
        for name, value in told.items()
        if name not in ("uuid", "attributes", "status", "updated_at")
    }
    cell = told.get("attributes")
    try:
        inner = orjson.loads(cell) if isinstance(cell, str) else cell
    except orjson.JSONDecodeError:
        inner = None
    for name, value in inner.items() if isinstance(inner, dict) else ():
        if value not in (None, "", [], {}):
            found.setdefault(headings.plain(str(name)), value)
    if told.get("status") == "blocklisted":
        found |= {"consent_email": "no", "consent_email_at": told.get("updated_at")}
    return found
