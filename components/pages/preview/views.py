"""The preview's panels: its head, its sections, its charts and the list of what was published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.parameters import as_of_text
from analytics.model.question import Answer
from analytics.model.vocabulary import Moment
from analytics.preview import Answers, Heading
from analytics.preview.edition import SECTION_TITLES, STRATEGY_TITLE
from analytics.preview.writing import past
from components.document import parts
from components.document.export import FORMS, status_of
from components.frame import formats, panels, widgets
from components.frame.attributes import attributes
from components.frame.widgets import Column
from components.pages.preview.board import Shown
from components.pages.preview.charts import Drawing
from components.pages.preview.state import PreviewState

FORM_NAMES = {"html": "HTML", "md": "Markdown", "pdf": "PDF"}


def file_path(form: str, *, edition: str | None = None, as_of: str | None = None) -> str:
    """Address of the preview as a file."""
    query = f"&edition={edition}" if edition else f"&as_of={as_of}" if as_of else ""
    return f"/preview/file?form={form}{query}"


def _files(**which: str | None) -> list[Component]:
    """Links to the file in each form; the browser fetches them and tells what fails."""
    links = [
        html.A(
            FORM_NAMES[form],
            href=file_path(form, **which),
            className="preview-file",
            **attributes(data_file=form),
        )
        for form in FORMS
    ]
    opened = html.A("Open", href=file_path("html", **which), target="_blank", rel="noopener")
    return [opened, *links]


def show_lead(state: PreviewState, shown: Shown, moment: Moment) -> panels.View:
    """What is on screen, in which files it can be had, and where the published one is."""
    preview, heading = shown.preview, shown.heading
    under_way = "The session is under way: figures change until the close. "
    alone = "As computed, without staff\u2019s words."
    if heading is not None:
        status = f"{status_of(heading)} It stays as it was published."
        files = _files(edition=heading.name)
        elsewhere: list[Any] = [html.A("As computed now", href="/preview")]
    else:
        status = (under_way if preview.provisional else "") + alone
        at = past(moment)
        files = _files(as_of=None if at is None else as_of_text(at))
        elsewhere = _published_link(shown)
    body = [
        html.P(status, className="lead"),
        html.Div([html.Span(files, className="preview-files"), *elsewhere], className="controls"),
        html.P(className="absence is-error preview-trouble", hidden=True, role="status"),
    ]
    body += [html.P(note, className="absence is-error") for note in preview.notes]
    return panels.View(title=preview.title, summary=f"{preview.title}. {status}", body=body)


def _published_link(shown: Shown) -> list[Any]:
    """Where the session's published edition is read."""
    mine = [one for one in shown.published if one.session == shown.preview.session]
    if not mine:
        return []
    href = PreviewState(edition=mine[0].name).link("/preview")
    return [html.A(f"Read the published edition (version {mine[0].version})", href=href)]


def section_view(key: str) -> panels.Show:
    """The view of one section: its sentences, then staff's own words."""

    def show(state: PreviewState, shown: Shown) -> panels.View:
        section = shown.preview.section(key)
        own = parts.own_words(shown.staff.sections.get(key, ""))
        if section is None and own is None:
            title = f"{SECTION_TITLES[key]}: nothing to say"
            return panels.nothing(title, _why_absent(key, shown.answers))
        sentences: list[Any] = [*parts.sentences(section)] if section else []
        body = sentences if own is None else [*sentences, own]
        title = section.title if section else SECTION_TITLES[key]
        said = " ".join(sentence.text for sentence in section.sentences) if section else title
        return panels.View(title=title, summary=said, body=body)

    return show


def _why_absent(key: str, answers: Answers | None) -> str:
    """Why a section has no sentence."""
    if answers is None:
        return "This edition has no such section."
    asked: dict[str, Answer[Any] | None] = {
        "calendar": answers.calendar,
        "action": answers.watchlist,
        "drawdown": answers.drawdown,
        "sentiment": answers.sentiment,
        "afloat": answers.afloat,
    }
    answer = asked.get(key)
    return (answer.reason if answer else None) or "The source gives nothing to write it from."


def show_strategy(state: PreviewState, shown: Shown) -> panels.View:
    """What staff would do: their words, never computed ones."""
    if not shown.staff.strategy:
        reason = "It is written by staff and stands in published editions."
        return panels.nothing(f"{STRATEGY_TITLE}: none", reason)
    words = html.Div(parts.prose(shown.staff.strategy), className="own-words")
    return panels.View(
        title=STRATEGY_TITLE, summary="Written by staff.", body=words, note="Written by staff."
    )


COLUMNS = (
    Column("session", "Session", "node"),
    Column("version", "Version", "count"),
    Column("published", "Published", "node"),
    Column("files", "Files", "node"),
)


def show_published(state: PreviewState, shown: Shown) -> panels.View:
    """Every published version, newest first."""
    if not shown.published:
        return panels.nothing("No preview was published yet", "Published previews are listed here.")
    several = len(shown.published)
    title = f"{several} published {'version' if several == 1 else 'versions'}"
    return panels.View(
        title=title,
        summary=f"{title}.",
        body=widgets.table(COLUMNS, [_row(one) for one in shown.published], caption=title),
    )


def _row(heading: Heading) -> dict[str, Any]:
    href = PreviewState(edition=heading.name).link("/preview")
    return {
        "session": html.A(formats.date(heading.session), href=href),
        "version": heading.version,
        "published": formats.moment(heading.published_at),
        "files": html.Span(_files(edition=heading.name), className="preview-files"),
    }


def chart_view(drawing: Drawing) -> Callable[..., panels.View]:
    """The view of one chart: drawn from the answers, or as it was published."""

    def show(state: PreviewState, shown: Any, *others: Any) -> panels.View:
        if not isinstance(shown, Shown):
            return drawing.show(drawing.state, shown, *others)
        chart = next((one for one in shown.charts or () if one.key == drawing.key), None)
        if chart is None:
            return panels.nothing("No chart", "This edition has no such chart.")
        return panels.View(title=chart.title, summary=chart.summary, figure=chart.figure)

    return show
