"""Who is paid: the protocol, and Stripe behind it by its own library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Protocol

from analytics.accounts.people import Person
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.settings import Settings

PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com")
"""Where one pays: a form of this site leads there."""


class PaymentFailed(HoldlineError):
    """The provider could not be asked, or refused."""


class NotSigned(HoldlineError):
    """A message is not the provider's, or was sent before."""


class PaymentProvider(Protocol):
    """Who takes the money for PRO."""

    def checkout(self, person: Person, customer: str | None, back: str) -> str:
        """The address at which somebody subscribes.

        Args:
            customer: the provider's id of who has paid before.
            back: the address that they come back to.

        Raises:
            PaymentFailed: naming why.
        """
        ...

    def portal(self, customer: str, back: str) -> str:
        """The address at which a customer changes and ends what they pay.

        Raises:
            PaymentFailed: naming why.
        """
        ...

    def event(self, body: bytes, signature: str) -> Mapping[str, Any]:
        """What a webhook's message says.

        Raises:
            NotSigned: it is not to be believed.
        """
        ...


class Stripe:
    """Stripe: Checkout, the customer portal and webhooks.

    Args:
        settings: name its keys.
    """

    def __init__(self, settings: Settings) -> None:
        self._key = settings.stripe_key
        self._secret = settings.stripe_webhook_secret
        self._price = settings.stripe_price

    def checkout(self, person: Person, customer: str | None, back: str) -> str:
        """See `PaymentProvider`."""
        import stripe

        who: dict[str, Any] = {}
        if customer is not None:
            who["customer"] = customer
        elif person.email is not None:
            who["customer_email"] = person.email
        try:
            made = stripe.checkout.Session.create(
                api_key=self._key,
                mode="subscription",
                line_items=[{"price": self._price, "quantity": 1}],
                client_reference_id=person.id,
                subscription_data={"metadata": {"person": person.id}},
                success_url=back,
                cancel_url=back,
                **who,
            )
        except stripe.StripeError as error:
            raise _failed(error) from error
        return _address(made.url)

    def portal(self, customer: str, back: str) -> str:
        """See `PaymentProvider`."""
        import stripe

        try:
            made = stripe.billing_portal.Session.create(
                api_key=self._key, customer=customer, return_url=back
            )
        except stripe.StripeError as error:
            raise _failed(error) from error
        return _address(made.url)

    def event(self, body: bytes, signature: str) -> Mapping[str, Any]:
        """See `PaymentProvider`. The signature covers the time: an old message is refused."""
        import stripe

        try:
            stripe.WebhookSignature.verify_header(body.decode(), signature, self._secret, 300)
            event = json.loads(body)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise NotSigned("The message is not signed by Stripe.") from error
        if not isinstance(event, dict) or event.get("object") != "event":
            raise NotSigned("The message is no event of Stripe's.")
        return event


def provider_of(settings: Settings) -> PaymentProvider | None:
    """Who is paid on this site; None where nothing is sold.

    Raises:
        BadInput: the library is not installed.
    """
    if not settings.stripe_key:
        return None
    if find_spec("stripe") is None:
        raise BadInput(
            "HOLDLINE_STRIPE_KEY is set, and stripe is not installed: "
            "pip install -r requirements-served.txt."
        )
    return Stripe(settings)


def _address(given: str | None) -> str:
    if not given:
        raise PaymentFailed("Stripe named no address to pay at: try again later.")
    return given


def _failed(error: Exception) -> PaymentFailed:
    said = str(getattr(error, "user_message", None) or "it could not be asked")
    return PaymentFailed(f"Stripe: {said.rstrip('.')}. Try again later.")
