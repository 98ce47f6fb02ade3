"""Payloads of panels: what is asked, and the plain JSON that the browser paints of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from analytics.model import access
from analytics.model.absences import BRING_HISTORY
from analytics.model.access import FOR_EVERYBODY, NotInPlan, Offer
from analytics.model.question import Answer
from analytics.model.vocabulary import Freshness, HoldlineError
from components.frame import widgets
from components.frame.provenance import aged_lists, badge, source_line
from components.frame.state import PageState
from components.frame.view import View, plain

log = logging.getLogger(__name__)

LOADING_AGAIN_SECONDS = 2.0
"""While inputs are still being fetched the browser asks again this soon."""

S = TypeVar("S", bound=PageState)

Ask: TypeAlias = Callable[[S], "Answer[Any] | tuple[Any, ...]"]
"""(state) -> the answer that a panel shows; or several parts, of which the first is an answer.

Each part that is an answer must have a result for the panel to be shown; `show` gets the results.
A part in `MayBeAbsent` may be absent: `show` gets the answer itself, with its reason. Anything else
is handed on as it is.
"""

Show = Callable[..., View]
"""(state, result, ...) -> what is shown of it; one argument for each part of what was asked."""


@dataclass(frozen=True)
class MayBeAbsent:
    """An answer that a panel can do without."""

    answer: Answer[Any]


def timed(answer: Answer[Any]) -> tuple[Any, ...]:
    """The answer and its moment, for a panel that counts from the present."""
    return answer, answer.moment


@dataclass(frozen=True)
class Panel(Generic[S]):
    """How one panel is fed: state -> ``ask`` -> results -> ``show`` -> payload.

    Attributes:
        page: key of the page; ``name``: of the panel.
        state: the page's.
        show: called only when every required answer has a result and something changed since
            the viewer's last payload.
        card: True for an `html_panel`.
        reads: the state's fields besides ``as_of`` that ``ask`` and ``show`` look at, None for
            all: a change of the others sends nothing and repaints nothing.
        same: maps the states that share a payload onto one of them; the browser then shows the
            view of its own address out of `View.views`.
        own: it shows what is its viewer's own: never a payload that was built for another.
        offer: the plan it needs beside those of its questions, which the desk minds.
        asks: the question that it answers, its title where a better plan shows it; "" for the
            offer's own, which one panel of a page at most should have.

    Raises:
        ValueError: ``reads`` names what the state has not.
    """

    page: str
    name: str
    state: type[S]
    ask: Ask[S]
    show: Show
    card: bool = False
    reads: Sequence[str] | None = None
    same: Callable[[S], S] | None = None
    own: bool = False
    offer: Offer = FOR_EVERYBODY
    asks: str = ""

    def __post_init__(self) -> None:
        unknown = set(self.reads or ()) - set(self.state.names())
        if unknown:
            raise ValueError(f"{self.page}/{self.name} reads {unknown}, which its page has not")


@dataclass(frozen=True)
class Asked(Generic[S]):
    """A panel as asked for, not drawn yet.

    Attributes:
        version: of the payload that `drawn` gives.
        absence: the payload that says why there is nothing to draw, or None.
    """

    panel: Panel[S]
    state: S
    parts: tuple[Any, ...]
    version: str
    absence: dict[str, Any] | None = None

    @property
    def answers(self) -> list[Answer[Any]]:
        """The answers among the parts, required or not."""
        return _answers(self.parts)


def asked(raw: Any, panel: Panel[S]) -> Asked[S]:
    """Ask for what a panel shows; never raises.

    Args:
        raw: the page's state as the browser holds it.
        panel: which.
    """
    try:
        access.require(panel.offer)
        state = panel.state.parse(raw)
        if panel.same is not None:
            state = panel.same(state)
        given = panel.ask(state)
        parts = given if isinstance(given, tuple) else (given,)
        version = _version(panel, state, parts)
        absent = None
        for answer in parts:
            if isinstance(answer, Answer) and answer.result is None:
                absent = _absent(panel, answer, version)
                break
        return Asked(panel, state, parts, version, absent)
    except Exception as error:
        failed = _failed(panel, error)
        return Asked(panel, panel.state(), (), failed["version"], failed)


def drawn(request: Asked[Any]) -> dict[str, Any]:
    """The payload of what was asked; never raises: why it cannot be shown is a payload too."""
    if request.absence is not None:
        return request.absence
    panel = request.panel
    try:
        shown = panel.show(request.state, *(_shown(part) for part in request.parts))
        payload = _payload(shown, _answers(request.parts), request.version)
        if panel.same is not None and shown.views is not None:
            payload["views"] = shown.views()
        return payload
    except Exception as error:
        return _failed(panel, error)


def build_payload(raw: Any, seen: Any, panel: Panel[Any]) -> dict[str, Any] | None:
    """The payload of a panel, or None when the viewer already has it.

    Never raises: what cannot be shown becomes a payload that says why.

    Args:
        raw: the page's state as the browser holds it.
        seen: version of the payload the viewer has, or None.
        panel: whose payload.
    """
    request = asked(raw, panel)
    return None if request.version == seen else drawn(request)


def _absent(panel: Panel[Any], answer: Answer[Any], version: str) -> dict[str, Any]:
    """The payload of a panel whose answer has no result."""
    if answer.offer is not None:
        return offered(answer.offer, version, panel.asks)
    reason = answer.reason or "No answer."
    return absence(reason, answer.freshness, version) | {"again": _again(answer)}


def _failed(panel: Panel[Any], error: Exception) -> dict[str, Any]:
    """The payload that says why a panel could not be built."""
    if isinstance(error, NotInPlan):
        return offered(error.offer, f"offered|{error}", panel.asks)
    if isinstance(error, HoldlineError):
        return absence(str(error), Freshness.NO_DATA, f"absent|{error}")
    log.error("a panel could not be built", exc_info=error)
    text = "This panel could not be built; the server's log says why."
    return absence(text, Freshness.ERROR, "error")


def _version(panel: Panel[Any], state: PageState, parts: Sequence[Any]) -> str:
    """What a payload depends on: of the state what the panel reads, and every answer."""
    view = state if panel.reads is None else state.only("as_of", *panel.reads)
    versions = [f"{answer.version}~{answer.freshness}" for answer in _answers(parts)]
    whose = [f"of {access.viewer().subscriber}"] if panel.own else []
    return "|".join([view.to_query(), *versions, *(["views"] if panel.same else []), *whose])


def _answers(parts: Sequence[Any]) -> list[Answer[Any]]:
    """The answers among what was asked, required or not."""
    found = [part.answer if isinstance(part, MayBeAbsent) else part for part in parts]
    return [part for part in found if isinstance(part, Answer)]


def _shown(part: Any) -> Any:
    """What `show` gets of a part that was asked."""
    if isinstance(part, Answer):
        return part.result
    return part.answer if isinstance(part, MayBeAbsent) else part


def _payload(view: View, answers: Sequence[Answer[Any]], version: str) -> dict[str, Any]:
    answer = answers[0]
    drawn = view.figure is not None or view.body is not None
    lists = aged_lists(answers)
    parts = (view.basis, source_line(answer.provenance), lists)
    absent = view.absence or (None if drawn else view.summary or view.title)
    return {
        "title": view.title,
        "subtitle": " · ".join(part for part in parts if part),
        "badge": badge(answer.freshness, answer.provenance, answer.moment.time),
        "figure": None if view.figure is None else dict(view.figure),
        "body": plain(view.body),
        "summary": " ".join(filter(None, (view.summary or view.title, _sentence(lists)))),
        "data": None if view.data is None else view.data.to_plain(),
        "note": view.note,
        **({} if view.grid is None else {"grid": dict(view.grid)}),
        "again": view.again or _again(answer),
        "loading": view.loading,
        "absence": absent,
        "help": _help(absent),
        "version": version,
        "simulated": answer.provenance.simulated,
    }


def _again(answer: Answer[Any]) -> float | None:
    return LOADING_AGAIN_SECONDS if answer.provenance.loading else None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _help(absent: str | None) -> dict[str, str] | None:
    """Where a reader is told how what is absent can be had."""
    return widgets.HISTORY_HELP if absent and BRING_HISTORY in absent else None


def absence(reason: str, freshness: Freshness, version: str) -> dict[str, Any]:
    """The payload of a panel that has nothing to show, and says why."""
    sentence = reason[:1].upper() + reason[1:]
    title = "Could not be shown" if freshness is Freshness.ERROR else "Nothing to show"
    return {
        "title": title,
        "subtitle": "",
        "badge": {"freshness": freshness.value, "text": freshness.value},
        "figure": None,
        "body": None,
        "summary": sentence,
        "data": None,
        "note": "",
        "absence": sentence,
        "help": _help(sentence),
        "version": version,
        "simulated": False,
    }


def offered(offer: Offer, version: str, asks: str = "") -> dict[str, Any]:
    """The payload of a panel that a better plan shows: what it answers, and where plans are.

    Args:
        asks: the panel's own question, in place of the offer's.
    """
    badge = {"freshness": Freshness.NO_DATA.value, "text": offer.plan.words}
    at = {"text": "See the plans", "href": "/account"}
    payload = absence(offer.words, Freshness.NO_DATA, version)
    return payload | {"title": asks or offer.asks, "badge": badge, "offer": at}
