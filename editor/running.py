"""What every page stands on: the service that runs, and the flow files that people edit."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from editor.documents import Documents
from engine.service.service import Service


def running(request: Request) -> Service:
    """The service whose pages these are."""
    service: Service = request.app.state.service
    return service


def documents(request: Request) -> Documents:
    """The flow files as they stand now."""
    files: Documents = request.app.state.documents
    return files


# A plain function would be called in a thread of its own each time.
async def _running(request: Request) -> Service:
    return running(request)


async def _documents(request: Request) -> Documents:
    return documents(request)


Running = Annotated[Service, Depends(_running)]
Files = Annotated[Documents, Depends(_documents)]
