"""What is kept of an order number: its rows as they stood in the file, and what became of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from doorstep.base import db
from doorstep.base.arrivals import FILE, Incoming
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal
from doorstep.flows.order_import.grouping import Layout
from doorstep.flows.order_import.values import RawGroup, ReadGroup, Reason, RowClass

TOPIC = "orders/import"
LETTERS = {
    RowClass.SALE: "S",
    RowClass.CANCELLATION: "C",
    RowClass.NOT_A_PRODUCT: "N",
    RowClass.REFUSED: "R",
}
CLASSES = {letter: found for found, letter in LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an arrival stands.  `digest` is of its raw bytes."""

    outcome: str
    digest: str
    detail: dict[str, Any]

    @property
    def is_done(self) -> bool:
        return self.outcome in ("processed", "ignored")


@dataclass(frozen=True, slots=True)
class Parcel:
    """The raw rows of one order number, ready to be kept under `key`.  `mine`: what is kept there already."""

    key: str
    body: bytes
    digest: str
    mine: Standing | None
    other: Standing | None


def body_of(raw: RawGroup, at: Layout) -> bytes:
    """The rows as they came.  Row numbers are left out: the same rows further down in a longer file are the same."""
    said = {"profile": at.profile.name, "columns": at.header, "rows": raw.cells}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def pack(ctx: Ctx, groups: Iterable[ReadGroup], at: Layout, *, connection_id: int) -> list[Parcel]:
    """Looks up what is here of these order numbers.

    An order number whose rows were refused may come again corrected; it is then kept beside the first, under the
    number and the start of its digest.  Shapes: one parcel per group, in order.
    """
    packed = []
    for group in groups:
        body = body_of(group.raw, at)
        digest = hashlib.sha256(body).hexdigest()
        packed.append((group.raw.order_id, f"{group.raw.order_id}#{digest[:12]}", body, digest))
    here = _standing(ctx, [key for line in packed for key in line[:2]], connection_id)
    parcels = []
    for plain, marked, body, digest in packed:
        first = here.get(plain)
        if first is None or first.digest == digest:
            parcels.append(Parcel(plain, body, digest, first, None))
        else:
            parcels.append(Parcel(marked, body, digest, here.get(marked), first))
    return parcels


def _standing(ctx: Ctx, keys: list[str], connection_id: int) -> dict[str, Standing]:
    found = db.dicts(
        """SELECT external_id, outcome, encode(sha256(body), 'hex') AS digest, detail FROM base_arrival
            WHERE organisation_id = %s AND connection_id = %s AND external_id = ANY(%s)
              AND source = 'file'""",
        [ctx.organisation_id, connection_id, keys],
    )
    return {line["external_id"]: Standing(line["outcome"], line["digest"], line["detail"]) for line in found}


def incoming(parcel: Parcel, raw: RawGroup, *, connection_id: int, file: str) -> Incoming:
    """The parcel as an arrival."""
    headers = {"file": file, "first_row": str(raw.numbers[0]), "last_row": str(raw.numbers[-1])}
    return Incoming(connection_id, parcel.key, TOPIC, parcel.body, headers=headers, source=FILE)


def outcome_of(group: ReadGroup) -> str:
    """Whether anything became of the rows: an order or a cancellation, only charges, or nothing."""
    found = set(group.classes)
    if found & {RowClass.SALE, RowClass.CANCELLATION}:
        return "processed"
    return "ignored" if RowClass.NOT_A_PRODUCT in found else "refused"


def detail_of(group: ReadGroup, order_id: int | None) -> dict[str, Any]:
    """What became of each row, to be read back by `restore`."""
    refused = [
        [i, reason.refusal.code, reason.refusal.says, {k: str(v) for k, v in reason.facts.items()}]
        for i, reason in enumerate(group.reasons)
        if reason is not None
    ]
    classes = "".join(LETTERS[c] for c in group.classes)
    detail: dict[str, Any] = {"classes": classes, "rows_refused": refused, "external_id": group.raw.order_id}
    if refused and outcome_of(group) == "refused":
        _, code, says, facts = refused[0]
        detail |= {"code": code, "says": says, "facts": facts, "next_step": ""}
    return detail | ({"order_id": order_id} if order_id else {})


def restore(group: ReadGroup, detail: Mapping[str, Any]) -> None:
    """Gives the rows the classes that they got when they were taken in."""
    letters = detail.get("classes", "")
    if len(letters) != len(group.classes):
        return
    group.classes = [CLASSES[letter] for letter in letters]
    group.reasons = [None] * len(group.classes)
    for i, code, says, facts in detail["rows_refused"]:
        group.reasons[i] = Reason(Refusal(code, says, status=422), facts)
