"""The addresses behind the portfolio's editing, for staff, and the published changes as CSV."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from analytics.desk.desk import Desk
from analytics.desk.portfolio_editor import Editor, Effect
from analytics.model.budgets import UPLOADS, spend
from analytics.model.levels import LevelId
from analytics.model.portfolio_changes import Change, parse_id, said
from analytics.model.vocabulary import BadInput
from analytics.portfolio.view import PortfolioView
from components.server.replies import answered, reply
from components.server.staff import Staff

FIELDS = (
    "kind",
    "effective",
    "symbol",
    "shares",
    "amount",
    "weights",
    "into",
    "ratio",
    "cash",
    "reason",
)
FILE_NAME = "model-portfolio-changes.csv"


def register(server: Flask, desk: Desk, staff: Staff, site: str = "") -> None:
    """Declare the routes; all but the export let only staff in.

    Args:
        site: see `Editor`.
    """
    editor = Editor(desk, site=site)
    prefix = "SIMULATED-" if desk.source.capabilities.simulated else ""

    @server.get("/portfolio/changes.csv")
    @answered
    def export() -> Response:
        return Response(
            editor.export(),
            content_type="text/csv; charset=utf-8",
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="{prefix}{FILE_NAME}"',
            },
        )

    @server.get("/portfolio/desk")
    @answered
    def drafts() -> Response:
        staff.require()
        return reply(_standing(editor))

    @server.post("/portfolio/draft")
    @answered
    def draft() -> Response:
        change = editor.save(_fields(staff.body()))
        return reply({"draft": _draft(change), **_standing(editor)})

    @server.post("/portfolio/preview")
    @answered
    def preview() -> Response:
        return reply(_effect(editor.preview(_fields(staff.body()))))

    @server.post("/portfolio/discard")
    @answered
    def discard() -> Response:
        editor.discard(parse_id(staff.body().get("id")))
        return reply(_standing(editor))

    @server.post("/portfolio/publish")
    @answered
    def publish() -> Response:
        body = staff.body()
        change = editor.publish(parse_id(body.get("id")), _number(body.get("after")))
        return reply({"number": change.number, "said": said(change), **_standing(editor)})

    @server.post("/portfolio/publish-history")
    @answered
    def publish_history() -> Response:
        staff.body()
        return reply({"published": len(editor.publish_history()), **_standing(editor)})

    @server.post("/portfolio/import")
    @answered
    def take_in() -> Response:
        text = staff.body().get("csv")
        spend(UPLOADS)
        if not isinstance(text, str):
            raise BadInput('The body must be JSON: {"csv": the text of the file}.')
        made = editor.import_csv(text)
        return reply({"drafted": len(made.drafts), "known": made.known, **_standing(editor)})


def _fields(body: dict[str, Any]) -> dict[str, object]:
    unknown = sorted(set(body) - set(FIELDS))
    if unknown:
        raise BadInput(f"{unknown[0][:40]!r} is not known: accepted are {', '.join(FIELDS)}.")
    return {name: value for name, value in body.items() if value not in (None, "")}


def _number(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < 1_000_000:
        raise BadInput("after must be the number of the newest published change, 0 for none.")
    return given


def _standing(editor: Editor) -> dict[str, Any]:
    """What the editing form shows: the drafts, and the number a publishing builds on."""
    published = editor.published()
    return {
        "drafts": [_draft(draft) for draft in editor.drafts()],
        "newest": published[-1].number if published else 0,
        "today": editor.session().isoformat(),
    }


def _draft(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "effective": change.effective.isoformat(),
        "said": said(change),
        "reason": change.reason,
    }


def _effect(effect: Effect) -> dict[str, Any]:
    before, after = _weights(effect.before), _weights(effect.after)
    return {
        "said": said(effect.change),
        "rows": [
            {"name": name, "before": before.get(name, 0.0), "after": after.get(name, 0.0)}
            for name in dict.fromkeys((*after, *before))
        ],
        "falls": [
            {
                "level": new.level,
                "before": _fall(effect.before, new.level_id),
                "after": new.loss_pct,
            }
            for new in effect.after.falls
        ],
        "value": effect.after.value_usd,
        "contains": effect.after.contains,
        "session": effect.after.session.isoformat(),
    }


def _weights(view: PortfolioView) -> dict[str, float]:
    """Percent of the whole by symbol, cash last; empty without a value."""
    if view.value_usd is None or view.cash_usd is None:
        return {}
    weights = {holding.symbol: holding.weight_pct or 0.0 for holding in view.holdings}
    return weights | {"Cash": view.cash_usd / view.value_usd * 100}


def _fall(view: PortfolioView, level: LevelId) -> float | None:
    return next((fall.loss_pct for fall in view.falls if fall.level_id == level), None)
