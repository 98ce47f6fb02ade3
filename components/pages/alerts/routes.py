"""The routes of alerts: new notices for every open page, and edits of rules and channels."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from cachetools import LRUCache
from flask import Flask, Response, request

from analytics.alerts.chat_targets import masked
from analytics.alerts.model import (
    Channel,
    ChannelKind,
    Delivery,
    Message,
    Notice,
    SentCode,
    for_viewer,
)
from analytics.alerts.push import browser_name, parse_subscription
from analytics.alerts.rules import parse_list_rule, parse_rule
from analytics.alerts.targets import parse_target
from analytics.desk.desk import Desk
from analytics.model import access
from analytics.model.access import LOCAL
from analytics.model.budgets import SIGN_INS, spend
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.runtime.alerts.service import Alerts
from components.frame import formats
from components.frame.client import ASSETS
from components.pages.alerts.refusal import require_followable
from components.server.accounts.channel_links import confirmation_link
from components.server.replies import answered, reply
from components.server.staff import Staff

MAX_BODY = 4 * 1024
MAX_SENT = 20
MAX_FOLLOWED = 60
READ_SECONDS = 1.0

MOST_FOLLOWING = 4096
"""Of so many people the newest notices are remembered for a second."""

_POLLED = "public, max-age=1"
_OWN = "private, no-store"


def register(server: Flask, desk: Desk, alerts: Alerts, staff: Staff) -> None:
    """Declare ``GET /notices.json`` and the edits below ``/alerts/``, each of one's own."""
    newest = _NewestOfAll(desk)

    @server.before_request
    def keep_going() -> None:
        alerts.ensure()

    @server.get("/notices.json")
    def notices() -> Response:
        own = access.viewer().subscriber
        since, name = request.args.get("since", ""), _called(own)
        number = int(since) if since.isdecimal() and len(since) < 10 else None
        if request.args.get("of", "") != name:
            number = None  # the browser's number is of whoever was signed in before
        return _notices_reply(None if own is None else newest.of(own), number, name)

    @server.get("/worker.js")
    def worker() -> Response:
        """At the root: a service worker may act for the addresses below its own."""
        script = (ASSETS / "worker.mjs").read_text(encoding="utf-8")
        return Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})

    _edits(server, desk, alerts, staff)


def _edits(server: Flask, desk: Desk, alerts: Alerts, staff: Staff) -> None:
    subscriptions = desk.records.subscriptions

    def body() -> tuple[str, dict[str, Any]]:
        if (request.content_length or 0) > MAX_BODY:
            raise BadInput(f"The request is larger than {MAX_BODY // 1024} KiB.")
        return staff.own_body()

    @server.get("/alerts/mine")
    @answered
    def mine() -> Response:
        return reply(_mine(desk, alerts, staff.own()))

    @server.post("/alerts/rules", endpoint="add_rule")
    @answered
    def add_rule() -> Response:
        own, given = body()
        on_list = parse_list_rule(given)
        if on_list is not None:
            identity = subscriptions.add_list_rule(own, on_list)
            alerts.hear()
            return reply({"id": identity, "words": f"{on_list.watchlist}, each symbol of it"})
        asked = parse_rule(given)
        require_followable(desk, asked)
        rule = subscriptions.add_rule(own, asked)
        alerts.hear()
        return reply({"id": rule.id, "words": rule.rule.words()})

    @server.post("/alerts/rules/remove", endpoint="remove_rule")
    @answered
    def remove_rule() -> Response:
        own, given = body()
        removed = subscriptions.remove_rule(own, _text(given, "id", 40))
        alerts.hear()
        return reply({"removed": removed})

    @server.post("/alerts/channels", endpoint="add_channel")
    @answered
    def add_channel() -> Response:
        own, given = body()
        if given.get("kind") == "push":
            return reply(_add_browser(desk, alerts, own, given))
        kind, target = parse_target(given, alerts.chat_hosts)
        if refusal := alerts.refusal(kind):
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
        own, given = body()
        kind, target, code = (_text(given, name, 400) for name in ("kind", "target", "code"))
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
        own, given = body()
        kind, target = _text(given, "kind", 16), _text(given, "target", 400)
        return reply({"resumed": desk.records.confirmations.resume(own, kind, target)})

    @server.post("/alerts/channels/remove", endpoint="remove_channel")
    @answered
    def remove_channel() -> Response:
        own, given = body()
        kind, target = _text(given, "kind", 16), _text(given, "target", 400)
        return reply({"removed": subscriptions.remove_channel(own, kind, target)})

    @server.post("/alerts/channels/test", endpoint="test_channel")
    @answered
    def test_channel() -> Response:
        own, given = body()
        if given.get("kind") == "push":
            return reply({"new": _send_test(desk, own, "push", str(given.get("target"))[:400])})
        kind, target = parse_target(given, alerts.chat_hosts)
        return reply({"new": _send_test(desk, own, kind, target)})


