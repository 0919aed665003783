"""A flow asks for pushes on the site, the browser subscribes, and what a flow sends is shown by the
real service worker, from the bytes that the push service got.
"""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn
from fastapi.responses import HTMLResponse

from tests.harness.providers import serving
from tests.harness.push_service import Browser, PushService
from tests.harness.push_shop import FLOW, PushShop
from tests.harness.workshop import HOUR

PROMPT = """
flow ask "Ask for pushes":
  enter when page_view
  re-enter never

  show popup push_prompt for 7 days
"""
POPUP = """<div>
<h2>Shall we tell you?</h2>
<p>We write when something is back, and not more often.</p>
<button type="button" data-headrace-push="push_prompt">Yes, please</button>
</div>
"""
PUSH = """---
title: "<b>{{ customer.first_name | default: "Hello" }}</b>"
link: "https://shop.example/p/1?a=1&b=2"
---
{% raw %}{{ customer.email }}{% endraw %} "quoted" & <i>plain</i>
"""
PAGE = """<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>
<script src="/s.js" data-key="demo-browser" async></script>
<script src="/push.js" data-key="demo-browser" data-worker="/sw.js" async></script>"""

# Chromium without Google's keys has no push service: what it would answer is answered here.
SUBSCRIBE = """
window.subscribed = [];
PushManager.prototype.getSubscription = async () => window.subscription || null;
PushManager.prototype.subscribe = async function (options) {
  window.subscribed.push({
    visible: options.userVisibleOnly,
    key: btoa(String.fromCharCode(...options.applicationServerKey))
  });
  const told = %s;
  window.subscription = {
    endpoint: told.endpoint, options: { applicationServerKey: options.applicationServerKey },
    toJSON: () => told, unsubscribe: async () => true
  };
  return window.subscription;
};
"""


@pytest.fixture
def push() -> PushService:
    return PushService()


@pytest.fixture
def shop(tmp_path: Path, push: PushService) -> Iterator[PushShop]:
    with serving(push) as url:
        made = PushShop(
            tmp_path, push, url, None,
            flow=PROMPT + FLOW, push=PUSH, messages={"push_prompt.popup.html": POPUP},
        )  # fmt: skip
        yield made
        made.service.stop()


@pytest.fixture
def address(shop: PushShop) -> Iterator[str]:
    """The shop's page and Headrace on one host."""
    shop.app.get("/", include_in_schema=False)(lambda: HTMLResponse(PAGE))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(shop.app, log_level="error"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def test_from_the_prompt_to_the_notification(
    chromium: Any, shop: PushShop, push: PushService, address: str
) -> None:
    """The soft prompt that a flow shows, the subscription, the message on the wire, decrypted, and
    the notification as the person sees it: text as it was written, nothing of it read as markup.
    """
    ada = Browser("/push/ada")
    context = chromium.new_context()
    context.set_default_timeout(10_000)
    context.add_init_script(SUBSCRIBE % orjson.dumps(ada.as_json()).decode())
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    with page.expect_response("**/v1/onsite*"):
        page.goto(address)
    shop.forward()
    page.reload()
    button = page.get_by_role("button", name="Yes, please")
    button.wait_for()
    assert page.evaluate("window.subscribed") == [], "nobody is asked before they pressed it"
    context.grant_permissions(["notifications"], origin=address)  # the person says yes
    with page.expect_response("**/v1/push") as told:
        button.click()
    assert told.value.status == 200
    button.wait_for(state="detached")
    [asked] = page.evaluate("window.subscribed")
    assert asked["visible"] is True
    assert base64.b64decode(asked["key"]) == base64.urlsafe_b64decode(push.public + "=")

    customer = shop.owner(ada)
    assert customer is not None
    [(detail,)] = shop.rows("select detail from consent_proof where what = 'push'")
    assert orjson.loads(detail)["page"] == f"{address}/"
    shop.look_at(customer)
    [request] = push.requests
    decrypted = ada.read(request)

    session = context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    data = orjson.dumps(decrypted).decode()
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": address, "registrationId": found[0], "data": data},
    )
    shown = page.evaluate(
        """async () => {
          const worker = await navigator.serviceWorker.ready
          for (let times = 0; times < 200; times++) {
            const all = await worker.getNotifications()
            if (all.length) return all.map(one => [one.title, one.body, one.tag, one.data.link])
            await new Promise(done => setTimeout(done, 50))
          }
          return []
        }"""
    )
    assert shown == [
        [
            "<b>Hello</b>",
            '{{ customer.email }} "quoted" & <i>plain</i>',
            request.headers["Topic"],
            "https://shop.example/p/1?a=1&b=2",
        ]
    ]
    # The same message once more replaces it; what is not ours is not shown.
    for text in (data, "no json", '{"title": 7}'):
        session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": address, "registrationId": found[0], "data": text},
        )
    shop.forward(HOUR)
    assert (
        page.evaluate(
            "navigator.serviceWorker.ready.then(r => r.getNotifications()).then(n => n.length)"
        )
        == 1
    )
    assert complaints == []
    context.close()
