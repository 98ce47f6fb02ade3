"""Components as html text: every text and every attribute escaped, nothing passed through."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from components.frame.panels import plain

_NAMES = {
    "className": "class",
    "htmlFor": "for",
    "colSpan": "colspan",
    "tabIndex": "tabindex",
    "httpEquiv": "http-equiv",
    "charSet": "charset",
}
_EMPTY = frozenset({"br", "hr", "img", "meta", "link"})


def to_text(component: Any) -> str:
    """Html of a component, a text, a list of them, or None for nothing."""
    return _written(plain(component))


def _written(node: Any) -> str:
    if node is None or isinstance(node, bool):
        return ""
    if isinstance(node, list):
        return "".join(_written(child) for child in node)
    if not isinstance(node, Mapping):
        return escape(str(node), quote=False)
    tag = str(node["type"]).lower()
    props = node["props"]
    opening = f"<{tag}{''.join(_attribute(name, value) for name, value in props.items())}>"
    if tag in _EMPTY:
        return opening
    return f"{opening}{_written(props.get('children'))}</{tag}>"


def _attribute(name: str, value: Any) -> str:
    if name == "children" or value is None or value is False:
        return ""
    if name == "style":
        value = "; ".join(f"{key}: {text}" for key, text in value.items())
    written = _NAMES.get(name, name)
    return f" {written}" if value is True else f' {written}="{escape(str(value))}"'
