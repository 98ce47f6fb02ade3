"""Every sentence about a symbol at a moment says the same (methods, "One level decides").

One parser reads the rendered texts of the headline, the ladder, the card and the preview; what
it finds is held against prices and averages that this module takes from the closes itself.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from analytics.desk.replay import bars_at
from analytics.model.question import Answer
from analytics.model.vocabulary import Bars, Freshness, Moment, Phase, Provenance
from analytics.preview.model import Sentence
from analytics.preview.prices_text import (
    fall_through,
    ladder_cite,
    likely_sentence,
    status_sentences,
)
from analytics.preview.watch_text import deciding_close
from analytics.sources.demo import DemoSource
from analytics.sources.files.source import FilesSource
from analytics.sources.validate import clean_bars, clean_minutes
from analytics.studies.supports.how_likely import how_likely, level_in_question
from analytics.studies.supports.supports import SupportLadder, build_ladder
from components.frame.findings import next_finding, next_session_finding, support_finding
from components.pages.market.state import MarketState
from components.pages.market.views import show_answer
from components.pages.supports.ladder_views import show_ladder
from components.pages.supports.state import SupportsState
from tests.support.builders import make_bars, walk
from tests.support.shared_data import SHARED, needs_shared_data

HEADLINE = (50, 100, 200)
MONDAY = dt.date(2025, 1, 27)
OHLC = ("SPY", "QQQ", "NVDA", "AAPL", "VIX")


@dataclass(frozen=True)
class Facts:
    """What this module knows of the moment: averages by length, taken from the closes."""

    price: float
    decided: dict[int, float]
    deciding: dict[int, float]
    final: bool

    @staticmethod
    def of(bars: Bars) -> Facts:
        close, final = bars.close, bars.last_complete
        before = {n: float(np.mean(close[-n - 1 : -1])) for n in HEADLINE if len(close) > n}
        through = {n: float(np.mean(close[-n:])) for n in HEADLINE if len(close) >= n}
        return Facts(float(close[-1]), before, through if final else through | before, final=final)

    def prints(self, n: int, price: str) -> bool:
        """Whether ``price`` is one of the two numbers that may be printed for an average."""
        return any(
            math.isclose(float(price.rstrip(".")), of[n], abs_tol=0.005 + 1e-9)
            for of in (self.decided, self.deciding)
            if n in of
        )


def plain(text: str) -> str:
    return (
        text.replace("\u2011", "-")
        .replace("\u2212", "-")
        .replace("\u2009", "")
        .replace("\u2019", "'")
    )


def printed(sentence: Sentence | None) -> str:
    return "" if sentence is None else sentence.text


def answered(ladder: SupportLadder, bars: Bars) -> Answer[SupportLadder]:
    phase = Phase.CLOSED if bars.last_complete else Phase.OPEN
    time = bars.last_time or dt.datetime.combine(bars.last_session, dt.time(21), dt.UTC)
    moment = Moment(time, bars.last_session, phase, live=False)
    return Answer("supports", moment, Freshness.CLOSED, Provenance("Test"), ladder)


def unasked(question: str) -> Answer[Any]:
    moment = Moment(dt.datetime(2025, 1, 24, 21, tzinfo=dt.UTC), MONDAY, Phase.CLOSED, live=False)
    return Answer(question, moment, Freshness.NO_DATA, Provenance("Test"), reason="Not asked.")


NO_STUDY, NO_ODDS = unasked("hold-study"), unasked("odds")


def text_of(node: object) -> str:
    """The text of a component, its children in order."""
    if node is None or isinstance(node, bool):
        return ""
    if isinstance(node, list | tuple):
        return " ".join(filter(None, map(text_of, node)))
    if isinstance(node, str | int | float):
        return str(node)
    return text_of(getattr(node, "children", None))


def sentences(bars: Bars, ladder: SupportLadder) -> dict[str, str]:
    """Every text about the ladder, by where it stands."""
    answer = answered(ladder, bars)
    headline = show_answer(MarketState(), ladder, answer.moment, NO_STUDY, NO_ODDS)
    likely = how_likely(ladder, level_in_question(ladder), NO_STUDY, NO_ODDS)
    rungs = show_ladder(SupportsState(), ladder)
    cite = ladder_cite(answer)
    preview = [*status_sentences(ladder, cite), fall_through(ladder, cite)]
    found = {
        "title": support_finding(ladder),
        "next": next_finding(ladder),
        "next session": next_session_finding(ladder),
        "headline title": headline.title,
        "headline summary": headline.summary,
        "headline body": text_of(headline.body),
        "headline note": headline.note,
        "ladder title": rungs.title,
        "ladder summary": rungs.summary,
        "preview": " ".join(map(printed, preview)),
        "how likely": likely.text,
        "how likely, preview": printed(likely_sentence(ladder, NO_STUDY, NO_ODDS)),
        "preview: what decides": printed(deciding_close(ladder, cite)),
    }
    return {where: plain(text) for where, text in found.items() if text}


_NAMES = r"(?:\d+-DMA(?: \([\d.]+\))?(?:, | and )?)+"
_UNDER = re.compile(
    rf"(?:broke|under|lost) its ({_NAMES})|under ({_NAMES}) at the open and did not"
)
_OVER = re.compile(rf"(?:testing|reclaiming|reclaimed|winning back|touched|held) its ({_NAMES})")
_GAP = re.compile(r"([\d.]+)% (above|below|under)(?: its| the| it)?(?: (\d+)-DMA)?")
_AT = re.compile(
    r"(\d+)-DMA(?:'s)?(?: lies \S+% below)?(?:,)?(?: at | \(| lies at |, now at )([\d.]+)"
)
_NEXT = re.compile(
    r"[Nn]ext support(?::| is) the (\d+)-DMA at ([\d.]+)(?: \(-([\d.]+)%\)|, ([\d.]+)%)"
)


def lengths(names: str) -> list[int]:
    return [int(n) for n in re.findall(r"(\d+)-DMA", names)]


def complaints(text: str, facts: Facts) -> Iterator[str]:
    """What a text says that the facts do not."""
    for n, price in _AT.findall(text):
        if int(n) in HEADLINE and not facts.prints(int(n), price):
            yield f"{n}-DMA at {price}, not {facts.decided.get(int(n))}"
    for pattern, is_over in ((_UNDER, False), (_OVER, True)):
        for match in pattern.finditer(text):
            names = next(group for group in match.groups() if group)
            if re.search(r"open(ing|ed)( at [\d.]+,)? $", text[: match.start()]):
                continue  # where it opened says nothing of where it is
            for n in lengths(names):
                if n in facts.decided and (facts.price >= facts.decided[n]) != is_over:
                    yield f"{match[0]!r} but {facts.price} against {facts.decided[n]:.4f}"
    for match in _NEXT.finditer(text):
        n, price, one, other = match.groups()
        level = facts.deciding[int(n)]
        gap = (level / facts.price - 1) * 100
        wrong = not math.isclose(abs(gap), float(one or other), abs_tol=0.005 + 1e-9)
        if level > facts.price or wrong:
            yield f"{match[0]!r} but the distance is {gap:.4f}"


def gap_complaints(title: str, facts: Facts) -> Iterator[str]:
    """A distance in the title is that of a level it names, on the side it says."""
    for size, side, named in _GAP.findall(title):
        decimals = len(size.partition(".")[2])
        candidates = [int(named)] if named else lengths(title)
        sides = {"above": {1}, "below": {-1, 1}, "under": {-1}}[side]
        fits = [
            n
            for n in candidates
            for of in (facts.decided, facts.deciding)
            if n in of
            and math.isclose(
                abs(of[n] / facts.price - 1) * 100, float(size), abs_tol=0.51 * 10**-decimals
            )
            and ((1 if facts.price >= of[n] else -1) in sides or "the close" in title)
        ]
        if not fits:
            yield f"{size}% {side} fits no level of {candidates}"


def next_complaint(found: dict[str, str], facts: Facts) -> Iterator[str]:
    """The next support is the highest average below that the title does not name."""
    named = set(lengths(found["title"]))
    below = sorted(
        ((level, n) for n, level in facts.deciding.items() if level <= facts.price), reverse=True
    )
    wanted = next((n for _, n in below if n not in named), None)
    said = {
        int(match[1])
        for where in ("next", "headline body", "headline summary", "ladder title", "preview")
        for match in _NEXT.finditer(found.get(where, ""))
    }
    if said != ({wanted} if wanted else set()):
        yield f"next support {said}, not {wanted}; the title is {found['title']!r}"


def likely_complaint(found: dict[str, str]) -> Iterator[str]:
    """The sentence of how likely is about a level of the title, and the same everywhere."""
    likely = found["how likely"]
    if found["how likely, preview"] != likely or likely not in found["headline summary"]:
        yield f"{likely!r} is not said alike: {found['how likely, preview']!r}"
    level, named = lengths(likely)[0], lengths(found["title"])
    below_all = "no headline support underneath" in found["title"]
    if named and level not in named and not below_all:
        yield f"{likely!r} under {found['title']!r}"


def side_complaint(found: dict[str, str], facts: Facts, ladder: SupportLadder) -> Iterator[str]:
    """Statuses beside the title stand on the side that the decided level says."""
    over = {"held", "reclaimed", "above", "reclaiming", "testing", "close only"}
    for level in ladder.levels:
        n = int(level.id.parameter) if level.id.parameter.isdecimal() else 0
        if n in facts.decided and level.status is not None:
            if (str(level.status) in over) != (facts.price >= facts.decided[n]):
                at = f"{facts.price}, {facts.decided[n]:.4f}"
                yield f"{level.name} is {level.status} at {at}"
            if level.price != pytest.approx(facts.deciding[n], rel=1e-12):
                yield f"{level.name} decides at {level.price}, not {facts.deciding[n]}"


def check(bars: Bars) -> list[str]:
    ladder, facts = build_ladder(bars), Facts.of(bars)
    found = sentences(bars, ladder)
    wrong = [f"{where}: {one}" for where, text in found.items() for one in complaints(text, facts)]
    wrong += [f"title: {one}" for one in gap_complaints(found["title"], facts)]
    wrong += next_complaint(found, facts)
    wrong += likely_complaint(found)
    wrong += side_complaint(found, facts, ladder)
    return [f"{bars.symbol} {bars.last_session} {bars.last_time}: {one}" for one in wrong]


def closes_of(bars: Bars) -> Iterator[Bars]:
    for day in bars.sessions[51:]:
        yield bars.upto(day.astype(dt.date))


def recorded(symbol: str) -> Bars:
    return clean_bars(FilesSource(SHARED).bars(symbol, None))[0]


@needs_shared_data
class TestRecorded:
    @pytest.mark.parametrize("symbol", OHLC)
    def test_every_close_of_the_bars(self, symbol: str) -> None:
        assert [one for bars in closes_of(recorded(symbol)) for one in check(bars)] == []

    def test_every_close_of_the_wide_file(self) -> None:
        wide = next((SHARED / "prices").glob("*close*.csv"))
        symbols = wide.read_text(encoding="utf-8").partition("\n")[0].strip().split(",")[1:]
        assert len(symbols) >= 36
        others = [symbol for symbol in symbols if symbol not in OHLC]
        wrong = [
            one for symbol in others for bars in closes_of(recorded(symbol)) for one in check(bars)
        ]
        assert wrong == []

    def test_the_session_under_way_of_every_recorded_day(self) -> None:
        """Each bar's open, low, high and close in turn as the running price."""
        wrong: list[str] = []
        for symbol in ("SPY", "NVDA"):
            for bars in closes_of(recorded(symbol)):
                for price in (bars.open[-1], bars.low[-1], bars.high[-1], bars.close[-1]):
                    running = replace(
                        bars, close=np.append(bars.close[:-1], price), last_complete=False
                    )
                    wrong += check(running)
        assert wrong == []


