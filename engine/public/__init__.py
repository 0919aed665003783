"""The HTTP surface that faces the internet: tracking, links, on-site messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.public.app import PublicApp
    from engine.public.service import Service


def create_public_app(service: Service) -> PublicApp:
    """The application of a started service; see `engine.public.app`."""
    # Late: the links of messages are made without a web framework.
    from engine.public import app

    return app.create_public_app(service)
