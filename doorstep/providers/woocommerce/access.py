"""What lets us into a WooCommerce shop: what a person gives, where it is found, and what keeps us out. Pure.

Source: https://woocommerce.com/document/woocommerce-rest-api/ (permalinks, keys) and
https://woocommerce.github.io/woocommerce-rest-api-docs/#errors
"""

from __future__ import annotations

from doorstep.base.needs import Need, Step
from doorstep.base.words import gettext_noop
from doorstep.channels.port.needs import Trouble

KEYS_IN_QUERY = "keys_in_query"  # a setting: the host takes the header with the keys off
NEEDS = (
    Need(
        "url",
        gettext_noop("Address of the shop"),
        gettext_noop("As it stands in WordPress under Settings, General, Site Address, such as https://shop.example.com"),
    ),
    Need("client_id", gettext_noop("Consumer key"), gettext_noop("It begins with ck_.")),
    Need("client_secret", gettext_noop("Consumer secret"), gettext_noop("It begins with cs_."), secret=True),
    Need(KEYS_IN_QUERY, "", optional=True, hidden=True),
)
DELIVERIES = gettext_noop(
    "The shop sends here and signs what it says; only the greeting of a new webhook is not signed, and does nothing."
)
STEPS = (
    Step(
        gettext_noop("Look at the address"),
        gettext_noop(
            "The shop must be on https. In WordPress under Settings, Permalinks, anything but Plain must be chosen: "
            "without that its API has no address."
        ),
    ),
    Step(
        gettext_noop("Make a key"),
        gettext_noop(
            "In WooCommerce under Settings, Advanced, REST API choose Add key. Take a user who may manage the shop, "
            "and the permissions Read/Write."
        ),
        "https://woocommerce.com/document/woocommerce-rest-api/",
    ),
    Step(
        gettext_noop("Copy it"),
        gettext_noop("Generate API key shows the consumer key and the consumer secret once. Put them in below."),
    ),
)
_AGAIN = gettext_noop("Make a key under WooCommerce, Settings, Advanced, REST API, and give it under Change access.")
TROUBLES = (
    Trouble(
        r"must begin with https",
        gettext_noop("The address of the shop is not https, so its keys could be read on the way."),
        gettext_noop("Give the https address under Change access; most hosts give a certificate for nothing."),
    ),
    Trouble(
        r"write permissions|answered 403",
        gettext_noop("The key may only read, or its user may not manage the shop."),
        gettext_noop("Make another one with Read/Write, for an administrator or a shop manager, and give it under Change access."),
    ),
    Trouble(r"answered 401", gettext_noop("The shop does not know this key and secret."), _AGAIN),
    Trouble(
        r"answered 3\d\d",
        gettext_noop("This address only leads on to another one."),
        gettext_noop("Give the one that it leads to under Change access: with www or without, and https."),
    ),
    Trouble(
        r"answered 404|is no JSON|no list of objects",
        gettext_noop("There is no WooCommerce API at this address."),
        gettext_noop("Under Settings, Permalinks choose anything but Plain, and look whether WooCommerce is active."),
    ),
)
