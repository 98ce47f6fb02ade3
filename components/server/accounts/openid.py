"""Signing in by OpenID Connect: authorization code with PKCE, state and nonce, by Authlib.

The provider is found by its discovery document. A person is who it says: issuer and subject.
OpenID Connect Core 1.0, 3.1; RFC 7636; RFC 9700, 2.1.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.settings import Settings, is_loopback

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

PATH = "/sign-in/openid/return"
DISCOVERY_SECONDS = 3600.0
WAIT_SECONDS = 10.0
LEEWAY_SECONDS = 60
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures that are believed: never none, never one by a shared secret."""


class ProviderFailed(HoldlineError):
    """The provider could not be asked, or what it said is not to be believed."""


@dataclass(frozen=True)
class Vouched:
    """Whom a provider vouches for.

    Attributes:
        email: only one that the provider has confirmed, else None.
    """

    issuer: str
    subject: str
    name: str
    email: str | None


@dataclass(frozen=True)
class Attempt:
    """What the browser keeps, signed, between going to the provider and coming back."""

    state: str
    nonce: str
    verifier: str
    next: str


class OpenId:
    """One provider.

    Args:
        issuer, client_id, client_secret: as registered there.
        return_to: the address it sends browsers back to.
        name: of the provider, for the button.
    """

    def __init__(
        self, issuer: str, client_id: str, client_secret: str, return_to: str, name: str = ""
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._return_to = return_to
        self.name = name or urlsplit(issuer).hostname or issuer
        self._discovered: tuple[float, dict[str, Any], Any] | None = None
        self._lock = threading.Lock()

    @classmethod
    def of(cls, settings: Settings) -> OpenId | None:
        """The provider that ``settings`` name, or None.

        Raises:
            BadInput: one is named, and Authlib is not installed.
        """
        if not settings.openid_issuer:
            return None
        if find_spec("authlib") is None:
            raise BadInput(
                "HOLDLINE_OPENID_ISSUER needs Authlib: pip install -r requirements-served.txt."
            )
        return cls(
            settings.openid_issuer,
            settings.openid_client_id,
            settings.openid_client_secret,
            settings.base_url + PATH,
            settings.openid_name,
        )

    def address(self, attempt: Attempt) -> str:
        """Where the browser is to go.

        Raises:
            ProviderFailed: the provider cannot be asked.
        """
        document, _ = self._known()
        url, _ = self._client().create_authorization_url(
            document["authorization_endpoint"],
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
        )
        return str(url)

    def finish(self, given: Mapping[str, str], attempt: Attempt) -> Vouched:
        """Whom the provider vouches for, by what the browser brought back.

        Raises:
            BadInput: it says no, or the answer belongs to another attempt.
            ProviderFailed: it cannot be asked, or its word is not to be believed.
        """
        if given.get("error"):
            raise BadInput(f"{self.name} did not sign you in: {given['error'][:60]}.")
        document, keys = self._known()
        issuer = given.get("iss")
        if given.get("state") != attempt.state or issuer not in (None, document["issuer"]):
            raise BadInput("This answer belongs to another sign-in: begin again.")
        try:
            token = self._client().fetch_token(
                document["token_endpoint"],
                code=given.get("code", ""),
                code_verifier=attempt.verifier,
                timeout=WAIT_SECONDS,
            )
            claims = self._claims(str(token["id_token"]), keys, document, attempt.nonce)
        except Exception as error:  # whatever the libraries raise, nobody is signed in
            raise ProviderFailed(f"{self.name} could not be believed: {_short(error)}.") from error
        email = claims.get("email") if claims.get("email_verified") is True else None
        return Vouched(
            document["issuer"],
            str(claims["sub"])[:255],
            str(claims.get("name") or "")[:80],
            str(email) if email else None,
        )

    def _claims(
        self, id_token: str, keys: Any, document: Mapping[str, Any], nonce: str
    ) -> dict[str, Any]:
        """The ID token's claims: OpenID Connect Core 1.0, 3.1.3.7."""
        from joserfc import jwt
        from joserfc.jwk import KeySet
        from joserfc.jwt import JWTClaimsRegistry

        token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))
        checks = JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": document["issuer"]},
            aud={"essential": True, "value": self._client_id},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        checks.validate(token.claims)
        claims: dict[str, Any] = token.claims
        if claims.get("azp", self._client_id) != self._client_id:
            raise BadInput("it was issued to another site")
        return claims

    def _client(self) -> OAuth2Session:
        from authlib.integrations.requests_client import OAuth2Session

        return OAuth2Session(
            self._client_id,
            self._client_secret or None,
            scope="openid email profile",
            redirect_uri=self._return_to,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._client_secret else "none",
        )

    def _known(self) -> tuple[dict[str, Any], Any]:
        """The discovery document and the keys, an hour old at most.

        Raises:
            ProviderFailed: they cannot be had.
        """
        with self._lock:
            if self._discovered is not None:
                at, document, keys = self._discovered
                if time.monotonic() - at < DISCOVERY_SECONDS:
                    return document, keys
            document, keys = self._discover()
            self._discovered = (time.monotonic(), document, keys)
            return document, keys

    def _discover(self) -> tuple[dict[str, Any], Any]:
        import requests

        def ask(url: str) -> Any:
            answer = requests.get(url, timeout=WAIT_SECONDS, allow_redirects=False)
            answer.raise_for_status()
            return answer.json()

        try:
            document = ask(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if document["issuer"] != self._issuer:  # to the letter: OpenID Connect Discovery, 4.3
                raise ValueError("it names another issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                _require_encrypted(str(document[name]))
            return document, ask(document["jwks_uri"])
        except (requests.RequestException, KeyError, TypeError, ValueError) as error:
            raise ProviderFailed(f"{self.name} could not be asked: {_short(error)}.") from error


def _require_encrypted(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("it names an address without encryption")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120].rstrip(".") or type(error).__name__
