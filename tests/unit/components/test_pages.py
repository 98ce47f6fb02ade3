"""The four tabs as the browser gets them: through the app's callbacks, on the demo."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

import app as holdline
from analytics.settings_reader import load_settings
from components.frame.panels import BUILDERS
from components.frame.sparks import spark
from components.pages.market.watch_views import MAX_WATCHED
from tests.support.shared_data import SHARED, needs_shared_data
from tests.unit.components.test_app import CALLBACK, call_of

TABS = ("market", "supports", "sectors", "options")
FRIDAY = "2025-01-24"
MONDAY = "2025-01-27"


class Desktop:
    """Asks an app's panels as its page would."""

    def __init__(self, app: Dash) -> None:
        self.app = app
        self.client: FlaskClient = app.server.test_client()
        self.places = [tuple(place.split("/")) for place in app.server.extensions[BUILDERS]]

    def panels(self, page: str) -> list[str]:
        """Those that follow the state; the study over many symbols runs only when asked."""
        return [name for at, name in self.places if at == page and name != "pool"]

    def send(self, page: str, name: str, state: Any) -> Any:
        question = {"state": state, "only": [name]}
        body = call_of(self.app, f"answer-{page}.data", {f"question-{page}": question})
        return self.client.post(CALLBACK, json=body)

    def ask(self, page: str, name: str, **state: str) -> dict[str, Any]:
        """The panel's payload; a panel still being built is asked for again, as a browser does."""
        while True:
            reply = self.send(page, name, state)
            assert reply.status_code == 200, reply.text
            answer = reply.json["response"][f"answer-{page}"]["data"]
            if name not in answer["pending"]:
                return dict(answer["payloads"][name])


def opened(tmp_path_factory: pytest.TempPathFactory, *words: str) -> Desktop:
    home = tmp_path_factory.mktemp("home")
    return Desktop(holdline.create_app(load_settings([*words], {"HOLDLINE_HOME": str(home)})))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Desktop:
    return opened(tmp_path_factory, "--demo")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Desktop:
    return opened(tmp_path_factory, "--source", "files", "--data", str(SHARED), "--as-of", MONDAY)


def text_of(body: Any) -> str:
    """The words of a card's body."""
    if isinstance(body, dict):
        return text_of(body.get("props", {}).get("children"))
    if isinstance(body, list):
        return " ".join(filter(None, (text_of(child) for child in body)))
    return "" if body is None else str(body)


def said(payload: dict[str, Any]) -> str:
    """All that a panel says, with plain hyphens and spaces."""
    parts = (payload["title"], payload["summary"], payload["absence"] or "", payload["note"])
    text = " ".join([*parts, text_of(payload["body"])])
    return text.replace("\u2011", "-").replace("\u2009", " ")


