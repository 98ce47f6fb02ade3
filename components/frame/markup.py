"""Components as html text, for what the server sends with the page and React never sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from dash.development.base_component import Component


@dataclass(frozen=True)
class Tag:
    """An element that Dash's ``html`` has not: a native field, or one with an attribute it refuses.

    Attributes:
        name: of the element.
        attributes: by their names in html; True for one without a value, None for none.
        children: as of a component.
    """

    name: str
    attributes: Mapping[str, Any]
    children: Any = None


_NAMES = {
    "className": "class",
    "htmlFor": "for",
    "tabIndex": "tabindex",
    "colSpan": "colspan",
    "rowSpan": "rowspan",
    "autoComplete": "autocomplete",
    "spellCheck": "spellcheck",
    "maxLength": "maxlength",
}
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})


def markup(node: Any) -> str:
    """Html of a component, a text, or a list of them; None is nothing.

    The browser's twin is ``build`` in ``assets/core/dom.mjs``.
    """
    if node is None or isinstance(node, bool):
        return ""
    if isinstance(node, list | tuple):
        return "".join(markup(child) for child in node)
    if isinstance(node, Tag):
        return _element(node.name, node.attributes, node.children)
    if not isinstance(node, Component):
        return escape(str(node), quote=False)
    described: dict[str, Any] = node.to_plotly_json()
    given = dict(described["props"])
    children = given.pop("children", None)
    return _element(described["type"].lower(), given, children)


def _element(name: str, given: Mapping[str, Any], children: Any) -> str:
    attributes = "".join(_attribute(key, value) for key, value in given.items())
    if name in _VOID:
        return f"<{name}{attributes}>"
    return f"<{name}{attributes}>{markup(children)}</{name}>"


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    if name == "style" and isinstance(value, Mapping):
        value = ";".join(f"{_css_name(key)}:{text}" for key, text in value.items())
    shown = _NAMES.get(name, name)
    return f" {shown}" if value is True else f' {shown}="{escape(str(value))}"'


def _css_name(key: str) -> str:
    """``marginTop`` -> ``margin-top``; a variable keeps its name."""
    if key.startswith("--"):
        return key
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in key)
