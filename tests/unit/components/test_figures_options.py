"""Every option figure, and every Options panel, on rich, thin and empty chains."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analytics.model.question import Answer, Inputs, Symbol
from analytics.model.sessions import session_close, sessions_between
from analytics.model.vocabulary import (
    DailyFigures,
    Freshness,
    Moment,
    NotAvailable,
    OptionChain,
    Phase,
    Provenance,
)
from analytics.options.levels_question import OPTIONS_LEVELS
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.options.surface_question import OPTIONS_SURFACE
from analytics.studies.supports.calibration import calibrate
from analytics.studies.supports.odds import ODDS, OddsParameters, OddsView
from analytics.studies.supports.odds_record import DEFINITION as ODDS_DEFINITION
from components.figures import options, strike_axis, strikes
from components.frame.panels import plain
from components.pages.options import (
    activity_views,
    chain_views,
    exposure_views,
    levels_views,
    odds_views,
    views,
)
from components.pages.options.state import OptionsState
from tests.support.figure_checks import check_figure, check_view, drawn, named
from tests.support.small_bars import bars_of as daily_bars
from tests.support.small_chains import NAN, SESSION, Row, bars_of, chain_of, priced_rows

STRIKES = [80.0, 85.0, 90.0, 95.0, 97.5, 100.0, 102.5, 105.0, 110.0, 115.0, 120.0]
RICH = chain_of(*(row for days in (4, 11, 39, 102) for row in priced_rows(100.0, days, STRIKES)))
CHAINS = {
    "rich": RICH,
    "one contract": chain_of(Row(4, True, 100.0)),
    "calls only": chain_of(Row(4, True, 100.0), Row(11, True, 105.0)),
    "puts only": chain_of(Row(4, False, 100.0), Row(11, False, 95.0)),
    "no volume": chain_of(*priced_rows(100.0, 4, STRIKES), Row(11, True, 90.0, volume=0.0)),
    "no interest": chain_of(Row(4, True, 100.0, interest=0.0), Row(4, False, 100.0, interest=0.0)),
    "unknown": chain_of(Row(4, True, 100.0, bid=NAN, ask=NAN, last=NAN, volume=NAN, interest=NAN)),
    "expired": chain_of(Row(-1, True, 100.0), Row(-1, False, 100.0)),
}
RULES = ("all", "0dte", "this-week", "next-monthly", "short-term")


def answers(
    chain: OptionChain,
    rule: str = "all",
    expiry: dt.date | None = None,
    dealers: str = "long-calls",
) -> Any:
    moment = Moment(session_close(chain.session), chain.session, Phase.CLOSED, live=False)
    bars = bars_of({dt.date(2025, 1, 3): 98.0, SESSION: 100.0})
    inputs = Inputs(moment, bars={"TEST": bars}, chains={"TEST": chain})
    wanted = OptionsParameters(
        Symbol("TEST"),
        expiry,
        rule=rule,  # type: ignore[arg-type]
        dealers=dealers,  # type: ignore[arg-type]
    )
    return tuple(
        Answer(
            question=question.name,
            moment=moment,
            freshness=Freshness.CLOSED,
            provenance=Provenance("Test"),
            result=question.compute(wanted, inputs),
        )
        for question in (OPTIONS, OPTIONS_LEVELS, OPTIONS_SURFACE)
    )


def shown(state: OptionsState, found: Any) -> dict[str, Any]:
    sentiment, exposures, surface = (answer.result for answer in found)
    return {
        "answer": views.show_answer(state, sentiment),
        "bullish": views.show_bullish(state, sentiment),
        "put-call": views.show_put_call(state, sentiment),
        "put-call-table": views.show_put_call_table(state, sentiment),
        "expiries": chain_views.show_expiries(state, sentiment),
        "hygiene": chain_views.show_hygiene(state, sentiment),
        "term": chain_views.show_term(state, surface),
        "smile": chain_views.show_smile(state, surface),
        "matrix": activity_views.show_matrix(state, surface),
        "unusual": activity_views.show_unusual(state, surface),
        "strikes": exposure_views.show_strikes(state, sentiment, exposures),
        "levels": levels_views.show_levels(state, exposures),
        "profile": levels_views.show_profile(state, exposures),
        "gex-expiry": exposure_views.show_gex_by_expiry(state, exposures),
    }


def odds_of(chain: OptionChain, closes: np.ndarray | None = None) -> OddsView:
    moment = Moment(session_close(chain.session), chain.session, Phase.CLOSED, live=False)
    path = np.linspace(90.0, 100.0, 60) if closes is None else closes
    bars = daily_bars("TEST", path, last=SESSION)
    inputs = Inputs(moment, bars={"TEST": bars}, chains={"TEST": chain})
    return ODDS.compute(OddsParameters(Symbol("TEST")), inputs)


class TestEveryPanel:
    @pytest.mark.parametrize("name", CHAINS)
    @pytest.mark.parametrize("measure", ["volume", "open-interest", "gex", "vanna", "charm"])
    def test_no_chain_leaves_a_panel_blank(self, name: str, measure: str) -> None:
        state = OptionsState.parse({"symbol": "TEST", "measure": measure, "weighted": "1"})
        for view in shown(state, answers(CHAINS[name])).values():
            check_view(view)

    @pytest.mark.parametrize("rule", RULES)
    def test_a_rule_without_an_expiry_is_said(self, rule: str) -> None:
        state = OptionsState.parse({"symbol": "TEST", "rule": rule})
        for view in shown(state, answers(chain_of(Row(200, True, 100.0)), rule)).values():
            check_view(view)

    def test_one_expiry_alone(self) -> None:
        expiry = dt.date(2025, 1, 10)
        state = OptionsState.parse({"symbol": "TEST", "expiry": expiry.isoformat()})
        for view in shown(state, answers(RICH, expiry=expiry)).values():
            check_view(view)


class TestVannaAndCharm:
    @pytest.mark.parametrize(("measure", "unit"), [("vanna", "vol point"), ("charm", "day")])
    def test_are_charted_by_strike_expiry_and_both(self, measure: str, unit: str) -> None:
        rows = [
            replace(row, interest=100.0 if row.call else 40.0)
            for days in (4, 11, 39)
            for row in priced_rows(100.0, days, STRIKES)
        ]
        state = OptionsState.parse({"measure": measure})
        found = shown(state, answers(chain_of(*rows)))
        for name in ("strikes", "gex-expiry"):
            (bars,) = found[name].figure["data"]
            assert any(bars["y"])
            assert unit in found[name].figure["layout"]["yaxis"]["title"]["text"]
        matrix = found["matrix"].figure["data"][0]
        assert unit in matrix["hovertemplate"]
        assert matrix["zmid"] == 0
        by_strike = sum(found["strikes"].figure["data"][0]["y"])
        by_expiry = sum(found["gex-expiry"].figure["data"][0]["y"])
        both = sum(cell for line in matrix["z"] for cell in line if cell is not None)
        assert by_strike == pytest.approx(by_expiry)
        assert by_strike == pytest.approx(both)

    def test_the_dealers_side_turns_the_bars(self) -> None:
        rows = [
            replace(row, interest=100.0 if row.call else 0.0)
            for row in priced_rows(100.0, 11, STRIKES)
        ]
        state = OptionsState.parse({"measure": "vanna"})
        chain = chain_of(*rows)
        long, short = (
            shown(state, answers(chain, dealers=side))["strikes"].figure["data"][0]["y"]
            for side in ("long-calls", "short-calls")
        )
        assert long == pytest.approx([-value for value in short])


class TestDensity:
    def test_the_odds_below_each_average_are_said_and_drawn(self) -> None:
        rows = [
            row
            for days in (1, 4, 32)
            for row in priced_rows(100.0, days, [80.0 + i for i in range(41)], sigma=0.3)
        ]
        odds = odds_of(chain_of(*rows, price=100.0))
        view = odds_views.show_density(OptionsState(), odds)
        check_view(view)
        assert view.title.startswith("Options price a ")
        assert view.title.endswith("DMA on Fri 10 Jan")
        assert odds.density is not None
        assert isinstance(view.figure, dict)
        names = [note["text"] for note in view.figure["layout"]["annotations"]]
        assert any(name.startswith("20") for name in names)
        assert "vol points off the mids" in view.note
        line = named(view.figure, "density")
        assert min(line["y"]) >= 0

    @pytest.mark.parametrize("name", CHAINS)
    def test_no_chain_leaves_it_blank(self, name: str) -> None:
        try:
            odds = odds_of(CHAINS[name])
        except NotAvailable:
            return
        check_view(odds_views.show_density(OptionsState(), odds))


class TestCalibration:
    def test_none_kept_is_said(self) -> None:
        empty = calibrate("TEST", (), daily_bars("TEST", np.full(60, 100.0), last=SESSION))
        view = odds_views.show_calibration(OptionsState(), empty)
        check_view(view)
        assert "cannot be checked yet" in view.title

    def test_kept_odds_stand_beside_what_came(self) -> None:
        days = sessions_between(dt.date(2024, 9, 3), SESSION).tolist()
        priced = {"today below -1%": 25.0}
        records = [
            DailyFigures("TEST", day, True, session_close(day), ODDS_DEFINITION, priced)
            for day in days
        ]
        closes = 100 * np.cumprod(np.where(np.arange(len(days)) % 4, 1.005, 0.985))
        bars = replace(daily_bars("TEST", closes, last=SESSION), sessions=np.array(days, "M8[D]"))
        calibration = calibrate("TEST", records, bars)
        view = odds_views.show_calibration(OptionsState(), calibration)
        check_view(view)
        assert view.title.startswith("Closes that options priced at 20–30% came ")
        assert "Brier score" in view.basis


class TestSmile:
    def test_the_fit_is_drawn_over_the_quotes_of_the_nearest_expiry(self) -> None:
        rows = [
            row
            for days in (11, 39)
            for row in priced_rows(100.0, days, [80.0 + i for i in range(41)])
        ]
        view = shown(OptionsState(), answers(chain_of(*rows)))["smile"]
        quotes = named(view.figure, "quotes of 17 Jan")
        assert len(quotes["x"]) == len(quotes["error_y"]["array"]) > 10
        assert "lies within the bid and ask of" in view.note


class TestExpiryPicker:
    def test_each_expiry_is_a_link_with_its_days(self) -> None:
        expiry = dt.date(2025, 1, 10)
        state = OptionsState.parse({"symbol": "TEST", "rule": "short-term", "expiry": str(expiry)})
        body = plain(shown(state, answers(RICH, expiry=expiry))["answer"].body)
        (picker,) = [part for part in body if part["type"] == "Details"]
        summary, choices = picker["props"]["children"]
        assert summary["props"]["children"] == "Fri 10 Jan 2025 · 4 days"
        links = [item["props"]["children"]["props"] for item in choices["props"]["children"]]
        assert [link["children"].split(" · ")[-1] for link in links] == [
            "All 4 expiries",
            "4 days",
            "11 days",
            "39 days",
            "102 days",
        ]
        assert "expiry" not in links[0]["href"]
        assert "rule=short-term" in links[0]["href"]
        assert [link.get("aria-current") for link in links].index("true") == 1


class TestFindings:
    def test_a_method_without_a_share_says_why(self) -> None:
        moment = Moment(session_close(SESSION), SESSION, Phase.CLOSED, False)
        wanted = OptionsParameters(Symbol("TEST"))
        result = OPTIONS.compute(wanted, Inputs(moment, chains={"TEST": RICH}))
        assert "Residual: n/a (no bars of TEST)." in views.show_bullish(OptionsState(), result).note

    def test_a_single_contracts_share_is_a_whole(self) -> None:
        view = shown(OptionsState(), answers(CHAINS["calls only"]))["answer"]
        assert "100% bullish by call share" in view.title

    def test_no_volume_is_one_plain_sentence(self) -> None:
        view = shown(OptionsState(), answers(chain_of(Row(4, True, 100.0, volume=0.0))))["answer"]
        assert view.title == ("TEST has no short-term share of volume: no volume in this session")

    def test_no_calls_give_no_ratio(self) -> None:
        found = shown(OptionsState(), answers(CHAINS["puts only"]))
        assert "n/a" in found["put-call-table"].title

    def test_no_open_interest_gives_no_walls(self) -> None:
        found = shown(OptionsState.parse({"measure": "gex"}), answers(CHAINS["no interest"]))
        assert "no open interest" in found["levels"].title
        assert "n/a" in found["strikes"].title

    def test_the_skew_names_the_dearer_side(self) -> None:
        rows = [
            row
            for strike in STRIKES
            for row in priced_rows(100.0, 39, [strike], sigma=0.4 - (strike - 100) * 0.004)
        ]
        title = shown(OptionsState(), answers(chain_of(*rows)))["smile"].title
        assert title.startswith("25-delta puts cost ")


class TestStrikeBars:
    def figure(self, measure: str = "volume") -> dict[str, Any]:
        state = OptionsState.parse({"measure": measure})
        return dict(shown(state, answers(RICH))["strikes"].figure)

    def test_calls_stand_up_and_puts_hang_down(self) -> None:
        figure = self.figure()
        assert min(named(figure, "calls")["y"]) >= 0
        assert max(named(figure, "puts")["y"]) <= 0

    def test_no_tick_reads_negative(self) -> None:
        axis = self.figure()["layout"]["yaxis"]
        assert min(axis["tickvals"]) < 0 < max(axis["tickvals"])
        assert len(axis["tickvals"]) == len(axis["ticktext"]) <= 11
        assert not any("-" in text or "−" in text for text in axis["ticktext"])

    @pytest.mark.parametrize("measure", ["volume", "open-interest", "gex"])
    def test_the_axis_names_its_unit(self, measure: str) -> None:
        text = self.figure(measure)["layout"]["yaxis"]["title"]["text"]
        assert ("dollars" if measure == "gex" else "contracts") in text

    def test_names_near_each_other_stand_on_lines_of_their_own(self) -> None:
        marks = [(x, name, "@ink", "dot") for x, name in ((1, "a"), (9, "b"), (10, "c"), (14, "d"))]
        assert strike_axis.label_rows(marks, -20, 40, 4.5) == [0, 0, 1, 0]
        assert strike_axis.label_rows(marks, -20, 40, 9.0) == [0, 1, 0, 2]

    def test_names_at_the_ends_stay_within_the_axis(self) -> None:
        marks = [(x, "name", "@ink", "dot") for x in (0.0, 50.0, 99.0, 100.0)]
        labels = strike_axis.mark_labels(marks, 0.0, 100.0)
        assert [label["x"] for label in labels] == [8.0, 50.0, 92.0, 92.0]
        assert labels[2]["yshift"] != labels[3]["yshift"]

    def test_spot_and_walls_are_marked_with_words(self) -> None:
        words = [note["text"] for note in self.figure("gex")["layout"]["annotations"]]
        assert "spot 100.00" in words
        assert any(word.startswith("call wall") for word in words)
        assert any(word.startswith("put wall") for word in words)


class TestSizes:
    @pytest.mark.parametrize("top", [0.0, 1.0, 7.0, 99.0, 1234.0, 4.7e5, 3.3e9, 1e12])
    def test_ticks_are_few_and_inside(self, top: float) -> None:
        ticks = strikes._size_ticks([top])
        assert len(ticks["tickvals"]) == len(ticks["ticktext"]) <= 11
        assert all(abs(value) <= top for value in ticks["tickvals"])
        assert top == 0.0 or len(ticks["tickvals"]) >= 3

    def test_units_are_short(self) -> None:
        assert [strikes._short(v) for v in (0, 500, 2e5, 1.5e6, 2e10)] == [
            "0",
            "500",
            "200k",
            "1.5M",
            "20bn",
        ]


class TestSmiles:
    def test_strikes_an_expiry_cannot_reach_are_left_out(self) -> None:
        (curve, *_) = answers(RICH)[2].result.smiles
        reach = options.smile_reach(curve)
        assert 0.1 < reach < 0.2, "3.5 x 40% x sqrt(4 / 365)"
        figure = options.smiles(curves=[curve], spot=100.0)
        check_figure(figure)
        assert all(abs(k / 100 - 1) <= reach for k in figure["data"][0]["x"])

    def test_no_curve_is_drawn_from_nothing(self) -> None:
        figure = options.smiles(curves=[], spot=100.0)
        check_figure(figure)
        assert drawn(figure) == 0


class TestBullishDots:
    def test_each_method_has_a_mark_of_its_own(self) -> None:
        marks = [mark for mark, _ in options.METHOD_MARKS.values()]
        assert len(set(marks)) == len(marks) == len(options.METHOD_NAMES)

    def test_weighting_changes_what_is_drawn(self) -> None:
        plain = shown(OptionsState(), answers(RICH))["bullish"].figure
        weighted = shown(OptionsState.parse({"weighted": "1"}), answers(RICH))["bullish"]
        assert "delta-weighted" in weighted.basis
        assert plain["layout"]["xaxis"]["range"] == [0, 100]


class TestDollars:
    def test_an_exposure_carries_its_sign(self) -> None:
        assert exposure_views.dollars(-1.24e9) == "−1.24\u2009bn\u2009$"
        assert exposure_views.dollars(5e6) == "+5.00\u2009M\u2009$"
        assert exposure_views.dollars(1e-9) == exposure_views.dollars(-1e-9) == "0\u2009$"
        assert exposure_views.dollars(None) == "–"


class TestLevelsBeyondTheStrikesDrawn:
    MARKS = ((100.0, "spot", "@ink", "solid"), (112.0, "call wall", "@accent", "dash"))

    def test_the_axis_reaches_a_wall_a_little_beyond(self) -> None:
        low, high = strike_axis.with_marks(90.0, 110.0, 100.0, self.MARKS)
        assert (low, high) == (90.0, 112.0)
        assert strike_axis.pinned(self.MARKS[1], low, high) == self.MARKS[1]

    def test_a_wall_far_beyond_stands_at_the_end_with_an_arrow(self) -> None:
        far = (150.0, "call wall 150.00", "@accent", "dash")
        low, high = strike_axis.with_marks(90.0, 110.0, 100.0, [*self.MARKS[:1], far])
        assert (low, high) == (90.0, 110.0)
        assert strike_axis.pinned(far, low, high) == (
            110.0,
            "call wall 150.00 \u2192",
            "@accent",
            "dash",
        )
        under = (50.0, "put wall 50.00", "@accent", "dash")
        assert strike_axis.pinned(under, low, high)[:2] == (90.0, "\u2190 put wall 50.00")
