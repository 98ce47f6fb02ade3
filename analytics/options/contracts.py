"""The contracts of a chain that count: identity, settlement, and what of them is the session's.

docs/methods.md "Contract identity", "The chain's session" and "What counts where". Every figure
of the options pages starts from `clean_contracts`; nothing here needs a volatility.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.model.contract_symbols import is_adjusted_root, is_morning_settled, series_of
from analytics.model.expiries import expiry_close, expiry_open
from analytics.model.sessions import next_session, session_close, session_open, trading_window
from analytics.model.vocabulary import Floats, OptionChain

DEFAULT_MULTIPLIER = 100.0
LEFTOVER_FACTOR = 3.0
"""A strike further from spot than this factor, without any quote, is of before a split."""

DUPLICATE = "duplicate row (the newest counts)"
AHEAD = "quoted after the moment asked"
EARLIER_SNAPSHOT = "of an earlier snapshot of its expiry"
LEFTOVER = "leftover of before a split (no quote, strike beyond 3x or under 1/3 of spot)"
SETTLED_AT_OPEN = "morning-settled, expired at the open"
EXPIRED = "expired"
NO_QUOTE = "no quote (bid and ask both zero or absent)"
CROSSED = "crossed quote (bid above ask)"

OLD_VOLUME = "volume of an earlier session"
LATE_VOLUME = "volume of a trade after the chain's session or moment"
EMPTY_VOLUME = "empty volume"


class QuoteFault(IntEnum):
    """Why a contract's quote cannot be used; the last that holds counts."""

    NONE = 0
    CROSSED = 1
    NO_QUOTE = 2
    EXPIRED = 3


FAULT_TEXT: Mapping[QuoteFault, str] = {
    QuoteFault.EXPIRED: EXPIRED,
    QuoteFault.NO_QUOTE: NO_QUOTE,
    QuoteFault.CROSSED: CROSSED,
}


@dataclass(frozen=True, eq=False)
class Contracts:
    """The underlying's own contracts, one row each; n rows in one fixed order.

    The order is by expiry, root, strike, then call before put, whatever the order of the rows
    as printed. Morning- and afternoon-settled series of one date stand apart, for their roots
    differ.

    Attributes:
        chain: the rows as printed, those of ``left_out`` without; ``root`` and ``multiplier``
            are filled in.
        quote_time: UTC; min(chain time, the session's close).
        morning_settled: shape (n,), settled by the opening prices of the expiry date.
        expires_at: shape (n,), ``datetime64[s]`` UTC: the expiry session's open or close.
        seconds_left: shape (n,), from ``quote_time`` to ``expires_at``; <= 0 when past.
        unexpired: shape (n,).
        days: shape (n,), calendar days from the session to the expiry date.
        volume: shape (n,), contracts traded in the chain's session by its moment, else 0.
        open_interest: shape (n,), of unexpired contracts, 0 where empty.
        quote_fault: shape (n,), `QuoteFault` codes.
        left_out: rows that are in no figure at all, by reason.
        volume_notes: contracts whose volume does not count, by reason.
    """

    chain: OptionChain
    quote_time: dt.datetime
    morning_settled: NDArray[np.bool_]
    expires_at: NDArray[np.datetime64]
    seconds_left: Floats
    unexpired: NDArray[np.bool_]
    days: NDArray[np.int64]
    volume: Floats
    open_interest: Floats
    quote_fault: NDArray[np.uint8]
    left_out: Mapping[str, int]
    volume_notes: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.chain)


