from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import brotli
import dash
import pytest
from dash import Dash
from flask.testing import FlaskClient

import app as holdline
from analytics.settings_reader import load_settings
from components.pages import PAGES
from components.server.hardening import MAX_BODY

CALLBACK = "/_dash-update-component"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Dash:
    home = tmp_path_factory.mktemp("home")
    return holdline.create_app(load_settings(["--demo"], {"HOLDLINE_HOME": str(home)}))


@pytest.fixture(scope="module")
def client(app: Dash) -> FlaskClient:
    client: FlaskClient = app.server.test_client()
    return client


def call_of(app: Dash, output: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """The body that the page sends for one callback, with some input values replaced."""
    declared = app.callback_map[output]

    def entry(spec: dict[str, Any]) -> dict[str, Any]:
        name = spec["id"]
        given = {"id": json.loads(name) if name.startswith("{") else name}
        return given | {"property": spec["property"], "value": (values or {}).get(name)}

    def named(text: str) -> dict[str, Any]:
        name, prop = text.rsplit(".", 1)
        return {"id": json.loads(name) if name.startswith("{") else name, "property": prop}

    several = output.startswith("..")
    outputs: Any = [named(t) for t in output.strip(".").split("...")] if several else named(output)
    return {
        "output": output,
        "outputs": outputs,
        "inputs": [entry(spec) for spec in declared["inputs"]],
        "state": [entry(spec) for spec in declared["state"]],
        "changedPropIds": [],
    }


class TestPages:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
    def test_every_tab_has_an_address(self, client: FlaskClient, page: Any) -> None:
        assert client.get(page.path).status_code == 200
        assert client.get(page.path + "?symbol=NVDA").status_code == 200

    def test_an_unknown_address_shows_the_app_with_status_404(self, client: FlaskClient) -> None:
        reply = client.get("/no/such/page")
        assert reply.status_code == 404
        assert "frame-config" in reply.text

    @pytest.mark.parametrize("name", ["unknown/x.js", "dash/x.js", "dash/deps/react@18.v1.js"])
    def test_a_library_file_that_is_not_there_is_status_404(
        self, client: FlaskClient, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        reply = client.get(f"/_dash-component-suites/{name}")
        assert (reply.status_code, reply.json) == (
            404,
            {"error": "There is nothing at this address."},
        )
        assert not caplog.records

    def test_the_page_holds_every_tab_and_the_simulated_banner(self, client: FlaskClient) -> None:
        text = client.get("/").text
        assert all(f'id="page-{page.key}"' in text for page in PAGES)
        assert "SIMULATED - not market prices" in text
        assert "Not investment advice" in text


class TestScripts:
    def test_of_dash_only_the_renderer_and_what_it_runs_on_as_one(
        self, client: FlaskClient
    ) -> None:
        named = re.findall(r'<script src="([^"]+)"', client.get("/").text)
        assert [address.split("?")[0] for address in named] == ["/assets/dash-renderer.js"]
        sent = client.get(named[0])
        root = Path(dash.__file__).parent
        parts = ("react@18.3.1", "react-dom@18.3.1", "prop-types@15.8.1")
        files = [root / "deps" / f"{part}.min.js" for part in parts]
        files.append(root / "dash-renderer" / "build" / "dash_renderer.min.js")
        places = [sent.data.find(file.read_bytes()) for file in files]
        assert -1 not in places
        assert places == sorted(places)
        assert "immutable" in sent.headers["Cache-Control"]

    def test_dashs_scripts_are_there_before_any_page_was_sent(self, tmp_path: Path) -> None:
        settings = load_settings(["--demo"], {"HOLDLINE_HOME": str(tmp_path)})
        fresh = holdline.create_app(settings).server.test_client()
        assert b"DashRenderer" in fresh.get("/assets/dash-renderer.js?m=1").data

    def test_the_first_script_defines_the_one_component_that_is_mounted(self, app: Dash) -> None:
        mounted = app.server.test_client().get("/_dash-layout").json
        kinds = {(node["namespace"], node["type"]) for node in mounted}
        assert kinds == {("holdline", "Store")}
        first = re.search(r"<script>(.+?)</script>", app.server.test_client().get("/").text)
        assert first is not None
        assert "window.holdline={Store:" in first.group(1)

    def test_every_module_of_the_first_paint_is_named_once_ahead(self, client: FlaskClient) -> None:
        named = re.findall(r'rel="modulepreload" href="([^"]+)"', client.get("/").text)
        assert len(named) == len(set(named)) > 10
        assert all(client.get(address).status_code == 200 for address in named)


class TestHeaders:
    def test_other_sites_load_nothing_of_it(self, client: FlaskClient) -> None:
        for path in ("/supports", "/live.json", "/nowhere.js"):
            assert client.get(path).headers["Cross-Origin-Resource-Policy"] == "same-origin"

    def test_over_https_browsers_are_told_to_stay_there(self, client: FlaskClient) -> None:
        secure = client.get("/supports", base_url="https://desk.example")
        assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Strict-Transport-Security" not in client.get("/supports").headers

    def test_the_policy_allows_only_this_host_and_no_eval(self, client: FlaskClient) -> None:
        policy = client.get("/definitions").headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-eval" not in policy
        assert "frame-ancestors 'none'" in policy
        scripts = next(p for p in policy.split("; ") if p.startswith("script-src"))
        assert "unsafe-inline" not in scripts

    def test_the_page_loads_nothing_from_another_host(self, client: FlaskClient) -> None:
        text = client.get("/definitions").text
        assert not re.search(r'<(?:script|link|img)[^>]*"(?:https?:)?//', text)

    def test_callbacks_are_compressed(self, client: FlaskClient) -> None:
        for coding in ("zstd", "br", "gzip"):
            reply = client.get("/_dash-layout", headers={"Accept-Encoding": coding})
            assert reply.headers["Content-Encoding"] == coding

    def test_files_that_do_not_change_are_sent_as_small_as_can_be(
        self, client: FlaskClient
    ) -> None:
        address = "/assets/core/dom.mjs"
        coded = client.get(address, headers={"Accept-Encoding": "gzip, br, zstd"})
        assert coded.headers["Content-Encoding"] == "br"
        assert brotli.decompress(coded.data) == client.get(address).data
        assert client.get(address, headers={"Accept-Encoding": "br"}).data == coded.data
        assert "Accept-Encoding" in coded.headers["Vary"]

    def test_only_documents_carry_the_policy(self, client: FlaskClient) -> None:
        assert "Content-Security-Policy" in client.get("/assets/favicon.svg").headers
        assert "Content-Security-Policy" not in client.get("/assets/core/dom.mjs").headers

    def test_two_addresses_never_share_a_compressed_body(self, client: FlaskClient) -> None:
        coded = {"Accept-Encoding": "gzip"}
        first = client.get("/_dash-layout", headers=coded).data
        assert client.get("/_dash-dependencies", headers=coded).data != first

    def test_fingerprinted_assets_are_kept_for_good(self, client: FlaskClient) -> None:
        assert "immutable" in client.get("/assets/css/2-frame.css?m=1").headers["Cache-Control"]
        assert "immutable" not in client.get("/assets/css/2-frame.css").headers["Cache-Control"]

    def test_a_key_signs_what_is_handed_out(self, app: Dash) -> None:
        assert len(app.server.secret_key) >= 32


class TestMalformedCalls:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b"[1, 2]",
            b"{}",
            b"{",
            b'"text"',
            b"\xff\xfe",
            b'{"output": "strip-content.data", "inputs": null}',
            b'{"output": "strip-content.data"}',
            b'{"output": "nothing.here", "inputs": []}',
            b'{"output": ["strip-content.data"], "inputs": []}',
            b'{"output": "strip-content.data", "inputs": [NaN]}',
            b'{"output": "strip-content.data", "inputs": [Infinity]}',
            b"[" * 50_000 + b"]" * 50_000,
            b'{"a":' * 60 + b"1" + b"}" * 60,
        ],
    )
    def test_a_body_the_page_cannot_send_gets_a_sentence(
        self, client: FlaskClient, body: bytes
    ) -> None:
        reply = client.post(CALLBACK, data=body, content_type="application/json")
        assert reply.status_code == 400
        assert reply.get_json()["error"].endswith(".")
        assert "Traceback" not in reply.text

    def test_swapped_ids_and_missing_entries_are_refused(
        self, app: Dash, client: FlaskClient
    ) -> None:
        good = call_of(app, "answer-strip.data")
        other = call_of(app, "answer-market.data")
        forged = [
            good | {"inputs": []},
            good | {"inputs": other["inputs"]},
            good | {"inputs": good["inputs"] * 2},
            good | {"inputs": [None]},
            good | {"outputs": {"id": "url", "property": "href"}},
            good | {"outputs": None},
            good | {"outputs": []},
            good | {"changedPropIds": "url.href"},
            good | {"state": [{"id": "url", "property": "href"}]},
        ]
        assert client.post(CALLBACK, json=good).status_code == 204
        for body in forged:
            assert client.post(CALLBACK, json=body).status_code == 400

    def test_a_body_above_the_limit_is_refused(self, client: FlaskClient) -> None:
        reply = client.post(CALLBACK, data=b" " * (MAX_BODY + 1), content_type="application/json")
        assert reply.status_code == 413
        assert "256 KiB" in reply.get_json()["error"]

    def test_other_content_types_are_refused(self, client: FlaskClient) -> None:
        assert client.post(CALLBACK, data=b"{}", content_type="text/plain").status_code == 400

    def test_a_get_is_answered_without_a_traceback(self, client: FlaskClient) -> None:
        reply = client.get(CALLBACK)
        assert reply.status_code in (404, 405)
        assert "Traceback" not in reply.text


class TestWsgi:
    def test_importing_the_module_opens_no_desk(self) -> None:
        assert "server" not in vars(holdline)

    def test_an_unknown_attribute_is_an_error(self) -> None:
        with pytest.raises(AttributeError):
            holdline.nothing  # noqa: B018


class TestSecretHome:
    def test_the_key_is_stored_in_the_home(self, tmp_path: Path) -> None:
        environ = {"HOLDLINE_HOME": str(tmp_path / "home")}
        built = holdline.create_app(load_settings(["--demo"], environ))
        assert (tmp_path / "home" / "secret_key").read_text() == built.server.secret_key
