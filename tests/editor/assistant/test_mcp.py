"""`headrace mcp`, spoken to by a client that knows the protocol and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from editor.app import create_app
from editor.documents import NotEditableError, proposed
from editor.users import ROLES, add_user
from engine.lab.from_history import FEWEST_EVENTS
from engine.store import events
from tests.harness.workshop import DAY, Workshop

FLOW = """\
flow offers "Offers":
  enter when ordered
  exit when purchase
  goal purchase within 5 days
  send email one as first
  wait 1 day
  send email two as second

test "two mails" for offers:
  given customer (email: "test@example.com")
  after 0 minutes ordered (total: 1)
  run for 2 days
  expect email one after 0 minutes
  expect email two after 1 day
"""
NAMES = {
    "first_name": "Xerxesia",
    "last_name": "Quillfeather",
    "phone": "+4915799990001",
    "city": "Nowherehausen",
    "street": "Zanzibargasse 77",
}
TOOLS = {
    *("describe_language", "read", "propose", "check", "explain"),
    *("test", "plan", "simulate", "backtest"),
}
PASSWORD = "a long enough one"


class Client:
    """JSON-RPC, a message a line, on the standard streams of a process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._number = 0
        self.said: list[str] = []

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.said.append(line)
        answer = json.loads(line)
        assert answer["id"] == self._number
        return answer

    def tell(self, method: str) -> None:
        self._send({"method": method})

    def tool(self, name: str, **arguments: Any) -> Any:
        """What a tool answers; a failure's sentence for one that failed."""
        result = self.ask("tools/call", name=name, arguments=arguments)["result"]
        text = result["content"][0]["text"]
        return text if result["isError"] else json.loads(text)

    def begin(self) -> dict[str, Any]:
        about = {"name": "by hand", "version": "1"}
        told = self.ask(
            "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=about
        )
        self.tell("notifications/initialized")
        return told["result"]

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()


