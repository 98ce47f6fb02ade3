"""The hold study on the Supports page: today's card, rates, what followed, the events."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.levels import LevelId
from analytics.model.question import Answer
from analytics.model.status import LOST, REGAINED, Status
from analytics.studies.hold.aftermath import AfterBreak
from analytics.studies.hold.study import HoldRate, HoldStudy
from analytics.studies.supports.how_likely import how_likely
from analytics.studies.supports.levels import Level
from analytics.studies.supports.odds import OddsView
from analytics.studies.supports.supports import SupportLadder
from components.figures.hold import DayStick, days_like_this, hold_rates
from components.frame import formats, panels, widgets
from components.frame.likely import likely_line
from components.frame.widgets import Column
from components.pages.supports.state import SupportsState

MAX_EVENTS = 60
MAX_DAYS = 30


def show_today(
    state: SupportsState,
    ladder: SupportLadder,
    study: Answer[HoldStudy],
    odds: Answer[OddsView],
) -> panels.View:
    """What happened today at the level, how such days ended, and what options pay for it."""
    asked = state.studied
    first = today_sentence(asked, ladder)
    likely = how_likely(ladder, asked, study, odds)
    return panels.View(
        title=first,
        summary=f"{first} {likely.text}",
        basis="Traded prices; history of all sessions the source has",
        body=likely_line(likely, state.symbol),
        note=study.result.definition if study.result else (study.reason or ""),
    )


def _apart(ladder: SupportLadder, level: Level) -> str:
    """Where the price stands to a level that no open and no low is known to have met."""
    reference = level.session_level or level.price
    side = "under" if ladder.price < reference else "above"
    far = formats.pct(abs(ladder.price / reference - 1) * 100, sign=False)
    verb = "trades" if ladder.provisional else "closed"
    if level.status in LOST:
        met = ", after a close above it"
    elif level.status in REGAINED:
        met = ", after a close below it"
    elif ladder.close_only:
        met = "; closes alone cannot tell a touch"
    else:
        tested = level.status is Status.TESTING
        near = "come near it, without a touch," if tested else "not touched it"
        met = f" and has {near} this session"
    return f"{ladder.symbol} {verb} {far} {side} its {formats.level_name(level.name)}{met}."


def today_sentence(asked: LevelId, ladder: SupportLadder) -> str:
    """What the session has done at one level."""
    shown = formats.level_name(asked.name)
    level = next((lv for lv in ladder.levels if lv.id == asked), None)
    if level is None or level.session_level is None:
        reason = next((m.reason for m in ladder.unavailable if m.id == asked), f"no {asked.name}")
        return f"{ladder.symbol}: {reason}."
    touched = ladder.low is not None and ladder.low <= level.session_level
    opened = ladder.open if ladder.open is not None else ladder.price
    gap = formats.pct(abs(opened / level.session_level - 1) * 100, sign=False)
    if level.gap_down:
        return f"{ladder.symbol} opened {gap} under its {shown}."
    if touched and (ladder.previous_close or 0) > level.session_level:
        return f"{ladder.symbol} came down to its {shown} after opening {gap} above."
    return _apart(ladder, level)


def show_days(state: SupportsState, study: HoldStudy, ladder: Answer[SupportLadder]) -> panels.View:
    """The sessions that began like this one: where each opened, fell to and closed."""
    now = ladder.result
    level = (
        None if now is None else next((one for one in now.levels if one.id == state.studied), None)
    )
    gapped = level is not None and bool(level.gap_down)
    kind = "gap-down" if gapped else "touch"
    what = "gap-downs" if gapped else "touches"
    events = [event for event in study.event_list if event.kind == kind]
    name = formats.level_name(study.level)
    if not events:
        return panels.nothing(f"No day like this at its {name}", f"No {what} of it are known.")
    session = None if now is None else now.session
    before = [event for event in events if event.session != session]
    held = sum(event.held for event in events)
    title = f"Days like this: {held} of {len(events)} {what} held the {name}"
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis="Open, low and close of each, % from the level",
        figure=days_like_this(
            events=before[:MAX_DAYS][::-1],
            today=_today_stick(now, level),
            revision=f"{study.symbol}|{study.level}|{kind}",
        ),
        data=panels.Data(
            (
                ("Session", "date"),
                ("Open %", "pct"),
                ("Low %", "pct"),
                ("Close %", "pct"),
                ("Held", "text"),
            ),
            [
                (
                    event.session.isoformat(),
                    *(
                        (price / event.level - 1) * 100
                        for price in (event.open, event.low, event.close)
                    ),
                    "yes" if event.held else "no",
                )
                for event in events
            ],
        ),
        note=f"Blue held, orange broke; black is this session, its close so far. "
        f"The newest {min(len(events), MAX_DAYS)} of {len(events)}.",
    )


def _today_stick(ladder: SupportLadder | None, level: Level | None) -> DayStick | None:
    if ladder is None or level is None or level.session_level is None:
        return None
    if ladder.open is None or ladder.low is None:
        return None
    low = min(ladder.low, ladder.price)
    prices = (ladder.open, low, ladder.price)
    opened, lowest, closed = ((price / level.session_level - 1) * 100 for price in prices)
    return DayStick(opened, lowest, closed, formats.date(ladder.session))


def _paths(study: HoldStudy) -> str:
    drawn = study.touches.null_paths + study.touches.null_paths_without
    return f"Chance is of {formats.count(drawn)} paths. " if drawn else ""


def show_rates(state: SupportsState, study: HoldStudy) -> panels.View:
    """Rates by kind and class, each on its interval beside its null."""
    rows: list[tuple[str, HoldRate]] = [("Touches", study.touches), ("Gap-downs", study.gap_downs)]
    rows += [(f"{split.kind}: {split.value}", split.rate) for split in study.splits]
    title = _rates_title(study)
    drawn = [(name, rate) for name, rate in rows if rate.rate_pct is not None] or rows[:2]
    folded = len(rows) - len(drawn)
    few = f"{folded} classes of fewer than ten events stand in the table. " if folded else ""
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=(
            f"Traded prices, {formats.count(study.sessions)} sessions "
            f"{formats.short_date(study.first_session)} to {formats.short_date(study.last_session)}"
        ),
        figure=hold_rates(rows=drawn, revision=f"{study.symbol}|{study.level}"),
        data=panels.Data(
            (
                ("Events", "text"),
                ("n", "count"),
                ("Held", "count"),
                ("Confirmed breaks", "count"),
                ("Held %", "share"),
                ("Wilson low %", "share"),
                ("Wilson high %", "share"),
                ("Null %", "share"),
                ("p", "p"),
                ("q", "p"),
            ),
            [
                (
                    name,
                    rate.events,
                    rate.held,
                    rate.confirmed_breaks,
                    rate.rate_pct,
                    rate.wilson95_pct[0] if rate.wilson95_pct else None,
                    rate.wilson95_pct[1] if rate.wilson95_pct else None,
                    rate.null_rate_pct,
                    rate.p_value,
                    rate.q_value,
                )
                for name, rate in rows
            ],
        ),
        note=f"{few}{study.definition} {_paths(study)}{_TESTS_NOTE}",
    )


_TESTS_NOTE = (
    "q: p corrected for every rate and mean of this section (Benjamini-Hochberg); more often than "
    "chance is said up to q = 0.05."
)


def _rates_title(study: HoldStudy) -> str:
    level = formats.level_name(study.level)
    rate = study.touches
    if rate.rate_pct is None or rate.null_rate_pct is None:
        times = "once" if rate.events == 1 else f"{rate.events} times"
        return f"{study.symbol} touched its {level} {times}: too few for a rate"
    return (
        f"{study.symbol}\u2019s {level} held {formats.share(rate.rate_pct, 0)} of touches, "
        f"chance {formats.share(rate.null_rate_pct, 0)}: {verdict(rate)}"
    )


def verdict(rate: HoldRate | AfterBreak) -> str:
    """What may be said of a rate against chance (methods, "Many levels, one claim")."""
    if rate.beats_chance:
        return f"more often than chance ({formats.p_words('q', rate.q_value)})"
    p = "" if rate.p_value is None else f" ({formats.p_words('p', rate.p_value)})"
    return f"chance may explain it{p}"


FORWARD_COLUMNS = (
    Column("after", "After a", "text"),
    Column("sessions", "Sessions", "count"),
    Column("n", "n", "count"),
    Column("mean", "Mean %", "pct"),
    Column("interval", "95% interval", "node"),
    Column("all", "All days %", "pct"),
    Column("p", widgets.term("mean-after", "p"), "p"),
    Column("q", widgets.term("q-value", "q"), "p"),
)


def show_after(state: SupportsState, study: HoldStudy) -> panels.View:
    """After a break: reach of the next average; forward returns after holds and breaks."""
    after = study.after_break
    title = _after_title(after)
    facts = [
        f"{after.breaks} breaks; {after.without_lower} had no lower 50, 100 or 200\u2011DMA.",
    ]
    if after.wilson95_pct is not None:
        low, high = after.wilson95_pct
        facts.append(
            f"Reached {after.reached} of {after.observed} (Wilson {low:.0f}\u2013{high:.0f}%)."
        )
    if after.median_sessions is not None:
        facts.append(f"Where reached, after {after.median_sessions:.0f} sessions (median).")
    if after.median_overshoot_pct is not None:
        facts.append(
            f"Median lowest low within {after.within} sessions: "
            f"{formats.pct(after.median_overshoot_pct)} from the broken level."
        )
    rows = [
        {
            "after": row.after,
            "sessions": row.sessions,
            "n": row.n,
            "mean": row.mean_pct,
            "interval": _interval(row.interval95_pct),
            "all": row.all_days_pct,
            "p": row.p_value,
            "q": row.q_value,
        }
        for row in study.forward_returns
    ]
    body: list[Component] = [
        html.P(" ".join(facts), className="lead"),
        widgets.table(FORWARD_COLUMNS, rows, caption="Returns after holds and breaks"),
    ]
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis="Traded closes; events far enough apart that their windows do not overlap",
        body=body,
        note=(
            "Chance: the same reach on rebuilt price paths. p of a mean: how often it lies as "
            "far from that of all days when the sessions are put in another order, in blocks. "
            f"{_TESTS_NOTE}"
        ),
    )


def _after_title(after: AfterBreak) -> str:
    within = f"within {after.within} sessions"
    if after.reach_rate_pct is None:
        return (
            f"{after.reached} of {after.observed} breaks reached the next average {within}: "
            "too few for a rate"
        )
    return (
        f"After a break the next average was reached {within} "
        f"{formats.share(after.reach_rate_pct, 0)} of the time, chance "
        f"{formats.share(after.null_rate_pct, 0)}: {verdict(after)}"
    )


def _interval(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "n/a (under 10 events)"
    return f"{formats.pct(interval[0])} to {formats.pct(interval[1])}"


EVENT_COLUMNS = (
    Column("session", "Session", "node"),
    Column("kind", "Event", "text"),
    Column("level", "Level", "price"),
    Column("open", "Open", "price"),
    Column("low", "Low", "price"),
    Column("close", "Close", "price"),
    Column("outcome", "Outcome", "node"),
    Column("vix", "VIX before", "ratio"),
)


def show_events(state: SupportsState, study: HoldStudy) -> panels.View:
    """The events, newest first; each opens the page as of that session."""
    rows = [
        {
            "session": html.A(
                formats.date(event.session),
                href=state.link("/supports", as_of=event.session),
            ),
            "kind": event.kind,
            "level": event.level,
            "open": event.open,
            "low": event.low,
            "close": event.close,
            "outcome": widgets.chip("● held", "up")
            if event.held
            else widgets.chip("✕ confirmed break" if event.confirmed_break else "✕ broke", "down"),
            "vix": event.vix,
            "_quotation": study.quotation,
        }
        for event in study.event_list[:MAX_EVENTS]
    ]
    total = len(study.event_list)
    return panels.View(
        title=f"{total} events at the {formats.level_name(study.level)}, newest first",
        basis="Traded prices; a session opens its replay",
        body=html.Div(widgets.table(EVENT_COLUMNS, rows, caption="Events"), className="tall-list"),
        data=_event_data(study),
        note="" if total <= MAX_EVENTS else f"The newest {MAX_EVENTS} are shown; the CSV has all.",
    )


def _event_data(study: HoldStudy) -> panels.Data:
    rows: list[tuple[Any, ...]] = [
        (
            event.session.isoformat(),
            event.kind,
            event.level,
            event.open,
            event.low,
            event.close,
            "held" if event.held else "broke",
            "yes" if event.confirmed_break else "no",
            event.gap_pct,
            event.vix,
        )
        for event in study.event_list
    ]
    return panels.Data(
        (
            ("Session", "date"),
            ("Event", "text"),
            ("Level", "price"),
            ("Open", "price"),
            ("Low", "price"),
            ("Close", "price"),
            ("Outcome", "text"),
            ("Confirmed break", "text"),
            ("Gap %", "pct"),
            ("VIX before", "ratio"),
        ),
        rows,
        quotation=study.quotation,
    )