class TestEveryPanel:
    @pytest.mark.parametrize("page", TABS)
    @pytest.mark.parametrize("as_of", ["", FRIDAY, "2025-01-25", "2024-07-03"])
    def test_it_shows_something_and_never_nan_or_none(
        self, demo: Desktop, page: str, as_of: str
    ) -> None:
        for name in demo.panels(page):
            payload = demo.ask(page, name, **({"as_of": as_of} if as_of else {}))
            assert payload["badge"]["freshness"] != "ERROR", (page, name)
            assert payload["title"]
            assert payload["figure"] or payload["body"] or payload["absence"], (page, name)
            assert not re.search(r"\b(nan|None|inf)\b", said(payload)), (page, name)

    @pytest.mark.parametrize("page", TABS)
    def test_all_figures_state_that_they_are_simulated(self, demo: Desktop, page: str) -> None:
        for name in demo.panels(page):
            payload = demo.ask(page, name)
            assert payload["simulated"] or payload["absence"]
            assert payload["absence"] or "SIMULATED" in payload["subtitle"]

    @pytest.mark.parametrize("page", TABS)
    @pytest.mark.parametrize(
        ("as_of", "sentence"),
        [
            ("2098-01-02", "outside the exchange's calendar"),
            ("1991-02-01", "1991-02-01"),
            ("2026-02-30", "a date such as 2025-01-24, or a minute"),
            ("yesterday", "a date such as 2025-01-24, or a minute"),
            ("2026-01-05", "the newest complete session is 2025-01-27"),
        ],
    )
    def test_a_date_nobody_can_ask_for_is_a_sentence(
        self, demo: Desktop, page: str, as_of: str, sentence: str
    ) -> None:
        for name in demo.panels(page):
            absence = demo.ask(page, name, as_of=as_of)["absence"]
            assert absence
            assert sentence in absence, (name, absence)

    @pytest.mark.parametrize("page", TABS)
    @pytest.mark.parametrize(
        "state",
        [
            [],
            "text",
            7,
            True,
            {"symbol": 7},
            {"symbol": None},
            {"symbol": ["SPY"]},
            {"symbol": {"SPY": 1}},
            {"symbols": ["SPY"]},
            {"range": "nonsense", "rule": "nonsense", "measure": "nonsense", "level": "51"},
            {"log": "perhaps", "weighted": "perhaps", "group": "<b>", "sort": "a b", "method": "é"},
            {"members": "A;B", "compare": "<script>", "expiry": "2025-13-01", "symbols": "!!"},
            {"as_of": "2025-01-24" * 2_000},
            {str(n): "x" for n in range(60)},
        ],
    )
    def test_forged_states_get_a_sentence(self, demo: Desktop, page: str, state: Any) -> None:
        for name in demo.panels(page):
            reply = demo.send(page, name, state)
            assert reply.status_code < 500
            assert "Traceback" not in reply.text
            assert '"ERROR"' not in reply.text, (name, reply.text[:300])

    def test_not_a_number_in_the_body_is_refused(self, demo: Desktop) -> None:
        body = call_of(demo.app, "answer-market.data")
        raw = json.dumps(body | {"inputs": [float("nan")]}).encode()
        assert (
            demo.client.post(CALLBACK, data=raw, content_type="application/json").status_code == 400
        )

    @pytest.mark.parametrize("name", ["nothing", "market'; --", "../market"])
    def test_a_forged_page_name_is_refused(self, demo: Desktop, name: str) -> None:
        forged = json.dumps(call_of(demo.app, "answer-market.data")).replace("-market", f"-{name}")
        reply = demo.client.post(CALLBACK, data=forged, content_type="application/json")
        assert reply.status_code == 400

    @pytest.mark.parametrize("only", [["nothing"], [None, 7, {}], ["../group"]])
    def test_a_forged_panel_name_is_not_answered(self, demo: Desktop, only: list[Any]) -> None:
        question = {"state": {}, "only": only}
        body = call_of(demo.app, "answer-market.data", {"question-market": question})
        reply = demo.client.post(CALLBACK, json=body)
        assert json.loads(reply.data)["response"]["answer-market"]["data"]["payloads"] == {}