class TestDemo:
    def test_every_minute_of_the_monday(self) -> None:
        source = DemoSource()
        for symbol in ("SPY", "QQQ", "NVDA"):
            bars, _ = clean_bars(source.bars(symbol, None, MONDAY))
            minutes, _ = clean_minutes(source.minutes(symbol, MONDAY), MONDAY)
            moments = minutes.times[1:].astype("datetime64[s]").tolist()
            wrong = [
                one
                for time in moments
                for one in check(bars_at(bars, minutes, time.replace(tzinfo=dt.UTC)))
            ]
            assert wrong == []


class TestRandom:
    @pytest.mark.parametrize("seed", range(6))
    def test_every_close_of_a_random_walk(self, seed: int) -> None:
        bars = make_bars(walk(330, seed), spread=1.0)
        assert [one for cut in closes_of(bars) for one in check(cut)] == []


class TestTheParser:
    FACTS = Facts(100.0, {50: 99.0, 100: 98.0}, {50: 99.0, 100: 98.0}, final=False)

    @pytest.mark.parametrize(
        "text",
        [
            "SPY trades 1.00% under its 50-DMA; the close decides",
            "Next support: the 50-DMA at 98.00 (-2.00%).",
            "Next support: the 100-DMA at 98.00 (-1.90%).",
            "SPY's 50-DMA lies 2.0% below at 97.90",
            "SPY broke its 50-DMA and 100-DMA: closed 1.00% below the 50-DMA",
        ],
    )
    def test_a_wrong_sentence_is_found(self, text: str) -> None:
        assert [*complaints(text, self.FACTS)]

    @pytest.mark.parametrize(
        "text",
        [
            "SPY is testing its 50-DMA: 1.00% above; the close decides",
            "Next support: the 100-DMA at 98.00 (-2.00%).",
            "SPY's 50-DMA lies 1.0% below at 99.00",
        ],
    )
    def test_a_right_one_is_not(self, text: str) -> None:
        assert not [*complaints(text, self.FACTS)]
        assert not [*gap_complaints(text, self.FACTS)]

    def test_a_wrong_distance_is_found(self) -> None:
        assert [*gap_complaints("SPY is testing its 50-DMA: 1.20% above", self.FACTS)]
