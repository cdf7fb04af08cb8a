"""Kinds of shops: what tells one from another, how a person is let in, and what keeps us out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from doorstep.base import outward
from doorstep.base.words import gettext_noop
from doorstep.channels import rules
from doorstep.channels.port import SignInPort, shops
from doorstep.channels.port.needs import Scope, Trouble

SIGNED = gettext_noop("The shop sends here; every delivery is signed.")
# What is told of every kind of shop, by what the HTTP library calls it.
_TROUBLES = (
    Trouble(
        r"CERTIFICATE_VERIFY_FAILED",
        gettext_noop("The certificate of this address is not valid, so nothing secret is sent there."),
        gettext_noop("Renew it at the host of the shop, or correct the address."),
    ),
    Trouble(
        r"^(ConnectError|UnsupportedProtocol|InvalidURL)",
        gettext_noop("Nobody answers at this address."),
        gettext_noop("Look whether the address is right and the shop is online."),
    ),
    Trouble(
        r"^\w*Timeout",
        gettext_noop("The shop did not answer in time."),
        gettext_noop("Look whether it opens in a browser; it is tried again by itself."),
    ),
    Trouble(
        r"\b(answered|error '|Client error ')(401|403)\b",
        gettext_noop("The shop does not take what it was given to let us in."),
        gettext_noop("Give it anew under Change access."),
    ),
    Trouble(
        r"\b(answered |Server error ')5\d\d\b",
        gettext_noop("The shop itself is in trouble."),
        gettext_noop("Look whether it opens in a browser; it is tried again by itself."),
    ),
)
# What a shop may not let us do while all else goes on.
REFUNDS, RETURNS = "refunds", "returns"
_DENIALS = {
    REFUNDS: Scope("refunds", gettext_noop("Money that was given back there is not seen here.")),
    RETURNS: Scope("returns", gettext_noop("Returns that are decided there are not followed here.")),
}


def sign_in_of(provider: str) -> SignInPort | None:
    """How a person signs in at a shop of this kind, where that can be done; None for a provider that nobody wired."""
    found: SignInPort | None = getattr(shops.kind(provider), "sign_in", None) if provider in shops.names() else None
    return found


def check(provider: str, given: Mapping[str, str]) -> dict[str, str]:
    """What a person gave, as it is kept.  Refuses: what is missing or bad, and what does not go together."""
    found = outward.checked(rules.check_settings(given, needs=shops.needs_of(provider)))
    own: Callable[[Mapping[str, str]], dict[str, str]] | None = getattr(shops.kind(provider), "check", None)
    return own(found) if own else found


def trouble_of(provider: str, problem: str) -> Trouble | None:
    """What keeps us out of a shop of this kind, in words, by the problem that was noted; None where nobody knows more."""
    known: tuple[Trouble, ...] = getattr(shops.kind(provider), "troubles", ()) if provider in shops.names() else ()
    return next((one for one in (*known, *_TROUBLES) if problem and re.search(one.sign, problem)), None)


def denied_of(provider: str, denied: Iterable[str]) -> list[Scope]:
    """What a shop does not let us do, in the words of its kind where it has some."""
    own: Mapping[str, Scope] = getattr(shops.kind(provider), "denials", {}) if provider in shops.names() else {}
    return [own.get(what) or _DENIALS[what] for what in sorted(denied) if what in own or what in _DENIALS]


def deliveries_of(provider: str) -> str:
    """How what a shop of this kind sends comes to us, and what vouches for it."""
    return str(getattr(shops.kind(provider), "deliveries", SIGNED)) if provider in shops.names() else ""


def identity_of(provider: str, settings: Mapping[str, str]) -> tuple[str, ...]:
    """What tells one shop of this kind from another: two connections of one shop would each tell it their own numbers."""
    names: tuple[str, ...] = getattr(shops.kind(provider), "identity", ("url",))
    return tuple(settings.get(name, "") for name in names)


def is_other(provider: str, was: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Whether settings name another shop than these did; how an address is written makes no other of it."""
    return [_plain(part) for part in identity_of(provider, was)] != [_plain(part) for part in identity_of(provider, given)]


def _plain(part: str) -> str:
    """An address without its scheme, a www and its last slash; whatever is none stays."""
    if "://" not in part:
        return part
    url = urlsplit(part)
    return url.netloc.lower().removeprefix("www.") + url.path.rstrip("/")
