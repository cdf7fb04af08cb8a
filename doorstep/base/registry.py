"""Vendors by name. Domains and faces ask here; only `config.wiring` fills it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from doorstep.base.needs import Need, Step

Port = TypeVar("Port")
Settings = dict[str, str]


class Registry(Generic[Port]):
    """One port's vendors: a name gives a factory that takes the connection's settings.

    A factory may declare `title` (what people call the vendor), `needs` (what a person gives to connect it) and `steps` (where
    that is found).  `needs`: what those need that declare nothing.
    """

    def __init__(self, what: str, needs: tuple[Need, ...] = ()) -> None:
        self.what = what
        self._needs = needs
        self._factories: dict[str, Callable[[Settings], Port]] = {}

    def register(self, name: str, factory: Callable[[Settings], Port]) -> None:
        """Makes a vendor known under a name."""
        self._factories[name] = factory

    def get(self, name: str, settings: Settings) -> Port:
        """The vendor, ready to be called.  Raises: KeyError for a name that nobody wired."""
        return self._factories[name](settings)

    def kind(self, name: str) -> Callable[[Settings], Port]:
        """What makes the vendor, for whatever it says of itself.  Raises: KeyError for a name that nobody wired."""
        return self._factories[name]

    def names(self) -> list[str]:
        """Every wired name."""
        return sorted(self._factories)

    def title_of(self, name: str) -> str:
        """What people call a vendor; where it declares nothing, its name in words: sandbox_carrier is Sandbox carrier."""
        return str(getattr(self._factories.get(name), "title", "")) or name.replace("_", " ").capitalize()

    def needs_of(self, name: str) -> tuple[Need, ...]:
        """What is needed to reach a vendor; of a name that nobody wired, what is usual."""
        needs: tuple[Need, ...] = getattr(self._factories.get(name), "needs", self._needs)
        return needs

    def asked_of(self, name: str) -> list[Need]:
        """What a person is asked for to connect a vendor; nothing for a name that nobody wired."""
        return [need for need in self.needs_of(name) if not need.hidden] if name in self._factories else []

    def steps_of(self, name: str) -> tuple[Step, ...]:
        """Where what a person is asked for is found; nothing where it goes without saying."""
        steps: tuple[Step, ...] = getattr(self._factories.get(name), "steps", ())
        return steps


@dataclass(frozen=True, slots=True)
class VendorAccount:
    """An organisation's account with a vendor that sends webhooks."""

    id: int
    code: str
    name: str
    provider: str
    settings: Settings
    active: bool
    slug: str
    subscription_wanted_at: datetime | None
    subscribed_at: datetime | None
    heard_at: datetime | None
    problem: str
    problem_at: datetime | None

    @property
    def hooks(self) -> str:
        """failing, asked, on or off: how its webhooks are doing, at a glance."""
        if self.problem:
            return "failing"
        if self.subscription_wanted_at:
            return "asked"
        return "on" if self.subscribed_at else "off"
