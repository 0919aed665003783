"""The tracking API: `POST /v1/track`, `/v1/batch` and their kin, as Segment's clients speak it.

Raw ASGI: a shop's whole traffic goes through here. An answer of 200 means that the events are
on the disk. Errors carry `code` and `message`, which Segment's and RudderStack's clients show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from engine.clock import Clock
from engine.intake.batching import Gathering
from engine.intake.calls import Frame, as_refusal, read_call, sent_at
from engine.intake.incoming import Incoming, Taken
from engine.intake.keys import Key
from engine.intake.payload import read_batch, read_object, unpack
from engine.intake.refusal import Refusal, forbidden
from engine.logs import logger
from engine.public.answers import SUCCESS, Receive, Scope, Send, answer, for_origin, preflight
from engine.public.rates import Questions, Rates
from engine.public.receiving import TooManyError, given_key, read_body, refuse
from engine.public.rejections import Rejections
from engine.store.errors import StoreError

_log = logger(__name__)

CALLS = {
    "track": "track",
    "t": "track",
    "identify": "identify",
    "i": "identify",
    "page": "page",
    "p": "page",
    "screen": "screen",
    "s": "screen",
    "group": "group",
    "g": "group",
    "alias": "alias",
    "a": "alias",
}
BATCHES = frozenset(("batch", "b", "import"))
BEACON = "/beacon/v1/batch"
"""Where RudderStack's browser client sends what is left when a page is closed."""
CONFIG = "/sourceConfig"
"""What RudderStack's browser client asks for first."""
RETRY_SECONDS = 5

_ACCEPTED: dict[str, Any] = {"status": "accepted"}
_STATUS = {"conflict": 409, "forbidden": 403, "unknown": 404}


class Keys(Protocol):
    def find(self, text: str) -> Key | None: ...


