"""Alerts page: the rules and how each stands, the channels, and the notices sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from dash import Dash, html
from dash.development.base_component import Component

from analytics.alerts.evaluate import Watch
from analytics.alerts.followed import Followed, followed
from analytics.alerts.kinds import KINDS
from analytics.alerts.model import Notice, for_viewer
from analytics.alerts.question import reading_of
from analytics.alerts.rule import Rule, RuleStatus, SentimentReading, Situation
from analytics.alerts.rules import StoredRule
from analytics.desk.desk import Desk
from analytics.model import access
from analytics.model.question import DEFAULT_BENCHMARK, Answer, Symbol
from analytics.model.status import Status
from analytics.runtime.alerts.history import DeskHistory
from analytics.runtime.alerts.splits import Splits
from analytics.settings import Settings
from analytics.studies.sentiment.index import SENTIMENT, Sentiment, SentimentParameters
from analytics.watch.live_lines import bar_quotes
from analytics.watch.session_baseline import (
    SESSION_BASELINES,
    SessionBaselines,
    SessionBaselinesParameters,
)
from components.frame import formats, panels, widgets
from components.frame.attributes import attributes
from components.frame.findings import STATUS_KIND, STATUS_SIGN
from components.frame.page import Page
from components.frame.widgets import Column
from components.pages.alerts.state import AlertsState

KEY = "alerts"
MAX_SHOWN = 60
NOTICE_KINDS = {"rule": "alert", "preview": "preview", "trade": "portfolio", "test": "test"}


@dataclass(frozen=True)
class Rules:
    """The rules, and the market that they read.

    Attributes:
        stored: a price in one is in the shares of the moment.
        typed: id of a rule -> the price that was typed, where a split has changed it since.
        followed: symbol -> how the live feed follows it; of a past moment nothing.
        now: by the source's clock; None for a past moment.
        signed_in: somebody's they are; a stranger has none.
    """

    stored: tuple[StoredRule, ...]
    situation: Situation
    typed: Mapping[str, str] = field(default_factory=dict)
    followed: Mapping[str, Followed] = field(default_factory=dict)
    now: dt.datetime | None = None
    signed_in: bool = True


@dataclass(frozen=True)
class Log:
    """The newest notices, newest first; a stranger has none."""

    notices: tuple[Notice, ...]
    signed_in: bool = True


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
    """JSON of each alert kind's form, for the page's script: ``[{"kind", "controls"}]``."""
    forms = [{"kind": kind.kind, "controls": kind.controls} for kind in KINDS.values()]
    return msgspec.json.encode(forms).decode()


def register(app: Dash, desk: Desk) -> None:
    """Feed the two panels from the store and the desk."""

    splits = Splits(DeskHistory(desk), time.monotonic)

    def ask_rules(state: AlertsState) -> Answer[Any]:
        own = access.viewer().subscriber
        typed = () if own is None else desk.records.subscriptions.rules(own)
        stored = tuple(_on(one, splits, desk.moment(state.as_of).session) for one in typed)
        symbols = {Symbol(s): None for rule in stored for s in rule.rule.symbols}
        wanted = SessionBaselinesParameters(tuple(symbols) or (DEFAULT_BENCHMARK,))
        prices: Answer[SessionBaselines] = desk.ask(SESSION_BASELINES, wanted, state.as_of)
        parts = [prices.version, *(rule.id for rule in stored)]
        sentiment = None
        if any(rule.rule.reads_sentiment for rule in stored):
            index: Answer[Sentiment] = desk.ask(SENTIMENT, SentimentParameters(), state.as_of)
            if index.result is not None:
                sentiment = reading_of(index.result, index.as_of)
            parts.append(index.version)
        before = {
            old.id: old.rule.words()
            for old, new in zip(typed, stored, strict=True)
            if old.rule != new.rule
        }
        situation = _situation(prices, tuple(symbols), sentiment)
        rules = Rules(stored, situation, before, signed_in=own is not None)
        if state.as_of is None and stored:
            content = app.server.extensions["feed"].peek().content
            known = {one.symbol: one for one in followed(stored, content)}
            rules = replace(rules, followed=known, now=desk.source.now())
            parts += [repr(known), str(rules.now)]
        return replace(prices, result=rules, reason=None, version=_digest(parts))  # type: ignore[arg-type]

    def ask_log(state: AlertsState) -> Answer[Any]:
        moment = desk.moment(state.as_of)
        own = access.viewer().subscriber
        found = () if own is None else for_viewer(desk.records.notices.latest(own, MAX_SHOWN))
        if state.as_of is not None:
            found = tuple(n for n in found if n.message.happened_at <= moment.time)
        where: Answer[Any] = desk.ask(
            SESSION_BASELINES, SessionBaselinesParameters((DEFAULT_BENCHMARK,))
        )
        version = _digest([str(where.moment.session), *(repr(notice) for notice in found)])
        return replace(where, result=Log(found, own is not None), reason=None, version=version)

    feed = panels.PagePanels(app, KEY, AlertsState)
    feed.card("rules", ask_rules, show_rules, reads=(), own=True)
    feed.card("log", ask_log, show_log, reads=(), own=True)


def _on(stored: StoredRule, splits: Splits, session: dt.date) -> StoredRule:
    """The rule in shares of a session."""
    watch = Watch(stored.subscriber, stored.rule, stored.id, stored.since)
    return replace(stored, rule=splits.rule_on(watch, session))


def _digest(parts: list[str]) -> str:
    return hashlib.blake2b("|".join(parts).encode(), digest_size=8).hexdigest()


RULE_COLUMNS = (
    Column("rule", "Alert me when", "node"),
    Column("now", "Now", "node"),
    Column("price", "Price", "node"),
    Column("level", widgets.term("deciding-level", "Level"), "node"),
    Column("distance", widgets.term("distance", "Distance %"), "node"),
    Column("status", widgets.term("status", "Status"), "node"),
    Column("last", "Last price", "node"),
    Column("remove", "Remove", "node", unseen=True),
)


def show_rules(state: AlertsState, rules: Rules) -> panels.View:
    """Each rule with its present state; the title is that of the nearest."""
    if not rules.signed_in:
        return sign_in("Sign in to be alerted", "Rules are each person's own.")
    if not rules.stored:
        reason = "No rule is set: add one below, or from a symbol\u2019s support ladder."
        return panels.nothing("Nothing is watched for yet", reason)
    stands = [one.rule.status(rules.situation) for one in rules.stored]
    rows = [_rule_row(one, now, rules) for one, now in zip(rules.stored, stands, strict=True)]
    nearest = min(stands, key=lambda now: float("inf") if now.away is None else now.away)
    title = nearest.words[:1].upper() + nearest.words[1:]
    count = f"{len(rows)} {'rule' if len(rows) == 1 else 'rules'}"
    return panels.View(
        title=title,
        summary=f"{count}. Nearest: {nearest.words}.",
        basis=f"{count} watched",
        body=widgets.table(
            RULE_COLUMNS, rows, caption="Rules and how they stand", class_name="alert-rules"
        ),
        note="Crossings in session are provisional: only the close decides. Before the open "
        f"no alert fires.{_following(rules)}",
    )


def sign_in(title: str, reason: str) -> panels.View:
    """What a stranger sees in place of what is somebody's own."""
    link = html.A("Sign in", href="/sign-in?next=/alerts")
    return panels.View(title=title, summary=reason, body=html.P([f"{reason} ", link, "."]))


