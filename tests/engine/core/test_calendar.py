"""The table of times, and the laws behind it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import calendar as cal
from engine.core.model import DAY, HOUR


def utc(text):
    return cal.instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


def shown(at):
    return cal.local(at, "UTC").strftime("%Y-%m-%dT%H:%M")


BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("zone", "clock", "day", "expected"),
    [
        (BERLIN, time(2, 30), "2026-03-29", "2026-03-29T01:30"),
        (BERLIN, time(2, 30), "2026-10-25", "2026-10-25T00:30"),
        ("America/New_York", time(2, 30), "2026-03-08", "2026-03-08T07:30"),
        ("America/New_York", time(1, 30), "2026-11-01", "2026-11-01T05:30"),
        ("America/Nuuk", time(23, 30), "2026-03-28", "2026-03-29T01:30"),
        ("Pacific/Apia", time(9), "2011-12-30", "2011-12-30T19:00"),
    ],
)
def test_daily_across_a_change(zone, clock, day, expected):
    """A daily moment in a gap or an hour that comes twice fires once, at the documented instant."""
    daily = cal.Recurring("day", clock)
    eve = cal.at_clock(date.fromisoformat(day), time(0), zone) - 12 * HOUR
    moment, fired = daily.next_after(eve, zone)
    while fired < date.fromisoformat(day):
        moment, fired = daily.next_after(moment, zone)
    assert (shown(moment), fired.isoformat()) == (expected, day)
    assert daily.next_after(moment, zone)[1] > fired


def test_elapsed_and_calendar_day():
    """24 hours elapse, 1 day keeps the clock time across the change to summer time."""
    at = cal.instant(datetime(2026, 3, 28, 12), BERLIN)
    assert cal.local(cal.add(at, 24, "hour", BERLIN), BERLIN).hour == 13
    assert cal.local(cal.add(at, 1, "day", BERLIN), BERLIN).hour == 12


@pytest.mark.parametrize(
    ("held", "released"),
    [
        (datetime(2026, 3, 28, 23, 30), "2026-03-29T06:00"),
        (datetime(2026, 10, 24, 23, 30), "2026-10-25T07:00"),
    ],
)
def test_quiet_hours_release(held, released):
    """Quiet hours end at 08:00 on the clock, whatever happened to it in the night."""
    at = cal.instant(held, BERLIN)
    assert shown(cal.quiet_until(at, time(21), time(8), BERLIN)) == released


@pytest.mark.parametrize(
    ("clock", "holds"),
    [(time(20, 59, 59), False), (time(21), True), (time(7, 59, 59), True), (time(8), False)],
)
def test_quiet_hours_bounds(clock, holds):
    """Quiet hours begin on the minute and end on the minute."""
    at = cal.at_clock(date(2026, 6, 1), clock, BERLIN)
    assert (cal.quiet_until(at, time(21), time(8), BERLIN) is not None) == holds


def test_quiet_hours_within_a_day():
    """Quiet hours need not cross midnight."""
    at = cal.at_clock(date(2026, 6, 1), time(13), BERLIN)
    assert cal.local(cal.quiet_until(at, time(12), time(14), BERLIN), BERLIN).hour == 14


@pytest.mark.parametrize(("months", "day"), [(1, "2026-02-28"), (2, "2026-03-31")])
def test_months_clamp_from_the_anchor(months, day):
    """31 January plus months clamps, and remembers that it was a 31st."""
    at = cal.instant(datetime(2026, 1, 31, 9), BERLIN)
    there = cal.local(cal.add(at, months, "month", BERLIN), BERLIN)
    assert (there.date().isoformat(), there.hour) == (day, 9)


@pytest.mark.parametrize(("year", "day"), [(2026, date(2026, 2, 28)), (2028, date(2028, 2, 29))])
def test_leap_birthday(year, day):
    """Who was born on 29 February celebrates on the 28th in common years."""
    assert cal.anniversary(date(2004, 2, 29), year) == day


def test_anniversaries_start_at_year_one():
    """A registration is not its own anniversary."""
    after = cal.instant(datetime(2026, 5, 1, 12), BERLIN)
    moment, day = cal.next_anniversary(date(2026, 5, 2), time(10), None, after, BERLIN)
    assert day == date(2027, 5, 2)
    assert cal.local(moment, BERLIN).hour == 10


def test_days_before_an_anniversary():
    """Three days before 28 February is the 25th."""
    after = cal.instant(datetime(2027, 2, 1), BERLIN)
    shift = cal.Shift(-3, "day")
    moment, _ = cal.next_anniversary(date(2004, 2, 29), time(9), shift, after, BERLIN)
    assert cal.local(moment, BERLIN).isoformat() == "2027-02-25T09:00:00+01:00"


def test_every_two_weeks_counts_from_1970():
    """Every two weeks on Thursday means even weeks since Monday 1970-01-05."""
    fortnight = cal.Recurring("week", time(10), every=2, weekday="thursday")
    _, day = fortnight.next_after(cal.instant(datetime(2026, 1, 5, 10), BERLIN), BERLIN)
    assert (day - date(1970, 1, 8)).days % 14 == 0
    assert day in (date(2026, 1, 8), date(2026, 1, 15))


def test_monthly_clamps_each_month():
    """Every month on day 31 falls on the last day of shorter months."""
    monthly = cal.Recurring("month", time(9), day=31)
    at = cal.instant(datetime(2026, 1, 15), BERLIN)
    days = []
    for _ in range(3):
        at, day = monthly.next_after(at, BERLIN)
        days.append(day.isoformat())
    assert days == ["2026-01-31", "2026-02-28", "2026-03-31"]


def test_next_clock_time():
    """Until 18:00 is today before six and tomorrow after it; at six it is now, if now counts."""
    six = cal.at_clock(date(2026, 3, 3), time(18), BERLIN)
    assert cal.next_clock(six - 1, time(18), BERLIN) == six
    assert cal.next_clock(six, time(18), BERLIN) == six + DAY
    assert cal.next_clock(six + 3000, time(18), BERLIN, now_counts=True) == six + 3000
    assert cal.next_clock(six + 60_000, time(18), BERLIN, now_counts=True) == six + DAY


def test_unknown_zone():
    """A zone that does not exist is told apart without a crash."""
    assert not cal.is_zone("Europe/Atlantis")
    assert not cal.is_zone("../etc/passwd")
    assert not cal.is_zone("")
    with pytest.raises(ValueError, match="no time zone"):
        cal.zone_info("Mars/Base")


def test_far_future():
    """Absurd amounts end at the end of the calendar instead of crashing."""
    assert cal.add(0, 10**10, "day", BERLIN) == cal.END_OF_TIME
    assert cal.add(0, 3_999_999, "day", BERLIN) == cal.END_OF_TIME
    assert cal.add(0, 10**9, "month", BERLIN) == cal.END_OF_TIME


ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "America/Nuuk", "Pacific/Apia", "Asia/Kathmandu",
     "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "UTC"]
)  # fmt: skip
CLOCKS = st.times().map(lambda t: t.replace(second=0, microsecond=0))
INSTANTS = st.integers(0, 2_500_000_000_000)
RECURRENCES = st.one_of(
    st.builds(cal.Recurring, st.just("day"), CLOCKS, every=st.integers(1, 40)),
    st.builds(
        cal.Recurring,
        st.just("week"),
        CLOCKS,
        every=st.integers(1, 5),
        weekday=st.sampled_from([*cal.WEEKDAYS, "weekday"]),
    ),
    st.builds(cal.Recurring, st.just("month"), CLOCKS, day=st.integers(1, 31)),
    st.builds(
        cal.Recurring, st.just("year"), CLOCKS, month=st.integers(1, 12), day=st.integers(1, 31)
    ),
)


@given(RECURRENCES, ZONES, INSTANTS)
def test_firings_strictly_increase(recurring, zone, after):
    """The next firing of a schedule is strictly later, in UTC and on the local calendar."""
    first, day = recurring.next_after(after, zone)
    second, later = recurring.next_after(first, zone)
    assert after < first < second
    assert day < later


@given(ZONES, INSTANTS, st.integers(1, 60), st.sampled_from(["day", "week", "month"]))
def test_calendar_units_keep_the_clock(zone, at, amount, unit):
    """Calendar units keep the clock time, unless a change of the clock swallowed it that day."""
    here = cal.local(at, zone)
    there = cal.local(cal.add(at, amount, unit, zone), zone)
    wanted = datetime.combine(cal.shift_date(here.date(), amount, unit), here.time())
    exists = cal.local(cal.instant(wanted, zone), zone).replace(tzinfo=None) == wanted
    assert not exists or there.replace(tzinfo=None) == wanted
    assert there.replace(tzinfo=None) >= wanted


@given(ZONES, INSTANTS, CLOCKS, CLOCKS)
def test_quiet_hours_are_over_when_released(zone, at, start, end):
    """What was held is released later, within two days, when the clock says that they are over."""
    release = cal.quiet_until(at, start, end, zone)
    if release is not None:
        assert at < release <= at + 2 * DAY
        here = cal.local(release, zone)
        gap = cal.at_clock(here.date(), end, zone) != release or here.time() != end
        assert gap or cal.quiet_until(release, start, end, zone) is None


YEARS = st.integers(1_000_000_000_000, 1_900_000_000_000)


@given(st.sampled_from(sorted(available_timezones())), YEARS, st.integers(-45, 45))
def test_days_are_counted_on_the_calendar_of_the_place(zone, at, days):
    """Also where they are counted as so many times 24 hours: a day is the calendar's, always."""
    here = cal.local(at, zone)
    there = datetime.combine(here.date() + timedelta(days=days), here.time())
    assert cal.add(at, days, "day", zone) == (cal.instant(there, zone) if days else at)
