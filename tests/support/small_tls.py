"""A certificate for localhost, made by OpenSSL for one test."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Certificate:
    """Both ends of a connection.

    Attributes:
        server: serves with the certificate; ``trusting``: a client that believes it.
    """

    server: ssl.SSLContext
    trusting: ssl.SSLContext


def certificate(folder: Path) -> Certificate:
    """A new one; skips the test where there is no OpenSSL program."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl program on this machine to make a certificate with")
    chain, key = folder / "chain.pem", folder / "key.pem"
    words = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    words += ["-nodes", "-days", "2", "-subj", "/CN=localhost"]
    words += ["-addext", "subjectAltName=DNS:localhost", "-out", str(chain), "-keyout", str(key)]
    subprocess.run(words, check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)
    return Certificate(server, ssl.create_default_context(cafile=str(chain)))