def _following(rules: Rules) -> str:
    """What is followed for the rules, as one more sentence of the note."""
    if not rules.followed:
        return ""
    n = len(rules.followed)
    are = "symbol is" if n == 1 else "symbols are"
    without = [f"{one.symbol} ({one.trouble})" for one in rules.followed.values() if one.trouble]
    said = f" {n} {are} followed for these rules whether a page is open or not."
    return f"{said} Without a price: {', '.join(without)}." if without else said


def _last_price(symbol: str, rules: Rules) -> str | None:
    """When the symbol's last price was, and how old it is; why there is none."""
    one = rules.followed.get(symbol)
    if one is None or rules.now is None:
        return None
    age = one.age_seconds(rules.now)
    if age is None:
        return "none"
    return f"{formats.clock(one.last_price_at)}, {formats.age(age)} old"


def _situation(
    prices: Answer[SessionBaselines], symbols: tuple[str, ...], sentiment: SentimentReading | None
) -> Situation:
    """What the rules read: quotes of the bars so far, and why there is none."""
    if prices.result is None:
        absent = dict.fromkeys(symbols, prices.reason or "")
        return Situation(sentiment=sentiment, absent=absent)
    return Situation(bar_quotes(prices.result), sentiment, prices.result.missing)


def _rule_row(stored: StoredRule, now: RuleStatus, rules: Rules) -> dict[str, Any]:
    rule = stored.rule
    row: dict[str, Any] = {
        "rule": _rule_words(rule, rules.typed.get(stored.id), stored.watchlist),
        "now": now.words,
        "remove": _remove(stored),
    }
    symbol = next(iter(rule.symbols), None)
    if symbol is None:
        return row
    row["last"] = _last_price(symbol, rules)
    row["price"] = widgets.ticking(now.quotation.text(now.price), f"{symbol}.price")
    if rule.level_id is not None and now.level is not None:
        name = rule.level_id.name
        row["level"] = widgets.ticking(now.quotation.text(now.level), f"{symbol}.level:{name}")
        row["distance"] = widgets.ticking(
            formats.pct(now.distance_pct), f"{symbol}.distance:{name}"
        )
        row["status"] = _status(now.status, f"{symbol}.status:{name}")
    elif now.level is not None:
        row["level"] = now.quotation.text(now.level)
        row["distance"] = formats.pct(now.distance_pct)
    return row