def clean_contracts(printed: OptionChain, spot: float | None = None) -> Contracts:
    """Apply the rules of identity, session and settlement to a chain as printed.

    The moment is the chain's: ``printed.session`` is the session asked, ``printed.time`` is not
    after the moment asked (the desk refuses a later chain).

    Args:
        printed: a row a contract, in any order; rows may repeat.
        spot: the underlying's price, for telling leftovers of before a split; None: the strike
            at which a call and a put cost the same.

    Returns:
        `Contracts`; it may hold no row at all, ``left_out`` then says why.
    """
    left_out: dict[str, int] = {}

    def keep(chain: OptionChain, drop: NDArray[np.bool_], reason: str) -> OptionChain:
        if not drop.any():
            return chain
        left_out[reason] = left_out.get(reason, 0) + int(drop.sum())
        return take(chain, np.flatnonzero(~drop))

    chain = _with_roots(printed)
    for root in _roots(chain.root):
        reason = _foreign_root(chain.symbol, root)
        if reason:
            chain = keep(chain, chain.root == root, reason)
    trades_until, quotes_until = _moment_limits(chain)
    if len(chain.quoted_at):
        chain = keep(chain, chain.quoted_at > quotes_until, AHEAD)
    order, repeats = _canonical_order(chain, trades_until)
    if repeats:
        left_out[DUPLICATE] = repeats
    if order is not None:
        printed_rows, chain = chain, take(chain, order)
        if repeats and len(chain.quoted_at):
            chain = keep(chain, _earlier_snapshot(printed_rows, order), EARLIER_SNAPSHOT)
    elif not chain.strike.flags.writeable:  # of the cache; compiled kernels ask for their own
        chain = take(chain, np.arange(len(chain)))
    quote_time = min(chain.time, session_close(chain.session))
    expires_at, morning = _expiry_instants(chain)
    settled = morning & (chain.expiry == np.datetime64(chain.session, "D"))
    settled &= expires_at <= _utc(quote_time)
    leftover = _leftovers(chain, spot)
    chain = keep(chain, settled, SETTLED_AT_OPEN)
    chain = keep(chain, leftover[~settled], LEFTOVER)
    stays = ~(settled | leftover)
    return _contracts(chain, quote_time, expires_at[stays], morning[stays], trades_until, left_out)


def take(chain: OptionChain, rows: NDArray[np.int64]) -> OptionChain:
    """The chain of some rows, in their order."""
    columns: dict[str, Any] = {
        spec.name: value[rows]
        for spec in fields(chain)
        if isinstance(value := getattr(chain, spec.name), np.ndarray) and len(value)
    }
    return replace(chain, **columns)


def _contracts(
    chain: OptionChain,
    quote_time: dt.datetime,
    expires_at: NDArray[np.datetime64],
    morning: NDArray[np.bool_],
    limit: np.datetime64,
    left_out: Mapping[str, int],
) -> Contracts:
    """What is derived row by row from the rows that count."""
    seconds_left = (expires_at - _utc(quote_time)).astype(np.float64)
    unexpired = seconds_left > 0
    volume, notes = _session_volume(chain, limit)
    interest = np.where(unexpired & (chain.open_interest > 0), chain.open_interest, 0.0)
    return Contracts(
        chain=chain,
        quote_time=quote_time,
        morning_settled=morning,
        expires_at=expires_at,
        seconds_left=seconds_left,
        unexpired=unexpired,
        days=(chain.expiry - np.datetime64(chain.session, "D")).astype(np.int64),
        volume=volume,
        open_interest=interest,
        quote_fault=_quote_faults(chain, unexpired),
        left_out=left_out,
        volume_notes=notes,
    )


def _with_roots(chain: OptionChain) -> OptionChain:
    """The chain with a root and a multiplier in every row."""
    n = len(chain)
    return replace(
        chain,
        root=chain.root if len(chain.root) else np.zeros(n, "U6"),
        multiplier=chain.multiplier if len(chain.multiplier) else np.full(n, DEFAULT_MULTIPLIER),
    )


def _foreign_root(symbol: str, root: str) -> str | None:
    """Why the contracts of a root are not the underlying's own; None where they are."""
    if not root or root in series_of(symbol):
        return None
    if is_adjusted_root(symbol, root):
        return f"adjusted contract of another deliverable (root {root})"
    return f"contract of another underlying (root {root})"


