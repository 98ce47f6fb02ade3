"""The rule lab, drawn: the verdict with its figures, the curve, the drawdown, every trade."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from analytics.studies.rules.answer import RuleLab, Trade
from components.figures.lines import Line, line_chart
from components.frame import formats, panels, widgets
from components.frame.widgets import Column
from components.pages.rules.state import RulesState

SHOWN_TRADES = 40
SHOWN_MISSING = 5
AGAIN_SECONDS = 2.0
RULE, HOLD = "the rule", "holding"

SYMBOL = Column("symbol", "Symbol")
TRADE_COLUMNS = (
    Column("bought_on", "Bought"),
    SYMBOL,
    Column("return_pct", "Return %", "pct", colour=True),  # in sight on a phone
    Column("sessions", "Sessions", "count"),
    Column("reason", "Left by"),
    Column("bought_at", "Bought at", "price"),
    Column("sold_on", "Sold"),
    Column("sold_at", "Sold at", "price"),
)


def _basis(lab: RuleLab) -> str:
    first, last = formats.date(lab.first_session), formats.date(lab.last_session)
    names = f" ({_names(lab)})" if lab.asked > 1 else ""
    return f"{lab.market}{names}, {formats.count(len(lab.sessions))} sessions {first} to {last}"


def _names(lab: RuleLab) -> str:
    """``20 names``, ``504 of 707 names have bars``."""
    if not lab.missing:
        return f"{formats.count(lab.asked)} names"
    return f"{formats.count(lab.members)} of {formats.count(lab.asked)} names have bars"


def _loading(lab: RuleLab) -> tuple[int, int] | None:
    return (lab.asked - lab.loading, lab.asked) if lab.loading else None


def _chance_waits(lab: RuleLab) -> bool:
    """Whether the comparison with chance is still under way: this page always asks for it."""
    return not lab.paths and not lab.loading and bool(lab.trades)


def show_result(state: RulesState, lab: RuleLab) -> panels.View:
    """The verdict, and the figures that it rests on."""
    result, holding = lab.result, lab.holding
    value = widgets.figure_value
    values = [
        value(_pct(result.total_pct), "return", detail=f"holding {_pct(holding.total_pct)}"),
        value(_pct(result.annual_pct), "a year", detail=f"holding {_pct(holding.annual_pct)}"),
        value(
            _pct(result.drawdown_pct),
            "deepest fall",
            detail=f"holding {_pct(holding.drawdown_pct)}",
        ),
        value(formats.share(lab.exposure_pct, 0), "of sessions in the market"),
        value(formats.count(lab.closed), "trades ended", detail=_won(lab)),
        value(_pct(lab.excess_pct), "a year beyond holding as long", detail=_chance(lab)),
        value(
            formats.p_text(lab.corrected_p),
            f"p, {_tried(lab)}",
            detail=f"alone {formats.p_text(lab.p_value)}",
        ),
    ]
    body: list[Component] = [
        html.P(f"{lab.rule}.", className="rule-words"),
        html.Div(values, className="figures"),
    ]
    if lab.waiting:
        orders = ", ".join(f"{what} {symbol}" for symbol, what in lab.waiting.items())
        body.append(html.P(f"Waits for the next session: {orders}."))
    if 0 < len(lab.missing) <= SHOWN_MISSING:  # more of them are counted above and below
        reasons = [html.Li(one) for one in lab.missing.values()]
        body.append(html.Ul(reasons, className="reasons"))
    waits = _chance_waits(lab)
    title = "Chance is being computed: the same rule on random paths" if waits else lab.verdict
    return panels.View(
        title=title,
        summary=f"{title}. {lab.rule}.",
        basis=f"{_basis(lab)}; dividends included, cash earns nothing",
        body=body,
        data=_figures(lab),
        note=" ".join(filter(None, (_how(lab), lab.note))),
        again=AGAIN_SECONDS if waits else None,
        loading=_loading(lab),
    )


def _pct(value: float) -> str:
    return formats.pct(value, 1)


def _tried(lab: RuleLab) -> str:
    here = "1 rule tried" if lab.tried == 1 else f"{lab.tried} rules tried"
    return f"{here} here" if lab.elsewhere else here


def _won(lab: RuleLab) -> str:
    if lab.hit_rate_pct is None or lab.wilson95_pct is None:
        return f"{lab.won} with a profit"
    low, high = (round(edge) for edge in lab.wilson95_pct)
    return f"{formats.share(lab.hit_rate_pct, 0)} with a profit ({low}\u2013{high}%)"


def _chance(lab: RuleLab) -> str:
    return "" if lab.chance_excess_pct is None else f"chance {_pct(lab.chance_excess_pct)}"


def _how(lab: RuleLab) -> str:
    if not lab.paths:
        return ""
    said = (
        f"Chance: the same rule on {lab.paths} paths of the same sessions drawn anew in short "
        "blocks; a path did as well when the rule made as much there beyond holding as long. "
        "p is corrected for the rules tried in this browser tab on this market "
        "(White\u2019s reality check)."
    )
    if lab.elsewhere:
        rules = "1 rule" if lab.elsewhere == 1 else f"{lab.elsewhere} rules"
        said += f" {rules} tried on other markets are not in it."
    return said


def show_curve(state: RulesState, lab: RuleLab) -> panels.View:
    """The growth of 100, beside holding."""
    own, its = lab.result.total_pct, lab.holding.total_pct
    side = "more" if own >= its else "less"
    title = f"100 became {_left(own)}; held it became {_left(its)}, so the rule made {side}"
    return panels.View(
        title=title,
        basis=f"{_basis(lab)}, after costs",
        figure=line_chart(
            lines=[
                Line(HOLD, lab.sessions, lab.held, "@ink3", "dash"),
                Line(RULE, lab.sessions, lab.equity, "@accent", width=2.0),
            ],
            unit="growth of 100",
            revision=f"rules-curve-{lab.market}-{lab.first_session}",
            level=100.0,
        ),
        data=_curve(lab),
    )


def _left(total_pct: float) -> str:
    """What is left of 100, never 0 while something is: ``112``, ``0.04``."""
    left = 100 + total_pct
    return formats.written(left, 0 if left >= 1 else 2) if left >= 0.01 else "less than 0.01"


def show_drawdown(state: RulesState, lab: RuleLab) -> panels.View:
    """How far under its own high, and holding under its."""
    own, its = lab.result.drawdown_pct, lab.holding.drawdown_pct
    return panels.View(
        title=f"Deepest fall {_pct(own)}, held {_pct(its)}",
        basis="From the highest close so far",
        figure=line_chart(
            lines=[
                Line(HOLD, lab.sessions, lab.held_drawdown_pct, "@ink3", "dash"),
                Line(RULE, lab.sessions, lab.drawdown_pct, "@accent", width=2.0),
            ],
            unit="% under the high",
            revision=f"rules-drawdown-{lab.market}-{lab.first_session}",
            level=0.0,
        ),
        data=_curve(lab),
    )


def show_trades(state: RulesState, lab: RuleLab) -> panels.View:
    """Every trade, newest first."""
    if not lab.trades:
        return panels.nothing("No trade", f"{lab.rule}: the rule never bought.")
    count = len(lab.trades) + lab.trades_left_out
    shown = lab.trades[:SHOWN_TRADES]
    notes = ["Prices as traded; returns after costs, with dividends."]
    if count > len(shown):
        notes.append(f"The newest {len(shown)} of {formats.count(count)} are shown.")
    if lab.trades_left_out:
        notes.append(f"The file has the newest {formats.count(len(lab.trades))}.")
    return panels.View(
        title=_traded(count, lab),
        basis=_basis(lab),
        body=widgets.table(
            [one for one in TRADE_COLUMNS if lab.asked > 1 or one is not SYMBOL],
            [_row(lab, trade) for trade in shown],
            caption="Trades, newest first",
            sortable=True,
        ),
        data=_trade_data(lab),
        note=" ".join(notes),
    )


def _traded(count: int, lab: RuleLab) -> str:
    """``52 trades, +0.4% on average``; where some run still, whose average it is."""
    said = f"{formats.count(count)} trade{'' if count == 1 else 's'}"
    still = count - lab.closed
    open_ = "" if not still else ", still open" if count == 1 else f", {still} still open"
    if lab.mean_trade_pct is None:
        return said + open_
    mean = _pct(lab.mean_trade_pct)
    if not still:
        return f"{said}, {mean} on average"
    if lab.closed == 1:
        return f"{said}{open_}; the one that ended made {mean}"
    return f"{said}{open_}; the {formats.count(lab.closed)} that ended made {mean} on average"


def _row(lab: RuleLab, trade: Trade) -> dict[str, object]:
    return {
        "bought_on": formats.date(trade.bought_on),
        "symbol": trade.symbol,
        "bought_at": trade.bought_at,
        "sold_on": None if trade.sold_on is None else formats.date(trade.sold_on),
        "sold_at": trade.sold_at,
        "sessions": trade.sessions,
        "return_pct": trade.return_pct,
        "reason": trade.reason,
        "_quotation": lab.quotation,
    }


def _trade_data(lab: RuleLab) -> panels.Data:
    return panels.Data(
        (
            ("Bought", "date"),
            ("Symbol", "text"),
            (f"Bought at {lab.quotation.heading}", "price"),
            ("Sold", "date"),
            (f"Sold at {lab.quotation.heading}", "price"),
            ("Sessions", "count"),
            ("Return %", "pct"),
            ("Left by", "text"),
        ),
        [
            (
                one.bought_on.isoformat(),
                one.symbol,
                one.bought_at,
                None if one.sold_on is None else one.sold_on.isoformat(),
                one.sold_at,
                one.sessions,
                one.return_pct,
                one.reason,
            )
            for one in lab.trades
        ],
        lab.quotation,
    )


def _curve(lab: RuleLab) -> panels.Data:
    series = (lab.equity, lab.held, lab.drawdown_pct, lab.held_drawdown_pct)
    return panels.Data(
        (
            ("Date", "date"),
            ("Rule, growth of 100", "ratio"),
            ("Holding, growth of 100", "ratio"),
            ("Rule, % under its high", "pct"),
            ("Holding, % under its high", "pct"),
        ),
        [(day.isoformat(), *values) for day, *values in zip(lab.sessions, *series, strict=True)],
    )


def _figures(lab: RuleLab) -> panels.Data:
    rows: list[tuple[str, float | None, float | None]] = [
        ("Return %", lab.result.total_pct, lab.holding.total_pct),
        ("Return a year %", lab.result.annual_pct, lab.holding.annual_pct),
        ("Deepest fall %", lab.result.drawdown_pct, lab.holding.drawdown_pct),
        ("Sessions in the market %", lab.exposure_pct, 100.0),
        ("Beyond holding as long, % a year", lab.excess_pct, lab.chance_excess_pct),
        ("Trades with a profit %", lab.hit_rate_pct, None),
        ("p", lab.p_value, None),
        ("p, corrected for rules tried", lab.corrected_p, None),
    ]
    return panels.Data(
        (("Figure", "text"), ("Rule", "ratio"), ("Holding, or chance", "ratio")), rows
    )
