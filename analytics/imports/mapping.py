"""Mapping of a vendor's columns to a chain's: names, units and formats, built in or from a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from analytics.model.vocabulary import BadInput

REQUIRED = ("expiry", "strike", "side")
"""What a contract is known by; a readable contract symbol stands in for all three."""
SHARED = (
    *("symbol", "date", "contract", "root", *REQUIRED, "underlying", "underlying_ask"),
    *("multiplier", "currency", "last_trade", "delta", "gamma", "iv"),
)
QUOTED = ("bid", "ask", "last", "change", "volume", "open_interest", "iv", "delta", "gamma")
"""What each side of a row that holds a call and a put has columns of its own for."""
COLUMNS = tuple(dict.fromkeys((*SHARED, *QUOTED)))
DATE_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d.%m.%Y", "%d%b%Y")
ENCODINGS = ("utf-8", "latin-1", "cp1252", "utf-16")


@dataclass(frozen=True)
class ChainMapping:
    """How a file's columns are read.

    Attributes:
        name: of the data's origin, as it is shown: "ORATS".
        columns: what a chain has (`COLUMNS`) -> the file's names for it, the first found counts.
        calls, puts: the same for each side, where a row holds a call and a put of one strike.
        symbol: the underlying, where no column states it.
        date_formats: of the session and of the expiry, tried in order after ISO 8601.
        strike_divisor, iv_divisor: what the printed figure is divided by: 1000 for strikes in
            thousandths of a dollar, 100 for volatilities in percent.
        minutes_before_close: when the quotes were taken.
        delimiter, decimal, encoding: of a CSV file; an empty delimiter is recognised.
        skip_lines: lines above the column names.
        currency: the only one accepted, where a column states it.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    calls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    puts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    symbol: str = ""
    date_formats: tuple[str, ...] = DATE_FORMATS
    strike_divisor: float = 1.0
    iv_divisor: float = 1.0
    minutes_before_close: int = 0
    delimiter: str = ""
    decimal: str = "."
    encoding: str = "utf-8"
    skip_lines: int = 0
    currency: str = "USD"

    @property
    def is_paired(self) -> bool:
        """Whether a row holds a call and a put."""
        return bool(self.calls)


def _named(**columns: str) -> dict[str, tuple[str, ...]]:
    return {name: tuple(names.split()) for name, names in columns.items()}


CBOE_EOD = ChainMapping(
    name="Cboe end of day",
    columns=_named(
        symbol="underlying_symbol",
        date="quote_date",
        root="root",
        expiry="expiration",
        strike="strike",
        side="option_type",
        bid="bid_1545 bid_eod",
        ask="ask_1545 ask_eod",
        last="close",
        volume="trade_volume",
        open_interest="open_interest",
        iv="implied_volatility_1545",
        delta="delta_1545",
        gamma="gamma_1545",
        underlying="active_underlying_price_1545 underlying_bid_1545 underlying_bid_eod",
        underlying_ask="active_underlying_price_1545 underlying_ask_1545 underlying_ask_eod",
    ),
    minutes_before_close=15,
)
"""Cboe DataShop, Option EOD Summary, with or without calculations: the quotes of 15:45."""

_ORATS_SIDE = {
    "call": _named(
        bid="callBidPrice cBidPx",
        ask="callAskPrice cAskPx",
        volume="callVolume cVolu",
        open_interest="callOpenInterest cOi",
        iv="callMidIv cMidIv",
    ),
    "put": _named(
        bid="putBidPrice pBidPx",
        ask="putAskPrice pAskPx",
        volume="putVolume pVolu",
        open_interest="putOpenInterest pOi",
        iv="putMidIv pMidIv",
    ),
}

ORATS = ChainMapping(
    name="ORATS",
    columns=_named(
        symbol="ticker",
        date="tradeDate trade_date",
        expiry="expirDate",
        strike="strike",
        underlying="spotPrice stockPrice spot_px stkPx",
    ),
    calls=_ORATS_SIDE["call"],
    puts=_ORATS_SIDE["put"],
    minutes_before_close=14,
)
"""ORATS strikes, a call and a put a row; its delta is the call's, and smoothed: not taken."""

OPTIONMETRICS = ChainMapping(
    name="OptionMetrics",
    columns=_named(
        symbol="ticker",
        date="date",
        root="symbol",
        expiry="exdate",
        strike="strike_price",
        side="cp_flag",
        bid="best_bid",
        ask="best_offer",
        last="last",
        volume="volume",
        open_interest="open_interest",
        iv="impl_volatility",
        delta="delta",
        gamma="gamma",
        multiplier="contract_size",
        underlying="underlying_close spotprice",
    ),
    strike_divisor=1000.0,
)
"""IvyDB US option prices as exported with a ticker; strikes times 1000, -99.99 for no value."""

