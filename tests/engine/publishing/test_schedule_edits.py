"""Schedules across publishes, moves between zones, downtime and the clocks' changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from engine.core import calendar
from engine.core.model import DAY, HOUR, MINUTE
from engine.customers import profile
from tests.harness.workshop import HEAD, START

ALL = "segment everybody:\n  customer.email is set\n\n"
NOON = "  enter every day at 12:00 for segment everybody\n"


def flow(*lines: str) -> str:
    return f"{ALL}flow daily:\n{''.join(lines)}  send email one\n"


def hours(shop) -> list[float]:
    return [(envelope.at - START) / HOUR for _, envelope in shop.notebook.taken]


def publish(shop, text: str) -> None:
    shop.write(HEAD + text)
    shop.service.publish(shop.flows)


def move(shop, customer: int, zone: str | None) -> None:
    """As an identify call does it."""

    def work(transaction) -> None:
        at = shop.clock.now()
        profiles = profile.load(transaction, [customer])
        profiles[customer].put("timezone", zone)
        profile.save(transaction, profiles.values(), at)

    shop.service.writer.run(work)


def test_a_line_above_changes_nothing_for_a_line(workshop) -> None:
    """Another enter line above neither repeats today's firing nor loses the next."""
    shop = workshop(flow(NOON))
    shop.customer()
    shop.forward(3 * HOUR)
    publish(shop, flow("  enter every monday at 18:00 for segment everybody\n", NOON))
    shop.forward(DAY)
    assert hours(shop) == [2.0, 8.0, 26.0]


def test_an_edit_of_the_time_does_not_fire_twice_on_a_date(workshop) -> None:
    """Who had today's mail at noon does not get it again at one; tomorrow it comes at one."""
    shop = workshop(flow(NOON))
    shop.customer()
    shop.forward(150 * MINUTE)
    publish(shop, flow(NOON.replace("12:00", "13:00")))
    shop.forward(DAY + HOUR)
    assert hours(shop) == [2.0, 27.0]


def test_an_edited_line_counts_from_its_publishing(workshop) -> None:
    """A time that was over when the line was edited is not made up for."""
    shop = workshop(flow(NOON.replace("12:00", "18:00")))
    shop.customer()
    shop.forward(HOUR)
    publish(shop, flow(NOON.replace("12:00", "10:30")))
    shop.forward(DAY)
    assert hours(shop) == [24.5]


def test_a_line_that_comes_back_does_not_catch_up(workshop) -> None:
    """What was due while a line was off stays undone."""
    shop = workshop(flow(NOON))
    shop.customer()
    shop.forward(HOUR)
    publish(shop, flow("  enter manually\n"))
    shop.forward(DAY + 2 * HOUR)
    publish(shop, flow(NOON))
    shop.forward(DAY)
    assert hours(shop) == [50.0]
    assert shop.rows("select count(*) from audit where act = 'skipped: too late'") == [(0,)]


def test_once_before_its_publishing_never_fires(workshop) -> None:
    """A campaign whose moment was over when it was published reaches nobody."""
    shop = workshop(flow("  enter once on 2026-01-05 09:00 for segment everybody\n"))
    shop.customer()
    shop.forward(2 * DAY)
    assert hours(shop) == []


def test_once_during_a_downtime_fires_late_or_is_recorded(workshop) -> None:
    """A campaign missed by hours goes late; one missed by days is skipped, visibly."""
    shop = workshop(flow("  enter once on 2026-01-05 12:00 for segment everybody\n"))
    shop.customer()
    shop.forward()
    shop.service.stop()
    shop.clock.turn(START + 5 * HOUR)
    shop.service = shop.open()
    shop.forward(DAY)
    assert hours(shop) == [5.0]
    late = workshop(flow("  enter once on 2026-01-05 12:00 for segment everybody\n"))
    late.customer()
    late.forward()
    late.service.stop()
    late.clock.turn(START + 5 * DAY)
    late.service = late.open()
    late.forward(DAY)
    assert hours(late) == []
    assert late.rows("select count(*) from audit where act = 'skipped: too late'") == [(1,)]


