"""The key by which push services know this site (VAPID, RFC 8292): set, or made once."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.model.vocabulary import BadInput, HoldlineError

if TYPE_CHECKING:  # of requirements-served.txt: imported where a key is used
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

FILE = "push_key.pem"
_REFUSAL = "HOLDLINE_PUSH_KEY is neither the PEM of a P-256 key nor its 32 bytes as base64url."


@dataclass(frozen=True)
class PushKey:
    """A private key of P-256."""

    private: EllipticCurvePrivateKey

    @property
    def public(self) -> str:
        """The public half as browsers take it: the point's 65 bytes, base64url, no padding."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        point = self.private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def push_key(home: Path, given: str = "") -> PushKey:
    """The key that is set, else that of ``home`` (made there with mode 0600).

    Raises:
        BadInput: what is set is no such key.
        HoldlineError: the home cannot be written, or holds no such key: subscriptions would be
            lost with the process.
    """
    if given:
        return _read(given)
    path = home / FILE
    try:
        if path.exists():
            return _read(path.read_text(encoding="ascii"))
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        made, text = _made()
        part = home / f".{FILE}.{os.getpid()}"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text)
        try:
            os.link(part, path)  # whole or not at all, and never in place of another process's
        except FileExistsError:
            return _read(path.read_text(encoding="ascii"))
        finally:
            part.unlink()
        return made
    except (OSError, UnicodeError, BadInput) as error:
        raise HoldlineError(f"{path} cannot be used: {error}") from error


def _made() -> tuple[PushKey, bytes]:
    """A new key, and its PEM."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = ec.generate_private_key(ec.SECP256R1())
    return PushKey(made), made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read(text: str) -> PushKey:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        if "-----BEGIN" in text:
            key: object = load_pem_private_key(text.replace("\\n", "\n").encode(), None)
        else:
            padded = text.strip() + "=" * (-len(text.strip()) % 4)
            raw = base64.b64decode(padded, altchars=b"-_", validate=True)
            if len(raw) != 32:
                raise ValueError
            key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    except (ValueError, TypeError) as error:
        raise BadInput(_REFUSAL) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise BadInput(_REFUSAL)
    return PushKey(key)
