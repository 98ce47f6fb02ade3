"""Events of Stripe as its API 2025-03-31 and later writes them, cut to what is read, and signed."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

SECRET = "whsec_of-the-tests"
JANUARY, FEBRUARY, MARCH = 1_767_225_600, 1_769_904_000, 1_772_323_200  # 1st of 2026, 00:00 UTC
CUSTOMER, SUBSCRIPTION = "cus_TGn1mZ8sLx0aBc", "sub_1SKqYwB7sXfQh2mT"


def event(number: int, kind: str, created: int, thing: dict[str, Any]) -> dict[str, Any]:
    """An event around an object."""
    return {
        "id": f"evt_1SKqZ{number:010d}",
        "object": "event",
        "api_version": "2025-03-31.basil",
        "created": created,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def completed(number: int, person: str, created: int = JANUARY) -> dict[str, Any]:
    """A checkout that was gone through."""
    thing = {
        "id": "cs_test_a1Xk",
        "object": "checkout.session",
        "client_reference_id": person,
        "customer": CUSTOMER,
        "mode": "subscription",
        "payment_status": "paid",
        "status": "complete",
        "subscription": SUBSCRIPTION,
    }
    return event(number, "checkout.session.completed", created, thing)


def subscription(
    number: int, kind: str, status: str, created: int, person: str | None = None
) -> dict[str, Any]:
    """``customer.subscription.KIND``."""
    thing = {
        "id": SUBSCRIPTION,
        "object": "subscription",
        "cancel_at_period_end": False,
        "customer": CUSTOMER,
        "items": {"object": "list", "data": [{"id": "si_1", "current_period_end": FEBRUARY}]},
        "metadata": {"person": person} if person else {},
        "status": status,
    }
    return event(number, f"customer.subscription.{kind}", created, thing)


def paid(number: int, start: int, end: int, person: str | None = None) -> dict[str, Any]:
    """An invoice of one period that was paid at its start."""
    about = {"subscription": SUBSCRIPTION, "metadata": {"person": person} if person else {}}
    thing = {
        "id": f"in_{number}",
        "object": "invoice",
        "billing_reason": "subscription_cycle",
        "customer": CUSTOMER,
        "lines": {"object": "list", "data": [{"period": {"start": start, "end": end}}]},
        "parent": {"type": "subscription_details", "subscription_details": about},
        "status": "paid",
    }
    return event(number, "invoice.paid", start + 60, thing)


def refunded(number: int, created: int) -> dict[str, Any]:
    """A charge that was given back as a whole."""
    thing = {
        "id": f"ch_{number}",
        "object": "charge",
        "amount": 1900,
        "amount_refunded": 1900,
        "customer": CUSTOMER,
        "refunded": True,
    }
    return event(number, "charge.refunded", created, thing)


def signature(body: bytes, at: float | None = None, secret: str = SECRET) -> str:
    """The header that Stripe signs a message with: HMAC-SHA256 over time and body."""
    stamp = int(time.time() if at is None else at)
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"t={stamp},v1={signed.hexdigest()}"


def as_sent(one: dict[str, Any]) -> bytes:
    """The message's bytes."""
    return json.dumps(one, indent=2).encode()
