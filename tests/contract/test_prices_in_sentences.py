"""Every sentence writes a price in the decimals and the unit of its instrument."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.alerts.evaluate import Watch, events
from analytics.alerts.kinds.near import Near
from analytics.model.live import FeedState, LiveSnapshot
from analytics.model.question import Answer, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Bars, Freshness, Moment, Phase, Provenance
from analytics.preview.prices_text import ladder_cite, status_sentences
from analytics.studies.supports.supports import SupportLadder, build_ladder
from analytics.watch.live_lines import evaluate, live_quote
from analytics.watch.session_baseline import baseline_of
from components.figures.ladder import rungs
from components.frame.findings import next_finding, support_finding
from components.pages.market.state import MarketState
from components.pages.market.views import show_answer
from components.pages.supports.ladder_views import show_ladder
from components.pages.supports.state import SupportsState
from tests.support.builders import walk
from tests.support.fault_stage import text_of
from tests.support.small_bars import LAST, bars_of

INSTRUMENTS = {
    "SPY": ("USD", 600.0, 2),
    "PENY": ("USD", 0.0012, 4),
    "VOD.L": ("GBp", 490.2, None),
    "SAP.DE": ("EUR", 240.0, 2),
    "7203.T": ("JPY", 2345.0, 2),
    "005930.KS": ("KRW", 54300.0, 2),
    "0700.HK": ("HKD", 410.2, 3),
    "EURUSD=X": ("USD", 1.04231, 4),
    "USDJPY=X": ("JPY", 155.765, None),
    "^N225": ("JPY", 39565.8, 2),
    "ES=F": ("USD", 6130.25, 2),
    "BTC-USD": ("USD", 99123.0, 2),
    "SHIB-USD": ("USD", 0.00002134, 6),
}
SIGN = {"USD": "", "GBp": "p", "EUR": "€", "JPY": "¥", "KRW": "₩", "HKD": "HKD"}
MOMENT = Moment(session_close(LAST), LAST, Phase.CLOSED, True)
PRICE = re.compile(r"\bat (?:HKD[\u2009 ]|[€¥₩])?(\d[\d\u2009,]*+(?:\.\d+)?)(p?)(?!:)(?!\d)")


def bars_like(symbol: str, seed: int, drift: float = 0.0) -> Bars:
    """A year of bars of an instrument, at about its price."""
    unit, price, hint = INSTRUMENTS[symbol]
    path = walk(260, seed=seed)
    closes = price * path / path[-1] * np.exp(drift * np.linspace(-1, 0, 260))
    made = bars_of(symbol, closes)
    return replace(
        made,
        open=closes,
        high=closes * 1.006,
        low=closes * 0.994,
        currency=unit,
        price_hint=hint,
    )


def plain_words(body: Any) -> str:
    """All text of a component tree."""
    from components.frame.panels import plain

    return text_of(plain(body))


def sentences(ladder: SupportLadder, bars: Bars) -> list[str]:
    """What every surface says of one symbol."""
    answer = Answer("supports", MOMENT, Freshness.CLOSED, Provenance("Files"), ladder)
    card = show_answer(MarketState(), ladder, MOMENT)
    table = show_ladder(SupportsState(symbol=Symbol(bars.symbol)), ladder)
    drawn = rungs(ladder, (ladder.price / 2, ladder.price * 2), log=False)
    return [
        support_finding(ladder),
        next_finding(ladder),
        *(s.text for s in status_sentences(ladder, ladder_cite(answer)) if s is not None),
        *(message for message in alert_texts(bars)),
        card.title,
        card.note,
        plain_words(card.body),
        table.title,
        plain_words(table.body),
        " ".join(word for trace in drawn for word in trace.get("text", ())),
    ]


def alert_texts(bars: Bars) -> list[str]:
    """What an alert near the 50-DMA says, by the live line."""
    baseline = baseline_of(bars, bars.last_session)
    assert baseline is not None
    assert baseline.bar is not None
    quote = live_quote(evaluate(baseline, baseline.bar, final=False))
    snapshot = LiveSnapshot(
        sequence=1,
        epoch="x",
        at=MOMENT.time,
        phase=Phase.OPEN,
        speed=None,
        feed=FeedState(),
        quotes={bars.symbol: quote},
    )
    rule = Near(Symbol(bars.symbol), 50, None, 20.0, "pct")
    found = events(Watch("me", rule, "one"), snapshot, frozenset())
    return [text for message in found for text in (message.title, message.text)]


@pytest.mark.parametrize("symbol", INSTRUMENTS)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), drift=st.sampled_from([-0.3, 0.0, 0.3]))
def test_a_number_read_back_is_the_figure_and_its_unit_the_listings(
    symbol: str, seed: int, drift: float
) -> None:
    bars = bars_like(symbol, seed, drift)
    ladder = build_ladder(bars)
    quotation = bars.quotation
    unit = "" if symbol.startswith("^") or symbol.endswith("=X") else SIGN[INSTRUMENTS[symbol][0]]
    known = [ladder.price, *(x for lv in ladder.levels for x in (lv.price, lv.session_level) if x)]
    rounding = 0.5 * 10.0**-quotation.decimals * (1 + 1e-6)
    for text in sentences(ladder, bars):
        assert "$" not in text
        for match in PRICE.finditer(text):
            number = float(re.sub("[\u2009,]", "", match[1]))
            assert min(abs(number - price) for price in known) <= rounding, text
            assert unit in match[0], text
    assert quotation.text(ladder.price) in plain_words(
        show_answer(MarketState(), ladder, MOMENT).body
    )


def test_the_live_line_is_written_by_the_same_quotation() -> None:
    bars = bars_like("VOD.L", 3)
    baseline = baseline_of(bars, bars.last_session)
    assert baseline is not None
    assert baseline.bar is not None
    line = live_quote(evaluate(baseline, baseline.bar, final=False))
    assert line.quotation == bars.quotation
    assert (line.prefix, line.suffix) == ("", "p")
