"""What reports say of a season whose numbers were planted, on both databases."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from editor.app import create_app
from editor.users import add_user
from tests.engine.reports.test_figures import FLOW, Shop, season
from tests.harness.workshop import DAY, HOUR

PASSWORD = "a long enough one"


@pytest.fixture
def shop(tmp_path: Path, database_url: str | None) -> Iterator[Shop]:
    made = Shop(tmp_path, FLOW, database_url=database_url)
    yield made
    made.service.stop()


def planted(shop: Shop) -> list[int]:
    people = season(shop)
    for one in people[:2]:
        shop.happen(one, "search", search_term="kettle")
        shop.happen(one, "page_view")
    shop.happen(people[1], "filter_item_list", filters=["waterproof"])
    shop.forward(HOUR)
    shop.buy(people[0], "o8", 1_000)
    shop.happen(people[3], "search", search_term="kettle")
    shop.forward(HOUR)
    return people


def client_of(shop: Shop) -> TestClient:
    shop.service.writer.run(lambda tx: add_user(tx, "ada@example.com", PASSWORD, "marketer", 1))
    client = TestClient(
        create_app(shop.service, shop.flows),
        base_url="http://127.0.0.1:8400",
        follow_redirects=False,
    )
    token = client.get("/sign-in").text.partition('name="csrf" value="')[2].partition('"')[0]
    form = {"email": "ada@example.com", "password": PASSWORD, "csrf": token}
    assert client.post("/sign-in", data=form).status_code == 303
    return client


def test_the_reports_find_what_was_planted(shop: Shop) -> None:
    """Each report has the counts that happened, and no other."""
    planted(shop)
    client = client_of(shop)
    days = "?from=2026-01-05&to=2026-01-08"

    flow = client.get(f"/api/reports/flow/offers{days}").json()
    assert flow["numbers"] | {
        "entered": 4, "inside": 0, "finished": 1, "ended_early": 3, "sent": 5, "delivered": 5,
        "opened": 2, "clicked": 1, "bounced": 0, "complained": 0, "unsubscribed": 0,
        "orders": 2, "revenue": 3_000, "goals": 3, "earned": 0, "days_to_goal": 0.12,
    } == flow["numbers"]  # fmt: skip
    first = next(row for row in flow["tables"]["messages"] if row["step"] == "first")
    assert (first["sent"], first["opened"], first["clicked"], first["orders"]) == (4, 2, 1, 2)
    ends = {row["reason"]: row["count"] for row in flow["tables"]["ends"]}
    assert ends == {"exit when: purchase": 3, "finished": 1}
    assert sum(day["sent"] for day in flow["days"]) == 5
    assert [day["entered"] for day in flow["days"]] == [4, 0, 0, 0]

    told = client.get(f"/api/reports/shop{days}").json()
    assert told["numbers"] | {
        "reached": 4, "engagement_rate": 0.75, "sent": 9, "opened": 2, "clicked": 3,
        "shop_orders": 4, "shop_revenue": 8_500, "earned": 5_500,
    } == told["numbers"]  # fmt: skip
    league = {row["flow"]: row for row in told["tables"]["flows"]}
    assert (league["offers"]["revenue"], league["offers"]["earned"]) == (3_000, 0)
    assert (league["other"]["revenue"], league["other"]["earned"]) == (5_500, 5_500)
    assert "adds up to more" in told["notes"][0]
    assert told["tables"]["by_product"][0] == {"product": "kettle", "quantity": 2, "earned": 2_000}

    seen = client.get(f"/api/reports/behaviour{days}").json()["tables"]["behaviour"]
    searched = next(row for row in seen if row["behaviour"] == "Searched")
    assert (searched["people"], searched["buyers"], searched["others"]) == (1, 0, 3)
    rows = {row["behaviour"]: row["people"] for row in seen}
    assert "Filtered a list" not in rows, "who filters after the order did not filter before it"

    cohorts = client.get(f"/api/reports/cohorts{days}").json()["tables"]["cohorts"]
    assert cohorts[0] | {"month": "2026-01", "buyers": 3, "bought_once": 2} == cohorts[0]

    domains = client.get(f"/api/reports/deliverability{days}").json()["tables"]["domains"]
    assert domains[0] | {"domain": "shop.example", "sent": 9, "bounced": 0} == domains[0]


def test_the_day_before_is_another_period(shop: Shop) -> None:
    """Days are the shop's; what came back on another day subtracts there."""
    planted(shop)
    client = client_of(shop)
    day = client.get("/api/reports/shop?from=2026-01-05&to=2026-01-05").json()["numbers"]
    assert (day["shop_revenue"], day["shop_orders"]) == (9_000, 3)
    later = client.get("/api/reports/shop?from=2026-01-07&to=2026-01-07").json()
    assert later["numbers"]["shop_revenue"] == -500
    assert later["before"]["shop_revenue"] == 0


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/reports/nothing", 404, "there is no report"),
        ("/api/reports/flow/nothing", 404, "there is no flow"),
        ("/api/reports/shop?from=soon", 422, "is no day"),
        ("/api/reports/shop?from=2026-02-01&to=2026-01-01", 422, "comes after"),
        ("/api/reports/shop?table=nothing&format=csv", 404, "there is no table"),
    ],
)
def test_what_cannot_be_told_is_said(tmp_path: Path, path: str, status: int, says: str) -> None:
    """A report that there is not, or days that are none, are refused in a sentence."""
    shop = Shop(tmp_path, FLOW)
    answer = client_of(shop).get(path)
    shop.service.stop()
    assert answer.status_code == status
    assert says in answer.json()["error"]


