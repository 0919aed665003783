"""What may be set from outside: `HEADRACE_*` variables or a `.env` file. See docs/settings.md."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dotenv import dotenv_values
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.core.bounces import SOFT_BOUNCES
from engine.core.figures import Rule as Credit
from engine.core.model import DAY, SECOND
from engine.core.touches import Rule
from engine.errors import PlainError
from engine.logs import Level

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from engine.store.database import Database


_PREFIX: Final = "HEADRACE_"
_FILE: Final = ".env"


class SettingsError(PlainError):
    """A `HEADRACE_*` variable holds what it must not; the text names it."""


class Settings(BaseSettings):
    """Every setting with its default, but those of channels: each driver declares its own
    (`engine/channels/drivers`). A test holds docs/settings.md to both.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_file=_FILE, extra="ignore")

    admin_email: str | None = None
    admin_password: SecretStr | None = None
    click_links: int = Field(default=3, ge=2)
    click_window: float = Field(default=10.0, ge=0, le=3600)
    clock_offset: float = 0.0
    credit_days: float = Field(default=5.0, gt=0, le=90)
    credit_opens: bool = False
    database_url: SecretStr | None = None
    match_by_address: bool = True
    ledger: Path | None = None
    log_level: Level = "info"
    max_lateness: float = Field(default=24.0, gt=0)
    public_url: str | None = None
    publish_asks_above: int = Field(default=1000, ge=0)
    store_url: str | None = None
    drivers: Path | None = None
    return_path: str | None = None
    return_listen: str | None = None
    return_imap: SecretStr | None = None
    alarm_bounces: float = Field(default=5.0, ge=0, le=100)
    alarm_complaints: float = Field(default=0.3, ge=0, le=100)
    alarm_sends: int = Field(default=500, ge=1)
    soft_bounces: int = Field(default=SOFT_BOUNCES, ge=0)
    tick: float = Field(default=1.0, gt=0)
    learn_every: float = Field(default=6.0, gt=0)
    segment_refresh: float = Field(default=5.0, gt=0, le=1440)
    product_feed: str | None = None
    product_feed_minutes: float = Field(default=60.0, ge=1, le=10_080)
    product_feed_complete: bool = False
    events_per_second: float = Field(default=20_000, ge=0)
    questions_per_hour: float = Field(default=30, ge=0)
    questions_per_key_per_hour: float = Field(default=1_000, ge=0)
    metrics_token: SecretStr | None = None
    postmark_webhook: SecretStr | None = None
    sns_topic: str | None = None
    shopify_secret: SecretStr | None = None
    utm_source: str = ""
    woocommerce_secret: SecretStr | None = None
    ecwid_secret: SecretStr | None = None
    ecwid_store: str | None = None
    ecwid_token: SecretStr | None = None
    ecwid_url: str = "https://app.ecwid.com/api/v3"

    _channels: dict[str, str] = PrivateAttr(default_factory=dict)

    def __init__(self, **given: Any) -> None:
        """`given` stands above the environment, that above the file. What is no field here may be
        a driver's setting, such as `smtp_url`.
        """
        super().__init__(**given)
        told = _told(given.get("_env_file", _FILE))
        told |= {name: str(value) for name, value in given.items() if value is not None}
        others = {*type(self).model_fields} - {"drivers"}
        self._channels = {
            name: text for name, text in told.items() if name[0] != "_" and name not in others
        }

    @property
    def channels(self) -> Mapping[str, str]:
        """What was set, by names without `HEADRACE_` in small letters, for drivers to read theirs
        from (`engine.channels.registry`).
        """
        return self._channels

    @field_validator("return_path")
    @classmethod
    def _names_a_mailbox(cls, address: str | None) -> str | None:
        from engine.channels.mail import UnsendableError, mailbox
        from engine.messages.return_paths import LONGEST_NAME

        if not address:
            return None
        try:
            box = mailbox(address)
        except UnsendableError:
            box = ""
        name = box.partition("@")[0]
        if not box.isascii() or not name or "+" in name or len(name) > LONGEST_NAME:
            raise ValueError(
                "must be an address like bounces@mail.shop.example, its name of at most"
                f" {LONGEST_NAME} letters and without a +"
            )
        return box

    @field_validator("return_listen")
    @classmethod
    def _names_a_port(cls, where: str | None) -> str | None:
        if not where:
            return None
        host, _, port = where.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65_535:
            raise ValueError("must look like 0.0.0.0:25 or [::]:25")
        return where

    @field_validator("return_imap")
    @classmethod
    def _names_an_imap_server(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or not url.get_secret_value():
            return None
        # Here: it brings a mail server with it, which a check of the flows does without.
        from engine.channels.mailbox import place_of

        place_of(url.get_secret_value())
        return url

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_small_letters(cls, level: object) -> object:
        return level.strip().lower() if isinstance(level, str) else level

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, url: SecretStr | None) -> SecretStr | None:
        from engine.store.addresses import read_address

        if url is None or not url.get_secret_value():
            return None
        read_address(url.get_secret_value())
        return url

    @property
    def click_rule(self) -> Rule:
        """By which clicks of people are told from those of machines."""
        return Rule(round(self.click_window * SECOND), self.click_links)

    @property
    def credit_rule(self) -> Credit:
        """To which message reports credit an order."""
        return Credit(round(self.credit_days * DAY), self.credit_opens)

    def database(self, folder: Path) -> Database:
        """The database of a data folder: the file in it, or the one that `database_url` names."""
        from engine.store.database import Database

        url = self.database_url
        return Database(folder, None if url is None else url.get_secret_value())


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: some are wrong.
    """
    from engine.channels import registry
    from engine.channels.driver import DriverError

    try:
        settings = Settings()
        registry.chosen(settings.channels)
    except ValidationError as error:
        raise SettingsError("\n".join(map(_sentence, error.errors()))) from None
    except DriverError as error:
        raise SettingsError(str(error)) from None
    return settings


def _told(file: str | None) -> dict[str, str]:
    """The file's lines, and above them the environment's, that are ours."""
    lines = {} if file is None else dotenv_values(file)
    both = {name.upper(): value for name, value in lines.items()} | os.environ
    return {
        name.removeprefix(_PREFIX).lower(): value
        for name, value in both.items()
        if name.startswith(_PREFIX) and value is not None
    }


def _sentence(wrong: ErrorDetails) -> str:
    name = "_".join(map(str, wrong["loc"])).upper()
    return f"HEADRACE_{name}: {wrong.get('ctx', {}).get('error') or wrong['msg']}"
