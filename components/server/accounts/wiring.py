"""The routes of accounts declared, and every request told whom it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from analytics.desk.desk import Desk
from analytics.model.access import LOCAL, STRANGER, Plan, Viewer
from analytics.runtime.alerts.mail import Mail, parse_mail_server
from analytics.runtime.mailing import Mailing
from analytics.runtime.sign_in_mail import SignInMail
from analytics.settings import Settings
from components.server.accounts import (
    account,
    channel_links,
    newsletter,
    payments,
    people,
    request_checks,
    sign_in,
)
from components.server.accounts.entering import Entering
from components.server.accounts.payment_provider import provider_of
from components.server.accounts.visitors import Visitors
from components.server.forwarded import TrustedProxies
from components.server.staff import Staff

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAILING = "mailing"

LOOKS_AT_EVERYTHING = Viewer(Plan.PRO, subscriber=LOCAL)
"""A stranger on a laptop, where there are no accounts; to edit one is the owner."""


def register(
    server: Flask,
    application: WSGIApplication,
    settings: Settings,
    desk: Desk,
    proxies: TrustedProxies,
    secret: str,
) -> Visitors:
    """The WSGI application that answers each request for whoever it is from.

    The server's ``extensions["mailing"]`` sends the newsletter once it is started.

    Args:
        secret: signs the links by which readers leave the newsletter.

    Raises:
        BadInput: for a mail server or an address that cannot be read.
    """
    strangers = STRANGER if settings.has_accounts else LOOKS_AT_EVERYTHING
    visitors = Visitors(application, desk, strangers)
    entering = Entering(desk, visitors, proxies)
    mail_server = parse_mail_server(settings.smtp_url) if settings.smtp_url else None
    mail = Mail(mail_server, settings.mail_from)
    letters = SignInMail(mail, settings.base_url)
    signing = sign_in.SignIn(settings, entering, letters)
    staff = Staff.of(settings)
    mailing = Mailing(desk.records, mail, settings.base_url, newsletter.leave_link(secret))
    server.extensions[MAILING] = mailing
    request_checks.register(server, request_checks.Hosts.of(settings))
    sign_in.register(server, signing, entering)
    channel_links.register(server, channel_links.ChannelLinks(settings, entering))
    people.register(server, people.PeoplePage(settings, entering, staff))
    newsletter.register(
        server, newsletter.NewsletterDesk(settings, entering, staff, letters, mail, mailing)
    )
    own = account.Account(settings, entering, signing.passkeys, secret)
    account.register(server, own)
    payment = payments.Payment(settings, entering, own, provider_of(settings))
    payments.register(server, payment, own, staff)
    return visitors
