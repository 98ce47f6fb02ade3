"""The rules of the Alerts page as a table: how each stands, and what pauses it."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.alerts.followed import Followed
from analytics.alerts.rule import Rule, RuleStatus, Situation
from analytics.alerts.rules import IdleRule, StoredRule
from analytics.model.vocabulary import HoldlineError
from components.frame import formats, panels, widgets
from components.frame.attributes import attributes
from components.frame.findings import STATUS_KIND, STATUS_SIGN
from components.frame.widgets import Column
from components.pages.alerts.state import AlertsState

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rules:
    """The rules, and the market that they read.

    Attributes:
        stored: a price in one is in the shares of the moment.
        typed: id of a rule -> the price that was typed, where a split has changed it since.
        followed: symbol -> how the live feed follows it; of a past moment nothing.
        now: by the source's clock; None for a past moment.
        signed_in: somebody's they are; a stranger has none.
        idle: those that are set and of which nothing can be evaluated.
    """

    stored: tuple[StoredRule, ...]
    situation: Situation
    typed: Mapping[str, str] = field(default_factory=dict)
    followed: Mapping[str, Followed] = field(default_factory=dict)
    now: dt.datetime | None = None
    signed_in: bool = True
    idle: tuple[IdleRule, ...] = ()


RULE_COLUMNS = (
    Column("rule", "Alert me when", "node"),
    Column("now", "Now", "node"),
    Column("price", "Price", "node"),
    Column("level", widgets.term("deciding-level", "Level"), "node"),
    Column("distance", widgets.term("distance", "Distance %"), "node"),
    Column("status", widgets.term("status", "Status"), "node"),
    Column("last", "Last price", "node"),
    Column("change", "Edit or pause", "node", unseen=True),
    Column("remove", "Remove", "node", unseen=True),
)

_NO_FIGURES = dict.fromkeys(("price", "level", "distance", "status", "last", "change"), "")
"""Of a row that is not evaluated: its cells are empty."""


def show_rules(state: AlertsState, rules: Rules) -> panels.View:
    """Each rule with its present state; the title is that of the nearest."""
    if not rules.signed_in:
        return sign_in("Sign in to be alerted", "Rules are each person's own.")
    if not rules.stored and not rules.idle:
        reason = "No rule is set: add one below, or from a symbol\u2019s support ladder."
        return panels.nothing("Nothing is watched for yet", reason)
    stands = [_stand(one, rules.situation) for one in rules.stored]
    both = list(zip(rules.stored, stands, strict=True))
    rows = [_rule_row(one, now, rules) for one, now in both]
    rows += [_idle_row(one) for one in rules.idle]
    title, count, basis = _counted(rules)
    watched = [now for one, now in both if not one.is_paused]
    summary = f"{count}."
    if watched:
        nearest = min(watched, key=lambda now: float("inf") if now.away is None else now.away)
        title = nearest.words[:1].upper() + nearest.words[1:]
        summary = f"{count}. Nearest: {nearest.words}."
    return panels.View(
        title=title,
        summary=summary,
        basis=basis,
        body=widgets.table(
            RULE_COLUMNS, rows, caption="Rules and how they stand", class_name="alert-rules"
        ),
        note="Crossings in session are provisional: only the close decides. Before the open "
        f"no alert fires.{_following(rules)}",
    )


def _stand(stored: StoredRule, situation: Situation) -> RuleStatus:
    """How a rule stands; of one that cannot be judged, that it cannot: the others are shown."""
    try:
        return stored.rule.status(situation)
    except HoldlineError as error:
        return RuleStatus(f"cannot be judged: {error}")
    except Exception:
        _log.exception("How the alert rule %s stands cannot be said.", stored.id)
        return RuleStatus("cannot be judged; the reason is in the log")


def _counted(rules: Rules) -> tuple[str, str, str]:
    """Title where none is watched, how many there are, and how many are watched."""
    n = len(rules.stored) + len(rules.idle)
    count = f"{n} {'rule' if n == 1 else 'rules'}"
    beyond = sum(one.is_beyond_plan for one in rules.stored)
    paused = sum(one.is_paused for one in rules.stored) - beyond
    parts = [f"{paused} paused by you"] if paused else []
    if beyond:
        parts.append(f"{beyond} paused until a plan includes {'it' if beyond == 1 else 'them'}")
    if rules.idle:
        parts.append(f"{len(rules.idle)} that cannot be judged")
    if not parts:
        return "", count, f"{count} watched"
    watched = n - beyond - paused - len(rules.idle)
    return "Nothing is watched for now", ", ".join([count, *parts]), f"{watched} of {count} watched"


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


def _rule_row(stored: StoredRule, now: RuleStatus, rules: Rules) -> dict[str, Any]:
    rule = stored.rule
    row: dict[str, Any] = {
        "rule": _rule_words(rule, rules.typed.get(stored.id), stored.watchlist),
        "now": now.words,
        "remove": _remove(stored.set_as or stored.id, _called(stored)),
    }
    if stored.is_beyond_plan:  # what it reads may be what the plan shows
        return _NO_FIGURES | row | {"now": _beyond_plan(stored)}
    row["change"] = _change(stored)
    if stored.paused_at is not None:
        return _NO_FIGURES | row | {"now": _paused()}
    symbol = next(iter(rule.symbols), None)
    if symbol is None:
        return row
    row["last"] = _last_price(symbol, rules)
    # nothing follows the feed by itself: price, words, distance and status are of one price
    if now.price is not None:
        row["price"] = now.quotation.plain_text(now.price)
    if now.level is not None:
        row["level"] = now.quotation.plain_text(now.level)
        row["distance"] = formats.pct(now.distance_pct)
        row["status"] = _status(rule, rules)
    return row


def _idle_row(idle: IdleRule) -> dict[str, Any]:
    """A rule that cannot be judged, with its reason; it can be removed."""
    what = "a rule that cannot be judged"
    words = html.Span("A rule that cannot be judged")
    return _NO_FIGURES | {"rule": words, "now": idle.reason, "remove": _remove(idle.id, what)}


def _beyond_plan(stored: StoredRule) -> Component:
    """That a rule is not evaluated for want of a plan, and which would."""
    see = html.A("See the plans", href="/account")
    return _noted("PAUSED BY PLAN", [f"{stored.offer.words} ", see])


def _paused() -> Component:
    """That a rule is not evaluated by its person's wish."""
    return _noted("PAUSED", "You paused it: nothing of it is alerted to until you resume it.")


