"""The weekly preview: golden texts, published numbers, references, absences, changing facts."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from analytics.model.definitions import DEFINITIONS
from analytics.model.question import Answer
from analytics.model.sessions import NEW_YORK, session_close
from analytics.model.vocabulary import (
    Event,
    EventKind,
    Freshness,
    Moment,
    NotAvailable,
    Phase,
    Provenance,
)
from analytics.options.view import OptionsView
from analytics.preview import (
    Answers,
    Figure,
    Preview,
    ask_all,
    build_preview,
    compose,
    to_markdown,
)
from analytics.preview.asking import days_ahead
from analytics.preview.prices_text import fall_through, status_sentences
from analytics.preview.watch_text import deciding_close
from analytics.preview.writing import Cite, say
from analytics.studies.calendar.events import ahead
from analytics.studies.sectors.afloat import LastDown
from analytics.studies.supports.supports import SupportLadder, build_ladder
from components.frame.state import PageState
from components.pages import PAGES
from tests.support.builders import make_bars
from tests.support.preview_goldens import DAYS, desk_on, path_of
from tests.support.shared_data import needs_shared_data

FRIDAY, MONDAY = DAYS
SECTIONS = [
    "calendar",
    "action",
    "supports",
    "drawdown",
    "sentiment",
    "options",
    "afloat",
    "watch",
]


@pytest.fixture(scope="module")
def demo() -> Iterator[dict[dt.date | None, Answers]]:
    desk = desk_on("demo")
    yield {day: ask_all(desk, day) for day in (FRIDAY, MONDAY, None)}
    desk.close()


@pytest.fixture(scope="module")
def recorded() -> Iterator[dict[dt.date, Preview]]:
    desk = desk_on("files")
    yield {day: build_preview(desk, day) for day in DAYS}
    desk.close()


def figures(preview: Preview) -> list[Figure]:
    return [f for section in preview.sections for s in section.sentences for f in s.figures]


def text(preview: Preview, key: str | None = None) -> str:
    chosen = [s for s in preview.sections if key in (None, s.key)]
    return "\n".join(sentence.text for section in chosen for sentence in section.sentences)


class TestGoldenTexts:
    @pytest.mark.parametrize("day", DAYS, ids=str)
    def test_the_demo(self, demo: dict[dt.date | None, Answers], day: dt.date) -> None:
        expected = path_of("demo", day).read_text(encoding="utf-8")
        assert to_markdown(compose(demo[day])) == expected

    @needs_shared_data
    @pytest.mark.parametrize("day", DAYS, ids=str)
    def test_the_recorded_market(self, recorded: dict[dt.date, Preview], day: dt.date) -> None:
        expected = path_of("files", day).read_text(encoding="utf-8")
        assert to_markdown(recorded[day]) == expected


@needs_shared_data
class TestPublishedNumbers:
    """The tables of the recorded facts, to their printed digits."""

    @staticmethod
    def value(preview: Preview, key: str, definition: str, near: float) -> float:
        section = preview.section(key)
        assert section is not None
        found = [
            float(f.value)
            for s in section.sentences
            for f in s.figures
            if f.definition == definition
        ]
        return min(found, key=lambda value: abs(value - near))

    @pytest.mark.parametrize(
        ("key", "definition", "expected", "digits"),
        [
            ("supports", "support", 596.548, 3),  # SPY
            ("supports", "distance", 1.879, 3),
            ("supports", "next-support", 583.922, 3),
            ("supports", "distance", 3.956, 3),
            ("supports", "distance", 2.373, 3),  # QQQ
            ("supports", "distance", 2.160, 3),  # NVDA
            ("supports", "distance", 1.639, 3),  # XLK
            ("drawdown", "group-drawdown", 5.657, 3),
            ("drawdown", "dma-drawdown", 7.345, 3),  # AAPL
            ("drawdown", "dma-drawdown", -0.195, 3),  # BRK-B
            ("drawdown", "dma-drawdown", -16.583, 3),  # AVGO
        ],
    )
    def test_friday(
        self,
        recorded: dict[dt.date, Preview],
        key: str,
        definition: str,
        expected: float,
        digits: int,
    ) -> None:
        size = abs(expected) if definition in ("distance", "group-drawdown") else expected
        got = self.value(recorded[FRIDAY], key, definition, size)
        assert round(got, digits) == pytest.approx(size, abs=0.0006)

    @pytest.mark.parametrize(
        ("key", "definition", "expected"),
        [
            ("supports", "gap-down", 594.81),
            ("supports", "session-level", 596.548),
            ("supports", "deciding-level", 596.560),
            ("supports", "session-level", 139.54),
            ("supports", "session-level", 133.40),
            ("supports", "session-level", 517.062),
            ("supports", "session-level", 235.378),
            ("supports", "session-level", 229.833),
            ("action", "traded-close", 599.37),
            ("action", "traded-close", 1.41),
            ("action", "traded-close", 16.97),
            ("action", "traded-close", 4.90),
            ("action", "traded-close", 2.91),
            ("afloat", "afloat", 5.25),
            ("afloat", "afloat", 4.86),
            ("afloat", "afloat", 4.00),
            ("afloat", "afloat", 3.85),
            ("afloat", "afloat", 3.18),
            ("afloat", "afloat", 2.79),
        ],
    )
    def test_monday(
        self, recorded: dict[dt.date, Preview], key: str, definition: str, expected: float
    ) -> None:
        got = self.value(recorded[MONDAY], key, definition, expected)
        assert got == pytest.approx(expected, abs=0.0051)

    def test_the_story_of_monday(self, recorded: dict[dt.date, Preview]) -> None:
        supports = text(recorded[MONDAY], "supports")
        assert (
            "SPY opened at 594.81, under its 50-DMA (596.55), and held it by the close" in supports
        )
        assert "NVDA gapped under its 50-DMA (139.54) and 100-DMA (133.40)" in supports
        assert "XLK broke its 50-DMA (235.38) and 100-DMA (229.83)" in supports

    def test_without_a_chain_it_says_so_and_prints_no_level(
        self, recorded: dict[dt.date, Preview]
    ) -> None:
        section = recorded[MONDAY].section("options")
        assert section is not None
        assert [s.figures for s in section.sentences] == [()]
        assert section.sentences[0].text.startswith("No option chain of SPY, NVDA, XLK and QQQ")


class TestReferences:
    def test_every_figure_can_be_checked(self, demo: dict[dt.date | None, Answers]) -> None:
        for day, answers in demo.items():
            for figure in figures(compose(answers)):
                assert figure.definition in DEFINITIONS, figure
                assert figure.source == "Simulator"
                assert figure.as_of.tzinfo is not None
                path, _, query = figure.link.partition("?")
                assert path in {page.path for page in PAGES} | {"/calendar"}
                assert PageState.from_query(query).as_of == day
                if isinstance(figure.value, float):
                    assert math.isfinite(figure.value)

    def test_a_figure_leads_to_its_own_symbol(self, demo: dict[dt.date | None, Answers]) -> None:
        section = compose(demo[MONDAY]).section("supports")
        assert section is not None
        for sentence in section.sentences:
            named = [s for s in ("SPY", "QQQ", "NVDA", "XLK") if sentence.text.startswith(s)]
            for figure in sentence.figures if named else ():
                assert f"symbol={named[0]}" in figure.link

    def test_no_number_stands_outside_a_figure(self, demo: dict[dt.date | None, Answers]) -> None:
        names = re.compile(r"\d+-DMA|\d\d:\d\d|52-week|\d+-session|\d+ sessions|of 100")
        for answers in demo.values():
            for section in compose(answers).sections:
                for sentence in section.sentences:
                    bare = "".join(part for part in sentence.parts if isinstance(part, str))
                    assert not re.search(r"\d", names.sub("", bare)), sentence.text

    def test_markdown_links_each_figure_when_told_where(
        self, demo: dict[dt.date | None, Answers]
    ) -> None:
        preview = compose(demo[FRIDAY])
        linked = to_markdown(preview, "https://desk.example/")
        assert linked.count("](https://desk.example/") == len(figures(preview))
        assert "**SIMULATED - not market prices**" in linked


class TestAbsences:
    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("calendar", "calendar"),
            ("drawdown", "drawdown"),
            ("sentiment", "sentiment"),
            ("afloat", "afloat"),
        ],
    )
    def test_an_answer_removed_takes_its_section_and_no_other(
        self, demo: dict[dt.date | None, Answers], name: str, key: str
    ) -> None:
        whole = compose(demo[MONDAY])
        removed: dict[str, Any] = {name: None}
        got = compose(replace(demo[MONDAY], **removed))
        assert whole.section(key) is not None
        assert got.section(key) is None
        assert [s.key for s in got.sections] == [s for s in SECTIONS if s != key]

    def test_a_figure_removed_takes_its_sentence(self, demo: dict[dt.date | None, Answers]) -> None:
        answers = demo[MONDAY]
        before = text(compose(answers), "options")
        answer = answers.options["NVDA"]
        assert answer.result is not None
        no_flip = replace(answer.result.levels.gamma_flip, nearest=None, all=(), text="none")
        no_wall = replace(answer.result.levels.call_wall, strike=None, reason="n/a")
        levels = replace(answer.result.levels, gamma_flip=no_flip, call_wall=no_wall)
        options = dict(answers.options) | {
            "NVDA": replace(answer, result=replace(answer.result, levels=levels))
        }
        after = text(compose(replace(answers, options=options)), "options")
        assert "NVDA trades below its gamma flip" in before
        assert "NVDA's call wall" in before
        assert "NVDA trades" not in after
        assert "NVDA's call wall" not in after
        assert "NVDA: 5" in after, "what is still known is still told"

    def test_a_symbol_without_an_answer_is_named(self, demo: dict[dt.date | None, Answers]) -> None:
        answers = demo[MONDAY]
        gone = replace(answers.supports["QQQ"], result=None, reason="Yahoo is down.")
        preview = compose(replace(answers, supports=dict(answers.supports) | {"QQQ": gone}))
        assert "No supports of QQQ: Yahoo is down." in text(preview, "supports")
        assert "QQQ wins" not in text(preview, "watch")

    def test_nothing_at_all_is_refused_with_the_reason(self) -> None:
        moment = Moment(session_close(FRIDAY), FRIDAY, Phase.CLOSED, False)
        down: Answer[Any] = Answer(
            "watchlist", moment, Freshness.ERROR, Provenance("Yahoo"), reason="Yahoo is down."
        )
        with pytest.raises(NotAvailable, match="nothing to write a preview from: Yahoo is down"):
            compose(Answers(moment, watchlist=down))

    def test_figures_that_are_not_numbers_are_never_printed(
        self, demo: dict[dt.date | None, Answers]
    ) -> None:
        answers = demo[MONDAY]
        for name in ("watchlist", "sectors", "drawdown", "sentiment", "afloat", "calendar"):
            answer = getattr(answers, name)
            broken = replace(answer, result=_without_numbers(answer.result))
            assert "nan" not in text(compose(replace(answers, **{name: broken}))).lower()
        options = {
            symbol: replace(one, result=_without_numbers(one.result))
            for symbol, one in answers.options.items()
        }
        section = text(compose(replace(answers, options=options)), "options")
        assert "nan" not in section.lower()
        assert "None" not in section

    def test_what_is_stale_is_noted(self, demo: dict[dt.date | None, Answers]) -> None:
        answer = demo[MONDAY].afloat
        assert answer is not None
        old = replace(answer, provenance=replace(answer.provenance, stale="Shown: an hour old."))
        preview = compose(replace(demo[MONDAY], afloat=old))
        assert preview.notes == ("Shown: an hour old.",)
        assert "> Shown: an hour old." in to_markdown(preview)


def _without_numbers(value: Any) -> Any:
    """The same result with every float replaced by NaN."""
    if isinstance(value, float):
        return math.nan
    if isinstance(value, tuple):
        return tuple(_without_numbers(item) for item in value)
    if isinstance(value, dict):
        return {key: _without_numbers(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _without_numbers(getattr(value, f.name)) for f in fields(value)}
        return type(value)(**changed)
    return value


def ladder_of(closes: list[float], *, complete: bool = True, spread: float = 1.0) -> SupportLadder:
    return build_ladder(make_bars(closes, symbol="T", spread=spread, complete=complete))


def sentences(ladder: SupportLadder) -> str:
    moment = Moment(session_close(ladder.session), ladder.session, Phase.CLOSED, False)
    answer: Answer[SupportLadder] = Answer(
        "supports", moment, Freshness.CLOSED, Provenance("Test"), ladder
    )
    cite = Cite(answer, "/supports", symbol="T")
    said = [*status_sentences(ladder, cite), fall_through(ladder, cite)]
    return " ".join(sentence.text for sentence in said if sentence)


class TestTheFactsMakeTheSentence:
    """Sixty flat closes at 100 make one 50-DMA at 100; the last bars do the rest."""

    FLAT = [100.0] * 60

    def test_above(self) -> None:
        got = sentences(ladder_of([*self.FLAT, 105.0, 110.0]))
        assert got.startswith("T's support in focus is its 50-DMA at 100.30")
        assert got.endswith("Below the 50-DMA none of the three averages is left.")

    def test_held_after_a_touch(self) -> None:
        got = sentences(ladder_of([*self.FLAT, 101.0, 101.5], spread=1.5))
        assert re.match(
            r"T reached down to 99\.50, touched its 50-DMA \(100\.02\) and held it by the close "
            r"at 101\.50, 1\.46% above it\.",
            got,
        )

    def test_broken(self) -> None:
        got = sentences(ladder_of([*self.FLAT, 101.0, 97.0]))
        assert got.startswith("T broke its 50-DMA (100.02), closing at 97.00, 3.11% below it.")
        assert got.endswith("T has none of its 50, 100 and 200-DMA left below.")

    def test_reclaimed(self) -> None:
        got = sentences(ladder_of([*self.FLAT, 97.0, 103.0]))
        assert got.startswith("T reclaimed its 50-DMA (99.94), closing at 103.00, 2.97% above it.")

    def test_below_everything(self) -> None:
        got = sentences(ladder_of([*self.FLAT, 95.0, 90.0]))
        assert got.startswith("T closed below every moving average it has")
        assert "its 50-DMA at 99.70, lies 10.78% above." in got

    def test_in_session_the_close_decides(self) -> None:
        under = sentences(ladder_of([*self.FLAT, 101.0, 97.0], complete=False))
        assert under.startswith("T trades under its 50-DMA (100.02), at 97.00, 3.11% below it")
        testing = sentences(ladder_of([*self.FLAT, 101.0, 100.1], complete=False))
        assert testing.startswith("T is testing its 50-DMA (100.02): at 100.10 it stands 0.08%")
        back = sentences(ladder_of([*self.FLAT, 97.0, 103.0], complete=False))
        assert back.startswith("T is winning back its 50-DMA (99.94): at 103.00 it stands 2.97%")
        assert all("; the close decides." in one for one in (under, testing, back))

    def test_too_short_a_history_says_what_is_missing(self) -> None:
        got = sentences(ladder_of([100.0] * 30))
        assert "T has no moving average to stand on: " in got
        assert "50" in got

    def test_an_up_day_has_leaders_and_the_last_down_day(
        self, demo: dict[dt.date | None, Answers]
    ) -> None:
        afloat = demo[MONDAY].afloat
        assert afloat is not None
        assert afloat.result is not None
        last = LastDown(FRIDAY, -0.29, afloat.result.ranking)
        up = replace(afloat.result, benchmark_return_pct=1.2, last_down=last)
        section = compose(replace(demo[MONDAY], afloat=replace(afloat, result=up))).section(
            "afloat"
        )
        assert section is not None
        assert section.title == "Who led"
        said = " ".join(sentence.text for sentence in section.sentences)
        assert said.startswith("SPY gained 1.20%; furthest ahead of their beta were XLP")
        assert "On SPY's last session down, Friday 24 January (−0.29%), the best were XLP" in said

    def test_the_close_that_decides_is_the_next_one(
        self, demo: dict[dt.date | None, Answers]
    ) -> None:
        for day, when in ((MONDAY, "on Tuesday 28 January"), (None, "today")):
            answer = demo[day].supports["SPY"]
            assert answer.result is not None
            said = deciding_close(answer.result, Cite(answer, "/supports"))
            assert said is not None
            assert said.text.startswith(f"SPY keeps its 50-DMA {when} with a close of 59")

    def test_a_sentence_lacks_nothing_or_is_not_said(self) -> None:
        assert say("a ", None, " b") is None


class TestTheDaysAhead:
    @pytest.mark.parametrize(
        ("time", "session", "phase", "expected"),
        [
            # Friday after the close: the whole coming week
            ("2025-01-24 16:00", "2025-01-24", Phase.CLOSED, ("2025-01-27", "2025-02-02")),
            # before a Monday's holiday the week still begins with that Monday
            ("2025-01-17 16:00", "2025-01-17", Phase.CLOSED, ("2025-01-20", "2025-01-26")),
            ("2025-01-26 12:00", "2025-01-24", Phase.CLOSED, ("2025-01-27", "2025-02-02")),
            ("2025-01-27 16:00", "2025-01-27", Phase.CLOSED, ("2025-01-28", "2025-02-02")),
            ("2025-01-27 13:50", "2025-01-27", Phase.OPEN, ("2025-01-27", "2025-02-02")),
            ("2025-01-28 08:00", "2025-01-27", Phase.PRE, ("2025-01-28", "2025-02-02")),
            # half-day: over at 13:00
            ("2025-11-28 13:00", "2025-11-28", Phase.CLOSED, ("2025-12-01", "2025-12-07")),
        ],
    )
    def test_from_the_next_session_to_its_week_s_end(
        self, time: str, session: str, phase: Phase, expected: tuple[str, str]
    ) -> None:
        local = dt.datetime.strptime(time, "%Y-%m-%d %H:%M").replace(tzinfo=NEW_YORK)
        moment = Moment(local.astimezone(dt.UTC), dt.date.fromisoformat(session), phase, True)
        assert tuple(map(str, days_ahead(moment))) == expected

    def test_what_has_passed_is_not_ahead(self) -> None:
        noon = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)
        moment = Moment(noon, MONDAY, Phase.OPEN, True)
        early = Event(MONDAY, EventKind.EARNINGS, "T earnings", timing="before the open")
        late = replace(early, timing="after the close")
        assert not ahead(early, moment)
        assert ahead(late, moment)
        assert not ahead(replace(late, time=noon), moment)


class TestTheModel:
    def test_it_holds_every_section_in_order(self, demo: dict[dt.date | None, Answers]) -> None:
        for answers in demo.values():
            assert [section.key for section in compose(answers).sections] == SECTIONS

    def test_live_it_is_provisional_and_its_links_are_live(
        self, demo: dict[dt.date | None, Answers]
    ) -> None:
        preview = compose(demo[None])
        assert preview.provisional
        assert all("as_of" not in figure.link for figure in figures(preview))
        assert not compose(demo[MONDAY]).provisional

    def test_the_same_answers_read_the_same(self, demo: dict[dt.date | None, Answers]) -> None:
        assert compose(demo[MONDAY]) == compose(demo[MONDAY])

    def test_friday_knows_nothing_of_monday(self, demo: dict[dt.date | None, Answers]) -> None:
        preview = compose(demo[FRIDAY])
        assert preview.as_of == session_close(FRIDAY)
        assert {figure.as_of for figure in figures(preview)} == {session_close(FRIDAY)}
        view = demo[FRIDAY].options["NVDA"].result
        assert isinstance(view, OptionsView)
        assert view.session == FRIDAY
        assert "57.0% of the option volume" in text(preview, "options")
