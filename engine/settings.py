"""What may be set from outside: `HEADRACE_*` variables or a `.env` file. See docs/settings.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.errors import PlainError
from engine.logs import Level

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from engine.store.database import Database


class SettingsError(PlainError):
    """A `HEADRACE_*` variable holds what it must not; the text names it."""


class Settings(BaseSettings):
    """Every setting with its default. A test holds docs/settings.md to this list."""

    model_config = SettingsConfigDict(env_prefix="HEADRACE_", env_file=".env", extra="ignore")

    admin_email: str | None = None
    admin_password: SecretStr | None = None
    clock_offset: float = 0.0
    database_url: SecretStr | None = None
    match_by_address: bool = True
    ledger: Path | None = None
    log_level: Level = "info"
    max_lateness: float = Field(default=24.0, gt=0)
    public_url: str | None = None
    publish_asks_above: int = Field(default=1000, ge=0)
    store_url: str | None = None
    smtp_url: str = "smtp://127.0.0.1:2525"
    smtp_connections: int = Field(default=4, ge=1, le=64)
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
    shopify_secret: SecretStr | None = None
    woocommerce_secret: SecretStr | None = None
    ecwid_secret: SecretStr | None = None
    ecwid_store: str | None = None
    ecwid_token: SecretStr | None = None
    ecwid_url: str = "https://app.ecwid.com/api/v3"

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_small_letters(cls, level: object) -> object:
        return level.strip().lower() if isinstance(level, str) else level

    @field_validator("smtp_url")
    @classmethod
    def _names_a_server(cls, url: str) -> str:
        from engine.channels.smtp import server_of

        server_of(url)
        return url

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, url: SecretStr | None) -> SecretStr | None:
        from engine.store.addresses import read_address

        if url is None or not url.get_secret_value():
            return None
        read_address(url.get_secret_value())
        return url

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
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(map(_sentence, error.errors()))) from None


def _sentence(wrong: ErrorDetails) -> str:
    name = "_".join(map(str, wrong["loc"])).upper()
    return f"HEADRACE_{name}: {wrong.get('ctx', {}).get('error') or wrong['msg']}"
