"""Forged values in callbacks: each is refused, none makes the server fail."""

from __future__ import annotations

from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app as holdline
from analytics.settings_reader import load_settings
from tests.unit.components.test_app import CALLBACK, call_of


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Dash:
    home = tmp_path_factory.mktemp("home")
    return holdline.create_app(load_settings(["--demo"], {"HOLDLINE_HOME": str(home)}))


@pytest.fixture(scope="module")
def client(app: Dash) -> FlaskClient:
    made: FlaskClient = app.server.test_client()
    return made


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["state", "seen", "only", "symbol", "as_of", "range", "text", "sequence", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


class TestForgedValues:
    """Well-formed calls whose values no control could give."""

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(value=json_values)
    def test_no_value_makes_the_server_fail(
        self, app: Dash, client: FlaskClient, value: Any
    ) -> None:
        for output in [o for o, spec in app.callback_map.items() if "callback" in spec]:
            inputs = [spec["id"] for spec in app.callback_map[output]["inputs"]]
            states = [spec["id"] for spec in app.callback_map[output]["state"]]
            body = call_of(app, output, dict.fromkeys(inputs + states, value))
            reply = client.post(CALLBACK, json=body)
            assert reply.status_code < 500, (output, reply.text)

    @pytest.mark.parametrize("symbol", ["<script>", "../../etc", "SPY;DROP", "A" * 500])
    def test_a_hostile_symbol_is_answered_on_the_page(
        self, app: Dash, client: FlaskClient, symbol: str
    ) -> None:
        names = {"question-strip": {"state": {"symbol": symbol}}}
        reply = client.post(CALLBACK, json=call_of(app, "answer-strip.data", names))
        assert reply.status_code == 200
        assert "is not a symbol" in reply.text

    @pytest.mark.parametrize("day", ["2098-01-02", "1991-01-01", "2026-02-30", "live", "\u0000"])
    def test_a_hostile_date_is_answered_on_the_page(
        self, app: Dash, client: FlaskClient, day: str
    ) -> None:
        names = {"question-strip": {"state": {"as_of": day}}}
        reply = client.post(CALLBACK, json=call_of(app, "answer-strip.data", names))
        assert reply.status_code == 200