class Tracking:
    """The ASGI application of everything below `/v1/` that takes events."""

    def __init__(
        self,
        gathering: Gathering,
        keys: Keys,
        clock: Clock,
        rates: Rates,
        store: Callable[[], str] = str,
        questions: Questions | None = None,
        rejections: Rejections | None = None,
        leaves: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._leaves = leaves
        self._rejections = rejections or Rejections()
        self._gathering = gathering
        self._keys = keys
        self._clock = clock
        self._rates = rates
        self._store = store
        self._questions = questions

    @staticmethod
    def serves(path: str) -> bool:
        """Whether a path is one of the tracking API's."""
        if path.rstrip("/") in (BEACON, CONFIG):
            return True
        name = path[4:].rstrip("/") if path.startswith("/v1/") else ""
        return name in CALLS or name in BATCHES or name == "m"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        send = for_origin(scope, send)
        if scope["method"] == "OPTIONS":
            await preflight(scope, send)
            return
        try:
            if scope["path"].rstrip("/") == CONFIG:
                await self._config(scope, send)
                return
            await self._serve(scope, receive, send)
        except Refusal as refusal:
            await refuse(send, refusal)
        except StoreError as error:
            _log.warning("events not stored", error=str(error))
            full = Refusal("unavailable", "Nothing was stored. Try again later.", status=503)
            await refuse(send, full, retry_after=RETRY_SECONDS)
        except ConnectionError:
            return
        except Exception:  # noqa: BLE001 -- logged; nobody outside sees a stack trace
            _log.exception("tracking failed", path=scope["path"])
            fault = Refusal("internal", "Something went wrong. Nothing was stored.", status=500)
            await refuse(send, fault)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            message = "Send events with POST."
            await refuse(send, Refusal("method", message, status=405), allow=b"POST, OPTIONS")
            return
        name = scope["path"].rsplit("/v1/", 1)[-1].rstrip("/")
        headers = dict(scope["headers"])
        given = given_key(headers, scope.get("query_string", b""))
        # A key in the header is looked at before anything of the body is.
        key = self._valid(given) if given else None
        body = await read_body(headers, receive)
        arrived_at = self._clock.now()
        where = str((scope.get("client") or ("",))[0])
        if name == "m":  # what analytics-next reports about itself
            await answer(send, 200, SUCCESS)
            return
        encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
        text = unpack(body, encoding)
        if name in BATCHES:
            await self._batch(send, text, key, arrived_at, where, historical=name == "import")
        else:
            await self._single(send, text, key, arrived_at, where, CALLS[name])

    async def _config(self, scope: Scope, send: Send) -> None:
        """A source without destinations: RudderStack's client then sends to where it was told."""
        given = given_key(dict(scope["headers"]), scope.get("query_string", b""))
        key = self._valid(given)
        quiet = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
        source = {
            "id": f"headrace-{key.id}",
            "name": key.name,
            "writeKey": given,
            "enabled": True,
            "config": {"statsCollection": quiet},
            "destinations": [],
            "connections": [],
            "dataplanes": {},
        }
        await answer(send, 200, {"source": source})

    async def _single(
        self, send: Send, text: bytes, key: Key | None, arrived_at: int, where: str, kind: str
    ) -> None:
        call = read_object(text)
        key = key or self._valid(call.get("writeKey"))
        self._spend(key, 1)
        frame = Frame(
            arrived_at,
            key.kind == "browser",
            f"key {key.name}",
            signing=key.signing,
            store=self._store(),
        )
        incoming = read_call(call, frame, kind)
        self._limit_questions([incoming], key, where)
        (taken,) = await self._gathering.put([incoming])
        if taken.error:
            status = _STATUS.get(taken.error, 400)
            raise Refusal(taken.error, taken.message, field=taken.place, status=status)
        if taken.ignored or taken.duplicate:
            await answer(send, 200, {"success": True, **_told(taken)})
        else:
            await answer(send, 200, SUCCESS)

    async def _batch(
        self,
        send: Send,
        text: bytes,
        key: Key | None,
        arrived_at: int,
        where: str,
        *,
        historical: bool,
    ) -> None:
        batch = read_batch(text)
        key = key or self._valid(batch.head.get("writeKey"))
        self._spend(key, len(batch.items))
        if historical and key.kind == "browser":
            raise forbidden("writeKey", "A browser key cannot import what happened before.")
        context = batch.head.get("context")
        frame = Frame(
            arrived_at,
            key.kind == "browser",
            f"key {key.name}",
            sent_at(batch.head.get("sentAt"), arrived_at),
            enters=not historical,
            context=context if isinstance(context, dict) else None,
            signing=key.signing,
            store=self._store(),
        )
        read: list[Incoming] = []
        outcomes: list[Refusal | None] = []
        for item in batch.items:
            refusal = None
            if isinstance(item, Refusal):
                refusal = item
            else:
                try:
                    read.append(read_call(item, frame))
                except Exception as error:  # noqa: BLE001 -- one broken item, not its neighbours
                    refusal = as_refusal(error)
            outcomes.append(refusal)
        self._limit_questions(read, key, where)
        taken = iter(await self._gathering.put(read))
        results: list[dict[str, Any]] = []
        refused = 0
        for index, refusal in enumerate(outcomes):
            result = _rejected(refusal, index) if refusal else _item(next(taken), index)
            refused += result["status"] == "rejected"
            results.append(result)
        if refused:
            self._rejections.note(key.name, (one for one in results if one["status"] == "rejected"))
        await _answer_batch(send, results, refused)

    def _valid(self, text: Any) -> Key:
        key = self._keys.find(text) if isinstance(text, str) else None
        if key is None:
            message = "Give a valid write key (Basic auth, or `writeKey` in the body)."
            raise Refusal("unauthorized", message, field="writeKey", status=401)
        return key

    def _limit_questions(self, read: list[Incoming], key: Key, where: str) -> None:
        """Who wants many people to be asked is not one visitor with a form."""
        for each in read:
            asks = [what for what in ("email", "sms") if each.browser and each.consent.get(what)]
            if "sms" in asks and not self._leaves("sms"):
                del each.consent["sms"]
                each.notes += ("traits.consent.sms: there is no provider for sms",)
            if asks and self._questions is not None:
                each.asks = self._questions.may_ask(key.id, where)

    def _spend(self, key: Key, events: int) -> None:
        seconds = self._rates.spend(key.id, events)
        if seconds:
            raise TooManyError(seconds)


async def _answer_batch(send: Send, results: list[dict[str, Any]], refused: int) -> None:
    """200 as soon as anything was taken: clients would otherwise send all of it again."""
    told: dict[str, Any] = {
        "success": not refused,
        "accepted": len(results) - refused,
        "rejected": refused,
        "items": results,
    }
    if not refused or refused < len(results):
        await answer(send, 200, told)
        return
    first = results[0]
    statuses = {_STATUS.get(result["code"], 400) for result in results}
    told |= {name: first[name] for name in ("code", "message", "field")}
    await answer(send, statuses.pop() if len(statuses) == 1 else 400, told)


def _item(taken: Taken, index: int) -> dict[str, Any]:
    if not (taken.error or taken.duplicate or taken.ignored):
        return _ACCEPTED
    if taken.error:
        return _rejected(Refusal(taken.error, taken.message, field=taken.place), index)
    return {"status": "duplicate" if taken.duplicate else "accepted", **_told(taken)}


def _told(taken: Taken) -> dict[str, Any]:
    told: dict[str, Any] = {"duplicate": True} if taken.duplicate else {}
    return {**told, "ignored": taken.ignored} if taken.ignored else told


def _rejected(refusal: Refusal, index: int) -> dict[str, Any]:
    place = f"batch[{index}]"
    field = f"{place}.{refusal.field}" if refusal.field else place
    return {
        "status": "rejected",
        "code": refusal.code,
        "message": refusal.message,
        "field": field,
    }