def test_a_week_down_fires_once(workshop) -> None:
    """After a week only the last moment within the day fires; the others are on record."""
    shop = workshop(flow(NOON))
    for number in range(3):
        shop.customer(f"c{number}")
    shop.forward(3 * HOUR)
    shop.service.stop()
    shop.clock.turn(START + 7 * DAY + 5 * HOUR)
    shop.service = shop.open()
    shop.forward()
    assert hours(shop) == [2.0] * 3 + [7 * 24 + 5.0] * 3
    assert shop.rows("select count(*) from audit where act = 'skipped: too late'") == [(6,)]


def test_a_moment_skipped_by_moving_fires_at_once(workshop) -> None:
    """From New York to Berlin in the afternoon: today's noon is made up for, once."""
    shop = workshop(flow(NOON))
    ada = shop.customer("ada", zone="America/New_York")
    shop.customer("bob")
    shop.forward(4 * HOUR)
    move(shop, ada, None)
    shop.forward()
    assert hours(shop) == [2.0, 4.0]
    shop.forward(DAY)
    assert hours(shop) == [2.0, 4.0, 26.0, 26.0]


def test_a_zone_that_a_flow_sets_is_lived_in(workshop) -> None:
    """What `set customer.timezone` says holds for schedules, too, the missed moment included."""
    text = flow(NOON) + (
        '\nflow moves:\n  enter when ordered\n  set customer.timezone to "Europe/Berlin"\n'
    )
    shop = workshop(text)
    ada = shop.customer("ada", zone="America/New_York")
    shop.forward(4 * HOUR)
    shop.happen(ada, "ordered")
    shop.forward(DAY)
    assert hours(shop) == [4.0, 26.0]


def test_nobody_has_a_local_date_twice_by_moving(workshop) -> None:
    """From Berlin to New York in the afternoon: noon comes again, the mail does not."""
    shop = workshop(flow(NOON))
    ada = shop.customer("ada")
    shop.customer("bob", zone="America/New_York")
    shop.forward(4 * HOUR)
    move(shop, ada, "America/New_York")
    shop.forward(20 * HOUR)
    assert hours(shop) == [2.0, 8.0]
    move(shop, ada, "Europe/Berlin")
    shop.forward(4 * HOUR)
    assert hours(shop) == [2.0, 8.0, 26.0]


def test_a_move_far_behind_the_moment_is_too_late(workshop) -> None:
    """What lies more than the allowed lateness back is not made up for."""
    shop = workshop(flow("  enter every monday at 03:00 for segment everybody\n"))
    ada = shop.customer("ada", zone="Pacific/Honolulu")
    shop.forward()
    live = shop.service.live
    live.deployment = replace(live.deployment, max_lateness=HOUR)
    move(shop, ada, None)
    shop.forward()
    assert hours(shop) == []


def test_a_new_customer_has_missed_nothing(workshop) -> None:
    """Somebody who comes after a zone's moment, with that zone, waits for the next."""
    shop = workshop(flow(NOON))
    shop.customer("ada")
    shop.forward(HOUR)
    shop.customer("bob", zone="Asia/Tokyo")
    shop.service.writer.run(
        lambda tx: tx.execute(
            "update customer set created_at = ? where zone is not null", (START + HOUR,)
        )
    )
    shop.forward(DAY)
    assert hours(shop) == [2.0, 18.0]


@pytest.mark.parametrize(
    ("zone", "clock", "since", "moments"),
    [
        ("Europe/Berlin", "02:30", "2026-03-28 12:00", ["03-29T01:30Z", "03-30T00:30Z"]),
        ("Europe/Berlin", "02:30", "2026-10-24 12:00", ["10-25T00:30Z", "10-26T01:30Z"]),
        ("America/New_York", "02:30", "2026-03-07 12:00", ["03-08T07:30Z", "03-09T06:30Z"]),
        ("America/New_York", "01:30", "2026-10-31 12:00", ["11-01T05:30Z", "11-02T06:30Z"]),
        ("America/Nuuk", "23:30", "2026-03-28 12:00", ["03-29T01:30Z", "03-30T00:30Z"]),
        ("Pacific/Apia", "09:00", "2011-12-29 12:00", ["12-30T19:00Z", "12-31T19:00Z"]),
    ],
)
def test_every_local_date_fires_once_when_clocks_change(
    workshop, monkeypatch, zone, clock, since, moments
) -> None:
    """A skipped hour takes the offset before it, a repeated one fires the first time."""
    begins = calendar.instant(datetime.fromisoformat(since), zone)
    monkeypatch.setattr("tests.harness.workshop.START", begins)
    shop = workshop(flow(NOON.replace("12:00", clock)))
    shop.customer("ada", zone=zone)
    shop.forward(2 * DAY)
    entered = [at for (at,) in shop.rows("select entered_at from run order by entered_at")]
    assert [f"{calendar.local(at, 'UTC'):%m-%dT%H:%MZ}" for at in entered] == moments


