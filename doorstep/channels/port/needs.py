"""What is needed to be let into a shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from doorstep.base.needs import Need
from doorstep.base.words import gettext_noop

URL = Need("url", gettext_noop("Address of the shop"), gettext_noop("Such as https://shop.example.com"))


@dataclass(frozen=True, slots=True)
class Scope:
    """Something that an app may be allowed in a shop.  `without`: what does not work while it is not, in a sentence."""

    name: str
    without: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps us out of a shop, in words, and what to do.  `sign`: a pattern for the problem as it was noted."""

    sign: str
    says: str
    next_step: str


@runtime_checkable
class TriesAccess(Protocol):
    """What a shop can do besides whose introduction alone would not tell whether it lets us in."""

    def try_access(self) -> None:
        """Reads something small with what was given to connect it.  Raises, Refuses: as calls of `ShopPort`."""


class SignInPort(Protocol):
    """How a shop lets us in because a person signs in there, or because it knows our app: nobody carries a token.

    A kind of shop that can has one as `sign_in`.  `settings` are those of a connection, as far as they are known.
    """

    needs: tuple[Need, ...]
    scopes: tuple[Scope, ...]

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """What a person gave, as it is kept.  Refuses: what is no shop of this kind."""

    def page_of(self, settings: Mapping[str, str], *, back_url: str, state: str) -> str:
        """The page of the shop on which a person lets us in; it sends them back with `state`."""

    def redeem(self, settings: Mapping[str, str], *, query: str, state: str, now: datetime) -> dict[str, str]:
        """Settings with a token, for what the shop sent a person back with.

        Raises: httpx errors.  Refuses: what the shop did not send, another shop, and what the shop refuses.
        """

    def ask(self, settings: Mapping[str, str], *, now: datetime) -> dict[str, str]:
        """Settings with a token, for an app that is installed in the shop.  Raises, Refuses: as `redeem`."""

    def lacks(self, settings: Mapping[str, str]) -> list[Scope]:
        """What the shop did not allow; nothing where it is not known."""
