from __future__ import annotations

from pathlib import Path

from components.figures.theme import DARK, LIGHT
from tests.browser.looks import Visits, check_desktop, check_phone, ground, painted, query, segment

PRICE = '[data-panel="supports/price"]'
FRIDAY = "/supports?as_of=2025-01-24"
LAYOUT = f"document.querySelector('{PRICE} .js-plotly-plot').layout"


class TestLook:
    def test_on_a_desk_light_and_dark_and_on_a_projector(self, visit: Visits) -> None:
        page = check_desktop(visit, "supports", FRIDAY)
        rungs = page.locator(f"{PRICE} .textpoint").all_text_contents()
        assert "50\u2011DMA" in rungs, "the ladder stands beside the chart"
        assert "100\u2011DMA" in page.inner_text('[data-panel="supports/ladder"]')

    def test_on_a_phone(self, visit: Visits) -> None:
        page = check_phone(visit, "supports", FRIDAY)
        assert "100\u2011DMA" in page.inner_text('[data-panel="supports/ladder"]')
        assert not page.locator(f"{PRICE} .textpoint").count(), "the ladder is the list below"


class TestDeepLink:
    def test_symbol_range_scale_channel_and_comparison(self, visit: Visits) -> None:
        opened = visit()
        opened.open(f"{FRIDAY}&symbol=NVDA&range=1y&log=1&channel=1&compare=SPY&level=100")
        page = painted(opened)
        assert page.inner_text(f"{PRICE} h2").startswith("NVDA")
        assert page.evaluate(f"{LAYOUT}.yaxis.type") == "log"
        names = page.evaluate(
            f"document.querySelector('{PRICE} .js-plotly-plot').data.map((t) => t.name)"
        )
        assert "channel Z +2" in names
        assert "SPY, rebased" in names
        assert segment(page, "1Y").locator("input").is_checked()
        assert segment(page, "100\u2011DMA").locator("input").is_checked()
        assert "Log scale" in page.inner_text(".page:not([hidden]) .controls")
        assert page.locator(".page:not([hidden]) .switch input:checked").count() == 3  # events too

    def test_controls_write_the_address_and_back_undoes_them(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(FRIDAY)
        painted(opened)
        segment(page, "1M").click()
        page.wait_for_function("() => location.search.includes('range=1m')")
        page.locator('.page:not([hidden]) .switch:has-text("Log scale") label').click()
        page.wait_for_function(f"() => {LAYOUT}.yaxis.type === 'log'")
        assert query(page)["log"] == "1"
        page.go_back()
        page.wait_for_function(f"() => {LAYOUT}.yaxis.type === 'linear'")
        page.go_back()
        page.wait_for_function("() => !location.search.includes('range')")
        assert segment(page, "3M").locator("input").is_checked()
        page.go_forward()
        page.wait_for_function("() => location.search.includes('range=1m')")

    def test_an_unknown_symbol_is_a_sentence_not_a_chart(self, visit: Visits) -> None:
        page = visit().open(f"{FRIDAY}&symbol=ZZZZ")
        assert "does not know the symbol 'ZZZZ'" in page.inner_text(PRICE)
        assert not page.is_visible(f"{PRICE} .panel-figure")

    def test_a_young_listing_says_what_it_needs(self, visit: Visits) -> None:
        page = visit().open("/supports?symbol=YOUNG")
        assert "50-DMA needs 50 sessions (has 30)" in page.inner_text(
            '[data-panel="supports/ladder"]'
        )


class TestKeyboard:
    def test_slash_type_enter_goes_to_a_symbol(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(FRIDAY)
        page.keyboard.press("/")
        page.keyboard.type("QQQ")
        page.keyboard.press("Enter")
        page.wait_for_function("() => location.search.includes('symbol=QQQ')")
        opened.settle()
        page.wait_for_selector(f"{PRICE} h2:has-text('QQQ')")
        assert query(page) == {"as_of": "2025-01-24", "symbol": "QQQ"}


class TestNumbers:
    def test_the_table_holds_the_bars(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(FRIDAY)
        painted(opened)
        graph = page.locator(f"{PRICE} .panel-figure")
        before = page.locator(PRICE).bounding_box()
        page.click(f"{PRICE} .as-table")
        table = page.locator(f"{PRICE} .data-table table")
        table.wait_for()
        assert not graph.is_visible(), "the table stands in the chart's place"
        after = page.locator(PRICE).bounding_box()
        assert before is not None
        assert after is not None
        assert abs(after["height"] - before["height"]) < 30, "and nothing jumps"
        newest = table.locator("tbody tr").first.inner_text()
        assert newest.startswith("Fri 24 Jan 2025")
        assert "607.97" in newest
        assert table.locator("tbody tr").count() >= 60
        page.click(f"{PRICE} .as-table")
        graph.wait_for()

    def test_the_csv_holds_the_bars_and_says_that_they_are_simulated(
        self, visit: Visits, tmp_path: Path
    ) -> None:
        opened = visit()
        page = opened.open(FRIDAY)
        painted(opened)
        with page.expect_download() as download:
            page.click(f'{PRICE} [data-tool="csv"], {PRICE} button:has-text("CSV")')
        target = tmp_path / "prices.csv"
        download.value.save_as(target)
        text = target.read_text(encoding="utf-8-sig")
        assert text.startswith("Date,")
        assert "2025-01-24" in text
        assert "SIMULATED" in text
        assert "Not investment advice" in text


class TestTheme:
    def test_the_switch_repaints_without_asking_the_server(self, visit: Visits) -> None:
        opened = visit()
        opened.open(FRIDAY)
        page = painted(opened)
        opened.settle()
        asked = len(opened.calls)
        page.click("#theme-toggle")
        page.wait_for_function(
            "(ink) => document.querySelector('.page:not([hidden]) .js-plotly-plot')"
            ".layout.font.color === ink",
            arg=DARK["ink2"],
        )
        assert ground(page) == DARK["paper"]
        assert len(opened.calls) == asked
        page.click("#theme-toggle")
        page.wait_for_function(
            "(ink) => document.querySelector('.page:not([hidden]) .js-plotly-plot')"
            ".layout.font.color === ink",
            arg=LIGHT["ink2"],
        )


class TestLive:
    def test_an_update_keeps_the_zoom(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/supports?symbol=SPY")
        painted(opened)
        box = page.locator(f"{PRICE} .nsewdrag").first.bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] / 2, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2 + 120, middle, steps=4)
        page.mouse.up()
        panned = page.evaluate(f"{LAYOUT}.xaxis.range")
        last = (
            f"(() => {{ const t = document.querySelector('{PRICE} .js-plotly-plot').data"
            ".find((t) => t.type === 'candlestick'); return t.close[t.close.length - 1]; })()"
        )
        before = page.evaluate(last)
        page.wait_for_function(f"(was) => {last} !== was", arg=before, timeout=20_000)
        assert page.evaluate(f"{LAYOUT}.xaxis.range") == panned


GRAPH = f"document.querySelector('{PRICE} .js-plotly-plot')"
UNIT = f"({LAYOUT}.annotations.find((one) => one.name === 'bars') || {{}}).text"
CANDLES = f"{GRAPH}.data.find((trace) => trace.type === 'candlestick').x"


class TestLongHistory:
    def test_months_then_weeks_then_days_as_it_is_zoomed(self, visit: Visits) -> None:
        opened = visit()
        opened.open("/supports?symbol=SPY&range=max&as_of=2025-01-24")
        page = painted(opened)
        page.wait_for_function(f"() => {UNIT} === 'monthly bars'")

        def zoom(first: str, last: str) -> list[str]:
            page.evaluate(
                f"(range) => Plotly.relayout({GRAPH}, {{'xaxis.range': range}})", [first, last]
            )
            page.wait_for_function(f"(first) => {LAYOUT}.xaxis.range[0] === first", arg=first)
            drawn: list[str] = page.evaluate(CANDLES)
            assert drawn[0] < first < last < drawn[-1], "bars on both sides, to be panned into"
            return [day for day in drawn if first <= day <= last]

        weeks = zoom("2014-01-02", "2017-01-02")
        assert page.evaluate(UNIT) == "weekly bars"
        assert 155 <= len(weeks) <= 158  # three years
        days = zoom("2015-01-02", "2016-01-01")
        assert page.evaluate(UNIT) is None
        assert len(days) == 252  # NYSE's sessions of 2015
        page.evaluate(
            f"() => Plotly.relayout({GRAPH}, {{'xaxis.range': ['2006-01-02', '2024-12-30']}})"
        )
        page.wait_for_function(f"() => {UNIT} === 'monthly bars'")


class TestWithoutTheServer:
    def test_range_and_scale_are_switched_in_the_browser(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(FRIDAY)
        painted(opened)
        first = page.evaluate(f"{LAYOUT}.xaxis.range[0]")
        opened.calls.clear()
        segment(page, "1Y").click()
        page.wait_for_function(f"(first) => {LAYOUT}.xaxis.range[0] < first", arg=first)
        page.locator('.page:not([hidden]) .switch:has-text("Log scale") label').click()
        page.wait_for_function(f"() => {LAYOUT}.yaxis.type === 'log'")
        assert query(page) == {"as_of": "2025-01-24", "range": "1y", "log": "1"}
        page.click(f"{PRICE} .as-table")
        assert page.locator(f"{PRICE} .data-table tbody tr").count() == 252
        assert opened.calls == []

    def test_a_longer_range_than_is_held_is_asked_for(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(FRIDAY + "&range=1m&log=1")
        painted(opened)
        first = page.evaluate(f"{LAYOUT}.xaxis.range[0]")
        assert first > "2024-12", "the address's own view is the first that is drawn"
        assert page.evaluate(f"{LAYOUT}.yaxis.type") == "log"
        segment(page, "5Y").click()
        page.wait_for_function(f"() => {LAYOUT}.xaxis.range[0] < '2022'")
        segment(page, "3M").click()
        page.wait_for_function(f"() => {LAYOUT}.xaxis.range[0] > '2024-10'")
        assert page.evaluate(f"{LAYOUT}.yaxis.type") == "log"


class TestOwnLevels:
    def test_one_typed_is_drawn_listed_and_stays(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/supports?as_of=2025-01-24")
        page.click("#own-levels summary")
        page.fill(".own-add input", "599.5")
        page.press(".own-add input", "Enter")
        drawn = (
            "() => document.querySelector('#supports-price .js-plotly-plot').layout.shapes"
            ".some((shape) => shape.name === 'own 599.50' && shape.y0 === 599.5)"
        )
        page.wait_for_function(drawn)
        page.locator("#supports-ladder tr", has_text="drawn by you").wait_for()
        assert query(page) == {"as_of": "2025-01-24"}, "kept here, not in the address"
        opened.open("/supports?as_of=2025-01-24")
        page.wait_for_function(drawn)
        opened.open("/supports?as_of=2025-01-24&symbol=QQQ")
        assert page.locator("#supports-ladder tr", has_text="drawn by you").count() == 0

    def test_one_is_drawn_with_the_pointer_moved_and_removed(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/supports?as_of=2025-01-24")
        painted(opened)
        page.click("#own-levels summary")
        page.click(".own-draw")
        plot = page.locator("#supports-price .xy .nsewdrag")
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box is not None
        at = box["x"] + 60, box["y"] + 80
        page.mouse.click(*at)
        page.wait_for_selector("[data-own]", state="attached")
        first = float(page.get_attribute("[data-own]", "data-own") or 0)
        low, high = page.evaluate(
            "document.querySelector('#supports-price .js-plotly-plot').layout.yaxis.range"
        )
        assert abs(first - (high - 80 / box["height"] * (high - low))) < 0.5
        page.mouse.move(*at)
        page.mouse.down()
        page.mouse.move(at[0], at[1] + 60, steps=4)
        page.mouse.up()
        page.wait_for_function(
            "was => Number(document.querySelector('[data-own]').dataset.own) < was", arg=first
        )
        page.click("#own-levels summary")
        page.click("[data-own-remove]")
        page.wait_for_selector("[data-own]", state="detached")
        page.wait_for_function(
            "() => !document.querySelector('#supports-price .js-plotly-plot').layout.shapes"
            ".some((shape) => shape.name.startsWith('own '))"
        )

    def test_the_bell_fills_the_form_of_an_alert(self, visit: Visits) -> None:
        page = visit().own().open("/supports?as_of=2025-01-24&own=599.5")
        page.locator("#supports-ladder tr", has_text="drawn by you").get_by_text("alert").click()
        page.wait_for_selector("#page-alerts:not([hidden])")
        field = page.locator("#alert-forms form[data-form=near] [name=level]")
        field.wait_for(state="visible")
        assert field.input_value() == "599.5"
        assert page.input_value("#alert-forms form[data-form=near] [name=symbol]") == "SPY"


class TestKeys:
    def test_digits_choose_the_average_and_letters_act_on_it(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/supports")
        page.keyboard.press("3")
        page.wait_for_function("() => location.search.includes('level=100')")
        page.keyboard.press("2")
        page.wait_for_function("() => !location.search.includes('level=')")
        page.keyboard.press("4")
        page.wait_for_function("() => location.search.includes('level=200')")
        page.keyboard.press("a")
        page.wait_for_function("() => location.pathname === '/alerts'")
        assert query(page) == {"symbol": "SPY", "level": "200"}
        page.go_back()
        page.wait_for_function("() => location.pathname === '/supports'")
        page.keyboard.press("r")
        page.wait_for_function("() => location.search.includes('as_of=2025-01-27T09')")

    def test_what_is_typed_into_a_field_is_no_key(self, visit: Visits) -> None:
        page = visit().open("/supports")
        page.fill('[data-control="supports/symbol"]', "")
        page.type('[data-control="supports/symbol"]', "ra4")
        assert query(page) == {}
        assert page.input_value('[data-control="supports/symbol"]') == "ra4"
