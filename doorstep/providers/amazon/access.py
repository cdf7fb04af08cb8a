"""What lets us into a seller's account: what a person gives, where it is found, what goes together, and what goes wrong. Pure.

Source: https://developer-docs.amazon.com/sp-api/docs/self-authorization (where the token is found),
https://developer-docs.amazon.com/sp-api/docs/role-mappings (which roles are needed),
https://developer-docs.amazon.com/sp-api/docs/lwa-credentials-faq and RFC 6749, section 5.2 (what is refused)
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from doorstep.base.needs import Choice, Need, Step
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels.port.needs import Scope, Trouble
from doorstep.providers.amazon.marketplaces import MARKETPLACES, Marketplace
from doorstep.providers.amazon.translate import NEW, OLD

AMAZONS = ".amazon.com"
NEEDS = (
    Need(
        "marketplace",
        gettext_noop("Country where you sell"),
        gettext_noop("Amazon's marketplace, and where we call it, follow from the country."),
        choices=tuple(Choice(id, country=one.country) for id, one in MARKETPLACES.items()),
    ),
    Need(
        "seller",
        gettext_noop("Seller ID"),
        gettext_noop("Seller Central, Settings, Account Info, Your Merchant Token. It begins with A."),
    ),
    Need(
        "client_id",
        gettext_noop("Client identifier of the application"),
        gettext_noop("Develop Apps, View under LWA credentials. It begins with amzn1.application-oa2-client."),
    ),
    Need(
        "client_secret",
        gettext_noop("Client secret of the application"),
        gettext_noop("In the same place. It begins with amzn1.oa2-cs."),
        secret=True,
    ),
    Need(
        "refresh_token",
        gettext_noop("Refresh token that the seller gave"),
        gettext_noop("Develop Apps, Authorize app, in the seller's own account. It begins with Atzr."),
        secret=True,
    ),
    Need(
        "bridge",
        gettext_noop("Address of a bridge"),
        gettext_noop("Of a program of yours that takes Amazon's notifications out of your SQS queue, signs them and passes them "
                     "on to us. Without one, orders are fetched every half a minute. We need no AWS keys."),
        optional=True,
    ),
    Need(
        "orders_api",
        gettext_noop("Version of the Orders API"),
        gettext_noop("The newest, unless your application may only use the old one."),
        optional=True,
        choices=(Choice(NEW, "2026-01-01"), Choice(OLD, "v0")),
    ),
    Need(
        "url",
        gettext_noop("Another endpoint"),
        gettext_noop("Leave it empty: it follows from the country. Only for Amazon's sandbox, or a test server of yours."),
        optional=True,
    ),
    Need("auth_url", gettext_noop("Address for tokens"), gettext_noop("Amazon's own, unless you name another"), optional=True),
)  # fmt: skip
IDENTITY = ("seller", "marketplace", "url")
DELIVERIES = gettext_noop(
    "Amazon itself sends nothing here: its notifications go into a queue of yours. Orders are fetched every half a minute. "
    "A bridge of yours may pass notifications on to this address; it signs them."
)
STEPS = (
    Step(
        gettext_noop("Make an application"),
        gettext_noop(
            "In Seller Central choose Apps and Services, Develop Apps, then Add new app client, of the type SP API, for sellers. "
            "It stays a private draft. A first time, Amazon asks for a developer profile and takes some days."
        ),
        "https://sellercentral.amazon.com/sellingpartner/developerconsole/",
    ),
    Step(
        gettext_noop("Say what it may do"),
        gettext_noop(
            "Roles: Inventory and Order Tracking, Product Listing, and Direct-to-Consumer Shipping, without which Amazon does not "
            "say where an order goes; Buyer Communication to write to buyers, Finance and Accounting to hear of refunds."
        ),
        "https://developer-docs.amazon.com/sp-api/docs/role-mappings",
    ),
    Step(
        gettext_noop("Copy its credentials"),
        gettext_noop("In the list of Develop Apps, View under LWA credentials shows the client identifier and the client secret."),
    ),
    Step(
        gettext_noop("Authorise it"),
        gettext_noop(
            "Beside Edit App choose Authorize, then Authorize app in the line of your account: a refresh token appears. "
            "Copy it now, it is not shown again."
        ),
        "https://developer-docs.amazon.com/sp-api/docs/self-authorization",
    ),
)
TROUBLES = (
    Trouble(
        r"invalid_grant",
        gettext_noop("Amazon does not take the refresh token: it is not of this application, or the authorisation ended."),
        gettext_noop("Authorise the application again under Develop Apps, and give the new refresh token under Change access."),
    ),
    Trouble(
        r"invalid_client|unauthorized_client",
        gettext_noop("Amazon does not know this client identifier with this client secret."),
        gettext_noop("Copy both anew from View under LWA credentials; a secret that was rotated ends after a week."),
    ),
    Trouble(
        r"Amazon answered 403",
        gettext_noop("The application may not do that for this seller."),
        gettext_noop("Add the roles that are missing and authorise it again; look also whether the country and the seller ID fit."),
    ),
    Trouble(
        r"Amazon answered 40[04]",
        gettext_noop("Amazon does not know this seller in this country."),
        gettext_noop("Compare the seller ID with Your Merchant Token, and the country with where the account sells."),
    ),
)
DENIALS = {
    "refunds": Scope(
        "Finance and Accounting",
        gettext_noop("Money that was given back at Amazon is not seen here, so it may be given back twice."),
    ),
}


def check(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings as they are kept: no endpoint where it is the usual one.  Refuses: Amazon's endpoint for other countries."""
    kept, given = dict(settings), settings.get("url", "")
    here = MARKETPLACES[settings["marketplace"]]
    if given in ("", here.endpoint):
        kept.pop("url", None)
    elif (urlsplit(given).hostname or "").endswith(AMAZONS) and given != here.sandbox:
        raise Refused(
            INVALID,
            {"field": "url", "problem": gettext_noop("This endpoint is of other countries. Leave it empty: yours follows.")},
        )
    return kept


def endpoint_of(settings: Mapping[str, str]) -> str:
    """Where calls go: what was named, else what follows from the marketplace."""
    here: Marketplace | None = MARKETPLACES.get(settings["marketplace"])
    return settings.get("url") or (here.endpoint if here else "")
