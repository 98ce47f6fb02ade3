"""The three answers to "will it hold?" on one axis from 0 to 100%: past, chance, options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from analytics.model.phrases import Figure, Phrase
from analytics.studies.supports.how_likely import HowLikely
from components.frame import formats
from components.frame.attributes import attributes

TOO_FEW = "Under ten events: counts, no rate"
TICKS = (0, 20, 40, 60, 80, 100)


@dataclass(frozen=True)
class LikelyNumbers:
    """The numbers of the sentence, percent that it holds; None where it gives none.

    Attributes:
        past_pct: share of such sessions that held, with its interval ``low_pct`` to ``high_pct``.
        events: how many there were; ``held`` of them, where they are too few for a rate.
        priced_pct: what options price a close at or above the level at.
        past_waits, priced_waits: that number is still being computed.
    """

    events: int | None
    held: int | None
    past_pct: float | None
    low_pct: float | None
    high_pct: float | None
    chance_pct: float | None
    priced_pct: float | None
    past_waits: bool = False
    priced_waits: bool = False

    @property
    def apart(self) -> int | None:
        """Whole points between the past and the options, as the two are printed."""
        if self.past_pct is None or self.priced_pct is None:
            return None
        return abs(round(self.past_pct) - round(self.priced_pct))


def numbers_of(likely: HowLikely) -> LikelyNumbers:
    """Read out of the sentence itself, so that the axis and the words cannot differ."""
    events = _values(likely.past, "gap-down-event" if likely.gapped else "touch-event", "count")
    rates = _values(likely.past, "hold-rate", "percent")
    held = _values(likely.past, "hold-rate", "count")
    chance = _values(likely.past, "null-rate", "percent")
    below = _values(likely.priced, "close-odds", "percent")
    past, low, high = rates if len(rates) == 3 else (None, None, None)
    return LikelyNumbers(
        events=int(events[0]) if events else None,
        held=int(held[0]) if held else None,
        past_pct=past,
        low_pct=low,
        high_pct=high,
        chance_pct=chance[0] if chance else None,
        priced_pct=100 - below[0] if below else None,
        past_waits=likely.past_waits,
        priced_waits=likely.priced_waits,
    )


def _values(phrases: Sequence[Phrase], definition: str, unit: str) -> list[float]:
    return [
        one.value
        for one in phrases
        if isinstance(one, Figure)
        and (one.definition, one.unit) == (definition, unit)
        and isinstance(one.value, float)
    ]


def past_words(numbers: LikelyNumbers) -> str:
    """``16% (6-38), n 19``, or the counts where there are too few for a rate."""
    if numbers.past_pct is not None:
        interval = f"{numbers.low_pct:.0f}\u2013{numbers.high_pct:.0f}"
        return f"{formats.share(numbers.past_pct, 0)} ({interval}), n {numbers.events}"
    if numbers.held is not None:
        return f"{numbers.held} of {numbers.events}"
    return "never met" if numbers.events == 0 else _nothing(waits=numbers.past_waits)


def priced_words(numbers: LikelyNumbers) -> str:
    """``63%``, or why there is none."""
    return _percent(numbers.priced_pct, waits=numbers.priced_waits)


def scale(numbers: LikelyNumbers, *, decided: bool = False) -> Component:
    """The axis and its rows; a row without a number says so in its place.

    Args:
        decided: the close has been; what options price is of another session, and left out.
    """
    past = _row(
        "past",
        past_words(numbers),
        numbers.past_pct,
        kind="past",
        interval=(numbers.low_pct, numbers.high_pct),
    )
    chance = _row(
        "chance",
        _percent(numbers.chance_pct, waits=numbers.past_waits),
        numbers.chance_pct,
        kind="chance",
    )
    priced = _row("options", priced_words(numbers), numbers.priced_pct, kind="priced")
    ticks = [
        html.Span(str(tick), style={"left": f"{tick}%"}, className="scale-tick") for tick in TICKS
    ]
    axis = html.Div(
        [
            html.Span(),
            html.Div(ticks, className="scale-ticks"),
            html.Span("% held", className="muted"),
        ],
        className="scale-row scale-axis",
        **attributes(aria_hidden="true"),
    )
    rows = [past, chance] if decided else [past, chance, priced]
    return html.Div([axis, *rows], className="scale")


def _percent(value: float | None, *, waits: bool) -> str:
    return _nothing(waits=waits) if value is None else formats.share(value, 0)


def _nothing(*, waits: bool) -> str:
    return "computing\u2026" if waits else "n/a"


def _row(
    name: str,
    words: str,
    value: float | None,
    *,
    kind: str,
    interval: tuple[float | None, float | None] = (None, None),
) -> Component:
    low, high = interval
    marks: list[Component] = []
    if low is not None and high is not None:
        span = {"left": f"{low:.1f}%", "width": f"{high - low:.1f}%"}
        marks.append(html.Span(className="scale-interval", style=span))
    if value is not None:
        marks.append(html.Span(className=f"scale-mark is-{kind}", style={"left": f"{value:.1f}%"}))
    track = html.Div(marks, className="scale-track", **attributes(aria_hidden="true"))
    return html.Div(
        [html.Span(name, className="scale-name"), track, html.Span(words, className="scale-words")],
        className="scale-row",
    )