@contextmanager
def assistant(data: Path, flows: Path) -> Iterator[Client]:
    pytest.importorskip("mcp", reason="takes the extra `mcp`")
    command = [sys.executable, "-c", "from editor.cli import main; main()", "mcp"]
    process = subprocess.Popen(
        [*command, "--data", str(data), "--flows", str(flows)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ},
    )  # fmt: skip
    try:
        yield Client(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a shop in which somebody with a name, an address and a phone is inside."""
    made = Workshop(tmp_path_factory.mktemp("shop"), FLOW)
    one = made.customer("xerxesia.quillfeather", **NAMES)
    made.happen(one, "ordered", total=1, note="for Xerxesia Quillfeather")
    made.forward(DAY)
    looks = [
        events.NewEvent(
            f"look{number}", one, "page_view", made.clock.now(), {"url": "Quillfeather"}
        )
        for number in range(FEWEST_EVENTS)
    ]
    made.service.writer.run(lambda tx: events.append(tx, looks, made.clock.now()))
    made.service.stop()
    return made.folder


def test_a_client_of_the_protocol_alone_proposes_checks_tests_and_plans(shop: Path) -> None:
    """It is let in, finds the tools, makes a mistake and mends it, and sees what would happen."""
    with assistant(shop / "data", shop / "flows") as client:
        about = client.begin()["serverInfo"]
        assert about["name"] == "headrace"
        assert about["version"]
        assert {one["name"] for one in client.ask("tools/list")["result"]["tools"]} == TOOLS
        assert "flow abandoned_cart" in client.tool("describe_language")["text"]
        (flow,) = client.tool("read")["flows"]
        assert (flow["flow"], flow["people"]["entered"]) == ("offers", 1)
        before = client.tool("read", file=flow["file"])
        assert before["steps"]["offers"]["first"]["sent"] == 1

        wrong = before["text"].replace("wait 1 day", "wait 1 dya")
        told = client.tool("propose", file=flow["file"], text=wrong)
        assert told["errors"] >= 1
        assert told["diagnostics"][0]["file"] == "shop.flow"
        assert (
            told["diagnostics"][0]["code"]
            in client.tool("explain", code=told["diagnostics"][0]["code"])["text"]
        )
        assert "the project has errors" in client.tool("test")

        right = before["text"].replace("wait 1 day", "wait 2 days")
        right = right.replace("after 1 day", "after 2 days").replace("for 2 days", "for 3 days")
        assert client.tool("propose", file=flow["file"], text=right)["errors"] == 0
        assert client.tool("check")["errors"] == 0
        played = client.tool("test")
        assert (played["passed"], played["failed"]) == (1, 0)
        assert "offers" in client.tool("plan")["text"]
        lived = client.tool("simulate", flow="offers", customers=5, days=10)
        assert lived["customers"] == 5
        assert lived["behaviour"].startswith("from the shop's own last 1,00")
        assert client.tool("read", file=flow["file"])["proposed"]
    assert (shop / "flows" / "shop.flow").read_text("utf-8") == before["text"]


def test_no_answer_and_no_error_tells_who_anybody_is(shop: Path) -> None:
    """Names, addresses and phone numbers of customers stand in nothing that a tool says."""
    with assistant(shop / "data", shop / "flows") as client:
        client.begin()
        for name in TOOLS - {"backtest"}:
            client.ask("tools/call", name=name, arguments={})
        client.tool("read", file="shop.flow")
        client.tool("backtest", since="2026-01-01", until="2026-01-31")
        client.tool("backtest", since="soon")
        client.tool("simulate", flow="offers", customers=5)
        client.tool("propose", file="../data/headrace.db", text="x")
        client.tool("read", file="../data/headrace.db")
        client.tool("read", file="/etc/passwd")
        client.tool("explain", code="nothing")
        said = "".join(client.said)
    for value in (*NAMES.values(), "xerxesia", "quillfeather"):
        assert value.casefold() not in said.casefold(), value
    assert "/etc/passwd` is no file" in said
    assert "sqlite" not in said.casefold()


def test_nothing_publishes_whoever_there_is(tmp_path: Path) -> None:
    """With users of every role the tools are the same, and calling all of them publishes nothing,
    saves nothing and sends nothing.
    """
    made = Workshop(tmp_path, FLOW)
    for role in ROLES:
        email = f"{role}@example.com"
        made.service.writer.run(lambda tx, e=email, r=role: add_user(tx, e, PASSWORD, r, 1))

    def state() -> list[Any]:
        tables = ("publication", "intent", "run", "file_save", "customer", "event")
        return [made.rows(f"select count(*) from {one}") for one in tables]

    before, text = state(), (made.flows / "shop.flow").read_text("utf-8")
    made.service.stop()
    with assistant(made.folder / "data", made.flows) as client:
        client.begin()
        tools = client.ask("tools/list")["result"]["tools"]
        assert {one["name"] for one in tools} == TOOLS
        assert not [one for one in TOOLS if "publish" in one or "send" in one or "save" in one]
        for one in tools:
            for name in one["inputSchema"]["properties"]:
                assert name not in ("publish", "author", "role"), (one["name"], name)
        client.tool("propose", file="shop.flow", text=text.replace("1 day", "3 days"))
        client.tool("plan", in_flight="finish")
        for name in ("publish", "assistant/publish", "save", "send"):
            assert "result" not in client.ask("tools/call", name=name, arguments={}) or (
                isinstance(client.tool(name), str)
            )
    made.service = made.open()
    try:
        assert state() == before
        assert (made.flows / "shop.flow").read_text("utf-8") == text
    finally:
        made.service.stop()


def client_of(made: Workshop, role: str) -> tuple[TestClient, str]:
    email = f"{role}@example.com"
    made.service.writer.run(lambda tx: add_user(tx, email, PASSWORD, role, 1))
    client = TestClient(
        create_app(made.service, made.flows),
        base_url="http://127.0.0.1:8400",
        follow_redirects=False,
    )
    token = client.get("/sign-in").text.partition('name="csrf" value="')[2].partition('"')[0]
    form = {"email": email, "password": PASSWORD, "csrf": token}
    assert client.post("/sign-in", data=form).status_code == 303
    page = client.get("/proposal").text
    return client, page.partition('name="csrf" value="')[2].partition('"')[0] or token


def propose(made: Workshop, old: str, new: str) -> None:
    from editor.documents.proposed import propose as put

    text = (made.flows / "shop.flow").read_text("utf-8")
    assert old in text
    put(made.service, made.flows, "shop.flow", text.replace(old, new))


def test_a_person_accepts_a_proposal_as_a_draft(tmp_path: Path) -> None:
    """It is drawn with what is new and changed; accepted it is a draft, and nothing is saved."""
    made = Workshop(tmp_path, FLOW)
    propose(made, "  wait 1 day\n", "  wait 1 week\n  send email three\n")
    client, csrf = client_of(made, "marketer")
    assert 'id="proposed"' in client.get("/flows").text
    assert 'hx-get="/flows/offers/proposal"' in client.get("/flows/offers").text
    ghosts = client.get("/flows/offers/proposal", headers={"hx-request": "true"}).text
    page = client.get("/proposal").text
    assert ghosts.count("data-mark") == page.count("data-mark") > 0
    assert 'data-mark="added"' in page
    assert 'data-mark="changed"' in page
    assert "<svg" in page
    before = (made.flows / "shop.flow").read_text("utf-8")
    answer = client.post("/proposal/accept", data={"csrf": csrf})
    assert (answer.status_code, answer.headers["location"]) == (303, "/flows/offers")
    assert (made.flows / "shop.flow").read_text("utf-8") == before
    assert "wait 1 week" in client.get("/flows/offers").text
    assert "There is no proposal" in client.get("/proposal").text
    (note,) = made.rows("select who, act from audit where act like '%proposal'")
    assert note == ("marketer@example.com", "accept proposal")
    made.service.stop()


def test_a_viewer_may_not_accept_and_a_person_may_reject(tmp_path: Path) -> None:
    """Whoever may not change flows may not take a proposal over; rejected, it is gone."""
    made = Workshop(tmp_path, FLOW)
    propose(made, "wait 1 day", "wait 1 week")
    viewer, csrf = client_of(made, "viewer")
    assert "/proposal/accept" not in viewer.get("/proposal").text
    assert viewer.post("/proposal/accept", data={"csrf": csrf}).status_code == 403
    marketer, csrf = client_of(made, "marketer")
    assert marketer.post("/proposal/reject", data={"csrf": csrf}).status_code == 303
    assert made.rows("select count(*) from file_draft") == [(0,)]
    assert 'id="proposed"' not in marketer.get("/flows").text
    made.service.stop()


def test_files_are_deleted_renamed_and_taken_over_one_by_one(tmp_path: Path) -> None:
    """What an assistant wants gone or called otherwise is a draft like its texts: a person sees the
    ghosts, takes one file over and lets another go, and the disk stays as it is.
    """
    made = Workshop(tmp_path, FLOW)
    for name in ("old", "plain", "gone"):
        text = f"flow {name}:\n  enter when purchase\n  send email one\n"
        (made.flows / f"{name}.flow").write_text(text, encoding="utf-8")
    before = {one.name: one.read_bytes() for one in made.flows.glob("*.flow")}

    def put(**asked: Any) -> None:
        proposed.answer(made.service, {"folder": str(made.flows), "text": None, **asked})

    put(file="gone.flow", delete=True)
    put(file="old.flow", rename="new.flow")
    put(file="new.flow", text=before["old.flow"].decode().replace("one", "two"))
    put(file="plain.flow", text=before["plain.flow"].decode() + "  wait 1 day\n")
    for wrong in (
        {"file": "old.flow", "rename": "shop.flow"},
        {"file": "old.flow", "rename": "../old.flow"},
        {"file": "old.flow", "rename": "old.txt"},
        {"file": "nowhere.flow", "delete": True},
        {"file": "gone.flow", "delete": True, "text": "x"},
    ):
        with pytest.raises(NotEditableError):
            put(**wrong)
    client, csrf = client_of(made, "marketer")
    page = client.get("/proposal").text
    assert [name in page for name in ("to be deleted", "until now old.flow")] == [True, True]
    assert page.count("<section") == 3
    ghosts = client.get("/flows/gone/proposal", headers={"hx-request": "true"}).text
    assert 'data-mark="removed"' in ghosts

    def act(what: str, file: str = "") -> str:
        answer = client.post(f"/proposal/{what}", data={"csrf": csrf, "file": file})
        assert answer.status_code == 303
        return answer.headers["location"]

    assert act("reject", "plain.flow") == "/proposal"
    assert act("accept", "new.flow") == "/proposal"
    assert act("accept") == "/flows"
    drafts = made.rows("select person, file, text is null, was from file_draft order by file")
    assert drafts == [
        ("marketer@example.com", "gone.flow", True, ""),
        ("marketer@example.com", "new.flow", False, "old.flow"),
        ("marketer@example.com", "old.flow", True, ""),
    ]
    assert {one.name: one.read_bytes() for one in made.flows.glob("*.flow")} == before
    put(file="plain.flow", rename="other.flow")
    put(file="other.flow")
    assert made.rows("select count(*) from file_draft where person = 'assistant'") == [(0,)]
    made.service.stop()
