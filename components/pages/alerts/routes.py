"""The routes of alerts: new notices for every open page, and edits of rules and channels."""

from __future__ import annotations

from flask import Flask, Response

from analytics.desk.desk import Desk
from analytics.runtime.alerts.service import Alerts
from components.frame.client import ASSETS
from components.pages.alerts import channel_routes, newest_notices, rule_routes
from components.server.staff import Staff


def register(server: Flask, desk: Desk, alerts: Alerts, staff: Staff) -> None:
    """Declare ``GET /notices.json`` and the edits below ``/alerts/``, each of one's own."""

    @server.before_request
    def keep_going() -> None:
        alerts.ensure()

    @server.get("/worker.js")
    def worker() -> Response:
        """At the root: a service worker may act for the addresses below its own."""
        script = (ASSETS / "worker.mjs").read_text(encoding="utf-8")
        return Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})

    newest_notices.register(server, desk)
    rule_routes.register(server, desk, alerts, staff)
    channel_routes.register(server, desk, alerts, staff)
