"""E-mail by a mail server. What is said to it stands in `engine.channels.smtp`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, field_validator, model_validator

from engine.channels.driver import Driver, DriverError, House

if TYPE_CHECKING:
    from engine.channels.transport import Transport


class Settings(BaseModel):
    """Which server, and over how many connections."""

    smtp_url: str = Field(
        default="smtp://127.0.0.1:2525",
        description="The mail server: `smtp://host:port`, `smtp+starttls://user:word@host:587` or"
        " `smtps://user:word@host:465`.",
    )
    smtp_connections: int = Field(
        default=4,
        ge=1,
        le=64,
        description="How many connections to the mail server are used side by side (1 to 64).",
    )

    dkim_domain: str = Field(
        default="",
        description="Mails are signed for this domain (DKIM), where the mail server does not sign"
        " them. Needs the two below and the extra `dkim`.",
    )
    dkim_selector: str = Field(
        default="",
        description="Under which name the public key stands in the DNS:"
        " `SELECTOR._domainkey.DOMAIN`.",
    )
    dkim_key: Path | None = Field(
        default=None, description="The file of the private key: RSA, in PEM."
    )

    @model_validator(mode="after")
    def _signs_or_not(self) -> Settings:
        given = (self.dkim_domain, self.dkim_selector, self.dkim_key)
        if any(given) and not all(given):
            raise ValueError(
                "HEADRACE_DKIM_DOMAIN, HEADRACE_DKIM_SELECTOR and HEADRACE_DKIM_KEY belong together"
            )
        if any(given) and importlib.util.find_spec("dkim") is None:
            raise ValueError("signing needs dkimpy: pip install 'headrace[dkim]'")
        return self

    @field_validator("smtp_url")
    @classmethod
    def _names_a_server(cls, url: str) -> str:
        from engine.channels.smtp import server_of

        server_of(url)
        return url


def _make(settings: Settings, _house: House) -> Transport:
    from engine.channels.smtp import Smtp

    sign = None
    if settings.dkim_key is not None:
        from engine.channels.dkim_signing import BadKeyError, signer

        try:
            sign = signer(settings.dkim_domain, settings.dkim_selector, settings.dkim_key)
        except BadKeyError as error:
            raise DriverError(f"HEADRACE_DKIM_KEY: {error}") from error
    return Smtp(settings.smtp_url, connections=settings.smtp_connections, sign=sign)


DRIVER = Driver(
    channel="email",
    name="smtp",
    about="A mail server, by SMTP.",
    settings=Settings,
    make=_make,
    example="HEADRACE_SMTP_URL=smtp+starttls://user:word@mail.example.com:587",
)
