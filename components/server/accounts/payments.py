"""Routes of payment: to Stripe and back, its webhook, and invitation codes."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request

from analytics.accounts.invitations import (
    LONGEST_LIFE_DAYS,
    MOST_DAYS,
    MOST_USES,
    Invitation,
)
from analytics.desk.desk import Desk
from analytics.model import access
from analytics.model.budgets import SIGN_INS, spend
from analytics.model.parsing import parse_number
from analytics.model.vocabulary import BadInput
from analytics.settings import Settings
from components.frame import formats
from components.server.accounts.account import Account, form
from components.server.accounts.entering import Entering
from components.server.accounts.payment_provider import NotSigned, PaymentProvider
from components.server.replies import Refused, answered, reply
from components.server.staff import Staff

WEBHOOK_PATH = "/stripe/webhook"

log = logging.getLogger(__name__)


class Payment:
    """What the routes do.

    Args:
        settings: name the address that people come back to.
        entering: writes the audit log.
        account: knows who has signed in.
        provider: who is paid; None where nothing is sold.
    """

    def __init__(
        self,
        settings: Settings,
        entering: Entering,
        account: Account,
        provider: PaymentProvider | None,
    ) -> None:
        self._back = f"{settings.base_url}/account"
        self._entering = entering
        self._account = account
        self._provider = provider

    @property
    def _desk(self) -> Desk:
        return self._entering.desk

    def subscribe(self) -> Response:
        """To where one pays.

        Raises:
            BadInput: nothing is sold here, or one has PRO already by paying.
        """
        person = self._account.signed_in().person
        paid = self._desk.records.payments.of(person.id)
        if any(one.is_charged for one in paid):
            raise BadInput("You have a subscription already: change it by Billing.")
        customer = paid[-1].customer if paid else None
        there = self._sold().checkout(person, customer, self._back)
        self._entering.note("go to checkout", person.id)
        return _to(there)

    def billing(self) -> Response:
        """To where one changes and ends what one pays.

        Raises:
            BadInput: one has paid nothing.
        """
        person = self._account.signed_in().person
        paid = self._desk.records.payments.of(person.id)
        if not paid:
            raise BadInput("There is no subscription of yours.")
        return _to(self._sold().portal(paid[-1].customer, self._back))

    def webhook(self) -> Mapping[str, Any]:
        """Take an event of the provider's in: stored before it is answered.

        Raises:
            NotSigned: it is not to be believed.
            BadInput: it says something that no such event says.
            StoreUnavailable: it was not stored, and will be sent again.
        """
        event = self._sold().event(request.get_data(), request.headers.get("Stripe-Signature", ""))
        try:
            new = self._desk.records.payments.take(event)
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            log.warning("An event of Stripe's cannot be read: %r", error)
            raise BadInput("The event cannot be read.") from error
        self._entering.visitors.forget()
        return {"received": True, "new": new}

    def use_code(self) -> str:
        """Have what an invitation code is worth."""
        person = self._account.signed_in().person
        spend(SIGN_INS)  # as many guesses as of other secrets
        code = request.form.get("code", "")[:80]
        until = self._desk.records.invitations.use(code, person.id, self._account.former)
        self._entering.visitors.forget()
        self._entering.note("use invitation", person.id, until=until.isoformat())
        return f"PRO is yours until {formats.moment(until)}."

    def make_code(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A code to give out."""
        by = access.viewer().person
        if by is None:
            raise Refused("Sign in first.")
        note = str(body.get("note", "")).strip()
        if not note:
            raise BadInput("Say what the code is for: it stays with the grants.")
        days = _whole("days", body.get("days"), MOST_DAYS)
        uses = _whole("uses", body.get("uses", 1), MOST_USES)
        good = _whole("good_days", body.get("good_days", 30), LONGEST_LIFE_DAYS)
        invitations = self._desk.records.invitations
        code = invitations.make(by, note, days, uses, dt.timedelta(days=good))
        self._entering.note("make invitation", note, days=str(days), uses=str(uses))
        return {"code": code}

    def codes(self) -> dict[str, Any]:
        """The codes there are, without their secrets."""
        return {"codes": [_plain(one) for one in self._desk.records.invitations.listed()]}

    def revoke_code(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Let nobody use a code any more."""
        if not self._desk.records.invitations.revoke(str(body.get("id", ""))[:40]):
            raise BadInput("There is no such code, or it was revoked before.")
        self._entering.note("revoke invitation", str(body.get("id", "")))
        return {"revoked": True}

    def _sold(self) -> PaymentProvider:
        if self._provider is None:
            raise BadInput("Nothing is sold on this site.")
        return self._provider


def register(server: Flask, payment: Payment, account: Account, staff: Staff) -> None:
    """Declare the routes."""
    routes = Blueprint("payment", __name__)
    form(routes, account, "/account/subscribe", payment.subscribe)
    form(routes, account, "/account/billing", payment.billing)
    form(routes, account, "/account/code", payment.use_code)

    @routes.post(WEBHOOK_PATH)
    @answered
    def webhook() -> Response:
        try:
            return reply(payment.webhook())
        except NotSigned as error:
            log.warning("A message to the webhook of Stripe was refused: %s", error)
            return reply({"error": str(error)}, 400)

    @routes.get("/people/codes.json")
    @answered
    def codes() -> Response:
        staff.require()
        return reply(payment.codes())

    @routes.post("/people/codes.json")
    @answered
    def make() -> Response:
        return reply(payment.make_code(staff.body()))

    @routes.post("/people/codes/revoke.json")
    @answered
    def revoke() -> Response:
        return reply(payment.revoke_code(staff.body()))

    server.register_blueprint(routes)


def _whole(name: str, given: object, most: int) -> int:
    accepted = f"a whole number from 1 to {most} is accepted"
    number = parse_number(name, given, 1, most, accepted)
    if number != int(number):
        raise BadInput(f"{name} is {number:g}: {accepted}.")
    return int(number)


def _plain(one: Invitation) -> dict[str, Any]:
    return {
        "id": one.id,
        "note": one.note,
        "days": one.days,
        "uses": one.uses,
        "used": one.used,
        "expires": one.expires_at.isoformat(),
        "revoked": one.revoked_at is not None,
    }


def _to(address: str) -> Response:
    return redirect(address, 303)  # type: ignore[return-value]
