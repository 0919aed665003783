"""A server for the text pane alone: it keeps one text, and can be slow, away or signed out."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

STATIC = Path(__file__).resolve().parents[2] / "editor" / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-n0'; connect-src 'self'"
FLOW = """flow hello "Hello":
  enter when sign_up

  wait 1 hour
  send email welcome
  # a note
  wait 2 days
  send email second
"""
PAGE = """<!doctype html><html lang="en"><head><title>Text</title>
<meta name="csrf" content="{token}">
<meta name="htmx-config" content='{{"includeIndicatorStyles":false}}'>
<link rel="stylesheet" href="/static/headrace.css">
<link rel="stylesheet" href="/static/flow/text.css">
<script type="module" src="/begin.js"></script></head><body>
<div id="flow" data-flow="hello" data-file="flows/hello.flow" data-document="{state}"
 data-document-state="{status}" data-settled="false" data-checked="">
<button data-do="undo">Undo</button><button data-do="redo">Redo</button>
<button data-do="save">Save</button>
<section id="text" tabindex="0"></section><p id="status" role="status"></p></div>
<script type="application/json" id="flow-data" nonce="n0">{data}</script></body></html>"""
BEGIN = """
import { boot } from "/static/flow/page.js";
import { start as sync } from "/static/flow/sync.js";
import { start as text } from "/static/flow/text.js";
export const page = boot([text, sync]);
"""


class StandIn:
    """One draft, answered for as the contract of the edit endpoint says."""

    def __init__(self, text: str = FLOW) -> None:
        self.text = self.saved = text
        self.away = self.signed_out = self.drop_answer = False
        self.token = "one"
        self.held: list | None = None
        self.asked: list[dict] = []
        self.problems: list[dict] = []

    def on(self, page) -> None:
        page.route("**/*", self._route)

    @property
    def state(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def let_go(self) -> None:
        """Answer what was held back."""
        held, self.held = self.held or [], None
        for route in held:
            self._route(route)

    def _route(self, route) -> None:
        request = route.request
        path = urlsplit(request.url).path
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=TYPES.get(file.suffix, "text/plain"))
        elif path == "/begin.js":
            route.fulfill(body=BEGIN, content_type="text/javascript")
        elif self.away:
            route.abort("connectionrefused")
        elif self.signed_out:
            route.fulfill(status=303, headers={"location": "/sign-in"})
        elif path.startswith("/api/"):
            if self.held is not None and request.method == "POST":
                self.held.append(route)
            else:
                self._api(route, path)
        elif path.startswith("/flows/"):
            data = json.dumps(self._standing() | {"flow": "hello", "text": self.text})
            made = PAGE.format(
                token=self.token,
                state=self.state,
                status=self._standing()["document_state"],
                data=data.replace("<", "\\u003c"),
            )
            headers = {"content-security-policy": POLICY}
            route.fulfill(body=made, content_type="text/html", headers=headers)
        else:
            route.fulfill(status=204)

    def _api(self, route, path: str) -> None:
        if path.endswith("/problems"):
            route.fulfill(json={"checked": self.state, "problems": self.problems})
            return
        asked = json.loads(route.request.post_data or "{}")
        self.asked.append(asked)
        if route.request.headers.get("x-csrf-token") != self.token:
            route.fulfill(status=403, json={"detail": "no token"})
            return
        answer = self._edit(asked) if path.endswith("/edit") else self._save()
        if self.drop_answer:
            self.drop_answer = False
            route.abort("connectionreset")
        else:
            route.fulfill(json=answer)

    def _edit(self, asked: dict) -> dict:
        if asked["state"] != self.state:
            return self._standing() | {"outcome": "stale", "text": self.text, "edits": []}
        self.text = _applied(self.text, asked["edits"])
        do, edits, outcome, reason = asked.get("do"), [], "done", ""
        if do and do["op"] == "refuse":
            outcome, reason = "refused", "This cannot be done."
        elif do:
            line = 1 + self.text.split("\n").index(do["behind"])
            place = {"line": line + 1, "column": 1, "end_line": line + 1, "end_column": 1}
            edits = [{**place, "text": f"{do['text']}\n"}]
            self.text = _applied(self.text, edits)
        more = {"outcome": outcome, "reason": reason, "edits": edits}
        return self._standing() | more

    def _save(self) -> dict:
        self.saved = self.text
        return self._standing() | {"outcome": "done", "edits": []}

    def _standing(self) -> dict:
        lines = self.text.split("\n")
        steps = [
            [line.strip().replace(" ", "_"), None, None, number]
            for number, line in enumerate(lines, 1)
            if re.match(r"  (wait|send)", line)
        ]
        steps = [["entry", None, None, 1], *steps, ["end", None, None, len(lines)]]
        return {
            "state": self.state,
            "document_state": "saved" if self.text == self.saved else "unsaved",
            "read_only": "",
            "may_edit": True,
            "file": "flows/hello.flow",
            "renamed": {},
            "select": None,
            "problems": None,
            "drawing": {"steps": steps},
        }


def _applied(text: str, edits: list[dict]) -> str:
    """Edits that are all counted on the one text."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for one in sorted(edits, key=lambda one: (one["line"], one["column"]), reverse=True):
        begin = starts[one["line"] - 1] + one["column"] - 1
        end = starts[one["end_line"] - 1] + one["end_column"] - 1
        text = text[:begin] + one["text"] + text[end:]
    return text