def test_page_script_spreadsheet_and_verb_say_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One number is one number wherever it is shown: also on the flow's page and in the list."""
    from editor.cli import main as command
    from engine.cli import report as verb_report

    assert command is not None
    planted(shop)
    shop.roll()
    client = client_of(shop)
    days = "?from=2026-01-05&to=2026-01-08"
    told = client.get(f"/api/reports/shop{days}").json()
    sheet = client.get(f"/api/reports/shop{days}&format=csv&table=flows")
    assert sheet.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(sheet.text)))
    assert rows == [
        {name: "" if value is None else str(value) for name, value in row.items() if name != "flow"}
        for row in told["tables"]["flows"]
    ]
    import orjson
    import typer

    app = typer.Typer()
    verb_report.register(app)
    if shop.settings.database_url is not None:
        url = shop.settings.database_url.get_secret_value()
        monkeypatch.setenv("HEADRACE_DATABASE_URL", url)
    where = ["--from", "2026-01-05", "--to", "2026-01-08", "--data", str(shop.folder / "data")]
    said = CliRunner().invoke(app, ["shop", *where, "--format", "json"])
    assert said.exit_code == 0, said.output
    assert orjson.loads(said.stdout) == told
    said = CliRunner().invoke(app, ["shop", *where, "--format", "csv", "--table", "flows"])
    assert said.stdout.replace("\r\n", "\n") == sheet.text.replace("\r\n", "\n")
    assert "offers" in CliRunner().invoke(app, ["shop", *where]).output.lower()

    flow = client.get(f"/api/reports/flow/offers{days}").json()
    html = client.get(f"/reports/flow/offers{days}").text
    for name in ("entered", "sent", "opened", "clicked", "orders", "goals"):
        assert f'data-figure="{name}" data-value="{flow["numbers"][name]}"' in html
    listed = client.get("/flows").text
    card = listed.partition('href="/flows/offers"')[2].partition("</dl>")[0]
    assert [part.partition("<")[0] for part in card.split("<dd>")[1:]] == ["4", "0", "5", "3"]
    page = client.get("/flows/offers").text
    assert "5" in page.partition('<dt>sent</dt><dd data-figure="sent">')[2].partition("<")[0]


def test_who_filters_a_list_is_told_from_who_looks(shop: Shop) -> None:
    """Segment's name for it is ours of filtering; who filtered has looked through the list, too."""
    from dsl.names import vocabulary

    event = vocabulary.SEGMENT["Product List Filtered"]
    one, two = shop.customer("f1"), shop.customer("f2")
    shop.happen(one, event, category="tents", filters=["waterproof"])
    shop.happen(two, "view_item_list", category="tents")
    shop.forward(HOUR)
    shop.buy(one, "f1", 1_000)
    shop.forward(HOUR)
    told = client_of(shop).get("/api/reports/behaviour?days=7").json()["tables"]["behaviour"]
    rows = {row["behaviour"]: (row["people"], row["buyers"]) for row in told}
    assert rows == {"Filtered a list": (1, 1), "Looked through a category": (2, 1)}


LINK = re.compile(r'<a href="(/reports/people[^"]*)">([^<]*)</a>')


