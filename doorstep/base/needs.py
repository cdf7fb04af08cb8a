"""What a person gives to connect a vendor, and where it is found. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from doorstep.base import addresses
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a need may have.  `country`: it is called as that is; else by its `label`."""

    value: str
    label: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a person gives to connect a vendor.  `name`: of the setting; a secret is never shown again.

    `hidden`: nobody is asked for it; it comes by another way.  `choices`: all that it may be; none where it may be anything.
    """

    name: str
    label: str
    help: str = ""
    secret: bool = False
    optional: bool = False
    hidden: bool = False
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Where something that a person gives is found.  `url`: the page of the vendor's, where it is the same for everybody."""

    title: str
    says: str
    url: str = ""

    @property
    def site(self) -> str:
        """Whose page it is."""
        return urlsplit(self.url).hostname or ""


URL = Need("url", gettext_noop("Address"), gettext_noop("Such as https://api.example.com"))
TOKEN = Need("token", gettext_noop("Token"), secret=True, optional=True)
NO_URL = gettext_noop("This is not an address such as https://api.example.com.")


def check(given: Mapping[str, str], *, needs: Sequence[Need], no_url: str = NO_URL) -> dict[str, str]:
    """What a vendor needs, without margins; other settings are left out.  `no_url`: what is said of an address that is none.

    Refuses: what is missing, what is too long or not plain text, bad addresses, what is not among its choices.
    """
    found = {}
    for need in needs:
        text = given.get(need.name, "").strip()
        if not text and not need.optional:
            raise Refused(INVALID, {"field": need.name, "problem": gettext_noop("Write something here.")})
        if text and need.choices and text not in {one.value for one in need.choices}:
            raise Refused(INVALID, {"field": need.name, "problem": gettext_noop("Choose one of those offered.")})
        if len(text) > LONGEST or not text.isprintable():
            raise Refused(INVALID, {"field": need.name, "problem": gettext_noop("This is too long, or not plain text.")})
        if text:
            found[need.name] = addresses.check_url(text, problem=no_url) if need.name == "url" else text
    return found
