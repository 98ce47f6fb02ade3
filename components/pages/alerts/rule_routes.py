"""The routes that set, edit, pause, resume and remove alert rules, each of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response

from analytics.alerts.rule import Rule
from analytics.alerts.rules import ListRule, SetRule, StoredRule, parse_list_rule, parse_rule
from analytics.desk.desk import Desk
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.service import Alerts
from components.pages.alerts.edits import own_body, text_of
from components.pages.alerts.refusal import require_followable
from components.server.replies import answered, reply
from components.server.staff import Staff


def register(server: Flask, desk: Desk, alerts: Alerts, staff: Staff) -> None:
    """Declare ``GET /alerts/rules`` and the edits of rules."""
    subscriptions = desk.records.subscriptions

    def asked(given: Mapping[str, Any]) -> Rule | ListRule:
        on_list = parse_list_rule(given)
        if on_list is not None:
            return on_list
        rule = parse_rule(given)
        require_followable(desk, rule)
        return rule

    @server.get("/alerts/rules")
    @answered
    def rules() -> Response:
        own = staff.own()
        each = {one.set_as or one.id: _plain(one) for one in subscriptions.rules(own)}
        idle = [{"id": one.id, "reason": one.reason} for one in subscriptions.idle_rules(own)]
        return reply({"rules": [*each.values(), *idle]})

    @server.post("/alerts/rules", endpoint="add_rule")
    @answered
    def add_rule() -> Response:
        own, given = own_body(staff)
        rule = asked(given)
        return _now_set(alerts, rule, subscriptions.add_rule(own, rule))

    @server.post("/alerts/rules/edit", endpoint="edit_rule")
    @answered
    def edit_rule() -> Response:
        own, given = own_body(staff)
        fields = given.get("rule")
        if not isinstance(fields, dict):
            raise BadInput("rule is missing: an object is accepted, as a rule is set by.")
        rule = asked(fields)
        return _now_set(alerts, rule, subscriptions.edit_rule(own, text_of(given, "id", 40), rule))

    @server.post("/alerts/rules/pause", endpoint="pause_rule")
    @answered
    def pause_rule() -> Response:
        own, given = own_body(staff)
        paused = subscriptions.pause_rule(own, text_of(given, "id", 40))
        alerts.hear()
        return reply({"paused": paused})

    @server.post("/alerts/rules/resume", endpoint="resume_rule")
    @answered
    def resume_rule() -> Response:
        own, given = own_body(staff)
        resumed = subscriptions.resume_rule(own, text_of(given, "id", 40))
        alerts.hear()
        return reply({"resumed": resumed})

    @server.post("/alerts/rules/remove", endpoint="remove_rule")
    @answered
    def remove_rule() -> Response:
        own, given = own_body(staff)
        removed = subscriptions.remove_rule(own, text_of(given, "id", 40))
        alerts.hear()
        return reply({"removed": removed})


def _now_set(alerts: Alerts, rule: Rule | ListRule, found: SetRule) -> Response:
    """What became of a rule that was asked for; the engine looks at once."""
    alerts.hear()
    return reply(
        {
            "id": found.id,
            "words": rule.words(),
            "new": found.is_new,
            "paused": found.is_paused,
        }
    )


def _plain(stored: StoredRule) -> dict[str, Any]:
    """A rule that is set; one on a watchlist once."""
    return {
        "id": stored.set_as or stored.id,
        "rule": stored.fields,
        "since": stored.since.isoformat(),
        "paused": stored.paused_at is not None,
        "beyond_plan": stored.is_beyond_plan,
    }
