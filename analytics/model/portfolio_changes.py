"""Changes of the model portfolio, parsed from untrusted values and worded in one line."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from analytics.model import sessions
from analytics.model.parsing import parse_date
from analytics.model.vocabulary import BadInput, parse_symbol

MAX_REASON = 1_000
MAX_WEIGHTS = 100
MAX_MONEY = 1e12
MAX_AHEAD = 20
"""Sessions that a change may be dated ahead."""

_ID = re.compile(r"[0-9a-f]{32}")


class Kind(StrEnum):
    """What a change does.

    ``WEIGHTS`` names the whole portfolio; ``HOLD`` says: no trade; ``CONVERT`` ends a holding
    that was acquired, delisted or renamed; ``SPIN_OFF`` adds the shares of a part split off.
    """

    BUY = "buy"
    SELL = "sell"
    WEIGHTS = "weights"
    CONVERT = "convert"
    SPIN_OFF = "spin-off"
    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"
    HOLD = "hold"


TRADES = (Kind.BUY, Kind.SELL, Kind.WEIGHTS, Kind.CONVERT, Kind.SPIN_OFF)
"""Kinds that alter what is held; the others move cash or nothing."""


@dataclass(frozen=True)
class Change:
    """One change, carried out at the close of its session.

    Attributes:
        id: of the draft it was; what makes a retried publishing the same publishing.
        effective: the session at whose close it is carried out.
        reason: why, in the author's words; never empty.
        symbol: of what is bought, sold, converted, or spins something off.
        shares: of a purchase or a sale, as they were on that session, before any later split.
        into, ratio: for one share of ``symbol`` the holder gets ``ratio`` shares of ``into``,
            both as they were on that session.
        cash: dollars for each share of ``symbol`` converted; 0 writes it off.
        amount: dollars paid in or out.
        weights: target weights in percent of the whole, by symbol; what is not named is sold,
            the rest is cash.
        number: from 1, in the order of publication; 0 for a draft.
        published_at: by the source's clock; None for a draft.
    """

    id: str
    effective: dt.date
    kind: Kind
    reason: str
    symbol: str = ""
    shares: float | None = None
    amount: float | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    number: int = 0
    published_at: dt.datetime | None = None
    into: str = ""
    ratio: float | None = None
    cash: float | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols it names."""
        return tuple(filter(None, (self.symbol, self.into))) or tuple(self.weights)

    @property
    def priced_at(self) -> tuple[str, ...]:
        """The symbols at whose close it is carried out: it waits for these and no others.

        What is converted needs none: the terms are its price.
        """
        if self.kind in (Kind.CONVERT, Kind.SPIN_OFF):
            return (self.into,) if self.into else ()
        return self.symbols

    @property
    def afterwards(self) -> bool:
        """Whether it was published when its session had closed: it claims no foresight."""
        return self.published_at is not None and self.published_at > sessions.session_close(
            self.effective
        )


def parse_id(given: object) -> str:
    """A draft's id.

    Raises:
        BadInput: it is not 32 hexadecimal digits.
    """
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise BadInput("A draft is named by 32 hexadecimal digits.")
    return given


def parse_change(raw: Mapping[str, object], identity: str, today: dt.date) -> Change:
    """A draft from untrusted values: ``kind``, ``effective``, ``reason`` and what the kind takes.

    Weights are a text such as ``NVDA 10, XLP 25.5`` or a mapping; numbers may be texts.

    Raises:
        BadInput: one sentence: what was wrong and what is accepted.
    """
    kind = _kind(raw.get("kind"))
    trade, money = kind in (Kind.BUY, Kind.SELL), kind in (Kind.DEPOSIT, Kind.WITHDRAW)
    change = Change(
        id=identity,
        effective=_session(raw.get("effective"), today),
        kind=kind,
        reason=_reason(raw.get("reason")),
        symbol=_symbol(raw.get("symbol"), kind)
        if trade or kind in (Kind.CONVERT, Kind.SPIN_OFF)
        else "",
        shares=positive("shares", raw.get("shares")) if trade else None,
        amount=positive("amount", raw.get("amount")) if money else None,
        weights=_weights(raw.get("weights")) if kind is Kind.WEIGHTS else {},
    )
    return _with_terms(change, raw) if kind in (Kind.CONVERT, Kind.SPIN_OFF) else change


def _with_terms(change: Change, raw: Mapping[str, object]) -> Change:
    """The change with what one share becomes.

    Raises:
        BadInput: the terms are incomplete, or contradict each other.
    """
    into = parse_symbol(raw["into"]) if raw.get("into") else ""
    ratio = positive("ratio", raw.get("ratio")) if raw.get("ratio") not in (None, "") else None
    cash = not_negative("cash", raw.get("cash")) if raw.get("cash") not in (None, "") else None
    if (not into) != (ratio is None):
        raise BadInput("into and ratio belong together: shares of which symbol for one share?")
    if into == change.symbol:
        raise BadInput(f"{into} cannot become {into}.")
    if change.kind is Kind.SPIN_OFF:
        if not into:
            raise BadInput("A spin-off needs into and ratio: shares of which symbol for one share?")
        if cash is not None:
            raise BadInput("A spin-off takes no cash: cash that was paid is a dividend.")
    elif not into and cash is None:
        raise BadInput(
            f"What does a share of {change.symbol} become? cash in dollars a share (0 writes it "
            "off), or into and ratio, or both."
        )
    return replace(change, into=into, ratio=ratio, cash=cash)


