"""The Options page's sentiment panels: from an answer to what is shown."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.options.put_call import PutCall
from analytics.options.sentiment import AGREEMENT
from analytics.options.surface_question import OptionsSurfaceView
from analytics.options.view import OptionsView
from components.figures import expiries
from components.figures import options as figures
from components.frame import formats, panels, widgets
from components.frame.attributes import attributes
from components.frame.widgets import Column
from components.pages.options.state import OptionsState

NO_EXPIRY = "The chain has no expiry that is still running."
BUCKETS = {"short": "Short term", "medium": "Medium term"}
BUCKET_NAMES = {
    "short": "Short term (≤ 30 d)",
    "medium": "Medium term (31–90 d)",
    "0DTE": "0DTE",
    "1-7": "1–7 days",
    "8-30": "8–30 days",
    "31-90": "31–90 days",
    ">90": "over 90 days",
    "total": "All",
}


def sentence(reason: str) -> str:
    """A reason as a sentence of its own: a capital, one full stop, no ``n/a (...)`` about it."""
    if reason.startswith("n/a (") and reason.endswith(")"):
        reason = reason[5:-1]
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."


def origin(view: OptionsView | OptionsSurfaceView) -> str:
    """Whose chain, of when."""
    vendor = getattr(view, "vendor", "")
    return f"{vendor or 'Option'} chain of {formats.moment(view.chain_time)}"


def show_answer(state: OptionsState, view: OptionsView) -> panels.View:
    """The headline figure by its headline method, and how far to trust it."""
    title = sentiment_finding(view)
    shown = [
        widgets.figure_value(formats.price(view.spot), f"{view.symbol}, price of the quotes"),
        _share_figure(view, "short"),
        _share_figure(view, "medium"),
        widgets.figure_value(
            _ratio(view.put_call.volume),
            widgets.term("put-call", "put/call by volume"),
            detail=view.put_call.volume_reason
            or f"by open interest {_ratio(view.put_call.open_interest)}",
        ),
        *_move(view),
        widgets.figure_value(
            "n/a" if view.iv30.iv is None else formats.share(view.iv30.iv * 100),
            widgets.term("iv30"),
            detail=view.iv30.reason or "30-day implied volatility",
        ),
    ]
    weighed = view.disagreement.get("short")
    body: list[Component] = [_expiry_picker(state, view), html.Div(shown, className="figures")]
    if weighed is not None:
        body.insert(0, html.P(weighed.sentence, className="lead"))
    if view.selection.reason:
        body.append(widgets.absence_note(view.selection.reason))
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{origin(view)}; {view.selection.text}",
        body=body,
        note=f"{view.spot_basis} {view.open_interest_label}.",
    )


def _expiry_picker(state: OptionsState, view: OptionsView) -> Component:
    """A drop-down of the expiries with their days; each choice is a link."""
    every = f"All {len(view.expiries)} expiries"
    choices = [(None, every)] + [
        (row.expiry, f"{formats.date(row.expiry)} \u00b7 {_days(row.days)}")
        for row in view.expiries
    ]
    links = [
        html.Li(
            html.A(
                text,
                href=state.link("/options", expiry=day),
                **(attributes(aria_current="true") if day == view.expiry else {}),
            )
        )
        for day, text in choices
    ]
    single = next((text for day, text in choices if day and day == view.expiry), None)
    several = every if view.selection.rule == "all" else view.selection.text
    return html.Details(
        [html.Summary(single or several), html.Ul(links)],
        className="picker",
    )


def _days(days: int) -> str:
    if days == 0:
        return "0DTE"
    return "1 day" if days == 1 else f"{days} days"


def sentiment_finding(view: OptionsView) -> str:
    """``NVDA's short-term options volume is 57% bullish by call share; the methods disagree``."""
    share = view.bullish_share["short"]["call-share"]
    if share.share_pct is None:
        reason = sentence(share.reason or "n/a").rstrip(".")
        return f"{view.symbol} has no short-term share of volume: {reason[:1].lower()}{reason[1:]}"
    weighed = view.disagreement.get("short")
    evidence = f"; {AGREEMENT[weighed.evidence]}" if weighed else ""
    return (
        f"{view.symbol}\u2019s short-term options volume is {formats.share(share.share_pct, 0)} "
        f"bullish by call share{evidence}"
    )


