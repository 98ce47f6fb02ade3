"""Passkeys (Web Authentication): options for the browser, and checks of what it gives back.

By the ``webauthn`` library. A challenge is good once and for five minutes; the authenticator must
have verified its user (a finger, a face, a PIN).
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from analytics.accounts.one_time import Bearer, Purpose
from analytics.accounts.passkeys import Passkey
from analytics.accounts.people import Person
from analytics.desk.desk import Desk
from analytics.model.vocabulary import BadInput
from analytics.settings import Settings

CHALLENGE_LIFETIME = dt.timedelta(minutes=5)
SITE = "Holdline"
_REFUSED = "The passkey was not accepted; try again."


class PasskeyChecks:
    """Registers and checks passkeys of this site.

    Args:
        desk: whose records hold the accounts.
        origin: of this site, such as ``https://desk.example``.
    """

    def __init__(self, desk: Desk, origin: str) -> None:
        self._desk = desk
        parts = urlsplit(origin)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._site = parts.hostname or ""

    @classmethod
    def of(cls, settings: Settings, desk: Desk) -> PasskeyChecks:
        """Those of the site that ``settings`` describe."""
        return cls(desk, settings.base_url)

    @staticmethod
    def available() -> bool:
        """Whether there can be passkeys here: the library is for served sites alone."""
        return find_spec("webauthn") is not None

    def _require(self) -> None:
        if not self.available():
            raise BadInput(
                "Passkeys need the webauthn package: pip install -r requirements-served.txt."
            )

    def options_to_add(self, person: Person) -> dict[str, Any]:
        """What the browser is to be asked to make a passkey by.

        Raises:
            BadInput: there can be none here; as each of these.
        """
        self._require()
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        known = [
            PublicKeyCredentialDescriptor(id=_bytes(one.credential))
            for one in self._desk.records.passkeys.of(person.id)
        ]
        options = generate_registration_options(
            rp_id=self._site,
            rp_name=SITE,
            user_id=person.id.encode(),
            user_name=person.email or person.called,
            user_display_name=person.called,
            challenge=_bytes(self._challenge(Bearer(person=person.id))),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=known,
        )
        return dict(json.loads(options_to_json(options)))

    def add(self, person: Person, given: Mapping[str, Any], name: str) -> None:
        """Let what the browser made sign the person in.

        Raises:
            BadInput: it is not what was asked for.
        """
        self._require()
        from webauthn import verify_registration_response
        from webauthn.helpers.exceptions import WebAuthnException

        challenge = self._used_challenge(given, Bearer(person=person.id))
        try:
            made = verify_registration_response(
                credential=dict(given),
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise BadInput(_REFUSED) from error
        self._desk.records.passkeys.add(
            person.id,
            _text(made.credential_id),
            made.credential_public_key,
            sign_count=made.sign_count,
            backed_up=made.credential_backed_up,
            name=name,
        )

    def options_to_sign_in(self) -> dict[str, Any]:
        """What the browser is to be asked to show a passkey by; whose, nobody says before."""
        self._require()
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers.structs import UserVerificationRequirement

        options = generate_authentication_options(
            rp_id=self._site,
            challenge=_bytes(self._challenge(Bearer())),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return dict(json.loads(options_to_json(options)))

    def check(self, given: Mapping[str, Any]) -> Person:
        """Whose passkey the browser has shown.

        Raises:
            BadInput: nobody's, or it was not asked for.
        """
        self._require()
        from webauthn import verify_authentication_response
        from webauthn.helpers.exceptions import WebAuthnException

        challenge = self._used_challenge(given, Bearer())
        passkey = self._desk.records.passkeys.find(str(given.get("id"))[:400])
        if passkey is None:
            raise BadInput(_REFUSED)
        try:
            shown = verify_authentication_response(
                credential=dict(given),
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise BadInput(_REFUSED) from error
        return self._owner(passkey, shown.new_sign_count)

    def _owner(self, passkey: Passkey, sign_count: int) -> Person:
        person = self._desk.records.people.by_id(passkey.person)
        if person is None or person.disabled_at is not None:
            raise BadInput(_REFUSED)
        if not self._desk.records.passkeys.used(passkey, sign_count):
            raise BadInput(_REFUSED)
        return person

    def _challenge(self, bearer: Bearer) -> str:
        made = self._desk.records.one_time.make(Purpose.PASSKEY, bearer, CHALLENGE_LIFETIME)
        if made is None:  # only an e-mail address can have too many
            raise BadInput(_REFUSED)
        return made

    def _used_challenge(self, given: Mapping[str, Any], wanted: Bearer) -> bytes:
        """The challenge that the answer names, if it was given out for that and is not used."""
        try:
            client_data = json.loads(_bytes(given["response"]["clientDataJSON"]))
            challenge = client_data["challenge"]
            named = str(challenge)
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(_REFUSED) from error
        if self._desk.records.one_time.use(Purpose.PASSKEY, named) != wanted:
            raise BadInput("The passkey was asked for too long ago; try again.")
        return _bytes(named)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
