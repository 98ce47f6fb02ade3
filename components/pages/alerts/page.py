"""Alerts page: the rules and how each stands, the channels, and the notices sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from dash import Dash, html
from dash.development.base_component import Component

from analytics.alerts.evaluate import Watch
from analytics.alerts.followed import followed
from analytics.alerts.kinds import KINDS
from analytics.alerts.model import for_viewer
from analytics.alerts.question import reading_of, scan_reading
from analytics.alerts.rule import ScanReading, SentimentReading, Situation
from analytics.alerts.rule_levels import beyond_the_feed
from analytics.alerts.rules import ListRule, StoredRule
from analytics.desk.desk import Desk
from analytics.model import access
from analytics.model.access import Plan
from analytics.model.live import LiveSnapshot
from analytics.model.question import DEFAULT_BENCHMARK, Answer, Symbol
from analytics.runtime.alerts.history import DeskHistory
from analytics.runtime.alerts.splits import Splits
from analytics.settings import Settings
from analytics.studies.scan.scan import SCAN, Scan, ScanParameters
from analytics.studies.sentiment.index import SENTIMENT, Sentiment, SentimentParameters
from analytics.watch.live_lines import bar_quotes, with_named
from analytics.watch.session_baseline import (
    SESSION_BASELINES,
    SessionBaselines,
    SessionBaselinesParameters,
)
from components.frame import panels, widgets
from components.frame.attributes import attributes
from components.frame.page import Page
from components.pages.alerts.log_view import Log, by_run, show_log
from components.pages.alerts.rule_views import Rules, show_rules
from components.pages.alerts.state import AlertsState

KEY = "alerts"
MAX_SHOWN = 60


def layout(settings: Settings) -> Component:
    """The rules and the forms that add one, the channels, and the log."""
    forms = html.Div(
        id="alert-forms", className="alert-forms", **attributes(data_kinds=alert_forms())
    )
    channels = html.Div(id="alert-channels", className="alert-channels")
    return html.Div(
        [
            widgets.page_header(PAGE.title),
            html.Div(
                [
                    panels.html_panel(KEY, "rules", height=200, class_name="span-12"),
                    html.Section(
                        [html.H2("Alert me when"), forms], className="panel alert-box span-7"
                    ),
                    html.Section(
                        [html.H2("Where alerts go"), channels], className="panel alert-box span-5"
                    ),
                    panels.html_panel(KEY, "log", height=320, class_name="span-12"),
                ],
                className="grid",
            ),
        ]
    )


def alert_forms() -> str:
    """JSON of each alert kind's form, for the page's script.

    ``[{"kind", "controls", "offer", "lists"}]``: what those are told whose plan does not include
    the kind, or such a rule on a whole watchlist; "" where every plan does.
    """
    forms = [
        {
            "kind": kind.kind,
            "controls": kind.controls,
            "offer": "" if kind.offer.plan is Plan.FREE else kind.offer.words,
            "lists": ListRule.offer.words,
        }
        for kind in KINDS.values()
    ]
    return msgspec.json.encode(forms).decode()


def _scans(
    desk: Desk, rules: Sequence[StoredRule], state: AlertsState, parts: list[str]
) -> tuple[dict[ScanParameters, ScanReading], dict[ScanParameters, str]]:
    """The scans that rules stand on, and why one is not known.

    ``parts`` of the panel's version get theirs.
    """
    found: dict[ScanParameters, ScanReading] = {}
    absent: dict[ScanParameters, str] = {}
    for one in rules:
        wanted = one.rule.scan
        if wanted is None or wanted in found or wanted in absent:
            continue
        answer: Answer[Scan] = desk.ask(SCAN, wanted, state.as_of)
        parts.append(answer.version)
        if answer.result is not None:
            found[wanted] = scan_reading(answer.result, answer.as_of)
        else:
            absent[wanted] = answer.reason or ""
    return found, absent


def register(app: Dash, desk: Desk) -> None:
    """Feed the two panels from the store and the desk."""

    splits = Splits(DeskHistory(desk), time.monotonic)

    def ask_rules(state: AlertsState) -> Answer[Any]:
        own = access.viewer().subscriber
        subscriptions = desk.records.subscriptions
        typed = () if own is None else subscriptions.rules(own)
        idle = () if own is None else subscriptions.idle_rules(own)
        stored = tuple(_on(one, splits, desk.moment(state.as_of).session) for one in typed)
        standing = tuple(one for one in stored if not one.is_paused)
        symbols = {Symbol(s): None for one in standing for s in one.rule.symbols}
        named = beyond_the_feed(one.rule for one in standing)
        wanted = SessionBaselinesParameters(tuple(symbols) or (DEFAULT_BENCHMARK,), named)
        prices: Answer[SessionBaselines] = desk.ask(SESSION_BASELINES, wanted, state.as_of)
        parts = [prices.version, *map(repr, (*typed, *idle))]
        sentiment = None
        if any(one.rule.reads_sentiment for one in standing):
            index: Answer[Sentiment] = desk.ask(SENTIMENT, SentimentParameters(), state.as_of)
            if index.result is not None:
                sentiment = reading_of(index.result, index.as_of)
            parts.append(index.version)
        before = {
            old.id: old.rule.words()
            for old, new in zip(typed, stored, strict=True)
            if old.rule != new.rule
        }
        scans, absent = _scans(desk, standing, state, parts)
        situation = _situation(prices, tuple(symbols), sentiment)
        situation = replace(situation, scans=scans, scans_absent=absent)
        rules = Rules(stored, situation, before, signed_in=own is not None, idle=idle)
        if state.as_of is None and stored:
            content = app.server.extensions["feed"].peek().content
            rules = replace(rules, situation=_at_newest(situation, prices, content))
            known = {one.symbol: one for one in followed(standing, content)}
            rules = replace(rules, followed=known, now=desk.source.now())
            parts += [repr(known), str(rules.now)]
        return replace(prices, result=rules, reason=None, version=_digest(parts))  # type: ignore[arg-type]

    def ask_log(state: AlertsState) -> Answer[Any]:
        moment = desk.moment(state.as_of)
        own = access.viewer().subscriber
        newest = () if own is None else desk.records.notices.latest(own, MAX_SHOWN)
        found = for_viewer(newest)
        withheld = len(newest) - len(found)
        if state.as_of is not None:
            found = tuple(n for n in found if n.message.happened_at <= moment.time)
        now, earlier = by_run(found, desk.source.play_clock)
        where: Answer[Any] = desk.ask(
            SESSION_BASELINES, SessionBaselinesParameters((DEFAULT_BENCHMARK,))
        )
        parts = [str(where.moment.session), str(withheld), str(len(now)), *map(repr, found)]
        log = Log(now, own is not None, withheld, earlier)
        return replace(where, result=log, reason=None, version=_digest(parts))

    feed = panels.PagePanels(app, KEY, AlertsState)
    feed.card("rules", ask_rules, show_rules, reads=(), own=True)
    feed.card("log", ask_log, show_log, reads=(), own=True)


def _on(stored: StoredRule, splits: Splits, session: dt.date) -> StoredRule:
    """The rule in shares of a session."""
    watch = Watch(stored.subscriber, stored.rule, stored.id, stored.since)
    return replace(stored, rule=splits.rule_on(watch, session))


def _digest(parts: list[str]) -> str:
    return hashlib.blake2b("|".join(parts).encode(), digest_size=8).hexdigest()


def _situation(
    prices: Answer[SessionBaselines], symbols: tuple[str, ...], sentiment: SentimentReading | None
) -> Situation:
    """What the rules read: quotes of the bars so far, and why there is none."""
    if prices.result is None:
        absent = dict.fromkeys(symbols, prices.reason or "")
        return Situation(sentiment=sentiment, absent=absent)
    return Situation(bar_quotes(prices.result), sentiment, prices.result.missing)


def _at_newest(
    situation: Situation, prices: Answer[SessionBaselines], content: LiveSnapshot
) -> Situation:
    """The rules' quotes at the feed's newest prices, so that a row is all of one price."""
    quotes = dict(situation.quotes)
    for baseline in prices.result.baselines if prices.result else ():
        line = content.quotes.get(baseline.symbol)
        if line is not None:
            quotes[baseline.symbol] = with_named(line, baseline)
    return replace(situation, quotes=quotes)


PAGE = Page(
    key=KEY,
    path="/alerts",
    name="Alerts",
    short="Alerts",
    title="What should you be alerted to?",
    layout=layout,
    register=register,
    state=AlertsState,
)