class TestMarket:
    def test_the_answer_comes_first(self, demo: Desktop) -> None:
        payload = demo.ask("market", "answer", as_of=FRIDAY)
        assert re.match(r"SPY’s 50-DMA lies 1\.9% below at 596\.", said(payload))
        assert "Next support: the 100-DMA at" in said(payload)
        assert "to the close" not in said(payload), "a past session has closed"

    def test_in_session_it_says_how_long_to_the_close(self, demo: Desktop) -> None:
        assert re.search(r"\d+ (h|min).* to the close", said(demo.ask("market", "answer")))

    def test_un_ticking_a_member_changes_the_mean(self, demo: Desktop) -> None:
        ten = demo.ask("market", "group", as_of=FRIDAY)
        members = [row[0] for row in ten["data"]["rows"]]
        remaining = ",".join(m for m in members if m not in ("NVDA", "AAPL"))
        fewer = demo.ask("market", "group", as_of=FRIDAY, members=remaining)
        assert ten["title"] != fewer["title"]
        assert "Left out: " in fewer["note"]
        assert {"NVDA", "AAPL"} == {r[0] for r in fewer["data"]["rows"] if r[2] == "left out"}

    def test_no_member_is_said(self, demo: Desktop) -> None:
        payload = demo.ask("market", "group", members="none")
        assert said(payload).startswith("None of the ticked members")
        assert payload["figure"] is None
        assert payload["absence"]

    def test_members_that_are_not_on_the_list_count_as_none(self, demo: Desktop) -> None:
        assert demo.ask("market", "group", members="ZZZZ")["absence"]

    def test_an_empty_watchlist_says_what_to_do(self, demo: Desktop) -> None:
        assert "type symbols above" in said(demo.ask("market", "watchlist", symbols="none"))

    def test_an_unknown_symbol_says_so_in_its_row(self, demo: Desktop) -> None:
        payload = demo.ask("market", "watchlist", symbols="NVDA,ZZZZ,YOUNG")
        assert "symbol 'ZZZZ'" in said(payload) or "ZZZZ" in said(payload)
        assert [row[0] for row in payload["data"]["rows"]] == ["NVDA", "YOUNG"]

    def test_each_row_has_a_link_to_the_view_without_it(self, demo: Desktop) -> None:
        body = json.dumps(
            demo.ask("market", "watchlist", symbols="NVDA,ZZZZ", as_of=FRIDAY)["body"]
        )
        links = re.findall(r'"(/\?[^"]*)"', body)
        assert f"/?as_of={FRIDAY}&symbols=ZZZZ" in links
        assert f"/?as_of={FRIDAY}&symbols=NVDA" in links, "a symbol nobody knows can be removed too"

    def test_the_last_one_can_be_removed(self, demo: Desktop) -> None:
        body = json.dumps(demo.ask("market", "watchlist", symbols="NVDA")["body"])
        assert '"/?symbols=none"' in body

    def test_every_ranked_name_leads_to_its_ladder(self, demo: Desktop) -> None:
        for name in ("group", "afloat"):
            names = demo.ask("market", name)["figure"]["layout"]["yaxis"]["ticktext"]
            assert names
            assert all('href="/supports?symbol=' in text for text in names)

    def test_the_levels_of_today_and_of_record_are_told_apart(self, demo: Desktop) -> None:
        payload = demo.ask("market", "answer", as_of=FRIDAY)
        assert "50-DMA 595.80" in said(payload), "known before Friday's open"
        assert "596.30" in said(payload), "of record after its close"

    def test_only_unknown_symbols(self, demo: Desktop) -> None:
        payload = demo.ask("market", "watchlist", symbols="ZZZZ")
        assert payload["absence"] == "The simulator does not know the symbol 'ZZZZ'."

    def test_a_young_listing_has_no_average_yet(self, demo: Desktop) -> None:
        payload = demo.ask("market", "watchlist", symbols="YOUNG")
        assert said(payload).startswith("The watchlist has no 50-DMA yet")

    def test_its_rows_stand_in_the_viewers_own_order(self, demo: Desktop) -> None:
        given = {"symbols": "AAPL,ZZZZ,XLK,NVDA", "as_of": FRIDAY}
        near = demo.ask("market", "watchlist", **given)
        own = demo.ask("market", "watchlist", order="own", **given)

        def rows(payload: dict[str, Any]) -> list[str]:
            return re.findall(r"'aria-label': 'Remove (\w+)", str(payload["body"]))

        assert rows(own) == ["AAPL", "ZZZZ", "XLK", "NVDA"]
        assert rows(near)[-1] == "ZZZZ", "unknown ones stand last"
        assert own["subtitle"].startswith("Traded prices; in your own order")

    def test_more_symbols_than_are_watched(self, demo: Desktop) -> None:
        symbols = ",".join(["SPY", *(f"S{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(40))])
        payload = demo.ask("market", "watchlist", symbols=symbols)
        assert str(MAX_WATCHED) in payload["note"], "that the rest is left out is said"

    def test_afloat_by_return_is_in_order(self, demo: Desktop) -> None:
        rows = demo.ask("market", "afloat", sort="return")["data"]["rows"]
        returns = [row[1] for row in rows]
        assert returns == sorted(returns, reverse=True)
        payload = demo.ask("market", "afloat", sort="return", group="ten")
        assert payload["figure"]["layout"]["xaxis"]["title"]["text"] == "return, %"
        assert len(payload["data"]["rows"]) == 10

    def test_breadth_prints_its_denominator(self, demo: Desktop) -> None:
        assert re.search(r"\d+ of 21", said(demo.ask("market", "breadth")))


def points_of(line: Any) -> list[tuple[float, float]]:
    """The corners of a spark line's polyline, read back from its mask."""
    from urllib.parse import unquote

    drawn = unquote(line.style["--line"])
    found = re.search(r"points='([^']*)'", drawn)
    assert found
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in found[1].split())]


class TestSpark:
    def test_a_line_of_one_value_draws_nothing(self) -> None:
        assert not getattr(spark([1.0]), "children", None)
        assert not getattr(spark([]), "children", None)

    def test_it_runs_from_edge_to_edge_and_clips_no_extreme(self) -> None:
        line, end = spark([1.0, 3.0, 2.0]).children
        assert points_of(line) == [(2, 28), (50, 2), (98, 15)], "two of 100 and 30 are the inset"
        assert end.style["--y"] == "50.0%"

    def test_the_average_shares_its_scale(self) -> None:
        average, line, _ = spark([2.0, 4.0, 4.0], [None, 0.0, 4.0]).children
        assert points_of(average) == [(50, 28), (98, 2)]
        assert points_of(line) == [(2, 15), (50, 2), (98, 2)]

    def test_a_flat_line_is_drawn(self) -> None:
        line, _ = spark([2.0, 2.0]).children
        assert points_of(line) == [(2, 15), (98, 15)]


class TestSupports:
    def test_an_unknown_symbol_is_a_sentence_in_every_panel(self, demo: Desktop) -> None:
        for name in demo.panels("supports"):
            absence = demo.ask("supports", name, symbol="ZZZZ")["absence"]
            assert absence
            assert "ZZZZ" in absence, name

    def test_a_young_listing_says_what_it_needs(self, demo: Desktop) -> None:
        assert "50-DMA needs 50 sessions (has 30)" in said(
            demo.ask("supports", "ladder", symbol="YOUNG")
        )
        assert demo.ask("supports", "price", symbol="YOUNG")["figure"] is not None

    def test_the_chart_and_the_ladder_say_the_same_price(self, demo: Desktop) -> None:
        chart = demo.ask("supports", "price", as_of=FRIDAY)
        ladder = demo.ask("supports", "ladder", as_of=FRIDAY)
        fifty = next(row for row in ladder["data"]["rows"] if row[0] == "50-DMA")
        words = [t["text"] for t in chart["figure"]["data"] if t.get("mode") == "text"]
        assert f"{fifty[2]:.2f}" in words[1]

    def test_a_comparison_that_is_unknown_keeps_the_chart(self, demo: Desktop) -> None:
        payload = demo.ask("supports", "price", compare="ZZZZ")
        assert payload["figure"] is not None
        assert "ZZZZ" in payload["subtitle"]

    def test_channel_and_log_are_drawn(self, demo: Desktop) -> None:
        payload = demo.ask("supports", "price", channel="1")
        names = [trace.get("name") for trace in payload["figure"]["data"]]
        assert "channel Z +2" in names
        views = payload["views"]["figures"]
        assert views["6m|0"]["layout"]["yaxis"]["type"] == "linear"
        assert views["6m|1"]["layout"]["yaxis"]["type"] == "log"
        assert "stands at Z" in payload["note"]

    def test_the_range_sets_how_much_is_drawn(self, demo: Desktop) -> None:
        views = demo.ask("supports", "price")["views"]["figures"]
        deep = demo.ask("supports", "price", range="5y")
        assert [views[f"{span}|0"]["rows"] for span in ("1m", "1y")] == [21, 252]
        assert len(deep["data"]["rows"]) > 504


class TestSectors:
    def test_a_reversed_range_is_refused(self, demo: Desktop) -> None:
        for name in demo.panels("sectors"):
            absence = demo.ask("sectors", name, start="2025-01-10", end="2024-10-01")["absence"]
            assert "is not before end" in absence

    @pytest.mark.parametrize("start", ["2030-01-02", "2025-01-25"])
    def test_a_range_that_holds_nothing_is_said(self, demo: Desktop, start: str) -> None:
        payload = demo.ask("sectors", "underwater", as_of=FRIDAY, start=start)
        assert payload["absence"]

    def test_dates_win_over_the_button(self, demo: Desktop) -> None:
        payload = demo.ask("sectors", "underwater", start="2024-11-01", end="2025-01-10")
        days = payload["figure"]["data"][0]["x"]
        assert days[0] == "2024-11-01"
        assert days[-1] == "2025-01-10"

    def test_the_heatmap_switches(self, demo: Desktop) -> None:
        title = demo.ask("sectors", "heatmap", method="dma50")["figure"]["data"][0]["colorbar"]
        assert title["title"]["text"] == "% to the 50-DMA"

    def test_the_table_ends_with_the_benchmark(self, demo: Desktop) -> None:
        rows = demo.ask("sectors", "table")["data"]["rows"]
        assert len(rows) == 12
        assert rows[-1][0] == "SPY"


class TestOptions:
    def test_a_symbol_without_options_is_a_sentence(self, demo: Desktop) -> None:
        for name in demo.panels("options"):
            absence = demo.ask("options", name, symbol="ZZZZ")["absence"]
            assert absence
            assert "ZZZZ" in absence, name

    def test_a_past_date_without_a_chain_is_unavailable(self, demo: Desktop) -> None:
        assert demo.ask("options", "answer", as_of="2023-07-03")["absence"]

    @pytest.mark.parametrize("expiry", ["2025-01-26", "2031-01-17"])
    def test_an_expiry_that_is_not_listed_is_a_sentence(self, demo: Desktop, expiry: str) -> None:
        assert demo.ask("options", "answer", expiry=expiry)["absence"]

    def test_one_expiry_is_marked_and_can_be_left(self, demo: Desktop) -> None:
        every = demo.ask("options", "expiries")
        href = re.search(r"expiry=(\d{4}-\d\d-\d\d)", json.dumps(every["body"]))
        assert href is not None
        one = demo.ask("options", "expiries", expiry=href[1])
        assert "Show all expiries" in said(one)
        assert "is-focus" in json.dumps(one["body"])

    def test_the_four_of_one_click_have_answers(self, demo: Desktop) -> None:
        for symbol in ("SPY", "NVDA", "XLK", "QQQ"):
            title = demo.ask("options", "answer", symbol=symbol)["title"]
            assert re.search(r"volume is \d+% bullish by call share", title)


@needs_shared_data
class TestRecordedMonday:
    def test_spy_gapped_under_and_held(self, recorded: Desktop) -> None:
        payload = recorded.ask("market", "answer", as_of=MONDAY)
        assert said(payload).startswith("SPY opened under its 50-DMA and held by the close")

    @pytest.mark.parametrize("symbol", ["NVDA", "QQQ", "XLK"])
    def test_these_broke(self, recorded: Desktop, symbol: str) -> None:
        title = said(recorded.ask("supports", "price", as_of=MONDAY, symbol=symbol))
        assert re.match(rf"{symbol} (gapped under and )?broke its .*50-DMA", title)

    def test_closes_alone_speak_of_no_candles_and_no_touch(self, recorded: Desktop) -> None:
        chart = recorded.ask("supports", "price", as_of=MONDAY, symbol="XLK")
        assert "closes only" in chart["subtitle"]
        assert "andles" not in chart["note"]
        today = said(recorded.ask("supports", "today", as_of=MONDAY, symbol="XLK"))
        assert today.startswith("XLK closed 3.32% under its 50-DMA, after a close above it.")

    @pytest.mark.parametrize(
        ("symbol", "ending"),
        [("XLP", "above its 50-DMA, after a close below it."), ("XLF", "cannot tell a touch.")],
    )
    def test_a_reclaimed_and_an_untold_touch(
        self, recorded: Desktop, symbol: str, ending: str
    ) -> None:
        payload = recorded.ask("supports", "today", as_of=MONDAY, symbol=symbol)
        assert payload["title"].replace("\u2011", "-").endswith(ending)

    @pytest.mark.parametrize("page", TABS)
    def test_no_panel_fails(self, recorded: Desktop, page: str) -> None:
        for name in recorded.panels(page):
            payload = recorded.ask(page, name, as_of=MONDAY)
            assert payload["badge"]["freshness"] != "ERROR", (page, name)
            assert payload["figure"] or payload["body"] or payload["absence"], (page, name)
            assert not re.search(r"\b(nan|None|inf)\b", said(payload)), (page, name)


def test_the_desktop_knows_every_panel(demo: Desktop) -> None:
    assert {place[0] for place in demo.places} >= set(TABS)
    assert Path(holdline.__file__).name == "app.py"


class TestWithoutAPast:
    """A fresh installation says on each panel that history fills what does, and links to it."""

    @pytest.fixture(scope="class")
    def fresh(self, tmp_path_factory: pytest.TempPathFactory, small_folder: Path) -> Desktop:
        return opened(tmp_path_factory, "--source", "files", "--data", str(small_folder))

    @pytest.fixture(scope="class")
    def small_folder(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Prices of two sessions, and a chain of the second."""
        folder = tmp_path_factory.mktemp("data")
        for part in ("prices", "chains"):
            (folder / part).mkdir()
        rows = ["date,close", "2025-01-03,100", "2025-01-06,101"]
        for symbol in ("SPY", "TEST"):
            (folder / "prices" / f"{symbol}.csv").write_text("\n".join(rows))
        head = (
            "contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,volume,openInterest,"
            "impliedVolatility,optionType,expirationDate"
        )
        contracts = [
            f"TEST{expiry:%y%m%d}{side[0].upper()}{strike * 1000:08d},2025-01-06,{strike},{price},"
            f"{price},{price + 0.1:.1f},0,10,50,0.2,{side},{expiry}"
            for expiry in (dt.date(2025, 1, 31), dt.date(2025, 2, 21))
            for strike, call, put in ((96, 6.5, 1.0), (101, 3.2, 2.8), (106, 1.1, 5.7))
            for side, price in (("call", call), ("put", put))
        ]
        chain = folder / "chains" / "TEST_2025-01-06_yahoo.csv"
        chain.write_text("\n".join([head, *contracts]))
        return folder

    def test_each_panel_links_to_how_it_is_filled(self, fresh: Desktop) -> None:
        fresh.ask("options", "answer", symbol="TEST")  # records the session
        standing = said(fresh.ask("options", "standing", symbol="TEST"))
        assert "Short-term call share: needs 60 sessions, has 1: collect daily" in standing
        for name in ("history", "standing", "surprise", "calibration"):
            payload = fresh.ask("options", name, symbol="TEST")
            text = json.dumps(payload)
            assert "collect daily, or import" in text, name
            assert "/help/importing" in text, name
        index = json.dumps(fresh.ask("sentiment", "index"))
        assert "needs 252 sessions of option chains" in index
        assert "/help/importing" in index

    def test_the_help_is_served(self, fresh: Desktop) -> None:
        page = fresh.client.get("/help/importing")
        assert page.status_code == 200
        assert "import-chains" in page.text
        assert 'href="/help/collecting"' in page.text
        assert "](" not in page.text
        assert fresh.client.get("/help/collecting").status_code == 200
