"""A project folder whose files two people edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from editor.documents import Documents
from engine.service.service import Service


@pytest.fixture
def folder(service: Service, tmp_path: Path) -> Path:
    """The project of the running service."""
    return tmp_path / "flows"


@pytest.fixture
def documents(service: Service, folder: Path) -> Documents:
    return Documents(folder, service)
