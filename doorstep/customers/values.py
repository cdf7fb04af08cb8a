"""The words of customers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

EMAIL = "email"
# The name of whoever walks into a shop and gives none: kept as this word of ours, and said in each reader's own language.
WALK_IN = gettext_noop("Walk-in customer")

EMAIL_TAKEN = Refusal(
    "customer_email_taken",
    gettext_noop("%(email)s belongs to another customer."),
    gettext_noop("Open that customer, or use another e-mail address."),
)
ONE_PERSON = Refusal(
    "merged_already",
    gettext_noop("Customer %(id)s is merged into another already."),
    gettext_noop("Open the other customer, or undo the merge there."),
)
THEMSELVES = Refusal(
    "merge_with_themselves",
    gettext_noop("A customer cannot be merged with themselves."),
    gettext_noop("Choose another customer."),
)
UNDONE = Refusal(
    "merge_undone",
    gettext_noop("This merge is undone already."),
    gettext_noop("There is nothing left to do."),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a channel knows them.  `identities` are (kind, value), strongest first; the e-mail address counts as
    the last of them."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "en"
    country: str = ""
    accepts_marketing: bool = False
    identities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """What a person writes about a customer."""

    name: str
    email: str = ""
    phone: str = ""
    language: str = "en"
    country: str = ""
    accepts_marketing: bool = False


@dataclass(frozen=True, slots=True)
class CustomerRow:
    id: int
    name: str
    email: str
    phone: str
    language: str
    country: str
    accepts_marketing: bool
    note: str
    version: int
    created_at: datetime
    updated_at: datetime
    merged_into_id: int | None = None

    @property
    def shown(self) -> str:
        """What a list calls them."""
        return self.name or self.email or self.phone


@dataclass(frozen=True, slots=True)
class IdentityRow:
    id: int
    customer_id: int
    kind: str
    value: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What the matcher must know of a customer that an identity led to."""

    id: int
    name: str
    email: str
    phone: str
    country: str
    accepts_marketing: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Who each person of a batch is.

    `people` holds a token per person: the id of a customer that is here, or −1, −2, … for those to be made, whose
    first mention stands in `fresh`.  `attach` says which identities go to which token.
    """

    people: list[int]
    fresh: dict[int, Person]
    attach: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field in which two customers differ, and what stands there after a merge."""

    field: str
    keep: str | bool
    gone: str | bool
    taken: str | bool


@dataclass(frozen=True, slots=True)
class MergeRow:
    id: int
    keep_id: int
    gone_id: int
    moved: dict[str, list[int]]
    before: dict[str, str | bool]
    after: dict[str, str | bool]
    by: str
    at: datetime
    undone_at: datetime | None
