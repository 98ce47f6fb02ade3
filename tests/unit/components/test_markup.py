"""Components as html text: what a browser reads of it is what was meant."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from dash import html
from hypothesis import given
from hypothesis import strategies as st

from components.frame import widgets
from components.frame.attributes import attributes
from components.frame.markup import Tag, markup


class Reader(HTMLParser):
    """Elements and texts in the order a browser meets them."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(component: Any) -> Reader:
    reader = Reader()
    reader.feed(markup(component))
    reader.close()
    return reader


def test_names_are_html_s_and_none_is_left_out() -> None:
    made = html.Label(
        "x", htmlFor="a", className="b c", tabIndex="0", hidden=False, title=None,
        **attributes(aria_label="it", data_live="SPY.price"),
    )  # fmt: skip
    (element,) = read(made).elements
    assert element == (
        "label",
        {"for": "a", "class": "b c", "tabindex": "0", "aria-label": "it", "data-live": "SPY.price"},
    )


def test_a_style_is_css() -> None:
    made = html.Div(style={"--height": "360px", "marginTop": "4px"})
    assert read(made).elements == [("div", {"style": "--height:360px;margin-top:4px"})]


def test_children_stand_in_their_order_and_nothing_is_nothing() -> None:
    assert markup(html.P(["a", None, html.B("b"), 3, False])) == "<p>a<b>b</b>3</p>"


def test_fields_have_no_end() -> None:
    field = Tag("input", {"type": "radio", "checked": True, "disabled": False, "value": "1y"})
    assert markup([field, html.Br()]) == '<input type="radio" checked value="1y"><br>'


@given(st.text())
def test_no_text_becomes_an_element(text: str) -> None:
    shown = read(html.P(text, title=text))
    assert [name for name, _ in shown.elements] == ["p"]
    usual = text.replace("\r\n", "\n").replace("\r", "\n")
    assert shown.text.replace("\r\n", "\n").replace("\r", "\n") == usual
    assert (shown.elements[0][1]["title"] or "") == text


@pytest.mark.parametrize("default", ["1m", "1y"])
def test_a_choice_is_native_and_its_default_is_in_the_html(default: str) -> None:
    options = [("1m", "1M"), ("1y", "1Y")]
    shown = read(widgets.choice("page", "range", "Range", options, default))
    boxes = [given for name, given in shown.elements if name == "input"]
    assert [box["value"] for box in boxes if "checked" in box] == [default]
    assert {box["name"] for box in boxes} == {"page-range"}
    assert [given for _, given in shown.elements if given.get("data-control") == "page/range"]


def test_a_menu_has_its_default_selected() -> None:
    shown = read(widgets.menu("page", "level", "Level", [("a", "A"), ("b", "B")], "b"))
    selected = [given["value"] for name, given in shown.elements if "selected" in given]
    assert selected == ["b"]