def _noted(chip: str, text: Any) -> Component:
    return html.Div(
        [widgets.chip(chip, "warn"), html.Span(text, className="alert-text")],
        className="alert-what",
    )


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


def _status(rule: Rule, rules: Rules) -> Component | None:
    """The status at the rule's level, beside the number it is of where the level has moved on."""
    line = next((rules.situation.quotes.get(symbol) for symbol in rule.symbols), None)
    level = line.level(rule.level_id) if line is not None else None
    if line is None or level is None or level.status is None:
        return None
    words = f"{STATUS_SIGN[level.status]} {level.status}"
    if level.session_level is not None and level.session_level != level.price:
        words += f" {line.quotation.plain_text(level.session_level)}"
    return widgets.chip(words, STATUS_KIND[level.status])


def _called(stored: StoredRule) -> str:
    """The rule in the name of a button; of one on a watchlist all of it is meant."""
    if stored.watchlist:
        return f"the rule on the watchlist {stored.watchlist}"
    return stored.rule.words()


def _change(stored: StoredRule) -> Component:
    """The buttons that edit a rule, and pause or resume it."""
    identity, what = stored.set_as or stored.id, _called(stored)
    does = "pause" if stored.paused_at is None else "resume"
    fields = json.dumps({"id": identity, "fields": _form_fields(stored)})
    edit = {"data_edit_rule": fields, "aria_label": f"Edit: {what}"}
    pause = {f"data_{does}_rule": identity, "aria_label": f"{does.title()}: {what}"}
    return html.Div(
        [
            html.Button("Edit", type="button", className="quiet own-only", **attributes(**edit)),
            html.Button(
                does.title(), type="button", className="quiet own-only", **attributes(**pause)
            ),
        ],
        className="alert-change",
    )


def _form_fields(stored: StoredRule) -> dict[str, object]:
    """The rule as its form has it, where an average is one of the levels."""
    fields, level = stored.fields, stored.rule.level_id
    if "sessions" in fields:
        del fields["sessions"]
        fields["at"] = None if level is None else level.name
    return fields


def _remove(identity: str, what: str) -> Component:
    return html.Button(
        "\u00d7",
        type="button",
        className="remove own-only",
        **attributes(data_remove_rule=identity, aria_label=f"Remove: {what}"),
    )
