"""Roles, permissions and the frozen rows of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from doorstep.accounts import colours
from doorstep.accounts.colours import Readable
from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    WAREHOUSE = "warehouse"
    SERVICE = "service"
    SHOP = "shop"  # at the tills of certain shops, and nowhere else
    VIEWER = "viewer"


AREAS = (
    "orders", "payments", "catalog", "stock", "fulfilment", "returns", "inbox", "customers", "channels", "till", "settings",
)  # fmt: skip
PERMISSIONS = (*(f"{area}:{what}" for area in AREAS for what in ("read", "write")), "stock:approve")

BAD_KEY = Refusal(
    "bad_api_key",
    gettext_noop("This API key is unknown or revoked."),
    gettext_noop("Make a key under Settings, API keys."),
    status=401,
)
EMAIL_TAKEN = Refusal(
    "email_taken",
    gettext_noop("%(email)s is on the staff already."),
    gettext_noop("Change that person's role instead."),
)
LAST_OWNER = Refusal(
    "last_owner",
    gettext_noop("An organisation needs at least one owner."),
    gettext_noop("Make somebody else an owner first."),
)


NOT_FINISHED = Refusal(
    "bulk_job_over", gettext_noop("This bulk action is over already."), gettext_noop("Start a new one.")
)
UNKNOWN_CHOICE = Refusal(
    "unknown_choice",
    gettext_noop("%(field)s cannot be %(value)s."),
    gettext_noop("Choose one of: %(choices)s."),
    status=422,
)
WRONG_PASSWORD = Refusal(
    "wrong_password",
    gettext_noop("That is not your current password."),
    gettext_noop("Type the password you signed in with."),
    status=422,
)
VIEW_TAKEN = Refusal(
    "view_name_taken",
    gettext_noop("You have a view called “%(name)s” on this list already."),
    gettext_noop("Choose another name, or remove the other view first."),
)
UNSAFE_VIEW = Refusal(
    "unsafe_view",
    gettext_noop("These filters cannot be kept as a view."),
    gettext_noop("Set the filters on the list itself, then save them."),
    status=422,
)
TOO_MANY_VIEWS = Refusal(
    "too_many_views",
    gettext_noop("You have %(most)s views on this list already."),
    gettext_noop("Remove one that you no longer need."),
)
LANGUAGES = ("en", "ko")
THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Organisation:
    id: int
    name: str
    slug: str
    default_currency: str
    default_language: str
    timezone: str
    accent: str
    support_email: str
    is_demo: bool

    @property
    def readable(self) -> Readable:
        """The brand's colour as customers can read it."""
        return colours.readable(self.accent)


MOST_LOGO_BYTES = 2 * 1024 * 1024
BAD_LOGO = Refusal(
    "bad_logo",
    gettext_noop("This file is not a picture that can be a logo."),
    gettext_noop("Send a PNG, JPEG or WebP file of at most 2 MB. SVG files can hold programs and are not taken."),
    status=422,
)


@dataclass(frozen=True, slots=True)
class NewLogo:
    """A logo as it is kept: PNG."""

    content: bytes
    digest: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Logo:
    """`digest`: of its bytes, by which it is asked for, so that browsers may keep it."""

    digest: str
    width: int
    height: int

    @property
    def shown(self) -> tuple[int, int]:
        """How wide and tall it is shown, in pixels of a page."""
        scale = min(1.0, 200 / self.width, 36 / self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


@dataclass(frozen=True, slots=True)
class PageWords:
    """What a brand says on the page of an order: a message above, how it helps, and where its policy of returns stands."""

    language: str
    message: str = ""
    help: str = ""
    returns_url: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class StaffMember:
    id: int
    organisation_id: int
    user_id: int
    email: str
    name: str
    role: str
    language: str
    theme: str
    added_at: datetime
    location_ids: Sequence[int] = ()

    @property
    def is_bound(self) -> bool:
        """Whether this person works at certain locations only."""
        return self.role == Role.SHOP

    def works_at(self, location_id: int) -> bool:
        """Whether a location is one of theirs."""
        return not self.is_bound or location_id in self.location_ids

    @property
    def called(self) -> str:
        return self.name or self.email


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A person just added. `password` is shown once; None for somebody who signs in already."""

    member: StaffMember
    password: str | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: int
    organisation_id: int
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `secret` is shown once and kept nowhere."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class SavedView:
    """`query` is what follows the question mark of the list's address."""

    id: int
    listing: str
    owner_id: int
    owner_name: str
    name: str
    query: str
    is_shared: bool


@dataclass(frozen=True, slots=True)
class BulkFailure:
    """A line of a report.  `line` has `key`, `problem`, `facts` and what else the verb told."""

    id: int
    line: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BulkJob:
    """Units: `total`, `done` and `failed` in rows; `idle` are those of the done ones that had nothing left to do."""

    id: int
    verb: str
    state: str
    arguments: dict[str, Any]
    total: int
    done: int
    failed: int
    idle: int
    started_by: str = ""
    created_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed")

    @property
    def left(self) -> int:
        """Rows that nobody tried yet."""
        return self.total - self.done - self.failed

    @property
    def percent(self) -> int:
        """Units: whole percent of the rows that were tried, failed ones included."""
        return 100 * (self.done + self.failed) // self.total if self.total else 100