def _rule_words(rule: Rule, typed: str | None, watchlist: str) -> Component:
    """The rule, the list it was set on, and what it was before a split changed a price in it."""
    words = rule.words()
    text = words[:1].upper() + words[1:]
    link = html.A(text.replace("-DMA", "\u2011DMA"), href=rule.link)
    if watchlist:
        on = html.Span(f"Set on the watchlist {watchlist}.", className="alert-text")
        return html.Div([link, on], className="alert-what")
    if typed is None:
        return link
    said = html.Span(f"Set before a split: {typed}.", className="alert-text")
    return html.Div([link, said], className="alert-what")


def _status(status: Status | None, live: str) -> Component | None:
    if status is None:
        return None
    return widgets.chip(f"{STATUS_SIGN[status]} {status}", STATUS_KIND[status], live=live)


def _remove(stored: StoredRule) -> Component:
    what = f"the rule on the watchlist {stored.watchlist}" if stored.watchlist else ""
    return html.Button(
        "\u00d7",
        type="button",
        className="remove own-only",
        **attributes(
            data_remove_rule=stored.set_as or stored.id,
            aria_label=f"Remove: {what or stored.rule.words()}",
        ),
    )


LOG_COLUMNS = (
    Column("when", "When", "node"),
    Column("what", "What", "node"),
    Column("kind", "Kind", "node"),
    Column("sent", "Sent", "node"),
)


def show_log(state: AlertsState, log: Log) -> panels.View:
    """The notices, newest first; how far each got on its channels is filled in later."""
    if not log.signed_in:
        return sign_in("Sign in to see your notices", "Notices are each person's own.")
    if not log.notices:
        return panels.nothing("No notice yet", "Notices will be listed here.")
    newest = log.notices[0]
    rows = [_log_row(notice) for notice in log.notices]
    return panels.View(
        title=f"Latest notice: {newest.message.title}",
        summary=f"{len(rows)} notices. Latest: {newest.message.title}.",
        body=widgets.table(LOG_COLUMNS, rows, caption="Notices", class_name="alert-log"),
        data=panels.Data(
            (("When", "date"), ("Kind", "text"), ("Title", "text"), ("Text", "text")),
            [
                (
                    n.message.happened_at.isoformat(),
                    n.message.kind,
                    n.message.title,
                    n.message.text,
                )
                for n in log.notices
            ],
        ),
    )


def _log_row(notice: Notice) -> dict[str, Any]:
    message = notice.message
    what: list[Any] = [html.A(message.title, href=message.link)]
    if message.simulated:
        what.append(widgets.chip("SIMULATED", "warn"))
    if message.text:
        what.append(html.Span(message.text, className="alert-text"))
    return {
        "when": formats.moment(message.happened_at),
        "what": html.Div(what, className="alert-what"),
        "kind": NOTICE_KINDS.get(message.kind, message.kind),
        "sent": html.Span("this page", **attributes(data_notice=str(notice.number))),
    }


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
