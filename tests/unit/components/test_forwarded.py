"""Client and scheme of a request, as far as a proxy is to be believed."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.model.vocabulary import BadInput
from components.server.forwarded import ForwardedScheme, TrustedProxies, Viewer


def viewer(trusted: str, peer: str, **headers: str) -> Viewer:
    environ: dict[str, Any] = {"REMOTE_ADDR": peer}
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return TrustedProxies(trusted.split(",")).viewer(environ)


@pytest.mark.parametrize(
    ("trusted", "peer", "chain", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", "", Viewer("127.0.0.1", True)),
        ("127.0.0.1", "203.0.113.9", "", Viewer("203.0.113.9", False)),
        ("127.0.0.1", "127.0.0.1", "203.0.113.9", Viewer("203.0.113.9", False)),
        ("127.0.0.1", "127.0.0.1", "6.6.6.6, 203.0.113.9", Viewer("203.0.113.9", False)),
        ("127.0.0.1", "203.0.113.9", "127.0.0.1", Viewer("203.0.113.9", False)),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", Viewer("127.0.0.1", False)),
        ("10.0.0.0/8,127.0.0.1", "127.0.0.1", "6.6.6.6, 203.0.113.9, 10.1.2.3",
         Viewer("203.0.113.9", False)),
        ("*", "198.51.100.7", "203.0.113.9", Viewer("203.0.113.9", False)),
        ("127.0.0.1", "", "203.0.113.9", Viewer("203.0.113.9", False)),
    ],
)  # fmt: skip
def test_the_nearest_that_is_no_trusted_proxy(
    trusted: str, peer: str, chain: str, expected: Viewer
) -> None:
    assert viewer(trusted, peer, x_forwarded_for=chain) == expected


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [
        ("127.0.0.1", "https", "https"),
        ("203.0.113.9", "https", "http"),
        ("127.0.0.1", "gopher", "http"),
    ],
)
def test_the_scheme_of_a_trusted_proxy(peer: str, said: str, scheme: str) -> None:
    seen: list[str] = []

    def application(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["wsgi.url_scheme"])
        return []

    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_PROTO": said, "wsgi.url_scheme": "http"}
    ForwardedScheme(application, TrustedProxies(["127.0.0.1"]))(environ, lambda *_: lambda _: None)
    assert seen == [scheme]


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(BadInput, match="FORWARDED_ALLOW_IPS is 'nginx'"):
        TrustedProxies(["nginx"])
