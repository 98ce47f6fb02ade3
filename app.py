"""Holdline, assembled: settings -> desk -> Dash app; a WSGI `server`; the command line."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from analytics.model.vocabulary import HoldlineError, SourceFailure
from analytics.runtime import logs
from analytics.secret_key import secret_key
from analytics.settings import Settings
from analytics.settings_reader import load_settings

if TYPE_CHECKING:
    from dash import Dash

    from analytics.desk.desk import Desk
    from analytics.feed import Feed
    from analytics.runtime.alerts.service import Alerts

log = logging.getLogger("holdline")


def create_app(
    settings: Settings,
    desk: Desk | None = None,
    feed: Feed | None = None,
    alerts: Alerts | None = None,
) -> Dash:
    """The Dash app over ``desk``, its live feed and its alerts, or those ``settings`` ask for.

    Alerts are not begun: `Alerts.start` does that. The server's ``extensions["draining"]`` is an
    event to set when the process is to end.

    Raises:
        BadInput: for settings that no desk can be opened with.
    """
    from analytics.assembly import open_alerts, open_desk, open_feed
    from components.frame import client, frame_answers
    from components.frame import layout as shell
    from components.pages import PAGES
    from components.pages.alerts import routes as notices
    from components.pages.calendar import routes as calendar_routes
    from components.pages.portfolio import routes as portfolio_routes
    from components.pages.preview import routes as preview_routes
    from components.server import (
        admission,
        budgets,
        forwarded,
        hardening,
        help_pages,
        levels,
        live,
        live_polls,
        own_lists,
        page_replies,
        ready_replies,
        scenes,
        serving,
        staff,
        wsgi_in_threads,
    )
    from components.server import operators as operator_checks
    from components.server import replay_routes as replay
    from components.server import security_log as security
    from components.server.accounts import payment_provider, request_checks, wiring
    from components.server.api import routes as api_routes

    desk = desk or open_desk(settings)
    alerts = alerts or open_alerts(settings, desk)
    feed = feed or open_feed(desk, [alerts.observe])
    refresh = settings.refresh_seconds or desk.source.capabilities.refresh_seconds
    app = client.App(
        "holdline",
        assets_folder=str(client.ASSETS),
        assets_ignore=client.IGNORED_ASSETS,
        index_string=shell.index_string(PAGES, settings, desk, refresh),
        title="Holdline",
        update_title="",
        serve_locally=True,
        compress=False,
        suppress_callback_exceptions=False,
    )
    app.server.extensions["feed"] = feed
    client.register(app)
    app.layout = shell.layout(PAGES)
    frame_answers.register(app, desk, feed)
    for page in PAGES:
        page.register(app, desk)
    scenes.register(app.server, desk, PAGES, staff.Staff.of(settings))
    preview_routes.register(app.server, desk, settings, staff.Staff.of(settings))
    app._setup_server()  # type: ignore[no-untyped-call]
    editors = staff.Staff.of(settings)
    notices.register(app.server, desk, alerts, editors)
    mails = settings.smtp_url and settings.mail_from
    portfolio_routes.register(app.server, desk, editors, settings.base_url if mails else "")
    own_lists.register(app.server, desk, editors)
    replay.register(app.server, desk)
    calendar_routes.register(app.server, desk)
    operators = operator_checks.Operators.of(settings)
    app.server.extensions["draining"] = live.register(
        app.server, desk, feed, alerts, operators, editors
    )
    key = secret_key(settings.home)
    if key.note:
        log.warning(key.note)
    proxies = forwarded.TrustedProxies.of()
    security.register(app.server, editors, operators, proxies)
    answers_viewer = app.server.wsgi_app
    admitted = admission.Admission(answers_viewer, settings.threads, proxies)
    visitors = wiring.register(app.server, admitted, settings, desk, proxies, key.value)
    app.server.extensions["visitors"] = visitors
    counts = budgets.Counts(settings.cache_url)
    api_routes.register(app.server, desk, settings, counts, proxies)
    levels.register(app.server, desk, settings, editors, counts, proxies)
    help_pages.register(app.server, settings)
    budgeted = budgets.Budgets(visitors, counts, proxies)
    app.server.wsgi_app = forwarded.ForwardedScheme(budgeted, proxies)
    hosts = request_checks.Hosts.of(settings)
    ready = ready_replies.ReadyReplies(
        answers_viewer,
        visitors.at_hand,
        request_checks.ours_to_change(hosts),
        proxies,
        app.server.extensions[live.NOTE],
    )
    threads = settings.threads + admission.SLOW_REQUESTS
    app.server.extensions[serving.ASGI] = live_polls.LivePolls(
        wsgi_in_threads.WsgiInThreads(app.server, threads, ready),
        feed,
        live_polls.client_of(proxies, counts),
        app.server.extensions["draining"].is_set,
        request_checks.ours(hosts),
    )
    page_replies.register(app.server, desk.standing, PAGES, settings.as_of)
    hardening.harden(
        app,
        secret=key.value,
        pages=frozenset(page.path for page in PAGES),
        forms_to=payment_provider.PAGES if settings.stripe_key else (),
        inline_scripts=(
            shell.THEME_SCRIPT,
            shell.EARLY_SCRIPT,
            shell.OPEN_SCRIPT,
            client.import_map(),
        ),
    )
    return app


def __getattr__(name: str) -> Any:
    """``server`` for a WSGI server (``gunicorn app:server``), built when it is first asked for."""
    if name == "server":
        from components.server import process_limits

        process_limits.steady_memory()
        settings = load_settings()
        logs.configure(settings.log_format)
        server = _server(settings)
        globals()["server"] = server
        return server
    raise AttributeError(name)


def _server(settings: Settings) -> Any:
    """The WSGI application, with its alerts begun."""
    from analytics.assembly import open_alerts, open_desk, open_feed
    from analytics.runtime import kernels

    desk = open_desk(settings)
    alerts = open_alerts(settings, desk)
    feed = open_feed(desk, [alerts.observe])
    server = create_app(settings, desk, feed, alerts).server
    alerts.start(feed)
    server.extensions["mailing"].start()
    kernels.warm_up(settings.home)
    return server


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket, so that a taken port is known before anything is built."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise HoldlineError(
            f"Port {port} on {host} cannot be used ({reason}); choose another with --port."
        ) from None
    return listener


def _print_owner_link(settings: Settings, desk: Desk) -> None:
    """Say at which address a browser becomes the owner's, who alone may edit."""
    from analytics.commands.accounts import owner_link

    try:
        print(f"To edit as its owner, open once: {owner_link(settings, desk.records)}")
    except HoldlineError as error:
        log.warning("Nobody can edit: %s", error)