def _or_na(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"


def _ratio(value: float | None) -> str:
    return formats.ABSENT if value is None else f"{value:.2f}"


def _share_figure(view: OptionsView, bucket: str) -> Component:
    share = view.bullish_share[bucket]["call-share"]
    return widgets.figure_value(
        formats.share(share.share_pct, 0) if share.share_pct is not None else "n/a",
        widgets.term("bullish-share", f"{BUCKETS[bucket].lower()} bullish"),
        detail=share.reason
        or f"calls {formats.compact(share.bullish_volume)}, "
        f"puts {formats.compact(share.bearish_volume)}",
    )


def _move(view: OptionsView) -> list[Component]:
    first = next((move for move in view.levels.expected_move if move.reason is None), None)
    if first is None:
        return []
    text = (
        f"\u00b1{formats.share(first.straddle_pct)}"
        if first.straddle_pct is not None
        else (f"\u00b1{formats.share(first.sigma_pct)}")
    )
    by_sigma = formats.share(first.sigma_pct)
    return [
        widgets.figure_value(
            text,
            widgets.term("expected-move", f"expected move to {first.expiry:%-d %b}"),
            detail=f"straddle; by ATM volatility \u00b1{by_sigma}",
        )
    ]


def show_bullish(state: OptionsState, view: OptionsView) -> panels.View:
    """The methods' shares beside each other, bucket by bucket."""
    names = {
        key: BUCKET_NAMES[key]
        for key in ("short", "medium", "0DTE", "1-7", "8-30")
        if any(s.share_pct is not None for s in view.bullish_share.get(key, {}).values())
    }
    if not names:
        reason = view.bullish_share["short"]["call-share"].reason or "no volume"
        return panels.nothing("No share of volume by any method", sentence(reason))
    weighed = view.disagreement.get("short")
    title = (
        f"The methods lie {formats.share(weighed.spread_points, 0).rstrip('%')} points apart: "
        f"they {AGREEMENT[weighed.evidence].removeprefix('the methods ')}"
        if weighed is not None and weighed.spread_points is not None
        else "Bullish share of volume"
    )
    badge = view.bullish_share["short"]["quote"].badge
    return panels.View(
        title=title,
        summary=f"{sentiment_finding(view)}.",
        basis=f"{origin(view)}{'; delta-weighted' if state.weighted else ''}",
        figure=figures.bullish_dots(
            shares=view.bullish_share, names=names, weighted=state.weighted
        ),
        data=panels.Data(
            (
                ("Bucket", "text"),
                ("Method", "text"),
                ("Bullish %", "share"),
                ("Coverage %", "share"),
                ("Delta-weighted %", "share"),
                ("Bullish contracts", "count"),
                ("Bearish contracts", "count"),
                ("Absence", "text"),
            ),
            [
                (
                    BUCKET_NAMES.get(bucket, bucket),
                    figures.METHOD_NAMES[method],
                    share.share_pct,
                    share.coverage_pct,
                    share.delta_weighted_pct,
                    share.bullish_volume,
                    share.bearish_volume,
                    share.reason,
                )
                for bucket, methods in view.bullish_share.items()
                for method, share in methods.items()
            ],
        ),
        note=" ".join([badge, f"Delta: {view.delta_basis}.", *_without(view)]),
    )


def _without(view: OptionsView) -> list[str]:
    """The methods that give no share at all, each with its reason."""
    gone = []
    for method, title in figures.METHOD_NAMES.items():
        shares = [methods[method] for methods in view.bullish_share.values() if method in methods]
        if shares and all(share.share_pct is None for share in shares):
            gone.append(f"{title}: {shares[0].reason or 'n/a'}".rstrip(".") + ".")
    return gone


def show_put_call(state: OptionsState, view: OptionsView) -> panels.View:
    """Put/call ratios expiry by expiry."""
    rows = view.put_call.by_expiry
    known = [row for row in rows if row.volume is not None]
    if not known and not any(row.open_interest is not None for row in rows):
        reasons = dict.fromkeys(row.volume_reason for row in rows if row.volume_reason)
        return panels.nothing(
            "No expiry has a put/call ratio",
            " ".join(sentence(reason) for reason in reasons) or NO_EXPIRY,
        )
    title = "No expiry has a put/call ratio by volume"
    if known:
        top = max(known, key=lambda row: row.volume or 0.0)
        title = (
            f"Most puts traded per call: expiry {top.expiry:%-d %b %Y} ({_ratio(top.volume)})"
            if (top.volume or 0) > 1
            else f"More calls than puts traded at every expiry; most puts at {top.expiry:%-d %b %Y}"
        )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=origin(view),
        figure=expiries.put_call_bars(rows=rows),
        data=panels.Data(
            (
                ("Expiry", "date"),
                ("Days", "count"),
                ("Put/call volume", "ratio"),
                ("Put/call open interest", "ratio"),
                ("Call volume", "count"),
                ("Put volume", "count"),
            ),
            [
                (
                    row.expiry.isoformat(),
                    row.days,
                    row.volume,
                    row.open_interest,
                    row.call_volume,
                    row.put_volume,
                )
                for row in rows
            ],
        ),
        note="Every expiry of the chain. The dotted line: as many puts as calls.",
    )


PUT_CALL_COLUMNS = (
    Column("bucket", "To expiry", "text"),
    Column("volume", widgets.term("put-call", "P/C volume"), "node"),
    Column("interest", widgets.term("open-interest", "P/C OI"), "node"),
    Column("calls", "Calls", "compact"),
    Column("puts", "Puts", "compact"),
)


def show_put_call_table(state: OptionsState, view: OptionsView) -> panels.View:
    """Put/call by bucket and in all."""
    rows = [_put_call_row(BUCKET_NAMES.get(k, k), v) for k, v in view.put_call.by_bucket.items()]
    rows.append(_put_call_row("All shown", view.put_call) | {"_class": "is-focus"})
    ratio = view.put_call.volume
    title = (
        f"{view.put_call.volume_reason}"
        if ratio is None
        else f"{_ratio(ratio)} puts traded for each call"
    )
    return panels.View(
        title=title,
        basis=f"{origin(view)}; {view.selection.text}",
        body=widgets.table(PUT_CALL_COLUMNS, rows, caption="Put/call by days to expiry"),
        note=" ".join([*_absences(view), f"{view.open_interest_label}."]),
    )


def _absences(view: OptionsView) -> list[str]:
    """Why some ratios are n/a, each reason once."""
    rows = [view.put_call, *view.put_call.by_bucket.values()]
    reasons = [r for row in rows for r in (row.volume_reason, row.open_interest_reason) if r]
    return [f"{reason}." for reason in dict.fromkeys(reasons)]


def _put_call_row(name: str, row: PutCall) -> dict[str, Any]:
    return {
        "bucket": name,
        "volume": _or_na(row.volume),
        "interest": _or_na(row.open_interest),
        "calls": row.call_volume,
        "puts": row.put_volume,
    }