def _text(given: Mapping[str, Any], name: str, most: int) -> str:
    """A text that an edit names.

    Raises:
        BadInput: it is missing, empty or none.
    """
    found = given.get(name)
    if not isinstance(found, str) or not found:
        raise BadInput(f"{name} is missing: a text is accepted.")
    return found[:most]


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
            str(notice.number): [_state(delivery, called) for delivery in notice.deliveries]
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


def _state(delivery: Delivery, browsers: Mapping[str, str]) -> dict[str, str]:
    """``sent 10:02``, ``retrying``, ``given up``, with the reason a failure had."""
    error = delivery.error or ""
    if delivery.sent_at is not None:
        state, text = "sent", f"sent {formats.clock(delivery.sent_at)}"
    elif delivery.given_up_at is not None:
        state, text = "given-up", f"given up {formats.clock(delivery.given_up_at)}"
    elif error:
        state = "retrying"
        text = f"tried {delivery.attempts}\u00d7, again {formats.clock(delivery.next_at)}"
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


def _called(own: str | None) -> str:
    """Names a subscriber to their browser; "" for a stranger, and where there is but one."""
    if own is None or own == LOCAL:
        return ""
    return hashlib.blake2b(own.encode(), digest_size=6).hexdigest()


class _NewestOfAll:
    """The newest notices of whoever looks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._known: LRUCache[str, _Newest] = LRUCache(MOST_FOLLOWING)

    def of(self, own: str) -> _Newest:
        """One subscriber's."""
        with self._lock:
            found = self._known.get(own)
            if found is None:
                found = self._known[own] = _Newest(self._desk, own)
            return found


class _Newest:
    """The newest notices of one subscriber, read from the store once a second at most.

    One request reads; the others take meanwhile what is known, so that a store that answers
    slowly holds up one thread and not all.
    """

    def __init__(self, desk: Desk, own: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._own = own
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._notices: tuple[Notice, ...] = ()
        self._error: HoldlineError | None = None

    def read(self) -> tuple[Notice, ...]:
        """Oldest first.

        Raises:
            HoldlineError: the store cannot be read.
        """
        known = self._read_at
        due = known is None or self._clock() - known >= READ_SECONDS
        if due and self._lock.acquire(blocking=known is None):
            try:
                if self._read_at == known:  # nobody else has read while this one waited
                    self._look()
            finally:
                self._lock.release()
        if self._error is not None:
            raise self._error
        return self._notices

    def _look(self) -> None:
        try:
            self._notices = self._desk.records.notices.since(self._own, 0, MAX_SENT)
            self._error = None
        except HoldlineError as error:
            self._error = error
        self._read_at = self._clock()


def _notices_reply(newest: _Newest | None, since: int | None, of: str) -> Response:
    """What is new after ``since``; who names no number learns only the newest one.

    Args:
        newest: the viewer's own; None for a stranger.
        of: whose they are, for the browser that may have another's number.
    """
    headers = {"Cache-Control": _OWN if newest is None or of else _POLLED}
    try:
        notices = for_viewer(newest.read()) if newest is not None else ()
    except HoldlineError as error:
        return reply({"error": str(error)}, 503)
    number = notices[-1].number if notices else 0
    if since == number:
        return Response(status=204, headers=headers)
    # A number from beyond the newest is of a store that is no longer there.
    known = since is not None and since <= number
    fresh = [_plain(notice) for notice in notices if known and notice.number > (since or 0)]
    return Response(
        json.dumps({"newest": number, "notices": fresh} | ({"of": of} if of else {})),
        mimetype="application/json",
        headers=headers,
    )


def _plain(notice: Notice) -> dict[str, Any]:
    message = notice.message
    return {
        "number": notice.number,
        "kind": message.kind,
        "title": message.title,
        "text": message.text,
        "link": message.link,
        "at": message.happened_at.isoformat(),
        "simulated": message.simulated,
    }
