from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
from dash import html
from dash._utils import to_json

from analytics.model.question import DEFAULT_BENCHMARK, Answer, Symbol
from analytics.model.vocabulary import BadInput, Freshness, Moment, Phase, Provenance
from components.figures import theme
from components.frame import formats, panels, widgets
from components.frame.state import PageState, Range

TIME = dt.datetime(2025, 1, 27, 18, 49, tzinfo=dt.UTC)
ANSWER: Answer[Any] = Answer(
    question="supports",
    moment=Moment(TIME, dt.date(2025, 1, 27), Phase.OPEN, True),
    freshness=Freshness.DELAYED,
    provenance=Provenance("Yahoo", bar_time=TIME, delay_minutes=15, rejected={"high < low": 2}),
    result=object(),
    version="v1",
)


@dataclass(frozen=True)
class ViewState(PageState):
    """A page's state."""

    symbol: Symbol = DEFAULT_BENCHMARK
    range: Range = "6m"


def panel(
    answer: Answer[Any] = ANSWER, show: Any = None, reads: tuple[str, ...] | None = None
) -> panels.Panel[ViewState]:
    return panels.Panel("page", "name", ViewState, lambda state: answer, show or view, reads=reads)


def view(state: ViewState, result: object) -> panels.View:
    return panels.View(
        title=f"{state.symbol} holds",
        basis="Traded closes",
        figure={
            "data": [{"type": "scatter", "x": ["2025-01-24"], "y": [1.0]}],
            "layout": theme.base_layout("x"),
        },
        body=html.Div([widgets.chip("held", "up"), widgets.term("dma", "50-DMA")]),
        data=panels.Data((("Date", "date"), ("Close $", "price")), [("2025-01-24", None)]),
    )


def build(raw: Any = None, seen: Any = None, answer: Answer[Any] = ANSWER) -> Any:
    return panels.build_payload({} if raw is None else raw, seen, panel(answer))


class TestReads:
    def send(self, raw: Any, seen: Any = None) -> Any:
        return panels.build_payload(raw, seen, panel(reads=("symbol",)))

    def test_only_a_change_of_what_is_read_sends_the_panel_again(self) -> None:
        seen = self.send({"symbol": "NVDA", "range": "1y"})["version"]
        assert self.send({"symbol": "NVDA", "range": "1m"}, seen) is None
        assert self.send({"symbol": "QQQ", "range": "1m"}, seen)["title"] == "QQQ holds"
        assert self.send({"symbol": "NVDA", "as_of": "2025-01-24"}, seen) is not None

    def test_what_is_not_read_is_judged_all_the_same(self) -> None:
        assert "99z" in self.send({"range": "99z"})["absence"]


class TestParts:
    """What `show` is given of what was asked."""

    ABSENT = replace(ANSWER, result=None, reason="There is no chain.", freshness=Freshness.STALE)

    def given(self, *parts: Any) -> tuple[Any, Any]:
        got: list[Any] = []

        def show(state: ViewState, *results: Any) -> panels.View:
            got.extend(results)
            return panels.View(title="shown", body=html.Div())

        asked = panels.Panel("page", "name", ViewState, lambda state: parts, show)
        return panels.build_payload({}, None, asked), got

    def test_results_for_required_answers(self) -> None:
        payload, got = self.given(ANSWER, replace(ANSWER, result="other"))
        assert payload["title"] == "shown"
        assert got == [ANSWER.result, "other"]

    def test_an_absent_required_answer_is_the_panels_absence(self) -> None:
        payload, got = self.given(ANSWER, self.ABSENT)
        assert payload["absence"] == "There is no chain."
        assert payload["badge"]["freshness"] == "STALE"
        assert got == []

    def test_an_answer_that_may_be_absent_is_handed_on_with_its_reason(self) -> None:
        payload, got = self.given(ANSWER, panels.MayBeAbsent(self.ABSENT))
        assert payload["title"] == "shown"
        assert got == [ANSWER.result, self.ABSENT]

    def test_its_version_counts_all_the_same(self) -> None:
        one, _ = self.given(ANSWER, panels.MayBeAbsent(self.ABSENT))
        other, _ = self.given(ANSWER, panels.MayBeAbsent(replace(self.ABSENT, version="v9")))
        assert one["version"] != other["version"]

    def test_a_moment_is_handed_on(self) -> None:
        _, got = self.given(*panels.timed(ANSWER))
        assert got == [ANSWER.result, ANSWER.moment]

    def test_a_panel_cannot_read_what_its_page_has_not(self) -> None:
        with pytest.raises(ValueError, match="symbl"):
            panel(reads=("symbl",))


