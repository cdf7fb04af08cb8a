"""Under which numbers and on which terms locations export: reads and writes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.locations import events, queries

_COLUMNS = "export_eori AS eori, export_signer AS signer, export_incoterm AS incoterm"


@dataclass(frozen=True, slots=True)
class ExportRow:
    """What a location says: its EORI number, who signs for customs, who pays the duties; "" is as the brand says."""

    id: int
    eori: str
    signer: str
    incoterm: str


def exports(ctx: Ctx) -> dict[int, ExportRow]:
    """What every location says, by location."""
    rows = db.rows(
        ExportRow, f"SELECT id, {_COLUMNS} FROM locations_location WHERE organisation_id = %s ORDER BY id", [ctx.organisation_id]
    )
    return {row.id: row for row in rows}


def export_of(ctx: Ctx, *, location_id: int) -> ExportRow:
    """What one location says.  Refuses: unknown ids."""
    queries.get(ctx, location_id=location_id)
    return exports(ctx)[location_id]


@transaction.atomic
def set_export(ctx: Ctx, *, location_id: int, eori: str, signer: str, incoterm: str) -> bool:
    """Says under which number a location exports; numbers and terms are checked by who knows them.

    Returns: whether anything changed.  Emits: LocationExportSet.  Refuses: unknown ids.
    """
    queries.get(ctx, location_id=location_id)
    changed = db.execute(
        """UPDATE locations_location SET export_eori = %s, export_signer = %s, export_incoterm = %s
            WHERE organisation_id = %s AND id = %s AND (export_eori, export_signer, export_incoterm) <> (%s, %s, %s)""",
        [eori, signer[:80], incoterm, ctx.organisation_id, location_id, eori, signer[:80], incoterm],
    )
    if changed:
        subject, facts = f"location:{location_id}", {"eori": eori, "signer": signer[:80], "incoterm": incoterm}
        outbox.record(ctx, [Happened(events.LOCATION_EXPORT_SET, subject, subject, facts)])
    return bool(changed)
