"""Which role may do what, and what a key looks like."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from urllib.parse import parse_qsl, urlencode

from doorstep.accounts.values import AREAS, PERMISSIONS, UNKNOWN_CHOICE, UNSAFE_VIEW, Role, SavedView
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.base.zones import timezones

READ_ALL = frozenset(f"{area}:read" for area in AREAS if area != "settings")
GRANTS: dict[Role, frozenset[str]] = {
    Role.OWNER: frozenset(PERMISSIONS),
    Role.MANAGER: frozenset(PERMISSIONS) - {"settings:write"},
    Role.WAREHOUSE: READ_ALL | {"stock:write", "fulfilment:write", "returns:write"},
    Role.SERVICE: READ_ALL
    | {"orders:write", "payments:write", "returns:write", "inbox:write", "customers:write", "till:write"},
    Role.SHOP: frozenset({"till:read", "till:write"}),
    Role.VIEWER: READ_ALL,
}
# No 0/O, 1/l/I: people type these from a screen or a sheet of paper.
PASSWORD_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # noqa: S105
KEY = re.compile(r"ds_([0-9a-z]{1,12})_([A-Za-z0-9_-]{20,100})")
ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
LONGEST_QUERY = 1000
MOST_PARAMETERS = 30
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def permissions_of(role: str) -> frozenset[str]:
    """Everything a role may do."""
    return GRANTS[Role(role)]


def may(role: str, permission: str) -> bool:
    """Whether a role may do one thing.  Raises: ValueError for a permission that does not exist."""
    if permission not in PERMISSIONS:
        raise ValueError(f"no permission is called {permission}")
    return permission in permissions_of(role)


def require_places(role: str, location_ids: Iterable[int]) -> list[int]:
    """The locations that somebody is bound to: at least one for shop staff, none for all others.  Refuses: shop staff without."""
    places = sorted(set(location_ids)) if role == Role.SHOP else []
    if role == Role.SHOP and not places:
        raise Refused(INVALID, {"field": "locations", "problem": gettext_noop("Choose the shops where this person works.")})
    return places


def may_change_view(view: SavedView, *, user_id: int, role: str) -> bool:
    """Whether somebody may rename, share or remove a view: their own, and as an owner or a manager what is shared."""
    return view.owner_id == user_id or (view.is_shared and role in (Role.OWNER, Role.MANAGER))


def hash_of(secret: str) -> str:
    """What is kept of an API key: SHA-256 of the whole text; the secret has 256 random bits, so it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def prefix_of(secret: str) -> str | None:
    """The part of a key that finds its row; None for a text that is no key."""
    found = KEY.fullmatch(secret)
    return found[1] if found else None


def require_choice(field: str, value: str, choices: Iterable[str]) -> None:
    """Refuses a value that is not on the list."""
    allowed = list(choices)
    if value not in allowed:
        raise Refused(UNKNOWN_CHOICE, {"field": field, "value": value[:40], "choices": ", ".join(allowed)})


def require_timezone(field: str, value: str) -> None:
    """Refuses what is no time zone."""
    if value not in timezones():
        raise Refused(INVALID, {"field": field, "problem": gettext_noop("This is not a time zone.")})


def require_text(field: str, value: str, *, longest: int) -> str:
    """The text without its margins.  Refuses: nothing, too much, control characters."""
    text = value.strip()
    if not text:
        raise Refused(INVALID, {"field": field, "problem": gettext_noop("Write something here.")})
    if len(text) > longest or any(ord(c) < 32 for c in text):
        raise Refused(INVALID, {"field": field, "problem": gettext_noop("This is too long, or not plain text.")})
    return text


def require_email(field: str, value: str) -> str:
    """The address in lower case.  Refuses: what cannot be one."""
    text = value.strip().lower()
    if len(text) > 254 or not EMAIL.fullmatch(text):
        raise Refused(INVALID, {"field": field, "problem": gettext_noop("This is not an e-mail address.")})
    return text


def require_query(query: str, *, parameters: Collection[str]) -> str:
    """A list's filters as its address writes them, empty ones left out.

    Refuses: what is no query, names that are none of `parameters`, control characters, too much of anything.
    """
    if len(query) > 4 * LONGEST_QUERY:
        raise Refused(UNSAFE_VIEW)
    try:
        pairs = parse_qsl(query, strict_parsing=bool(query), keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
        kept = urlencode([(name, value) for name, value in pairs if value])
    except ValueError:
        raise Refused(UNSAFE_VIEW) from None
    strange = any(name not in parameters or any(ord(c) < 32 or c == "\ufffd" for c in value) for name, value in pairs)
    if strange or len(kept) > LONGEST_QUERY:
        raise Refused(UNSAFE_VIEW)
    return kept
