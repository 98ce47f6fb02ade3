"""The list of tabs, and what each says of its own addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component

from analytics.settings import Settings
from analytics.settings_reader import load_settings
from components import pages
from components.frame.page import Page
from components.pages import PAGES


def ids_in(node: Any) -> Iterator[Any]:
    """Every component id of a layout."""
    if isinstance(node, Component):
        if identity := getattr(node, "id", None):
            yield identity
        yield from ids_in(getattr(node, "children", None))
    elif isinstance(node, list | tuple):
        for part in node:
            yield from ids_in(part)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(["--demo"], {})


class TestTheList:
    def test_a_name_that_is_no_page_stops_the_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "_ORDER", ("market", "suports"))
        with pytest.raises(ModuleNotFoundError, match="suports"):
            pages._load()

    def test_every_folder_of_a_tab_is_listed(self) -> None:
        folders = {path.parent.name for path in Path(pages.__file__).parent.glob("*/page.py")}
        assert folders == {page.key for page in PAGES}

    def test_no_two_tabs_share_a_key_or_an_address(self) -> None:
        assert len({page.key for page in PAGES}) == len({page.path for page in PAGES}) == len(PAGES)


class TestState:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
    def test_the_page_as_it_opens_has_no_query(self, page: Page) -> None:
        assert page.state().to_query() == ""
        assert page.takes == page.state.names()[1:]

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
    def test_a_control_writes_a_parameter_that_its_page_takes(
        self, page: Page, settings: Settings
    ) -> None:
        controls = [
            one["name"]
            for one in ids_in(page.layout(settings))
            if isinstance(one, dict) and one.get("type") == "control"
        ]
        assert set(controls) <= set(page.takes)

    def test_each_page_takes_its_own_parameters(self) -> None:
        takes = {page.key: page.takes for page in PAGES}
        assert takes["supports"] == (
            "symbol",
            "range",
            "log",
            "channel",
            "marks",
            "span",
            "rungs",
            "own",
            "sets",
            "since",
            "compare",
            "level",
            "other",
            "pool",
        )
        assert takes["ledger"] == ("called", "at_level", "outcome", "focus")
        assert takes["definitions"] == ()