def test_dates_of_customers_are_found_whatever_they_are_written_as(workshop) -> None:
    """Days and instants, leap days and the turn of a year: each on its own local date."""
    text = (
        "customer:\n  trip_on date\n\nflow birthday:\n"
        "  enter every year 3 days before customer.birthday at 12:00\n  send email one\n\n"
        "flow trip:\n  enter 10 days before customer.trip_on at 18:00\n  send email two\n\n"
        "flow month:\n  enter 1 month before customer.trip_on at 09:00\n  send email three\n\n"
        "flow hours:\n  enter every year 12 hours before customer.birthday at 09:00\n"
        "  send email three\n"
    )
    shop = workshop(text)
    leap = shop.customer("leap", birthday="2000-02-29")
    instant = calendar.instant(datetime(1990, 3, 1, 0, 30), "Europe/Berlin")
    march = shop.customer("march", birthday=instant, trip_on="2026-03-31")
    turn = shop.customer("turn", birthday="1990-01-02")
    shop.customer("odd", birthday="soon", trip_on="later")
    young = shop.customer("young", birthday="2026-02-20")
    shop.forward(400 * DAY)
    rows = shop.rows(
        "select name, customer, entered_at from run join flow on flow.id = run.flow"
        " order by name, entered_at, customer"
    )
    told = [
        (name, customer, f"{calendar.local(at, 'Europe/Berlin'):%Y-%m-%d %H:%M}")
        for name, customer, at in rows
    ]
    assert told == [
        ("birthday", leap, "2026-02-25 12:00"),
        ("birthday", march, "2026-02-26 12:00"),
        ("birthday", turn, "2026-12-30 12:00"),
        ("hours", leap, "2026-02-27 21:00"),
        ("hours", march, "2026-02-28 21:00"),
        ("hours", turn, "2027-01-01 21:00"),
        ("month", march, "2026-02-28 09:00"),
        ("trip", march, "2026-03-21 18:00"),
    ]
    assert young


def test_a_trip_that_is_put_off_is_told_of_again(workshop) -> None:
    """Once for each value of a date: a new date is a new value, the same date is not."""
    text = (
        "customer:\n  trip_on date\n\n"
        "flow trip:\n  enter 10 days before customer.trip_on at 18:00\n  send email two\n"
    )
    shop = workshop(text)
    ada = shop.customer("ada", trip_on="2026-01-20")

    def postpone(day: str) -> None:
        shop.service.writer.run(
            lambda tx: tx.execute(
                "update customer set properties = ? where id = ?",
                (f'{{"email": "ada@shop.example", "trip_on": "{day}"}}'.encode(), ada),
            )
        )

    shop.forward(6 * DAY)
    postpone("2026-02-20")
    shop.forward(40 * DAY)
    assert [round(it / 24, 2) for it in hours(shop)] == [5.33, 36.33]


def test_many_are_fired_in_pieces_and_none_twice(workshop, monkeypatch) -> None:
    """A firing broken off in the middle goes on where it was."""
    from engine.runtime import schedules as schedule

    monkeypatch.setattr(schedule, "CHUNK", 3)
    shop = workshop(flow(NOON))
    for number in range(10):
        shop.customer(f"c{number}")
    shop.forward(HOUR)
    shop.clock.turn(START + 2 * HOUR)
    whole, pieces = schedule.Schedules._chunk, []

    def broken(self, *more):
        if len(pieces) == 2:
            pieces.append(None)
            raise RuntimeError("power cut")
        pieces.append(None)
        return whole(self, *more)

    monkeypatch.setattr(schedule.Schedules, "_chunk", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        shop.service.schedules.tick()
    assert shop.rows("select count(*) from run") == [(6,)]
    shop.forward(MINUTE)
    assert shop.rows("select count(*), count(distinct customer) from run") == [(10, 10)]
