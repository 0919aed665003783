"""A demo whose folder the tests look into; each test is a person (a browser session)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import running_demo
from tests.browser.contract.editor import FLOW, Editor


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(data) -> Iterator[str]:
    """The address of a demo whose folder the tests look into."""
    with running_demo(data) as address:
        yield address


@pytest.fixture
def editor(open_page, data):
    def opened(flow: str = FLOW, width: int = 1280, height: int = 900, **more) -> Editor:
        return Editor(open_page(width, height, **more), data, flow)

    return opened
