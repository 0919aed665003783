"""Which channels can leave the house, and by what: the drivers that the settings choose.

    HEADRACE_SMS=twilio      `sms` leaves by the driver that calls itself `twilio`

A channel without a driver has no provider. E-mail has one unless another is named: `smtp`.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import BaseModel, ValidationError

from engine.channels import drivers as own
from engine.channels.driver import Driver, DriverError, House
from engine.core.facts import CONTACT

if TYPE_CHECKING:
    from engine.channels.transport import Transport

FOLDER: Final = "drivers"
"""The setting that names a folder of a shop's own drivers."""
BY_DEFAULT: Final[Mapping[str, str]] = {"email": "smtp"}


class Chosen(NamedTuple):
    """A driver with its settings, read and found right."""

    driver: Driver
    settings: BaseModel


def known(told: Mapping[str, str]) -> list[Driver]:
    """Every driver, by channel and name: ours, and those in the folder that the settings name.

    Args:
        told: the settings by their names without `HEADRACE_`, in small letters.

    Raises:
        DriverError: a file holds no driver, or two have one name.
    """
    found = list(_ours())
    if folder := told.get(FOLDER):
        found += _of_folder(Path(folder))
    by_name: dict[tuple[str, str], Driver] = {}
    for driver in found:
        if driver.channel not in CONTACT:
            raise DriverError(
                f"driver {driver.name}: there is no channel {driver.channel!r};"
                f" there are {', '.join(CONTACT)}"
            )
        if by_name.setdefault((driver.channel, driver.name), driver) is not driver:
            raise DriverError(f"two drivers for {driver.channel} are called {driver.name}")
    return [by_name[key] for key in sorted(by_name)]


def chosen(told: Mapping[str, str]) -> dict[str, Chosen]:
    """The driver of each channel that has one.

    Raises:
        DriverError: a setting names no driver, or one of the driver's own is wrong or missing.
    """
    found: dict[str, Chosen] = {}
    every = known(told)
    for channel in CONTACT:
        name = told.get(channel, "").strip() or BY_DEFAULT.get(channel, "")
        if name and name != "none":
            driver = _named(every, channel, name)
            found[channel] = Chosen(driver, _settings(driver, told))
    return found


def provided(told: Mapping[str, str]) -> frozenset[str]:
    """The channels with a provider. To reach a customer by any other there is none.

    Raises `DriverError` as `chosen` does.
    """
    return frozenset(chosen(told))


def transports(told: Mapping[str, str], house: House | None = None) -> dict[str, Transport]:
    """What `headrace run` delivers with: a transport for each channel that has a driver, and `call`
    for webhooks.

    Raises `DriverError` as `chosen` does.
    """
    from engine.channels.webhook import Webhook

    place = house or House()
    made: dict[str, Transport] = {
        channel: one.driver.make(one.settings, place) for channel, one in chosen(told).items()
    }
    return {**made, "call": Webhook()}


def _named(every: list[Driver], channel: str, name: str) -> Driver:
    names = {one.name: one for one in every if one.channel == channel}
    if name not in names:
        close = get_close_matches(name, names, 1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise DriverError(
            f"HEADRACE_{channel.upper()}: there is no driver {name!r} for {channel};"
            f" there {'is' if len(names) == 1 else 'are'} {', '.join(names) or 'none'}.{hint}"
        )
    driver = names[name]
    if missing := driver.missing():
        raise DriverError(
            f"HEADRACE_{channel.upper()}={name} needs {' and '.join(missing)}, which"
            f" {'is' if len(missing) == 1 else 'are'} not installed:"
            f" pip install 'headrace[{driver.extra}]'"
        )
    return driver


def _settings(driver: Driver, told: Mapping[str, str]) -> BaseModel:
    # What is left empty is not set: so a line of a .env file can be emptied.
    fields = driver.settings.model_fields
    own = {name: told[name] for name in fields if told.get(name, "").strip()}
    try:
        return driver.settings.model_validate(own)
    except ValidationError as error:
        raise DriverError(
            "\n".join(
                f"HEADRACE_{'_'.join(map(str, wrong['loc'])).upper()}: "
                + (
                    f"is missing; the driver {driver.name} for {driver.channel} needs it"
                    if wrong["type"] == "missing"
                    else str(wrong.get("ctx", {}).get("error") or wrong["msg"])
                )
                for wrong in error.errors(include_input=False)
            )
        ) from None


@cache
def _ours() -> tuple[Driver, ...]:
    return tuple(
        _declared(importlib.import_module(f"{own.__name__}.{one.name}"), one.name)
        for one in pkgutil.iter_modules(own.__path__)
    )


def _of_folder(folder: Path) -> Iterator[Driver]:
    if not folder.is_dir():
        raise DriverError(f"HEADRACE_{FOLDER.upper()}: there is no folder {folder}")
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith("_"):
            yield _of_file(path.resolve(), path.stat().st_mtime_ns)


@cache
def _of_file(path: Path, _changed: int) -> Driver:
    spec = importlib.util.spec_from_file_location(f"headrace_driver_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise DriverError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise DriverError(
            f"the driver {path} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    return _declared(module, str(path))


def _declared(module: ModuleType, where: str) -> Driver:
    driver = getattr(module, "DRIVER", None)
    if not isinstance(driver, Driver):
        raise DriverError(f"the driver {where} holds no DRIVER")
    return driver
