"""Random days of true prints with faults between them, against what the true prints alone say.

The oracle knows nothing of the book's rules: it is the last, the lowest and the highest of the
true prices, and the number of faults put in.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analytics.feed.book import QuoteBook
from analytics.model.vocabulary import Quote
from tests.support.small_feeds import NOON, flat_baseline

CLOSE = 100.0
BASELINE = flat_baseline(CLOSE)

JUMPS = (0.6, 0.83, 1.25, 1.6)
FALSE = (0.01, 0.3, 0.45, 2.2, 5.0, 100.0)
"""No two agree, and none agrees with a jump, whatever the price drifts to before the next print."""


@dataclass
class Script:
    """A day's messages.

    Attributes:
        messages: (UTC now, quote), in the order of arrival.
        true: the true prices among them.
        faults: the messages that must change nothing.
        waiting: the factors of false prints since the last price that refuted them.
    """

    messages: list[tuple[dt.datetime, Quote]] = field(default_factory=list)
    true: list[float] = field(default_factory=list)
    faults: int = 0
    waiting: set[float] = field(default_factory=set)


def message(price: float, at: dt.datetime, draw: Any) -> Quote:
    """A true price, beside which a message may state nonsense."""
    odd = st.one_of(st.none(), st.floats(0.01, 1e6), st.just(float("nan")))
    if draw(st.booleans()):
        return Quote("TEST", price, at)
    return Quote("TEST", price, at, high=draw(odd), low=draw(odd), open=draw(odd))


@st.composite
def days(draw: Any, *, jumps: bool = False) -> Script:
    now, price = NOON, CLOSE
    script = Script()

    def disturb(last: float) -> None:
        for kind in draw(st.lists(st.sampled_from(KINDS), max_size=2)):
            wrong = draw(kind(script, last, now))
            if wrong is not None:
                script.messages.append((now, wrong))
                script.faults += 1

    for _ in range(draw(st.integers(1, 10))):
        now += dt.timedelta(milliseconds=draw(st.integers(50, 90_000)))
        possible = [f for f in JUMPS if 60 < price * f < 250 and abs(price * f - price) > 10.5]
        jumped = jumps and script.true and possible and draw(st.integers(0, 4)) == 0
        if not jumped:  # a price near the last one refutes what waits; a jump does not
            script.waiting.clear()
        last = price
        price = round(price * (draw(st.sampled_from(possible)) if jumped else 1.0), 4)
        price = round(price * draw(st.floats(0.999, 1.001) if jumped else st.floats(0.98, 1.02)), 4)
        if not script.true:
            price = CLOSE
        script.messages.append((now, message(price, now, draw)))
        script.true.append(price)
        if jumped:
            disturb(last)
            now += dt.timedelta(milliseconds=draw(st.integers(50, 600_000)))
            price = round(price * draw(st.floats(0.996, 1.004)), 4)
            script.messages.append((now, message(price, now, draw)))
            script.true.append(price)
        script.waiting.clear()
        disturb(price)
    return script


def false_print(script: Script, last: float, now: dt.datetime) -> st.SearchStrategy[Quote | None]:
    left = [factor for factor in FALSE if factor not in script.waiting]

    def make(factor: float) -> Quote:
        script.waiting.add(factor)
        return Quote(
            "TEST", round(last * factor, 4), now + dt.timedelta(milliseconds=len(script.waiting))
        )

    return st.sampled_from(left).map(make) if left else st.none()


def ahead(script: Script, last: float, now: dt.datetime) -> st.SearchStrategy[Quote | None]:
    return st.builds(
        lambda s, share: Quote("TEST", last * share, now + dt.timedelta(seconds=s)),
        st.floats(16, 3600),
        st.floats(0.97, 1.03),
    )


def late(script: Script, last: float, now: dt.datetime) -> st.SearchStrategy[Quote | None]:
    newest = max(
        (q.time for at, q in script.messages if q.time <= at), default=NOON
    ) - dt.timedelta(milliseconds=40)
    return st.builds(
        lambda ms, share: Quote("TEST", last * share, newest - dt.timedelta(milliseconds=ms)),
        st.integers(100_000, 1_000_000),
        st.floats(0.5, 1.5),
    )


def again(script: Script, last: float, now: dt.datetime) -> st.SearchStrategy[Quote | None]:
    """A message sent before; not one from ahead of its time, whose time may have come by now."""
    second = dt.timedelta(seconds=1)
    return st.sampled_from([quote for at, quote in script.messages if quote.time - at < second])


def nonsense(script: Script, last: float, now: dt.datetime) -> st.SearchStrategy[Quote | None]:
    return st.sampled_from([float("nan"), float("inf"), -last, 0.0]).map(
        lambda price: Quote("TEST", price, now)
    )


def other_day(script: Script, last: float, now: dt.datetime) -> st.SearchStrategy[Quote | None]:
    return st.integers(1, 400).map(lambda d: Quote("TEST", last, now - dt.timedelta(days=d)))


KINDS = (false_print, ahead, late, again, nonsense, other_day)


def play(script: Script) -> tuple[QuoteBook, int]:
    """The book after the day, and how many messages it took."""
    clock = [NOON]
    book = QuoteBook(lambda: clock[0])
    book.set_baselines({"TEST": BASELINE})
    taken = 0
    for now, quote in script.messages:
        clock[0] = now
        taken += book.accept([quote])
    return book, taken


class TestAnyDay:
    @given(days())
    def test_price_and_range_are_those_of_the_true_prints(self, script: Script) -> None:
        book, taken = play(script)
        quote = book.lines()["TEST"].quote
        assert quote.price == script.true[-1]
        assert (quote.low, quote.high) == (min(script.true), max(script.true))
        assert taken == len(script.true)
        assert sum(book.dropped.values()) == script.faults

    @given(days(jumps=True))
    def test_real_jumps_pass_and_leave_their_extremes(self, script: Script) -> None:
        book, _ = play(script)
        quote = book.lines()["TEST"].quote
        assert quote.price == script.true[-1]
        assert (quote.low, quote.high) == (min(script.true), max(script.true))

    @given(days(), days(), st.randoms(use_true_random=False))
    def test_symbols_do_not_touch_each_other(self, one: Script, two: Script, order: Any) -> None:
        mixed = [("ONE", *each) for each in one.messages] + [
            ("TWO", *each) for each in two.messages
        ]
        # any interleaving that keeps each symbol's own order
        ranks = sorted(range(len(mixed)), key=lambda _: order.random())
        queues = {"ONE": iter(one.messages), "TWO": iter(two.messages)}
        clock = [NOON]
        book = QuoteBook(lambda: clock[0])
        book.set_baselines({"ONE": replace(BASELINE, symbol="ONE"), "TWO": BASELINE})
        for rank in ranks:
            symbol = mixed[rank][0]
            clock[0], quote = next(queues[symbol])
            book.accept([replace(quote, symbol=symbol)])
        for symbol, script in (("ONE", one), ("TWO", two)):
            alone, _ = play(script)
            assert replace(book.lines()[symbol].quote, symbol="TEST") == alone.lines()["TEST"].quote

    @given(days(jumps=True))
    def test_a_day_sent_twice_in_a_row_is_the_same_day(self, script: Script) -> None:
        book, _ = play(script)
        doubled = Script(
            list(itertools.chain.from_iterable((m, m) for m in script.messages)), script.true
        )
        assert play(doubled)[0].lines() == book.lines()
