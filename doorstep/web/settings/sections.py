"""The rooms of Settings. A colleague's section announces itself here from its urls.py."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import rules
from doorstep.accounts.values import StaffMember

Words = str | Promise
GROUPS: dict[str, Words] = {
    "you": _("You"),
    "organisation": _("Organisation"),
    "floor": _("Warehouse"),
    "connect": _("Connect"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One page of Settings and the sentence that says what it is for."""

    name: str
    label: Words
    says: Words
    url_name: str
    icon: str
    group: str
    permission: str | None = "settings:read"


@dataclass(frozen=True, slots=True)
class Shown:
    """A section as the sub-navigation shows it.  `current`: what aria-current says, page, or true on a page below it."""

    section: Section
    url: str
    current: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Sections under one heading."""

    label: Words
    sections: list[Shown]


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Adds a section to the sub-navigation.  Raises: KeyError for an unknown group."""
    if section.group not in GROUPS:
        raise KeyError(section.group)
    _sections[section.name] = section


def grouped(staff: StaffMember, *, path: str = "") -> list[Group]:
    """The sections this person may open, under their headings, with addresses; the one that a path is in or below is marked."""
    open_ = [(s, reverse(s.url_name)) for s in _sections.values() if s.permission is None or rules.may(staff.role, s.permission)]
    at = max((url for _, url in open_ if path.startswith(url)), key=len, default="")
    groups = []
    for key, label in GROUPS.items():
        mine = [Shown(s, url, "" if url != at else "page" if url == path else "true") for s, url in open_ if s.group == key]
        if mine:
            groups.append(Group(label, mine))
    return groups
