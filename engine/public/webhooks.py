"""What every webhook is answered when it cannot be stored, whoever sends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.intake.refusal import Refusal
from engine.logs import logger
from engine.public.answers import Scope, Send
from engine.public.receiving import refuse
from engine.public.tracking import RETRY_SECONDS
from engine.store.errors import StoreError

_log = logger(__name__)


@asynccontextmanager
async def answering_faults(send: Send, **who: str) -> AsyncIterator[None]:
    """Answer what goes wrong in the block; `who` is named in the log. Nobody outside sees more."""
    try:
        yield
    except StoreError as error:
        _log.warning("a webhook was not stored", **who, error=str(error))
        full = Refusal("unavailable", "Nothing was stored. Try again later.", status=503)
        await refuse(send, full, retry_after=RETRY_SECONDS)
    except ConnectionError:
        return
    except Exception as error:  # noqa: BLE001 - logged; nobody outside sees a stack trace
        # Only the kind of it: its text might repeat what was sent.
        _log.error("a webhook failed", **who, error=type(error).__name__)
        fault = Refusal("internal", "Something went wrong. Nothing was stored.", status=500)
        await refuse(send, fault)


async def is_posted(scope: Scope, send: Send) -> bool:
    """Whether it came with POST; what did not is answered."""
    if scope["method"] == "POST":
        return True
    wrong = Refusal("method", "Webhooks come with POST.", status=405)
    await refuse(send, wrong, allow=b"POST")
    return False