def _roots(root: NDArray[np.str_]) -> list[str]:
    """The roots of a chain, which are few, in alphabetical order."""
    found: list[str] = []
    rest = root
    while len(rest):
        found.append(str(rest[0]))
        rest = rest[rest != rest[0]]
    return sorted(found)


def _moment_limits(chain: OptionChain) -> tuple[np.datetime64, np.datetime64]:
    """What was traded, and what was quoted, after these is not seen.

    Once the session has closed that is what trades after its evening, and what is quoted after
    the next open: until then a source prints the session's last quotes.
    """
    if chain.time < session_close(chain.session):
        return _utc(chain.time), _utc(chain.time)
    opens = session_open(next_session(chain.session))
    return _utc(trading_window(chain.session)[1]), _utc(opens)


def _canonical_order(
    chain: OptionChain, limit: np.datetime64
) -> tuple[NDArray[np.int64] | None, int]:
    """Rows by expiry, root, strike and side, the newest of each contract; how many were not.

    None in place of the rows where they stand so already. Newest: not traded after the moment,
    quoted last, traded last, with the most volume. Of rows alike in all of these one that is not
    crossed stands, then the figures decide, so that the order of rows never does.
    """
    # expiry, root, strike to the hundredth of a cent, and side, in one sortable integer
    key = chain.expiry.astype(np.int64) << 46
    for code, name in enumerate(_roots(chain.root)[1:], start=1):
        key[chain.root == name] |= code << 40
    key |= np.rint(chain.strike * 1e4).astype(np.int64) << 1
    key |= ~chain.is_call
    if (key[1:] > key[:-1]).all():
        return None, 0
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    again = ordered[1:] == ordered[:-1]
    if not again.any():
        return order, 0
    repeated = np.append(False, again) | np.append(again, False)
    rows = order[repeated]
    order[repeated] = rows[_newest_last(take(chain, rows), key[rows], limit)]
    newest = ~np.append(again, False)
    return order[newest], int(again.sum())


def _newest_last(
    chain: OptionChain, key: NDArray[np.int64], limit: np.datetime64
) -> NDArray[np.int64]:
    """Rows by ``key``, and those of one key from the oldest to the newest."""
    quoted_at = chain.quoted_at if len(chain.quoted_at) else chain.last_trade
    ties = [chain.gamma, chain.delta, chain.iv, chain.change, chain.last, -chain.ask, chain.bid]
    ties += [chain.open_interest, (chain.ask >= chain.bid).astype(float), chain.volume]
    return np.lexsort(
        (
            *(np.nan_to_num(values, nan=-np.inf) for values in ties),
            _seconds(chain.last_trade),
            _seconds(quoted_at),
            ~(chain.last_trade > limit),
            key,
        )
    )


