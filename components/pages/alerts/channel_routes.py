"""The routes of channels: where notices go, confirmed, tested, and how far each has got."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request

from analytics.alerts.chat_targets import masked
from analytics.alerts.model import Channel, ChannelKind, Delivery, Message, Notice, SentCode
from analytics.alerts.push import browser_name, parse_subscription
from analytics.alerts.targets import parse_target
from analytics.desk.desk import Desk
from analytics.model.access import LOCAL
from analytics.model.budgets import SIGN_INS, spend
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.runtime.alerts.service import Alerts
from components.frame import formats
from components.pages.alerts.edits import own_body, text_of
from components.pages.alerts.log_view import RunClock, ShownTime, clock_of
from components.server.accounts.channel_links import confirmation_link
from components.server.replies import answered, reply
from components.server.staff import Staff

MAX_FOLLOWED = 60


def register(server: Flask, desk: Desk, alerts: Alerts, staff: Staff) -> None:
    """Declare ``GET /alerts/mine`` and the edits below ``/alerts/channels``."""
    subscriptions = desk.records.subscriptions

    @server.get("/alerts/mine")
    @answered
    def mine() -> Response:
        return reply(_mine(desk, alerts, staff.own()))

    @server.post("/alerts/channels", endpoint="add_channel")
    @answered
    def add_channel() -> Response:
        own, given = own_body(staff)
        if given.get("kind") == "push":
            return reply(_add_browser(desk, alerts, own, given))
        kind, target = parse_target(given, alerts.chat_hosts)
        if refusal := alerts.refusal(kind) or alerts.target_refusal(kind, target):
            raise BadInput(refusal)
        if own == LOCAL:  # on a laptop whoever adds it is whoever it belongs to
            subscriptions.add_channel(own, kind, target)
            return reply({"kind": kind, "target": target})
        sent = desk.records.confirmations.begin(own, kind, target)
        _send_code(desk, alerts, own, kind, target, sent)
        return reply({"kind": kind, "target": target, "waits": True})

    @server.post("/alerts/channels/confirm", endpoint="confirm_channel")
    @answered
    def confirm_channel() -> Response:
        own, given = own_body(staff)
        kind, target, code = (text_of(given, name, 400) for name in ("kind", "target", "code"))
        if not desk.records.confirmations.finish(own, kind, target, code):
            raise BadInput(
                "That is not the code, or it is over: add the channel again, a minute after the "
                "last code was sent."
            )
        if kind == "push":
            subscriptions.take_over(own, target)
        return reply({"confirmed": True})

    @server.post("/alerts/channels/resume", endpoint="resume_channel")
    @answered
    def resume_channel() -> Response:
        own, given = own_body(staff)
        kind, target = text_of(given, "kind", 16), text_of(given, "target", 400)
        return reply({"resumed": desk.records.confirmations.resume(own, kind, target)})

    @server.post("/alerts/channels/remove", endpoint="remove_channel")
    @answered
    def remove_channel() -> Response:
        own, given = own_body(staff)
        kind, target = text_of(given, "kind", 16), text_of(given, "target", 400)
        return reply({"removed": subscriptions.remove_channel(own, kind, target)})

    @server.post("/alerts/channels/test", endpoint="test_channel")
    @answered
    def test_channel() -> Response:
        own, given = own_body(staff)
        if given.get("kind") == "push":
            return reply({"new": _send_test(desk, own, "push", str(given.get("target"))[:400])})
        kind, target = parse_target(given, alerts.chat_hosts)
        return reply({"new": _send_test(desk, own, kind, target)})


def _add_browser(desk: Desk, alerts: Alerts, own: str, given: dict[str, Any]) -> dict[str, Any]:
    """Make a browser a channel, once the code that was pushed to it comes back.

    Raises:
        BadInput: it cannot be written to here.
    """
    if alerts.push is None:
        raise BadInput(alerts.refusal("push") or "")
    subscription = parse_subscription(given.get("subscription"), alerts.push.hosts)
    target, name = subscription.target, browser_name(request.headers.get("User-Agent", ""))
    records = desk.records
    if own == LOCAL:
        records.push.add(own, subscription, name)
        records.subscriptions.add_channel(own, "push", target)
        _send_test(desk, own, "push", target)
        return {"kind": "push", "target": name}
    sent = records.confirmations.begin(own, "push", target)
    records.push.add(own, subscription, name)
    _send_code(desk, alerts, own, "push", target, sent)
    return {"kind": "push", "target": name, "waits": True}


def _send_code(
    desk: Desk, alerts: Alerts, own: str, kind: ChannelKind, target: str, sent: SentCode
) -> None:
    """Send the code of a channel that waits for it; of one that it does not reach nothing stays.

    Raises:
        BadInput: it did not arrive, and why.
        TooManyWaiting: too many were sent by this viewer a moment ago.
    """
    try:
        spend(SIGN_INS)  # a message to whatever address a stranger types
        link = confirmation_link(sent.token) if sent.token else ""
        alerts.send_code(own, kind, target, sent.code, link)
    except HoldlineError:
        desk.records.subscriptions.remove_channel(own, kind, target)
        desk.records.confirmations.withdraw(own, kind, target)
        raise


def _mine(desk: Desk, alerts: Alerts, own: str) -> dict[str, Any]:
    """Where the subscriber is notified, and how far each notice has got there."""
    called = desk.records.push.names(own)
    channels = desk.records.subscriptions.channels(own)
    return {
        "channels": [_plain_channel(channel, called) for channel in channels],
        "email_refusal": alerts.refusal("email"),
        **_push(alerts),
        "deliveries": {
            str(notice.number): _states(notice, called, desk.source.play_clock)
            for notice in desk.records.notices.latest(own, MAX_FOLLOWED)
        },
    }


def _push(alerts: Alerts) -> dict[str, str]:
    """The key that a browser subscribes for, or why it cannot."""
    if alerts.push is None:
        return {"push_refusal": alerts.refusal("push") or ""}
    try:
        return {"push_key": alerts.push.key().public}
    except HoldlineError as error:
        return {"push_refusal": str(error)}


def _plain_channel(channel: Channel, browsers: Mapping[str, str]) -> dict[str, Any]:
    plain: dict[str, Any] = {"kind": channel.kind, "target": channel.target}
    called = browsers.get(channel.target) or masked(channel.kind, channel.target)
    if called != channel.target:
        plain["called"] = called
    if not channel.is_confirmed:
        plain["waits"] = True
    if channel.paused_at is not None:
        plain["paused"] = True
    return plain


def _states(
    notice: Notice, browsers: Mapping[str, str], clock: RunClock | None
) -> list[dict[str, str]]:
    """How far a notice has got on each channel, by the clock that it tells its own time by."""
    shown, now = clock_of(notice, clock), dt.datetime.now(dt.UTC)
    return [_state(delivery, browsers, shown, now) for delivery in notice.deliveries]


def _state(
    delivery: Delivery, browsers: Mapping[str, str], shown: ShownTime | None, now: dt.datetime
) -> dict[str, str]:
    """``sent 10:02``, ``retrying``, ``given up``, with the reason a failure had."""
    error = delivery.error or ""

    def at(time: dt.datetime) -> str:
        return "" if shown is None else f" {formats.clock(shown(time))}"

    if delivery.sent_at is not None:
        state, text = "sent", f"sent{at(delivery.sent_at)}"
    elif delivery.given_up_at is not None:
        state, text = "given-up", f"given up{at(delivery.given_up_at)}"
    elif error:
        wait = formats.age((delivery.next_at - now).total_seconds())
        state, text = "retrying", f"tried {delivery.attempts}\u00d7, again in {wait}"
    else:
        state, text = "waiting", "being sent"
    called = browsers.get(delivery.target) or masked(delivery.channel, delivery.target)
    where = {"channel": delivery.channel, "target": called}
    return where | {"state": state, "text": text, "error": error}


def _send_test(desk: Desk, own: str, kind: ChannelKind, target: str) -> bool:
    """A message to one channel of the subscriber's, at most one a minute.

    Raises:
        BadInput: it is not one of the subscriber's channels.
    """
    records = desk.records
    if not any((c.kind, c.target) == (kind, target) for c in records.subscriptions.channels(own)):
        raise BadInput(f"{target[:60]} is not one of the channels: add it first.")
    now = desk.source.now()
    digest = hashlib.blake2b(target.encode(), digest_size=8).hexdigest()
    message = Message(
        kind="test",
        key=f"{kind} {digest} {int(time.time() // 60)}",
        title="A test message from Holdline",
        text="Alerts will look like this.",
        link="/alerts",
        happened_at=now,
        simulated=desk.source.capabilities.simulated,
    )
    with records.database.writing() as connection:
        return records.notices.record(own, message, connection, only=target)
