"""The carriers' own files of labels: wished for once a label is bought, fetched again until they come, kept as they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db, jobs, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.shipping import events, locks, queries
from doorstep.shipping.port import Declined, LabelFile, abilities_of, carriers
from doorstep.shipping.values import FILES, NO_LABEL, FileState, LabelRow, LabelState

LANGUAGES = ("pdf", "zpl")
MOST_TRIES = 24
GRACE = timedelta(seconds=20)  # how long its first job has
LONGEST_S = 900
_COLUMNS = """f.id, f.label_id, f.language, f.state, COALESCE(length(f.data), 0) AS size, f.problem, f.wanted_at, f.wanted_by,
              f.asked_times, f.ask_at, f.settled_at"""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file without its bytes.  Units: `size` in bytes.  `ask_at`: when it is asked for next; None: that is over."""

    id: int
    label_id: int
    language: str
    state: str
    size: int
    problem: str
    wanted_at: datetime
    wanted_by: str
    asked_times: int
    ask_at: datetime | None
    settled_at: datetime | None


def wait_s(tries: int) -> int:
    """How long after so many failed tries the next one comes: twice as long each time, a quarter of an hour at most."""
    return min(1 << min(tries, 12), LONGEST_S)


def is_drawn_by(ctx: Ctx, *, label: LabelRow) -> bool:
    """Whether a parcel with this label must bear the carrier's own file; one whose number was typed bears another's paper."""
    provider = queries.get_carrier(ctx, carrier_id=label.carrier_id).provider
    return bool(label.vendor_id) and provider in carriers.names() and abilities_of(provider).draws_labels


def files_of(ctx: Ctx, *, label_ids: Sequence[int]) -> list[FileRow]:
    """The files of labels, by label, the one that came with it first."""
    return db.rows(
        FileRow,
        f"""SELECT {_COLUMNS} FROM shipping_labelfile f WHERE f.organisation_id = %s AND f.label_id = ANY(%s)
             ORDER BY f.label_id, f.id""",
        [ctx.organisation_id, list(label_ids)],
    )


def find(ctx: Ctx, *, label_id: int, language: str) -> FileRow | None:
    """The file of a label in a language, wished for or here."""
    return next((row for row in files_of(ctx, label_ids=[label_id]) if row.language == language), None)


