"""Breadth: members above their averages and at new highs and lows, over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analytics.indicators.series import DMA_SESSIONS, YEAR_SESSIONS, optional_values
from analytics.model.dated_lists import coverage
from analytics.model.levels import LevelId, dma
from analytics.model.listings import GroupName, group, members_list, sector_fund, sector_names
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Bars, Moment, Sessions
from analytics.studies.deciding_average import deciding_average
from analytics.studies.sentiment.breadth_series import (
    AboveCounts,
    HighLowCounts,
    above_average,
    at_extremes,
    highs_and_lows,
    union_axis,
    year_range,
)

DAYS_A_SESSION = 1.5
"""At most: sessions fall on five days of seven, less the holidays."""


@dataclass(frozen=True)
class BreadthParameters:
    """The members, by list or one by one, and how many sessions the history shows."""

    symbols: tuple[Symbol, ...] = ()
    group: GroupName = "sectors+ten"
    sessions: int = field(default=YEAR_SESSIONS, metadata={"min": 20, "max": 10_000})


@dataclass(frozen=True)
class BreadthShare:
    """Members whose close is above their N-DMA; in session, whose price is above the one known
    before the open.

    Attributes:
        level: as printed; ``level_id``: which average it is.
        of: members with a valid N-DMA: the denominator, always shown.
        share_pct: None when no member has one.
        above_symbols, below_symbols: who they are, in the list's order.
    """

    level: str
    above: int
    of: int
    share_pct: float | None
    above_symbols: tuple[str, ...]
    below_symbols: tuple[str, ...]
    level_id: LevelId


@dataclass(frozen=True)
class NewHighsLows:
    """Members whose close is above (below) each of the 251 closes before it.

    Attributes:
        of: members with 252 closes.
        net_pct: highs minus lows, percent of ``of``; ``net_20_pct`` its 20-session mean.
    """

    highs: int
    lows: int
    of: int
    net_pct: float | None
    net_20_pct: float | None
    high_symbols: tuple[str, ...]
    low_symbols: tuple[str, ...]


@dataclass(frozen=True)
class SectorBreadth:
    """The shares among the companies of one GICS sector."""

    sector: str
    name: str
    members: int
    shares: tuple[BreadthShare, ...]


@dataclass(frozen=True)
class BreadthSeries:
    """One average's share by session, with its denominator, which may vary."""

    level: str
    share_pct: tuple[float | None, ...]
    above: tuple[int, ...]
    of: tuple[int, ...]
    level_id: LevelId


@dataclass(frozen=True)
class BreadthHistory:
    """Series of the length of ``sessions``, oldest first.

    Attributes:
        high_low_of: members with 252 closes, the denominator of the net figures.
    """

    sessions: tuple[dt.date, ...]
    levels: tuple[BreadthSeries, ...]
    highs: tuple[int, ...]
    lows: tuple[int, ...]
    high_low_of: tuple[int, ...]
    net_pct: tuple[float | None, ...]
    net_20_pct: tuple[float | None, ...]


@dataclass(frozen=True)
class Breadth:
    """Shares for the 20, 50, 100 and 200-DMA over one list of members; traded closes.

    Attributes:
        members: asked for; those without data are in ``missing`` and in no count.
        loading: members that are still being fetched, and in no count yet.
        coverage: "nine of ten members; BRK-B missing", "212 of 503 members so far"; empty when
            all are there.
        by_sector: for the members whose GICS sector is known; empty when none is.
        note: what following the list into the past gets wrong, or who of its members of each day
            had no bars; empty when nothing.
        former: members of earlier sessions of the history that are none now; those of them
            without bars are in ``former_missing`` and in no count.
    """

    session: dt.date
    provisional: bool
    group: str
    group_valid_from: dt.date | None
    group_source: str
    members: int
    shares: tuple[BreadthShare, ...]
    new_highs_lows: NewHighsLows
    by_sector: tuple[SectorBreadth, ...]
    history: BreadthHistory
    missing: Mapping[str, str]
    coverage: str
    note: str
    loading: int = 0
    former: int = 0
    former_missing: Mapping[str, str] = field(default_factory=dict)


def _history_starts(parameters: BreadthParameters, moment: Moment) -> dt.date:
    """A day no later than the first session of the history."""
    return moment.session - dt.timedelta(days=DAYS_A_SESSION * parameters.sessions)


def _needs(parameters: BreadthParameters, moment: Moment) -> Needs:
    listed = group(parameters.group, moment.session, parameters.symbols)
    return Needs(
        bars=listed.ever(_history_starts(parameters, moment), moment.session),
        partial=True,
        full_history=parameters.sessions > 2 * YEAR_SESSIONS,
        lists=tuple(dict.fromkeys((*listed.lists, members_list(moment.session)))),
    )