class TestPayload:
    def test_a_payload_takes_the_encoders_fast_path(self) -> None:
        """One Dash component or figure in it would fall back to a walk in Python."""
        payload = build()
        assert json.loads(orjson.dumps(payload)) == json.loads(to_json(payload))

    def test_a_component_left_in_would_be_noticed(self) -> None:
        with pytest.raises(TypeError):
            orjson.dumps({"body": html.Div("x")})
        orjson.dumps(panels.plain(html.Div([html.B("x"), "y"])))

    def test_it_says_source_delay_time_and_rejections(self) -> None:
        payload = build({"symbol": "nvda"})
        assert payload["title"] == "NVDA holds"
        assert payload["subtitle"] == (
            "Traded closes · Yahoo, 15 min delayed, Mon 27 Jan 2025, 13:49 EST; 2 rows rejected"
        )
        assert payload["badge"] == {"freshness": "DELAYED", "text": "DELAYED 15 min"}
        assert payload["summary"] == "NVDA holds"

    def test_what_the_viewer_has_is_not_sent_again(self) -> None:
        version = build()["version"]
        assert build(seen=version) is None
        assert build({"symbol": "QQQ"}, seen=version) is not None
        assert build(seen=version, answer=replace(ANSWER, version="v2")) is not None
        assert build(seen=version, answer=replace(ANSWER, freshness=Freshness.STALE)) is not None

    def test_an_absence_is_stated(self) -> None:
        absent = replace(ANSWER, result=None, reason="50-DMA needs 50 sessions (has 30).")
        payload = build(answer=absent)
        assert payload["absence"] == "50-DMA needs 50 sessions (has 30)."
        assert payload["figure"] is None

    def test_a_bad_state_is_a_sentence_in_the_panel(self) -> None:
        payload = build({"range": "banana"})
        assert "accepted are" in payload["absence"]
        assert payload["badge"]["freshness"] == "NO DATA"

    def test_a_refusal_while_drawing_is_a_sentence_too(self) -> None:
        def refuse(state: ViewState, result: object) -> panels.View:
            raise BadInput("Too many symbols.")

        payload = panels.build_payload({}, None, panel(show=refuse))
        assert payload is not None
        assert payload["absence"] == "Too many symbols."

    def test_a_fault_is_logged_and_never_shown(self, caplog: pytest.LogCaptureFixture) -> None:
        def fail(state: ViewState, result: object) -> panels.View:
            raise ZeroDivisionError("secret detail")

        payload = panels.build_payload({}, None, panel(show=fail))
        assert payload is not None
        assert payload["badge"]["freshness"] == "ERROR"
        assert "secret detail" not in json.dumps(payload)
        assert "secret detail" in caplog.text


class TestFormats:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            (formats.price(1234.5), "1\u2009234.50"),
            (formats.price(596.548), "596.55"),
            (formats.price(None), "–"),
            (formats.price(float("nan")), "–"),
            (formats.pct(-1.879), "−1.88%"),
            (formats.pct(-1.879, 1), "−1.9%"),
            (formats.pct(0.001), "0.00%"),
            (formats.pct(-0.001), "0.00%"),
            (formats.pct(3.18), "+3.18%"),
            (formats.share(57.02), "57.0%"),
            (formats.atr(-1.36), "−1.4\u2009ATR"),
            (formats.count(2_734_567), "2\u2009734\u2009567"),
            (formats.compact(2_734_567), "2.73\u2009M"),
            (formats.compact(-1_500), "−1.50\u2009k"),
            (formats.date(dt.date(2025, 1, 4)), "Sat 4 Jan 2025"),
            (formats.clock(TIME), "13:49 EST"),
            (formats.clock(dt.datetime(2025, 7, 1, 18, tzinfo=dt.UTC)), "14:00 EDT"),
            (formats.duration(130), "2 h 10 min"),
            (formats.duration(9), "9 min"),
            (formats.direction(0.0), "flat"),
        ],
    )
    def test_figures_are_written_one_way(self, written: str, expected: str) -> None:
        assert written == expected


class TestTable:
    def test_numbers_align_right_with_sign_and_colour(self) -> None:
        table = widgets.table(
            [widgets.Column("s", "Symbol"), widgets.Column("c", "Change %", "pct", colour=True)],
            [{"s": "SPY", "c": -1.2}, {"s": "DIA", "c": None}],
            caption="Changes",
            sortable=True,
        )
        text = json.dumps(panels.plain(table), ensure_ascii=False)
        assert "−1.20%" in text
        assert "num down live" in text
        assert '"data-value": "-1.2"' in text
        assert "–" in text