def positive(name: str, given: object) -> float:
    """A number above 0.

    Raises:
        BadInput: for anything else.
    """
    number = _number(given)
    if not 0 < number <= MAX_MONEY:
        raise BadInput(f"{name} is {_shown(given)}: a number above 0 is accepted, such as 12.5.")
    return number


def not_negative(name: str, given: object) -> float:
    """A number of 0 or more.

    Raises:
        BadInput: for anything else.
    """
    number = _number(given)
    if not 0 <= number <= MAX_MONEY:
        raise BadInput(f"{name} is {_shown(given)}: 0 or more is accepted, such as 12.5.")
    return number


def _number(given: object) -> float:
    """NaN for what is no number."""
    text = str(given).strip() if isinstance(given, int | float | str) else ""
    try:
        return math.nan if isinstance(given, bool) or len(text) >= 40 else float(text)
    except ValueError:
        return math.nan


def _shown(given: object) -> str:
    return repr(str(given).strip()[:40] if isinstance(given, int | float | str) else "")


def said(change: Change) -> str:
    """``Buy 12.5 NVDA``: what it does, in a few words."""
    match change.kind:
        case Kind.BUY | Kind.SELL:
            return f"{change.kind.title()} {plain_number(change.shares)} {change.symbol}"
        case Kind.DEPOSIT:
            return f"Deposit ${plain_number(change.amount)}"
        case Kind.WITHDRAW:
            return f"Withdraw ${plain_number(change.amount)}"
        case Kind.CONVERT:
            return _conversion(change)
        case Kind.SPIN_OFF:
            return f"Spin off {plain_number(change.ratio)} {change.into} for each {change.symbol}"
        case Kind.HOLD:
            return "Hold allocations"
    named = ", ".join(f"{s} {plain_number(w)}%" for s, w in change.weights.items())
    return f"Set weights: {named}, cash {plain_number(100 - sum(change.weights.values()))}%"


def _conversion(change: Change) -> str:
    if not change.into and not change.cash:
        return f"Write off {change.symbol}"
    got = [f"{plain_number(change.ratio)} {change.into}"] if change.into else []
    got += [f"${plain_number(change.cash)}"] if change.cash else []
    return f"Convert each {change.symbol} into {' and '.join(got)}"


def plain_number(value: float | None) -> str:
    """``1,250`` or ``12.5``: no more decimals than there are, six at most."""
    if value is None:
        return "-"
    return f"{round(value, 6) + 0.0:,.6f}".rstrip("0").rstrip(".")


def _kind(given: object) -> Kind:
    try:
        return Kind(str(given).strip().lower())
    except ValueError:
        accepted = ", ".join(Kind)
        raise BadInput(f"kind is {str(given)[:40]!r}: accepted are {accepted}.") from None


def _session(given: object, today: dt.date) -> dt.date:
    day = parse_date("effective", given.strip() if isinstance(given, str) else "")
    before = sessions.session_on_or_before(day)
    if before != day:
        raise BadInput(
            f"{day} is not a session: the exchange is closed (the one before: {before})."
        )
    if day > sessions.next_session(sessions.session_on_or_before(today), MAX_AHEAD):
        raise BadInput(f"{day} lies more than {MAX_AHEAD} sessions ahead.")
    return day


def _reason(given: object) -> str:
    text = given.strip() if isinstance(given, str) else ""
    if not text:
        raise BadInput("A change needs its reason: why is it made?")
    if len(text) > MAX_REASON:
        raise BadInput(f"The reason has {len(text)} characters: at most {MAX_REASON} are accepted.")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in text.replace("\r", "")):
        raise BadInput("The reason holds control characters.")
    return text.replace("\r", "")


def _symbol(given: object, kind: Kind) -> str:
    if given is None or given == "":
        raise BadInput(f"symbol is missing: which one is the {kind} of?")
    return parse_symbol(given)


def _weights(given: object) -> dict[str, float]:
    pairs = _weight_pairs(given)
    if not pairs:
        raise BadInput("weights names nothing: pairs such as 'NVDA 10, XLP 25.5' are accepted.")
    if len(pairs) > MAX_WEIGHTS:
        raise BadInput(f"weights names {len(pairs)} symbols: at most {MAX_WEIGHTS} are accepted.")
    weights: dict[str, float] = {}
    for word, share in pairs:
        symbol = parse_symbol(word)
        if symbol in weights:
            raise BadInput(f"weights names {symbol} twice.")
        weights[symbol] = positive(f"weight of {symbol}", share)
    total = sum(weights.values())
    if total > 100 + 1e-9:
        raise BadInput(
            f"The weights add up to {plain_number(total)}%: at most 100% can be invested, "
            "the rest is cash."
        )
    return weights


def _weight_pairs(given: object) -> list[tuple[object, object]]:
    if isinstance(given, Mapping):
        return list(given.items())
    pairs: list[tuple[object, object]] = []
    text = given if isinstance(given, str) else ""
    for part in filter(None, (p.strip() for p in re.split(r"[,;\n]", text))):
        words = part.replace("%", " ").split()
        if len(words) != 2:
            raise BadInput(
                f"weights holds {part[:40]!r}: pairs such as 'NVDA 10, XLP 25.5' are accepted."
            )
        pairs.append((words[0], words[1]))
    return pairs