def get(ctx: Ctx, *, file_id: int) -> FileRow:
    """One file.  Refuses: unknown ids."""
    sql = f"SELECT {_COLUMNS} FROM shipping_labelfile f WHERE f.organisation_id = %s AND f.id = %s"
    found = db.one(FileRow, sql, [ctx.organisation_id, file_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": gettext_noop("label"), "key": file_id})
    return found


def data_of(ctx: Ctx, *, file_id: int) -> bytes:
    """The bytes as the carrier gave them.  Refuses: unknown ids, files that are not here."""
    found = db.scalar("SELECT data FROM shipping_labelfile WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, file_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": gettext_noop("label"), "key": file_id})
    return bytes(found)


def labels_of_orders(ctx: Ctx, *, order_ids: Sequence[int]) -> list[int]:
    """The labels of orders' parcels, both ways, those given back too."""
    return db.column(
        """SELECT l.id FROM shipping_label l
             JOIN shipping_parcel p ON p.organisation_id = l.organisation_id AND p.id = l.parcel_id
            WHERE l.organisation_id = %s AND p.order_id = ANY(%s) ORDER BY l.id""",
        [ctx.organisation_id, list(order_ids)],
    )


def want_own(ctx: Ctx, *, label_id: int) -> None:
    """Wishes for the file of a label that was just bought, where its carrier draws its labels."""
    label = queries.get_label(ctx, label_id=label_id)
    if is_drawn_by(ctx, label=label):
        want(ctx, label_id=label_id, language=label.paper or "pdf", by="")


@transaction.atomic
def want(ctx: Ctx, *, label_id: int, language: str, by: str) -> int:
    """Wishes for a bought label's file in a language; one that failed is wished for anew, one that is here stays.

    `by`: who wants it, "" for the purchase itself.  A job fetches it.  Returns: its id.
    Refuses: labels that are not bought (`NO_LABEL`), other languages.
    """
    label = queries.get_label(ctx, label_id=label_id)
    if label.state != LabelState.BOUGHT or not is_drawn_by(ctx, label=label):
        raise Refused(NO_LABEL, {"parcel": label.parcel_id})
    if language not in LANGUAGES:
        raise Refused(INVALID, {"field": "language", "problem": gettext_noop("It is pdf or zpl.")})
    made = db.column(
        """INSERT INTO shipping_labelfile (organisation_id, label_id, language, state, wanted_at, wanted_by, ask_at)
           VALUES (%s, %s, %s, 'wanted', %s, %s, %s)
           ON CONFLICT (organisation_id, label_id, language) DO UPDATE
              SET state = 'wanted', problem = '', asked_times = 0, ask_at = excluded.ask_at, wanted_at = excluded.wanted_at,
                  wanted_by = excluded.wanted_by, settled_at = NULL
            WHERE shipping_labelfile.state = ANY(%s)
           RETURNING id""",
        [
            ctx.organisation_id, label_id, language, ctx.now, by[:120], ctx.now + GRACE,
            FILES.sources(FileState.WANTED),
        ],
    )  # fmt: skip
    for id in made:
        ask_for(ctx.organisation_id, id)
    known = find(ctx, label_id=label_id, language=language)
    return known.id if known else 0


def ask_for(organisation_id: int, file_id: int, *, again: bool = False) -> None:
    """Defers fetching one file; runs for one file never overlap.  `again`: by a timer."""
    defer = jobs.defer_again if again else jobs.defer
    arguments = {"organisation_id": organisation_id, "file_id": file_id}
    defer("fetch_label_file", arguments=arguments, lock=f"label_file:{file_id}")


@transaction.atomic
def settle(ctx: Ctx, *, file_id: int, answer: LabelFile | Declined | None, problem: str = "") -> bool:
    """Notes what came: the file, the carrier's no, or nothing this time (None), after which it is asked for again.

    False: somebody settled it before.  Locks: the parcel, then the file.
    Emits: LabelFileKept, or LabelFileFailed once it is not asked for any more.
    """
    row = get(ctx, file_id=file_id)
    label = queries.get_label(ctx, label_id=row.label_id)
    parcel = locks.parcels(ctx, [label.parcel_id])[label.parcel_id]
    tries = row.asked_times + 1
    is_over = isinstance(answer, Declined) or tries >= MOST_TRIES
    to = FileState.KEPT if isinstance(answer, LabelFile) else FileState.FAILED if is_over else FileState.WANTED
    said = answer.reason if isinstance(answer, Declined) else "" if isinstance(answer, LabelFile) else problem
    changed = db.execute(
        """UPDATE shipping_labelfile SET state = %s, data = %s, problem = %s, asked_times = %s, ask_at = %s::timestamptz,
                  settled_at = %s::timestamptz
            WHERE organisation_id = %s AND id = %s AND state = 'wanted'""",
        [
            to.value, answer.data if isinstance(answer, LabelFile) else None, said[:500], tries,
            ctx.now + timedelta(seconds=wait_s(tries)) if to is FileState.WANTED else None,
            None if to is FileState.WANTED else ctx.now, ctx.organisation_id, file_id,
        ],
    )  # fmt: skip
    if changed and to is not FileState.WANTED:
        kind = events.LABEL_FILE_KEPT if to is FileState.KEPT else events.LABEL_FILE_FAILED
        data = {"label_id": label.id, "language": row.language, "wanted_by": row.wanted_by, "problem": said[:200]}
        db.execute(
            "UPDATE shipping_parcel SET updated_at = %s WHERE organisation_id = %s AND id = %s",
            [ctx.now, ctx.organisation_id, parcel.id],
        )
        outbox.record(ctx, [Happened(kind, f"parcel:{parcel.id}", f"order:{parcel.order_id}", data)])
    return bool(changed)


@transaction.atomic
def erase(ctx: Ctx, *, label_ids: Sequence[int]) -> None:
    """Erases the files of labels, and ends what is still awaited of them."""
    db.execute(
        """UPDATE shipping_labelfile SET state = 'erased', data = NULL, ask_at = NULL, settled_at = COALESCE(settled_at, %s)
            WHERE organisation_id = %s AND label_id = ANY(%s) AND state = ANY(%s)""",
        [ctx.now, ctx.organisation_id, list(label_ids), FILES.sources(FileState.ERASED)],
    )


def find_unfetched(*, now: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Files that are due to be asked for, of every organisation, oldest first.  Shapes: (organisation id, file id)."""
    found = db.dicts(
        "SELECT organisation_id, id FROM shipping_labelfile WHERE state = 'wanted' AND ask_at <= %s ORDER BY ask_at LIMIT %s",
        [now, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]
