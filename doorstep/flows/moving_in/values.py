"""The words of moving in: what a file can hold, which columns are asked for, and what becomes of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 200_000
TOPIC = "moving_in.file"
VERB = "moving_in"
TASK = "moving_in"

UNREADABLE = Refusal(
    "file_unreadable",
    gettext_noop("%(name)s is neither a CSV nor an XLSX file that can be read."),
    gettext_noop("Save it as CSV (UTF-8) or XLSX and send it again."),
    status=422,
)
TOO_BIG = Refusal(
    "file_too_big",
    gettext_noop("%(name)s is larger than 20 MB or has more than 200,000 rows."),
    gettext_noop("Split it into several files."),
    status=422,
)
TOO_SPREAD = Refusal(
    "file_too_big",
    gettext_noop("%(name)s spans more than 20 million cells or unpacks to more than 1 GB."),
    gettext_noop("Delete stray cells far from the data, or save it as CSV."),
    status=422,
)
NO_ROWS = Refusal(
    "file_empty",
    gettext_noop("%(name)s has no rows below its first one."),
    gettext_noop("The first row names the columns; the data begins in the second."),
    status=422,
)
NOT_MAPPED = Refusal(
    "column_missing",
    gettext_noop("No column is chosen for %(field)s."),
    gettext_noop("Choose one, then check again."),
    status=422,
)


class Kind(StrEnum):
    PRODUCTS = "products"
    BUNDLES = "bundles"
    STOCK = "stock"
    CUSTOMERS = "customers"
    BINS = "bins"


@dataclass(frozen=True, slots=True)
class Column:
    """One thing we ask of a file.  `heads` are names that brands give it, folded, in Korean and English."""

    name: str
    label: str
    heads: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A file as read: column names and rows of text, all of the same width."""

    heads: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person chose: which file, what it is, which column is what, and what holds for all rows."""

    arrival_id: int
    kind: Kind
    mapping: dict[str, int]
    currency: str = "USD"
    country: str = ""
    location_id: int = 0
    update: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The wish as a bulk job keeps it."""
        return {
            "arrival_id": self.arrival_id, "kind": self.kind.value, "mapping": self.mapping, "currency": self.currency,
            "country": self.country, "location_id": self.location_id, "update": self.update,
        }  # fmt: skip


def wish_of(kept: Mapping[str, Any]) -> Wish:
    """A wish as it was kept."""
    return Wish(
        kept["arrival_id"], Kind(kept["kind"]), dict(kept["mapping"]), kept["currency"], kept["country"],
        kept["location_id"], kept["update"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be taken: a sentence with %(facts)s, to be translated when it is shown."""

    says: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """One row as read.  `number` is its line in the file, the heads being line 1.  `item` is a domain's own draft."""

    number: int
    item: Any
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be taken."""

    number: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class Check:
    """What a run would do."""

    total: int
    fresh: int
    known: int
    refused: int
    examples: list[tuple[Bad, list[str]]]
