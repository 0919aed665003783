"""E-mail by a mail server. What is said to it stands in `engine.channels.smtp`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, field_validator

from engine.channels.driver import Driver, House

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

    @field_validator("smtp_url")
    @classmethod
    def _names_a_server(cls, url: str) -> str:
        from engine.channels.smtp import server_of

        server_of(url)
        return url


def _make(settings: Settings, _house: House) -> Transport:
    from engine.channels.smtp import Smtp

    return Smtp(settings.smtp_url, connections=settings.smtp_connections)


DRIVER = Driver(
    channel="email",
    name="smtp",
    about="A mail server, by SMTP.",
    settings=Settings,
    make=_make,
    example="HEADRACE_SMTP_URL=smtp+starttls://user:word@mail.example.com:587",
)
