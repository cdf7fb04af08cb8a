"""The left navigation and the command palette. A screen announces itself here from its urls.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.functional import Promise

from doorstep.accounts import rules
from doorstep.accounts.values import Role, StaffMember
from doorstep.base.ctx import Ctx

Words = str | Promise
ORDER = (
    "home", "orders", "products", "stock", "fulfilment", "returns", "inbox", "customers", "channels", "till", "analytics",
    "settings",
)  # fmt: skip
AT_HAND = ("home", "orders", "returns", "inbox")  # what stands below a phone's page when not everything fits
ON_THE_FLOOR = ("home", "orders", "stock", "fulfilment")  # the same for who works in the warehouse
FITS = 5


@dataclass(frozen=True, slots=True)
class Screen:
    """One room of the navigation.

    `key` opens it after `g`. `count` says how many things there wait for a person (one indexed query, please); zero
    shows nothing. `also`: what the addresses of its pages begin with that stand elsewhere.
    """

    name: str
    label: Words
    url_name: str
    icon: str
    permission: str | None
    key: str = ""
    count: Callable[[Ctx], int] | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """Something the palette can do or open. `words` are further words that find it."""

    label: Words
    url_name: str
    icon: str
    permission: str | None
    words: Words = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that a search found."""

    label: str
    detail: str
    url: str
    icon: str


Search = Callable[[Ctx, str], Sequence[Hit]]
_screens: dict[str, Screen] = {}
_commands: dict[str, Command] = {}
_searches: dict[str, tuple[Words, str, Search]] = {}


def register(screen: Screen, *commands: Command) -> None:
    """Puts a screen into the navigation and its commands into the palette.

    Raises: KeyError for an unknown place, ValueError for a key that opens another screen.
    """
    if screen.name not in ORDER:
        raise KeyError(screen.name)
    if screen.key and any(one.key == screen.key for name, one in _screens.items() if name != screen.name):
        raise ValueError(f"g {screen.key} opens another screen")
    _screens[screen.name] = screen
    for command in commands:
        _commands[command.url_name] = command


def register_command(command: Command) -> None:
    """Puts one more command into the palette, for a page that has no screen of its own."""
    _commands[command.url_name] = command


def register_search(name: str, *, label: Words, permission: str, search: Search) -> None:
    """Adds a search to the palette: at most five hits, best first, quick enough to run at every keystroke."""
    _searches[name] = (label, permission, search)


@dataclass(frozen=True, slots=True)
class Entry:
    """A screen as the navigation shows it.  `at_hand`: below a phone's page too; the rest unfolds from there."""

    name: str
    label: Words
    url: str
    icon: str
    key: str
    count: int
    active: bool
    at_hand: bool = True


def entries(ctx: Ctx, staff: StaffMember, *, path: str) -> list[Entry]:
    """The screens this person may open, in their fixed order, with what waits in each."""
    shown = []
    for name in ORDER:
        screen = _screens.get(name)
        if screen is None or not _open(staff, screen.permission):
            continue
        url = reverse(screen.url_name)
        active = path == url if url == "/" else path.startswith((url.rstrip("/") + "/", *screen.also)) or path == url
        count = screen.count(ctx) if screen.count else 0
        shown.append(Entry(name, screen.label, url, screen.icon, screen.key, count, active))
    if len(shown) <= FITS:
        return shown
    at_hand = ON_THE_FLOOR if staff.role == Role.WAREHOUSE else AT_HAND
    first = sorted(shown, key=lambda e: e.name not in at_hand)[: FITS - 1]
    return [replace(entry, at_hand=entry in first) for entry in shown]


def commands(staff: StaffMember) -> list[tuple[Command, str]]:
    """The palette's commands that this person may use, with their addresses."""
    return [(c, reverse(c.url_name)) for c in _commands.values() if _open(staff, c.permission)]


def find(ctx: Ctx, staff: StaffMember, *, text: str) -> list[tuple[Words, list[Hit]]]:
    """What every search found, searches without a hit left out."""
    text = text.strip()[:100].replace("\x00", "")
    if not text:
        return []
    found = [(label, list(search(ctx, text))[:5]) for label, may, search in _searches.values() if _open(staff, may)]
    return [(label, hits) for label, hits in found if hits]


def _open(staff: StaffMember, permission: str | None) -> bool:
    return permission is None or rules.may(staff.role, permission)
