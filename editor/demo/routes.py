"""All pages of the demo."""

from __future__ import annotations

from fastapi import APIRouter

from editor.demo import checkout as till
from editor.demo import inbox, start, storefront

router = APIRouter(include_in_schema=False)
for part in (start, inbox, storefront, till):
    router.include_router(part.router)
