"""The Options page's volatility and chain panels: term structure, smile, expiries, hygiene."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from analytics.options.sentiment import MethodShare
from analytics.options.surface import ExpirySkew, Smile
from analytics.options.surface_question import OptionsSurfaceView
from analytics.options.view import OptionsView
from components.figures import options as figures
from components.frame import formats, panels, widgets
from components.frame.findings import joined
from components.frame.widgets import Column
from components.pages.options.state import OptionsState
from components.pages.options.views import origin, sentence

NO_EXPIRY = "The chain has no expiry that is still running."


def show_term(state: OptionsState, view: OptionsSurfaceView) -> panels.View:
    """The term structure of at-the-money volatility."""
    known = [point for point in view.term_structure if point.atm_iv is not None]
    if not known:
        reasons = dict.fromkeys(point.reason for point in view.term_structure if point.reason)
        return panels.nothing(
            "No expiry has an at-the-money volatility",
            " ".join(sentence(reason) for reason in reasons) or NO_EXPIRY,
        )
    near, far = known[0], known[-1]
    shape = "inverted" if (near.atm_iv or 0) > (far.atm_iv or 0) else "upward"
    title = (
        f"The term structure is {shape}: {formats.share((near.atm_iv or 0) * 100)} at "
        f"{near.days} days, {formats.share((far.atm_iv or 0) * 100)} at {far.days}"
    )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=origin(view),
        figure=figures.term_structure(points=view.term_structure, iv30=view.iv30.iv),
        data=panels.Data(
            (
                ("Expiry", "date"),
                ("Settled", "text"),
                ("Days", "count"),
                ("ATM IV %", "share"),
                ("Forward $", "price"),
                ("Carry r \u2212 q, % a year", "signed"),
                ("Absence", "text"),
            ),
            [
                (
                    p.expiry.isoformat(),
                    p.settlement,
                    p.days,
                    None if p.atm_iv is None else p.atm_iv * 100,
                    p.forward,
                    None if p.carry is None else p.carry * 100,
                    p.reason,
                )
                for p in view.term_structure
            ],
        ),
        note=view.iv30.reason or "",
    )


def show_smile(state: OptionsState, view: OptionsSurfaceView) -> panels.View:
    """The smile, with the 25-delta skew of the nearest expiry as the finding."""
    if not view.smiles:
        reason = view.selection.reason or "No contract of these expiries has an implied volatility."
        return panels.nothing("No smile to draw", reason)
    skews = [row for row in view.skew if row.risk_reversal_points is not None]
    title = _skew_title(skews[0]) if skews else "Implied volatility by strike"
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{origin(view)}; {view.selection.text}",
        figure=figures.smiles(curves=view.smiles, spot=view.spot),
        data=panels.Data(
            (
                ("Expiry", "date"),
                ("Settled", "text"),
                ("ATM IV %", "share"),
                ("Risk reversal, points", "signed"),
                ("Normalised skew", "signed"),
                ("Absence", "text"),
            ),
            [
                (
                    row.expiry.isoformat(),
                    row.settlement,
                    None if row.atm_iv is None else row.atm_iv * 100,
                    row.risk_reversal_points,
                    row.normalised_skew,
                    row.reason,
                )
                for row in view.skew
            ],
        ),
        note=f"{_fit_note(view.smiles[0])} {sentence(view.skew_direction)}",
    )


def _fit_note(smile: Smile) -> str:
    """How well the nearest smile meets its quotes, or why it is not fitted."""
    day = f"{smile.expiry:%-d %b %Y}"
    if smile.residual_points is None:
        return f"{day}: {smile.fit_reason or 'n/a'}; drawn between strikes."
    return (
        f"The smile of {day} lies within the bid and ask of {smile.within_quotes} of "
        f"{smile.quotes} quotes, {smile.residual_points:.2f} vol points off their mids near the "
        "money."
    )


def _skew_title(skew: ExpirySkew) -> str:
    """``25-delta puts cost 1.9 vol points more to 27 Jan 2025``."""
    points = skew.risk_reversal_points or 0.0
    until = f"to {skew.expiry:%-d %b %Y}"
    size = f"{abs(points):.1f}"
    if size == "0.0":
        return f"25-delta puts and calls cost the same {until}"
    return f"25-delta {'puts' if points < 0 else 'calls'} cost {size} vol points more {until}"


EXPIRY_COLUMNS = (
    Column("expiry", "Expiry", "node"),
    Column("days", "Days", "count"),
    Column("contracts", "Contracts", "count"),
    Column("volume", "Volume", "compact"),
    Column("interest", widgets.term("open-interest"), "compact"),
    Column("share", widgets.term("call-share", "Call share %"), "share"),
    Column("quote", widgets.term("quote-method", "Quote %"), "share"),
    Column("quote_covers", "of volume %", "share"),
    Column("residual", widgets.term("residual-method", "Residual %"), "share"),
    Column("residual_covers", "of volume %", "share"),
    Column("max_pain", widgets.term("max-pain"), "price"),
    Column("move", widgets.term("expected-move", "Expected move %"), "share"),
)


def show_expiries(state: OptionsState, view: OptionsView) -> panels.View:
    """The listed expiries; each is a link that shows it alone."""
    methods = {row.expiry: row.methods for row in view.bullish_by_expiry}
    pain = {row.expiry: row.strike for row in view.levels.max_pain}
    moves = {row.expiry: row.straddle_pct or row.sigma_pct for row in view.levels.expected_move}
    rows = [
        {
            "expiry": html.A(
                formats.date(row.expiry),
                href=state.link("/options", expiry=row.expiry),
            ),
            "days": row.days,
            "contracts": row.contracts,
            "volume": row.volume,
            "interest": row.open_interest,
            **_shares(methods.get(row.expiry, {}), state.weighted),
            "max_pain": pain.get(row.expiry),
            "move": moves.get(row.expiry),
            "_class": "is-focus" if row.expiry == view.expiry else "",
        }
        for row in view.expiries
    ]
    body: list[Component] = [
        widgets.table(EXPIRY_COLUMNS, rows, caption="Expiries", sortable=True, class_name="tall")
    ]
    if view.expiry is not None:
        body.append(html.A("Show all expiries", href=state.link("/options", expiry=None)))
    return panels.View(
        title=f"{len(view.expiries)} expiries are listed; choose one",
        basis=origin(view),
        body=html.Div(body, className="tall-list"),
    )


def _shares(methods: Mapping[str, MethodShare], weighted: bool) -> dict[str, float | None]:
    """Bullish share of one expiry by each method and the volume it rests on, for its row."""
    named = (("share", "call-share"), ("quote", "quote"), ("residual", "residual"))
    found = {column: methods[method] for column, method in named if method in methods}
    return {column: figures.share_of(share, weighted) for column, share in found.items()} | {
        f"{column}_covers": figures.coverage_of(share, weighted) for column, share in found.items()
    }


def _carry(view: OptionsView) -> str:
    """What the forwards leave of the rate: dividends and the cost of borrowing."""
    basis = view.dividend_basis.removeprefix("carry r - q ")
    return f"Carry r \u2212 q {formats.share((view.rate - view.dividend_yield) * 100)}, {basis}"


def show_hygiene(state: OptionsState, view: OptionsView) -> panels.View:
    """What was dropped and why, and which conventions the figures rest on."""
    left_out = sum(view.left_out.values())
    without_iv = sum(view.rejected.values()) - left_out
    items = [
        html.Li([html.B(formats.count(count)), f" {reason}"])
        for reason, count in [*view.rejected.items(), *view.volume_notes.items()]
    ]
    coverage = view.iv_coverage
    conventions = [
        f"Rate {formats.share(view.rate * 100)}: {view.rate_basis}",
        _carry(view),
        f"Day count: {view.day_count}",
        f"IVs cover {formats.share(coverage.contracts_pct)} of contracts, "
        f"{formats.share(coverage.volume_pct)} of volume, "
        f"{formats.share(coverage.open_interest_pct)} of open interest",
        view.model_error.statement,
    ]
    return panels.View(
        title=f"{formats.count(without_iv)} of {formats.count(view.contracts)} contracts have no IV"
        + (f"; {formats.count(left_out)} rows are in no figure" if left_out else ""),
        summary=joined([f"{count} {reason}" for reason, count in view.rejected.items()]),
        basis=f"{origin(view)}, whole chain",
        body=[
            html.Ul(items, className="counts"),
            html.Ul([html.Li(text) for text in conventions], className="conventions"),
        ],
    )
