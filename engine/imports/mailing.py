"""The exports of Mailchimp, Klaviyo and listmonk, known by their headings.

What is in them beside a person and the consent is about the sending system, and left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from engine.core.facts import CONTACT
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
_CONSENT: Final = "$consent"
_LISTMONK: Final = frozenset(("email", "attributes", "status"))


def is_mailchimp(columns: Sequence[str]) -> bool:
    return len(_MAILCHIMP.intersection(columns)) > 1


def is_listmonk(columns: Sequence[str]) -> bool:
    return set(columns) >= _LISTMONK


def is_klaviyo(columns: Sequence[str]) -> bool:
    """Whether a file has Klaviyo's own columns: consents as a list, or whom it had to stop
    writing to.
    """
    return _CONSENT in columns or any(headings.plain(name) in _SUPPRESSED for name in columns)


def klaviyo(told: Mapping[str, Any]) -> dict[str, Any]:
    """A profile. Whose address bounced or complained has no consent, whatever stands beside it."""
    found = {
        name: cell
        for name, cell in told.items()
        if headings.plain(name) not in _SUPPRESSED and name != _CONSENT
    }
    for channel in _channels(told.get(_CONSENT)):
        name = f"consent_{channel}"
        own = [column for column in found if headings.plain(column) == name]
        # What its own column says of a channel is more than the list.
        if all(found[column] in (None, "") for column in own):
            found[own[0] if own else name] = "yes"
    stopped = [cell for name, cell in told.items() if headings.plain(name) in _SUPPRESSED]
    if any(cell not in (None, "", "[]", []) for cell in stopped):
        found = {
            name: cell
            for name, cell in found.items()
            if not headings.plain(name).startswith(("consent_email", "email_marketing"))
        }
        found["consent_email"] = "no"
    return found


def _channels(cell: Any) -> list[str]:
    """The channels of `["email", "sms"]`; none for an empty list or what is no list."""
    try:
        told = orjson.loads(cell) if isinstance(cell, str) else cell
    except orjson.JSONDecodeError:
        return []
    return [one for one in told if one in CONTACT] if isinstance(told, list) else []


def mailchimp(told: Mapping[str, Any]) -> dict[str, Any]:
    """A row of an audience. Who is in the file of those that left has a time when they did."""
    found: dict[str, Any] = {}
    for name, value in told.items():
        if name not in _MAILCHIMP_LEFT_OUT:
            found[_MAILCHIMP_NAMES.get(name, headings.plain(name))] = value
    left = _moment(told, "UNSUB_TIME")
    agreed = _moment(told, "CONFIRM_TIME") or _moment(told, "OPTIN_TIME")
    if left:
        found |= {"consent_email": "no", "consent_email_at": left}
    elif agreed and not _moment(told, "CLEAN_TIME"):
        found |= {"consent_email": "yes", "consent_email_at": agreed}
        if address := told.get("CONFIRM_IP") or told.get("OPTIN_IP"):
            found["consent_email_source"] = f"Mailchimp, from {address}"
    return found


def _moment(told: Mapping[str, Any], name: str) -> Any:
    """A time, or nothing where the export writes zeros for none."""
    value = told.get(name)
    return None if isinstance(value, str) and value.startswith("0000") else value


def listmonk(told: Mapping[str, Any]) -> dict[str, Any]:
    """A subscriber with the attributes as columns of their own. Who is blocked has withdrawn."""
    found = {
        name: value
        for name, value in told.items()
        if name not in ("uuid", "attributes", "status", "updated_at")
        and not (name == "id" and "uuid" not in told)
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
