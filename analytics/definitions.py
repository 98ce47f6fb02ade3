"""What every term on the screen means, once: tooltips, the Definitions page and the docs.

The wording follows the project's methods; a computation's docstring names the same term.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """One term.

    Attributes:
        key: its anchor (``/definitions#dma``).
        term: as written on the screen.
        sentence: the definition in one sentence, for the tooltip.
        detail: what else decides the figure: edge cases, conventions, source.
        unit: of the figure, or empty.
        group: heading it stands under.
    """

    key: str
    term: str
    sentence: str
    detail: str = ""
    unit: str = ""
    group: str = ""


_GROUPS: dict[str, tuple[Definition, ...]] = {
    "Prices": (
        Definition(
            "traded-close",
            "Traded close",
            "The closing price adjusted for splits but not for dividends: the price a trader saw.",
            "All levels use it: moving averages, highs and lows, drawdowns, option strikes.",
            "dollars",
        ),
        Definition(
            "total-return-close",
            "Total-return close",
            "The closing price adjusted for splits and dividends.",
            "Only comparisons of performance use it: relative strength, rotation, stay-afloat. "
            "A page never mixes the two bases, and each chart names its own.",
            "dollars",
        ),
        Definition(
            "as-of",
            "As of",
            "The session after whose close the market is shown, using nothing that came later.",
            "Every series is cut at that close before anything is computed, and splits after it "
            "are undone, so that prices, volumes and strikes are those seen then.",
            "date",
        ),
        Definition(
            "session",
            "Session",
            "A trading day of the New York Stock Exchange, by its own calendar.",
            "Holidays, half-days and special closures are honoured: 2025-01-09 was closed, "
            "2025-11-28 closed at 13:00. Times on the screen are New York's.",
            "date",
        ),
        Definition(
            "rejected",
            "Rejected rows",
            "Bars and quotes that cannot be right; they are left out, counted and never filled in.",
            "A bar is rejected when its close is missing, infinite or not above zero, its high is "
            "below its low, or its close lies outside them by more than a cent of rounding. Of "
            "duplicate dates the last wins; the order of the input never changes an answer.",
            "count",
        ),
    ),
    "Supports": (
        Definition(
            "dma",
            "N-DMA",
            "The simple mean of the last N valid traded closes (N = 20, 50, 100 or 200).",
            "With fewer than N bars there is no level, and the page says “50-DMA needs 50 "
            "sessions (has 30)”. It is never a mean of fewer.",
            "dollars",
        ),
        Definition(
            "session-level",
            "Level for today",
            "The N-DMA through the previous completed session, known before the open and fixed "
            "all day.",
            "The session's status is decided on it. The level of record is the N-DMA through the "
            "as-of session; distances and group drawdowns use that one. After a close the two "
            "differ a little, and the page names both.",
            "dollars",
        ),
        Definition(
            "close-needed",
            "Close needed",
            "The close at or above which the next session closes at or above its updated N-DMA.",
            "It equals the mean of the latest N−1 closes.",
            "dollars",
        ),
        Definition(
            "distance",
            "Distance to support",
            "Level ÷ price − 1: negative when the support lies below the price.",
            "Also in ATR, (level − price) ÷ ATR14, and in sigma, ln(level ÷ price) ÷ the standard "
            "deviation of the last 20 daily log returns. The three share one sign.",
            "percent, ATR, sigma",
        ),
        Definition(
            "atr",
            "ATR",
            "Wilder's average true range over 14 sessions.",
            "Seeded with the mean of the first 14 true ranges.",
            "dollars",
        ),
        Definition(
            "dma-drawdown",
            "Drawdown to the N-DMA",
            "How far the close would fall to reach its N-DMA: N-DMA ÷ close − 1.",
            "Defined for names above their N-DMA. Names below it are listed apart as “already "
            "below” and never averaged in.",
            "percent",
        ),
        Definition(
            "group-drawdown",
            "Group drawdown to the N-DMA",
            "The equal-weight mean drawdown to the N-DMA over the ticked members that are above "
            "theirs.",
            "The number of members counted and the exclusions stand beside the figure.",
            "percent",
        ),
        Definition(
            "status",
            "Status at a level",
            "What price has done at the level in this session; only the close decides held or "
            "broken.",
            "After the close: broken (from above to below), below, reclaimed (from below to "
            "above), held (touched and closed at or above), above. In session, provisional: "
            "under, below, reclaiming, testing (touched, or within 0.25 ATR above), above. A "
            "half-day decides at its own early close. Data with closes only cannot tell a touch "
            "and says so.",
        ),
        Definition(
            "gap-down",
            "Gap-down",
            "The session opened at or below the level after a previous close above it.",
            "A flag beside the status: a level can be lost at the open and held by the close.",
        ),
        Definition(
            "support",
            "Support in focus",
            "The highest of the 50, 100 and 200-DMA at or below the price.",
            "Before and at the open: below the previous close.",
            "dollars",
        ),
        Definition(
            "next-support",
            "Next support",
            "The next lower of the 50, 100 and 200-DMA: where a fall through the support in focus "
            "would lead.",
            "The 20-DMA, option levels, swing lows and the 52-week low stand on the ladder and "
            "never become the headline support.",
            "dollars",
        ),
        Definition(
            "swing-low",
            "Prior swing low",
            "The last low that is the lowest of the five sessions on either side.",
            "Known only five sessions later, and used only from then on.",
            "dollars",
        ),
        Definition(
            "channel",
            "Channel Z-score",
            "How many residual standard deviations the close lies from a least-squares line "
            "through the log closes of the last 252 sessions.",
            "The channel is drawn at Z = ±1 and ±2.",
            "standard deviations",
        ),
        Definition(
            "confluence",
            "Confluence",
            "Levels of different families within 0.25 ATR of a neighbour; the score counts "
            "families, not lines.",
            "Families: moving averages, options, price structure. A whole cluster spans at most "
            "0.5 ATR.",
            "families",
        ),
    ),
    "Does the support hold?": (
        Definition(
            "touch-event",
            "Touch event",
            "A session that opened above the level after a close above it, and whose low reached "
            "it.",
            "A gap-down event opened at or below it and has its own row. One cooldown clock a "
            "level: the next event is at least 10 sessions after the last one counted.",
            "count",
        ),
        Definition(
            "hold-rate",
            "Hold rate",
            "The share of events that closed at or above the level, with its Wilson 95% interval.",
            "With fewer than 10 events only counts are shown. A confirmed break is two closes "
            "below, or one more than 0.25 ATR below.",
            "percent",
        ),
        Definition(
            "null-rate",
            "Null rate",
            "What the same code finds on price paths rebuilt at random from the same sessions.",
            "Stationary bootstrap (Politis and Romano, mean block of 20 sessions). A hold rate is "
            "never shown without it: a random walk “holds” a true touch about 45% of the time.",
            "percent",
        ),
        Definition(
            "touch-odds",
            "Odds of a touch",
            "The options-implied, risk-neutral probability that price reaches the level by then.",
            "First-passage formula with the implied volatility at the level, on a clock of "
            "sessions; the skew's slope is left out. The odds of a close below stand beside it.",
            "percent",
        ),
    ),
    "Sectors and breadth": (
        Definition(
            "drawdown",
            "Drawdown from high",
            "Close ÷ the highest close of the last 252 sessions − 1; never above zero.",
            "With fewer sessions it is taken over what there is, at least 60, and the number is "
            "named.",
            "percent",
        ),
        Definition(
            "max-drawdown",
            "Maximum drawdown",
            "The deepest fall from a running high within the window.",
            "Shown with the dates of its start, its trough and its recovery.",
            "percent",
        ),
        Definition(
            "breadth",
            "Breadth",
            "The share of members whose close is above their N-DMA.",
            "Members without a valid N-DMA are left out; the denominator is printed.",
            "percent",
        ),
        Definition(
            "afloat",
            "Stay afloat",
            "How a name did beyond what its beta explains on a session: its return − beta × the "
            "benchmark's.",
            "Beta over up to 252 returns ended the day before (at least 60), shrunk to ⅔ beta "
            "+ ⅓. Ranked by z, the residual ÷ its standard deviation over the same window.",
            "percent, z",
        ),
        Definition(
            "rotation",
            "Rotation",
            "Relative strength against the benchmark and its momentum, as two standard scores "
            "around 100.",
            "RS = 100 × price ÷ benchmark; ratio = 100 + z of RS over 63 sessions; momentum = 100 "
            "+ z of the ratio's 14-session rate of change over 63 sessions. These are published "
            "formulas, not the proprietary JdK ones.",
        ),
    ),
    "Options": (
        Definition(
            "expiry-bucket",
            "Short and medium term",
            "Short term: up to 30 days to expiry. Medium term: 31 to 90 days.",
            "Buckets: 0DTE, 1–7, 8–30, 31–90 and over 90 days.",
            "days",
        ),
        Definition(
            "bullish-share",
            "Bullish share of volume",
            "Bullish ÷ (bullish + bearish) option volume of the expiries in the bucket.",
            "Three methods stand side by side, for they disagree; each shows its coverage, the "
            "volume it could classify. Yahoo has no trade tape, so all three are proxies.",
            "percent",
        ),
        Definition(
            "call-share",
            "Call share",
            "The headline method: calls count as bullish, puts as bearish.",
            "Always available; its usual level differs by symbol.",
            "percent",
        ),
        Definition(
            "quote-method",
            "Quote method",
            "Last price above the mid counts as bought, below as sold; calls bought and puts sold "
            "are bullish.",
            "At the mid, or without a valid spread, a contract is unclassified. End-of-day quotes "
            "may be newer than the last trade.",
            "percent",
        ),
        Definition(
            "residual-method",
            "Residual method",
            "A contract's change beyond delta × the underlying's change: above zero counts as "
            "bought, below as sold.",
            "Delta is the chain's own, else the Black-Scholes delta from an implied volatility "
            "solved from the mid.",
            "percent",
        ),
        Definition(
            "put-call",
            "Put/call ratio",
            "Puts ÷ calls, by volume and by open interest.",
            "No calls: n/a. Volume counts only contracts that traded in the chain's session.",
            "ratio",
        ),
        Definition(
            "open-interest",
            "Open interest",
            "Contracts outstanding, published once a day and so one session old.",
            "All zero reads “n/a (no open interest)”, never 0.",
            "contracts",
        ),
        Definition(
            "hygiene",
            "Chain hygiene",
            "Which contracts were left out of implied volatilities and greeks, by reason.",
            "Expired; no bid and no ask; crossed quotes; a mid outside the no-arbitrage bounds; "
            "an implied volatility below 1% or above 500%.",
            "count",
        ),
        Definition(
            "implied-volatility",
            "Implied volatility",
            "The volatility at which Black-Scholes gives the contract's mid.",
            "Solved again from the mid; where under half a cent of time value is left there is "
            "none. Time runs in calendar days to the expiry's close.",
            "percent a year",
        ),
    ),
    "States": (
        Definition(
            "freshness",
            "Freshness",
            "LIVE, DELAYED, CLOSED, STALE, NO DATA or ERROR: how old a panel's figures are and "
            "why.",
            "STALE: the source could not be asked, the last good answer is shown with its age.",
        ),
        Definition(
            "simulated",
            "Simulated",
            "Prices made by the demo's simulator: not market prices.",
            "Its scenario follows 24 and 27 January 2025; the banner stands on every page.",
        ),
    ),
}

DEFINITIONS: dict[str, Definition] = {
    d.key: Definition(d.key, d.term, d.sentence, d.detail, d.unit, group)
    for group, definitions in _GROUPS.items()
    for d in definitions
}


def by_group() -> dict[str, tuple[Definition, ...]]:
    """Heading -> its definitions, in the order of the page."""
    groups: dict[str, list[Definition]] = {}
    for definition in DEFINITIONS.values():
        groups.setdefault(definition.group, []).append(definition)
    return {group: tuple(members) for group, members in groups.items()}


def to_markdown() -> str:
    """The text of ``docs/definitions.md``."""
    lines = ["# How figures are defined", ""]
    lines += ["Generated from `analytics/definitions.py`: edit that, then write this file with", ""]
    lines += ["    python -m analytics.definitions > docs/definitions.md", ""]
    for group, definitions in by_group().items():
        lines += [f"## {group}", ""]
        for d in definitions:
            unit = f" *({d.unit})*" if d.unit else ""
            lines += [f"### {d.term}", "", f"{d.sentence}{unit}", ""]
            if d.detail:
                lines += [d.detail, ""]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(to_markdown())