def test_every_figure_leads_to_the_people_behind_it(shop: Shop) -> None:
    """Wherever a report counts somebody it leads to them: as many as it says where it counts
    people, and never none.
    """
    planted(shop)
    client = client_of(shop)
    days = "?from=2026-01-05&to=2026-01-08"
    walked: dict[str, list[int]] = {}
    for path in ("shop", "flow/offers", "deliverability", "behaviour", "cohorts"):
        html = client.get(f"/reports/{path}{days}").text
        for href, said in LINK.findall(html):
            page = client.get(unescape(href))
            assert page.status_code == 200, href
            people = page.text.count('<td><a href="/customers/')
            assert people, (path, href)
            query = dict(parse_qsl(urlsplit(unescape(href)).query))
            if said.isdigit() and query["kind"] not in ("sent", "delivered") and path != "shop":
                walked.setdefault(query["kind"], []).append(int(said) - people)
        bare = re.sub(r"<a [^>]*>[^<]*</a>|<details.*?</details>", "", html, flags=re.DOTALL)
        left = re.findall(r'<td class="number">\s*([1-9][\d.]*)\s*</td>', bare)
        assert not left or path == "behaviour", (path, left)
    # In one flow nobody does anything twice but order: whoever is counted is there.
    assert all(not any(off) for kind, off in walked.items() if kind != "order"), walked
    assert {"entered", "opened", "clicked", "goal", "finished", "left early"} < walked.keys()
    assert {"did", "others", "first order", "bought once", "done"} < walked.keys()


def test_people_are_shown_a_page_at_a_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever goes on gets everybody, each once, however they were found."""
    from engine.reports import behind

    planted(shop)
    monkeypatch.setattr(behind, "MOST", 1)
    client = client_of(shop)
    for kind, expected in (("sent", 4), ("opened", 2), ("earned", 2), ("first order", 3)):
        path, seen = f"/reports/people?kind={kind}&from=2026-01-05&to=2026-01-08", []
        while path:
            page = client.get(path).text
            seen += re.findall(r'<td><a href="(/customers/\d+)"', page)
            more = re.search(r'<a href="([^"]*)" rel="next"', page)
            path = unescape(more[1]) if more else ""
        assert len(seen) == len(set(seen)) == expected, kind


def test_every_report_says_the_same_everywhere(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure of each report is one number on its page, in JSON, in CSV and in the command; of
    all time it is that of the flow's page and of the list.
    """
    import orjson
    import typer

    from engine.cli import report as verb_report
    from engine.reports.catalogue import REPORTS
    from engine.reports.numbers import flow_numbers, step_numbers

    planted(shop)
    client = client_of(shop)
    app = typer.Typer()
    verb_report.register(app)
    if shop.settings.database_url is not None:
        url = shop.settings.database_url.get_secret_value()
        monkeypatch.setenv("HEADRACE_DATABASE_URL", url)
    days = "?from=2026-01-05&to=2026-01-08"
    where = ["--from", "2026-01-05", "--to", "2026-01-08", "--data", str(shop.folder / "data")]
    for rolled in (False, True):
        if rolled:
            shop.roll()
        for name in REPORTS:
            path, words = ("flow/offers", ["flow", "offers"]) if name == "flow" else (name, [name])
            told = client.get(f"/api/reports/{path}{days}").json()
            said = CliRunner().invoke(app, [*words, *where, "--format", "json"])
            assert orjson.loads(said.stdout) == told, name
            html = client.get(f"/reports/{path}{days}").text
            for figure, value in told["numbers"].items():
                shown = html.partition(f'data-figure="{figure}" data-value="')[2].partition('"')[0]
                if isinstance(value, float):
                    assert round(float(shown), 6) == value, (name, figure)
                else:
                    assert shown == str(value), (name, figure)
            for table, rows in told["tables"].items():
                sheet = client.get(f"/api/reports/{path}{days}&format=csv&table={table}").text
                read = list(csv.DictReader(StringIO(sheet)))
                assert len(read) == len(rows)
                for line, row in zip(read, rows, strict=True):
                    for column, value in row.items():
                        if column in line and not isinstance(value, dict):
                            assert line[column] == ("" if value is None else str(value)), column
        whole = client.get("/api/reports/flow/offers?from=2025-01-01&to=2027-01-01").json()
        with shop.service.database.reader() as reader:
            listed = flow_numbers(reader)["offers"]
            steps = step_numbers(reader, "offers")
        for name in ("entered", "inside", "sent", "goals"):
            assert listed[name] == whole["numbers"][name], name
        for row in whole["tables"]["messages"]:
            for name in ("sent", "opened", "clicked", "orders", "revenue"):
                assert steps[row["step"]].get(name, 0) == row[name], (row["step"], name)


def test_a_cell_is_no_formula(shop: Shop) -> None:
    """A name that a spreadsheet would run as a formula is text."""
    from engine.reports.told import Column, Table, table_csv

    columns = (Column("name", "Name", "text"), Column("count", "Count"))
    rows: list[Any] = [{"name": '=HYPERLINK("x")', "count": -3}]
    assert table_csv(Table("t", "T", columns, rows)).splitlines()[1] == '"\'=HYPERLINK(""x"")",-3'


assert DAY