def _earlier_snapshot(printed: OptionChain, order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Shape of ``order``: rows that stand only in an earlier snapshot of their expiry.

    An expiry's rows of one time are an earlier snapshot where most of them stand again in a
    later one; a contract that is in it alone is not listed any more, or was not fetched again.
    """
    again = np.ones(len(printed), bool)
    again[order] = False
    moment = _seconds(printed.quoted_at)
    keys = np.stack((printed.expiry.astype(np.int64), moment), axis=1)
    groups, of_row = np.unique(keys, axis=0, return_inverse=True)
    of_row = of_row.ravel()
    rows = np.bincount(of_row, minlength=len(groups))
    replaced = np.bincount(of_row[again], minlength=len(groups))
    expiries = groups[:, 0]
    # the groups stand by expiry and time: the last of an expiry is its newest
    newest = np.append(expiries[1:] != expiries[:-1], True)
    earlier: NDArray[np.bool_] = (2 * replaced > rows) & ~newest
    return earlier[of_row][order]


def _expiry_instants(
    chain: OptionChain,
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Shape (n,) each: when each contract expires, UTC, and whether at its session's open."""
    if not len(chain):
        return np.empty(0, "M8[s]"), np.empty(0, bool)
    # rows are in order, so a series (one expiry of one root) is a run of them
    differs = chain.expiry[1:] != chain.expiry[:-1]
    differs |= chain.root[1:] != chain.root[:-1]
    first = np.flatnonzero(np.append(True, differs))
    lengths = np.diff(np.append(first, len(chain)))
    days, roots = chain.expiry[first].tolist(), chain.root[first].tolist()
    morning = [
        is_morning_settled(chain.symbol, root, day) for day, root in zip(days, roots, strict=True)
    ]
    instants = [
        _utc(expiry_open(day) if opens else expiry_close(day))
        for day, opens in zip(days, morning, strict=True)
    ]
    return (
        np.repeat(np.array(instants, "M8[s]"), lengths),
        np.repeat(np.array(morning, bool), lengths),
    )


def _leftovers(chain: OptionChain, spot: float | None) -> NDArray[np.bool_]:
    """Shape (n,): rows without any quote whose strike is far beyond every listed range."""
    price = spot if spot is not None else _level_strike(chain)
    if price is None:
        return np.zeros(len(chain), bool)
    far = (chain.strike > LEFTOVER_FACTOR * price) | (chain.strike * LEFTOVER_FACTOR < price)
    return far & _without_quote(chain) if far.any() else far


def _level_strike(chain: OptionChain) -> float | None:
    """The strike at which the mids of a call and a put are nearest; None without pairs."""
    same = (chain.strike[1:] == chain.strike[:-1]) & (chain.expiry[1:] == chain.expiry[:-1])
    same &= chain.is_call[:-1] & ~chain.is_call[1:] & (chain.root[1:] == chain.root[:-1])
    quoted = ~_without_quote(chain)
    at = np.flatnonzero(same & quoted[1:] & quoted[:-1])
    if not len(at):
        return None
    mid = (chain.bid + chain.ask) / 2
    return float(chain.strike[at[np.argmin(np.abs(mid[at] - mid[at + 1]))]])


def _without_quote(chain: OptionChain) -> NDArray[np.bool_]:
    quoted: NDArray[np.bool_] = (chain.bid > 0) | (chain.ask > 0)  # NaN compares False
    return ~quoted


def _quote_faults(chain: OptionChain, unexpired: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Why each contract's quote cannot be used, as `QuoteFault` codes."""
    whole = (chain.bid >= 0) & (chain.ask >= 0) & ((chain.bid > 0) | (chain.ask > 0))
    fault = np.where(whole, QuoteFault.NONE, QuoteFault.NO_QUOTE).astype(np.uint8)
    fault[whole & (chain.bid > chain.ask)] = QuoteFault.CROSSED
    fault[~unexpired] = QuoteFault.EXPIRED
    return fault


def _session_volume(chain: OptionChain, limit: np.datetime64) -> tuple[Floats, dict[str, int]]:
    """Contracts traded in the chain's session by its moment, and why others do not count.

    Yahoo goes on printing an older day's volume; a source without trade times prints the
    session's own.
    """
    start = _utc(trading_window(chain.session)[0])
    old = (chain.last_trade < start) | (chain.expiry < np.datetime64(chain.session, "D"))
    late = (chain.last_trade > limit) & ~old  # NaT compares False
    empty = np.isnan(chain.volume)
    drop = old | late
    volume = np.where(~drop & (chain.volume > 0), chain.volume, 0.0)
    counts = {
        OLD_VOLUME: int((old & ~empty).sum()),
        LATE_VOLUME: int((late & ~empty).sum()),
        EMPTY_VOLUME: int(empty.sum()),
    }
    return volume, {reason: n for reason, n in counts.items() if n}


def _seconds(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Seconds since 1970; NaT is before all of them."""
    return times.astype("M8[s]").astype(np.int64)


def _utc(time: dt.datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(dt.UTC).replace(tzinfo=None), "s")