def _serve(settings: Settings) -> None:
    listener = _listen(settings.host, settings.port)
    from analytics.assembly import open_alerts, open_desk, open_feed
    from analytics.runtime import kernels
    from components.server import process_limits, serving

    process_limits.steady_memory()
    desk = open_desk(settings)
    if settings.as_of is not None:
        desk.moment(settings.as_of)
    alerts = open_alerts(settings, desk)
    feed = open_feed(desk, [alerts.observe])
    app = create_app(settings, desk, feed, alerts)
    alerts.start(feed)
    app.server.extensions["mailing"].start()
    kernels.warm_up(settings.home)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    simulated = " (SIMULATED - not market prices)" if desk.source.capabilities.simulated else ""
    print(f"Holdline on http://{host}:{settings.port}  source: {desk.source.name}{simulated}")
    if not settings.has_accounts:
        _print_owner_link(settings, desk)
    sys.stdout.flush()
    stopping: threading.Event = app.server.extensions["draining"]
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda number, frame: stopping.set())
    try:
        serving.serve(app.server.extensions[serving.ASGI], listener, stopping.is_set)
    finally:
        feed.close()
        app.server.extensions["mailing"].stop()
        alerts.close()
        desk.close()


def _write_preview(words: Sequence[str]) -> int:
    """Write the weekly preview; 1 when the source failed, so that a timer can try again."""
    from analytics.assembly import open_desk
    from components.pages.preview import command as preview_command

    logs.configure(load_settings().log_format)
    try:
        print(preview_command.run(words, open_desk))
    except SourceFailure as error:
        print(f"app.py preview: {error}", file=sys.stderr)
        return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 2 for what the user can mend."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if words[:1] == ["preview"]:
            return _write_preview(words[1:])
        settings = load_settings(words)
        logs.configure(settings.log_format)
        _serve(settings)
    except HoldlineError as error:
        print(f"app.py: {error}", file=sys.stderr)
        return 2
    return 0


def _end(status: int) -> NoReturn:
    """End the process; an answer that is still computed for nobody is not waited for."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _end(main())
