"""The market map: a name lies in its sector, as large as its size, coloured by its distance."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go

from analytics.studies.scan.row import scan_row
from components.figures.market_map import FULL_PCT, market_map
from components.figures.theme import themed
from tests.support.builders import make_bars, walk


def test_each_name_lies_in_its_sector_with_its_size_and_distance() -> None:
    row = scan_row(make_bars(walk(300)))
    nvda = replace(row, symbol="NVDA", sector_name="Technology", size_musd=30.0, distance_pct=5.5)
    odd = replace(row, symbol="ODD", sector_name="", size_musd=2.0, distance_pct=-1.0)
    figure = market_map(rows=[nvda, odd])
    (trace,) = go.Figure(themed(figure, "light")).data
    drawn = dict(zip(trace.ids, zip(trace.parents, trace.values, strict=True), strict=True))
    assert drawn["NVDA"] == ("sector Technology", 30.0)
    assert drawn["ODD"] == ("sector Other", 2.0)
    assert drawn["sector Technology"] == ("All sectors", 0.0)
    assert drawn["All sectors"] == ("", 0.0)
    colours = dict(zip(trace.ids, trace.marker.colors, strict=True))
    assert (colours["NVDA"], colours["ODD"]) == (5.5, -1.0)
    assert (trace.marker.cmin, trace.marker.cmax) == (-FULL_PCT, FULL_PCT)