def _compute(parameters: BreadthParameters, inputs: Inputs) -> Breadth:
    listed = group(parameters.group, inputs.moment.session, parameters.symbols)
    members = [inputs.bars[s] for s in listed.symbols if s in inputs.bars]
    loading = set(inputs.loading_bars(listed.symbols))
    missing = inputs.missing_bars(tuple(s for s in listed.symbols if s not in loading))
    ever = listed.ever(_history_starts(parameters, inputs.moment), inputs.moment.session)
    former = ever[len(listed.symbols) :]
    everybody = [*members, *(inputs.bars[s] for s in former if s in inputs.bars)]
    axis = union_axis(everybody)
    counts = [above_average(everybody, axis, n, listed.listed) for n in DMA_SESSIONS]
    extremes = highs_and_lows(everybody, axis, listed.listed)
    former_loading = set(inputs.loading_bars(former))
    former_missing = inputs.missing_bars(tuple(s for s in former if s not in former_loading))
    return Breadth(
        session=inputs.moment.session,
        provisional=any(not bars.last_complete for bars in members),
        group=listed.title,
        group_valid_from=listed.valid_from,
        group_source=listed.source,
        members=len(listed.symbols),
        shares=shares_now(members),
        new_highs_lows=_new_highs_lows(members, extremes),
        by_sector=_by_sector(members),
        history=_history(axis, counts, extremes, parameters.sessions),
        missing=missing,
        coverage=_coverage(len(listed.symbols), len(loading), missing),
        note=listed.past_note(ever, (*missing, *former_missing)),
        loading=len(loading),
        former=len(former),
        former_missing=former_missing,
    )


def _coverage(members: int, loading: int, missing: Mapping[str, str]) -> str:
    if not loading:
        return coverage(members, missing, "members")
    absent = f"; {len(missing)} missing" if missing else ""
    return f"{members - loading - len(missing)} of {members} members so far{absent}"


def shares_now(members: Sequence[Bars]) -> tuple[BreadthShare, ...]:
    """The four shares at the members' last bars."""
    shares = []
    for sessions in DMA_SESSIONS:
        averages = [(bars, deciding_average(bars, sessions)) for bars in members]
        valid = [(bars, dma) for bars, dma in averages if dma is not None]
        above = tuple(bars.symbol for bars, dma in valid if bars.close[-1] > dma)
        below = tuple(bars.symbol for bars, dma in valid if bars.close[-1] <= dma)
        share = len(above) / len(valid) * 100 if valid else None
        at = dma(sessions)
        shares.append(BreadthShare(at.name, len(above), len(valid), share, above, below, at))
    return tuple(shares)


def _new_highs_lows(members: Sequence[Bars], extremes: HighLowCounts) -> NewHighsLows:
    long = [bars for bars in members if len(bars) >= YEAR_SESSIONS]
    ends = []
    for bars in long:
        high, low = (side[-YEAR_SESSIONS:] for side in year_range(bars))
        ends.append((bars.symbol, *at_extremes(high, low)))
    high_symbols = tuple(symbol for symbol, high, _ in ends if high[-1])
    low_symbols = tuple(symbol for symbol, _, low in ends if low[-1])
    net, net_20 = optional_values(extremes.net_pct[-1:]), optional_values(extremes.net_20_pct[-1:])
    return NewHighsLows(
        highs=len(high_symbols),
        lows=len(low_symbols),
        of=len(long),
        net_pct=net[-1] if net else None,
        net_20_pct=net_20[-1] if net_20 else None,
        high_symbols=high_symbols,
        low_symbols=low_symbols,
    )


def _by_sector(members: Sequence[Bars]) -> tuple[SectorBreadth, ...]:
    of_sector: dict[str, list[Bars]] = {}
    for bars in members:
        fund = sector_fund(bars.symbol)
        if fund is not None:
            of_sector.setdefault(fund, []).append(bars)
    return tuple(
        SectorBreadth(fund, sector_names()[fund], len(companies), shares_now(companies))
        for fund, companies in sorted(of_sector.items())
    )


def _history(
    axis: Sessions, counts: Sequence[AboveCounts], extremes: HighLowCounts, sessions: int
) -> BreadthHistory:
    shown = slice(-sessions, None)
    return BreadthHistory(
        sessions=tuple(axis[shown].tolist()),
        levels=tuple(
            BreadthSeries(
                level=dma(n).name,
                level_id=dma(n),
                share_pct=optional_values(count.share_pct[shown]),
                above=tuple(count.above[shown].tolist()),
                of=tuple(count.of[shown].tolist()),
            )
            for n, count in zip(DMA_SESSIONS, counts, strict=True)
        ),
        highs=tuple(extremes.highs[shown].tolist()),
        lows=tuple(extremes.lows[shown].tolist()),
        high_low_of=tuple(extremes.of[shown].tolist()),
        net_pct=optional_values(extremes.net_pct[shown]),
        net_20_pct=optional_values(extremes.net_20_pct[shown]),
    )


BREADTH = Question(
    name="breadth",
    about="share of members above their averages, new highs minus lows, now and over time",
    parameters=BreadthParameters,
    result=Breadth,
    needs=_needs,
    compute=_compute,
)
