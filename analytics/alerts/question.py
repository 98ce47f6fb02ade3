"""Question behind an alert rule: how it stands, and what it fires, at a moment."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from functools import cached_property

from analytics.alerts.kinds import KINDS
from analytics.alerts.kinds.crossing import Crossing
from analytics.alerts.path import Path, point_of
from analytics.alerts.rule import AlertEvent, Rule, ScanReading, SentimentReading, Situation
from analytics.alerts.rule_levels import beyond_the_feed
from analytics.alerts.rules import field_names, parse_rule
from analytics.model.parsing import refusal
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs, Question, Symbol
from analytics.model.status import Status
from analytics.model.vocabulary import BadInput, Moment
from analytics.studies.scan.scan import SCAN, Scan
from analytics.studies.sentiment.index import SENTIMENT, Sentiment, SentimentParameters
from analytics.watch.live_lines import bar_quotes
from analytics.watch.session_baseline import SESSION_BASELINES, SessionBaselinesParameters

_EXAMPLE = json.dumps({"kind": Crossing.kind, "does": "loses", "sessions": 50})


@dataclass(frozen=True)
class AlertParameters:
    """A rule as JSON, and the symbol where the rule names none.

    Raises:
        BadInput: the rule is none.
    """

    symbol: Symbol | None = None
    rule: str = _EXAMPLE

    def __post_init__(self) -> None:
        _ = self.parsed

    @cached_property
    def parsed(self) -> Rule:
        """The rule."""
        accepted = f"JSON such as {_EXAMPLE} is accepted"
        try:
            raw = json.loads(self.rule)
        except ValueError:
            raise refusal("rule", self.rule, accepted) from None
        if not isinstance(raw, dict):
            raise refusal("rule", self.rule, accepted)
        kind = KINDS.get(str(raw.get("kind")))
        takes_symbol = kind is not None and "symbol" in field_names(kind)
        if self.symbol is not None or takes_symbol:
            raw.setdefault("symbol", self.symbol or DEFAULT_BENCHMARK)
        named = str(raw.get("symbol"))[:15].strip().upper()
        if self.symbol not in (None, named):
            raise BadInput(f"The rule is on {named}, not on {self.symbol}: name one of them.")
        return parse_rule(raw)


@dataclass(frozen=True)
class AlertCheck:
    """A rule at a moment.

    Attributes:
        rule: in words, after "alert me when".
        now: how it stands, in words.
        price, level: None where there is none; ``distance_pct`` of the level from the price.
        status: at a moving average, or None.
        fires: what it finds with the price of the moment; of a session that is over what a rule
            found that was set before it.
    """

    session: dt.date
    kind: str
    rule: str
    now: str
    price: float | None
    level: float | None
    distance_pct: float | None
    status: Status | None
    fires: tuple[AlertEvent, ...]


def reading_of(sentiment: Sentiment, time: dt.datetime) -> SentimentReading | None:
    """The index as rules read it; None where it does not exist."""
    if sentiment.value is None:
        return None
    return SentimentReading(
        sentiment.value, sentiment.session, time, final=not sentiment.provisional
    )


def scan_reading(scan: Scan, time: dt.datetime) -> ScanReading:
    """A scan as rules read it."""
    return ScanReading(scan.rows, scan.session, time, final=not scan.provisional)


def _baselines(rule: Rule) -> SessionBaselinesParameters:
    symbols = tuple(Symbol(symbol) for symbol in rule.symbols)
    return SessionBaselinesParameters(symbols, beyond_the_feed([rule]))


def _needs(parameters: AlertParameters, moment: Moment) -> Needs:
    rule = parameters.parsed
    if rule.scan is not None:
        return SCAN.needs(rule.scan, moment)
    if not rule.reads_sentiment:
        return SESSION_BASELINES.needs(_baselines(rule), moment)
    needs = SENTIMENT.needs(SentimentParameters(), moment)
    return replace(needs, bars=tuple(dict.fromkeys((*rule.symbols, *needs.bars))))


def _compute(parameters: AlertParameters, inputs: Inputs) -> AlertCheck:
    rule = parameters.parsed
    for symbol in rule.symbols:
        inputs.require_bars(symbol)
    baselines = SESSION_BASELINES.compute(_baselines(rule), inputs)
    reading = None
    if rule.reads_sentiment:
        index = SENTIMENT.compute(SentimentParameters(), inputs)
        reading = reading_of(index, inputs.moment.time)
    scans = {}
    if rule.scan is not None:
        scans[rule.scan] = scan_reading(SCAN.compute(rule.scan, inputs), inputs.moment.time)
    quotes = bar_quotes(baselines)
    # set now it finds nothing of before; of a session that is over, it is one set before that
    paths = {symbol: Path((point_of(line),)) for symbol, line in quotes.items() if not line.final}
    situation = Situation(quotes, reading, baselines.missing, paths, scans)
    status = rule.status(situation)
    return AlertCheck(
        session=inputs.moment.session,
        kind=rule.kind,
        rule=rule.words(),
        now=status.words,
        price=status.price,
        level=status.level,
        distance_pct=status.distance_pct,
        status=status.status,
        fires=tuple(rule.find(situation)) if rule.observed(situation) else (),
    )


ALERT = Question(
    name="alert",
    about="how an alert rule stands and what it fires, the rule as JSON",
    parameters=AlertParameters,
    result=AlertCheck,
    needs=_needs,
    compute=_compute,
)