YFINANCE = ChainMapping(
    name="Yahoo",
    columns=_named(
        symbol="symbol underlyingSymbol underlying ticker",
        date="quoteDate quote_date date snapshotDate asOf",
        contract="contractSymbol",
        expiry="expirationDate expiration expiry",
        strike="strike",
        side="optionType type side",
        bid="bid",
        ask="ask",
        last="lastPrice",
        change="change",
        volume="volume",
        open_interest="openInterest",
        iv="impliedVolatility",
        multiplier="contractSize",
        currency="currency",
        last_trade="lastTradeDate",
        underlying="underlyingPrice",
    ),
)
"""What yfinance's ``option_chain`` gives, written by ``to_csv`` or ``to_parquet``."""

BUILT_IN: dict[str, ChainMapping] = {
    "cboe-eod": CBOE_EOD,
    "orats": ORATS,
    "optionmetrics": OPTIONMETRICS,
    "yfinance": YFINANCE,
}


def mapping_of(text: str) -> ChainMapping:
    """The built-in mapping of that name, or the one in the TOML file.

    Raises:
        BadInput: there is none of that name; the file cannot be read, or says what is unknown.
    """
    if text in BUILT_IN:
        return BUILT_IN[text]
    path = Path(text)
    if path.suffix != ".toml":
        raise BadInput(
            f"{text!r} is not a mapping: {', '.join(BUILT_IN)} are built in, others are files "
            "that end in .toml."
        )
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"The mapping {text} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The mapping {text} is not TOML: {error}.") from error
    return _from_toml(path.name, content)


def _from_toml(file: str, content: dict[str, Any]) -> ChainMapping:
    """A mapping as a file states it, on top of the built-in one that ``like`` names.

    Raises:
        BadInput: for a name or a value that is not accepted.
    """
    like = content.pop("like", None)
    if like is not None and like not in BUILT_IN:
        raise BadInput(f"{file}: like = {like!r}; built in are {', '.join(BUILT_IN)}.")
    base = BUILT_IN[like] if like is not None else ChainMapping(Path(file).stem, {})
    stated: dict[str, Any] = {}
    accepted = {spec.name: getattr(base, spec.name) for spec in fields(ChainMapping)}
    for key, value in content.items():
        if key not in accepted:
            raise BadInput(f"{file}: {key!r} is unknown; accepted are {', '.join(accepted)}.")
        before = accepted[key]
        if key in ("columns", "calls", "puts"):
            stated[key] = {**before, **_columns(file, key, value)}
        elif key == "date_formats" and _is_words(value):
            stated[key] = tuple(value)
        elif isinstance(before, str) and isinstance(value, str):
            stated[key] = value
        elif isinstance(before, int | float) and isinstance(value, int | float):
            stated[key] = type(before)(value)
        else:
            raise BadInput(f"{file}: {key} = {value!r} is not of the kind that {key} takes.")
    found = ChainMapping(**{**accepted, **stated})
    _require_whole(file, found)
    return found


def _require_whole(file: str, mapping: ChainMapping) -> None:
    known = set(mapping.columns)
    needed = ["expiry", "strike"] if mapping.is_paired else list(REQUIRED)
    lacking = [] if "contract" in known else [name for name in needed if name not in known]
    if lacking:
        raise BadInput(f"{file}: [columns] names no {', '.join(lacking)}, and no contract symbol.")
    if bool(mapping.calls) != bool(mapping.puts):
        raise BadInput(f"{file}: [calls] and [puts] go together.")
    if mapping.strike_divisor <= 0 or mapping.iv_divisor <= 0:
        raise BadInput(f"{file}: strike_divisor and iv_divisor are above zero.")
    if mapping.minutes_before_close < 0 or mapping.skip_lines < 0:
        raise BadInput(f"{file}: minutes_before_close and skip_lines are not negative.")
    if mapping.encoding.lower() not in ENCODINGS:
        raise BadInput(f"{file}: encoding is one of {', '.join(ENCODINGS)}.")
    if mapping.decimal not in (".", ",") or mapping.delimiter == mapping.decimal == ",":
        raise BadInput(f"{file}: decimal is '.' or ',', and not the delimiter as well.")
    if len(mapping.delimiter) > 1:
        raise BadInput(f"{file}: delimiter is one character, such as ';' or a tab.")


def _columns(file: str, table: str, value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise BadInput(f"{file}: {table} is a table: [{table}].")
    accepted = COLUMNS if table == "columns" else QUOTED
    found = {}
    for name, names in value.items():
        if name not in accepted:
            raise BadInput(
                f"{file}: [{table}] {name!r} is unknown; accepted are {', '.join(accepted)}."
            )
        words = [names] if isinstance(names, str) else names
        if not _is_words(words):
            raise BadInput(f"{file}: [{table}] {name} is a column's name, or a list of names.")
        found[name] = tuple(words)
    return found


def _is_words(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)
