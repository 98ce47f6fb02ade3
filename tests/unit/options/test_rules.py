"""Expiry rules, applied anew each day: third Fridays, half-days, ends of weeks."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analytics.model.expiries import is_monthly, third_friday
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import BadInput
from analytics.options.chain import clean_chain
from analytics.options.rules import Rule, Selection, select_expiries
from tests.support.small_chains import Row, chain_of


def selected(rule: Rule, now: str, *expiries: str, short_days: int = 30) -> Selection:
    """The rule at a New York time on a chain with these expiries."""
    time = dt.datetime.fromisoformat(now).replace(tzinfo=NEW_YORK)
    chain = chain_of(*[Row(0, call, 100.0) for _ in expiries for call in (True, False)])
    days = np.repeat(np.array(expiries, dtype="datetime64[D]"), 2)
    chain = replace(
        chain, session=time.date(), time=time.astimezone(dt.UTC), expiry=days, underlying_price=100
    )
    return select_expiries(clean_chain(chain), rule, None, short_days)


def days(selection: Selection) -> list[str]:
    return [day.isoformat() for day in selection.expiries]


class TestSettledAtTheOpen:
    def test_the_day_s_only_expiry_is_said_to_be_over(self) -> None:
        time = dt.datetime(2025, 1, 17, 10, tzinfo=NEW_YORK)
        rows = (Row(11, True, 100.0, root="SPX"), Row(15, True, 100.0, root="SPXW"))
        chain = replace(chain_of(*rows, symbol="^SPX", time=time, price=100.0), session=time.date())
        found = select_expiries(clean_chain(chain), "0dte", None, 30)
        assert found.expiries == ()
        assert found.reason == (
            "n/a (the expiry of 2025-01-17 was settled at the open; the next expiry is 2025-01-21)"
        )


class TestThirdFriday:
    @pytest.mark.parametrize(
        ("year", "month", "day"), [(2025, 1, 17), (2025, 8, 15), (2024, 11, 15), (2026, 5, 15)]
    )
    def test_is_between_the_15th_and_the_21st(self, year: int, month: int, day: int) -> None:
        assert third_friday(year, month) == dt.date(year, month, day)

    @pytest.mark.parametrize(
        ("expiry", "monthly"),
        [
            ("2025-01-17", True),
            ("2025-01-24", False),
            ("2025-04-17", True),  # Good Friday is the 18th
            ("2025-04-16", False),
            ("2026-06-18", True),  # Juneteenth is Friday the 19th
            ("2014-01-18", True),  # a Saturday, as listed until 2015
            ("2125-01-19", True),  # beyond the calendar: the third Friday itself
        ],
    )
    def test_monthly(self, expiry: str, monthly: bool) -> None:
        assert is_monthly(dt.date.fromisoformat(expiry)) is monthly


class TestNextMonthly:
    LISTED = ("2025-01-17", "2025-01-24", "2025-02-21", "2025-03-21")

    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            ("2025-01-16T16:00", "2025-01-17"),
            ("2025-01-17T15:59", "2025-01-17"),
            ("2025-01-17T16:00", "2025-02-21"),  # it has just expired
            ("2025-01-21T10:00", "2025-02-21"),
        ],
    )
    def test_moves_on_at_the_close_of_the_third_friday(self, now: str, expected: str) -> None:
        assert days(selected("next-monthly", now, *self.LISTED)) == [expected]

    def test_good_friday(self) -> None:
        listed = ("2025-04-11", "2025-04-17", "2025-04-25", "2025-05-16")
        assert days(selected("next-monthly", "2025-04-15T12:00", *listed)) == ["2025-04-17"]
        assert days(selected("next-monthly", "2025-04-17T16:00", *listed)) == ["2025-05-16"]

    def test_none_listed_is_said(self) -> None:
        found = selected("next-monthly", "2025-01-21T10:00", "2025-01-24", "2025-01-31")
        assert found.expiries == ()
        assert found.reason == "n/a (the chain lists no monthly expiry up to 2025-01-31)"


class TestZeroDays:
    def test_in_session(self) -> None:
        found = selected("0dte", "2025-01-06T12:00", "2025-01-06", "2025-01-08")
        assert (days(found), found.reason) == (["2025-01-06"], None)

    def test_after_the_close_it_has_expired_and_the_next_is_named(self) -> None:
        found = selected("0dte", "2025-01-06T16:00", "2025-01-06", "2025-01-08")
        assert (
            found.reason
            == "n/a (the expiry of 2025-01-06 has expired; the next expiry is 2025-01-08)"
        )
        assert days(found) == ["2025-01-06"]  # its volume is still this session's

    def test_a_half_day_expires_at_its_own_close(self) -> None:
        listed = ("2025-11-28", "2025-12-01")
        assert selected("0dte", "2025-11-28T12:59", *listed).reason is None
        assert selected("0dte", "2025-11-28T13:00", *listed).reason is not None

    def test_nothing_expires_today(self) -> None:
        found = selected("0dte", "2025-01-07T12:00", "2025-01-10")
        assert found.expiries == ()
        assert found.reason == "n/a (nothing expires on 2025-01-07; the next expiry is 2025-01-10)"


class TestThisWeek:
    LISTED = ("2025-01-06", "2025-01-08", "2025-01-10", "2025-01-13", "2025-01-17")

    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            ("2025-01-06T12:00", ["2025-01-06", "2025-01-08", "2025-01-10"]),
            ("2025-01-06T16:00", ["2025-01-08", "2025-01-10"]),
            ("2025-01-10T15:00", ["2025-01-10"]),
            ("2025-01-10T16:00", ["2025-01-13", "2025-01-17"]),  # over: the coming week
        ],
    )
    def test_what_is_left_of_the_week(self, now: str, expected: list[str]) -> None:
        assert days(selected("this-week", now, *self.LISTED)) == expected

    def test_a_week_that_ends_with_a_half_day(self) -> None:
        listed = ("2025-11-26", "2025-11-28", "2025-12-05")
        assert days(selected("this-week", "2025-11-26T16:00", *listed)) == ["2025-11-28"]
        assert days(selected("this-week", "2025-11-28T13:00", *listed)) == ["2025-12-05"]

    def test_an_empty_week_is_said(self) -> None:
        found = selected("this-week", "2025-01-06T12:00", "2025-01-17")
        assert found.reason == (
            "n/a (nothing expires in the week to 2025-01-10; the nearest expiry is 2025-01-17)"
        )


class TestOtherRules:
    LISTED = ("2025-01-03", "2025-01-06", "2025-02-05", "2025-02-06")

    def test_all_leaves_earlier_days_out(self) -> None:
        found = selected("all", "2025-01-06T12:00", *self.LISTED)
        assert days(found) == ["2025-01-06", "2025-02-05", "2025-02-06"]

    def test_short_term_counts_calendar_days(self) -> None:
        assert days(selected("short-term", "2025-01-06T12:00", *self.LISTED)) == [
            "2025-01-06",
            "2025-02-05",
        ]
        found = selected("short-term", "2025-01-07T12:00", "2025-03-21", short_days=7)
        assert found.reason == "n/a (no expiry within 7 days)"

    def test_one_expiry_wins_and_must_be_listed(self) -> None:
        clean = clean_chain(chain_of(Row(4, True, 100.0), price=100.0))
        one = select_expiries(clean, "0dte", dt.date(2025, 1, 10), 30)
        assert days(one) == ["2025-01-10"]
        with pytest.raises(BadInput, match="lists 1 expiries"):
            select_expiries(clean, "all", dt.date(2025, 1, 11), 30)
