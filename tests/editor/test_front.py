"""One server answers customers and the team: nobody's link ends at the other's door."""

from __future__ import annotations

from editor.app import create_app, faces_out
from tests.editor.test_demo import client, world
from tests.engine.public.browser_keys import paths, route_rows

__all__ = ("client", "world")


def test_whatever_a_message_or_a_shop_calls_is_answered(world) -> None:
    """Every public route leads outwards, and none of the editor's own does."""
    assert [path for path in route_rows() if not faces_out(path)] == []
    pages = create_app(world.service, world.flows, demo=world).pages
    assert [path for path in paths(pages.app.routes) if faces_out(path)] == []
