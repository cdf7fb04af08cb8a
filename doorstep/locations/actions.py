"""Writes to locations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.locations import events, postcodes, queries, rules
from doorstep.locations.values import CODE_TAKEN, LAST_LOCATION, BinDraft, Loaded, LocationDraft

_FIELDS = (
    "code", "name", "kind", "company", "lines", "postal_code", "city", "region", "country", "phone", "latitude",
    "longitude", "timezone", "serves", "fulfils_online",
)  # fmt: skip


@transaction.atomic
def create(ctx: Ctx, *, location: LocationDraft) -> int:
    """Adds a location and returns its id.  Emits: LocationCreated.  Refuses: a taken code, bad fields."""
    draft = _placed(rules.check_location(location))
    values = _values(draft)
    made = db.column(
        f"""INSERT INTO locations_location (organisation_id, active, created_at, {", ".join(_FIELDS)})
            VALUES (%s, true, %s, {", ".join(["%s"] * len(_FIELDS))})
            ON CONFLICT (organisation_id, code) DO NOTHING RETURNING id""",
        [ctx.organisation_id, ctx.now, *values.values()],
    )
    if not made:
        raise Refused(CODE_TAKEN, {"code": draft.code})
    location_id: int = made[0]
    outbox.record(ctx, [_happened(events.LOCATION_CREATED, location_id, {"code": draft.code, "name": draft.name})])
    return location_id


@transaction.atomic
def edit(ctx: Ctx, *, location_id: int, location: LocationDraft) -> None:
    """Writes a location anew.  Emits: LocationEdited, where anything differs.  Refuses: a taken code, bad fields."""
    was = queries.get(ctx, location_id=location_id)
    draft = rules.check_location(location)
    moved = (draft.country, draft.postal_code) != (was.country, was.postal_code)
    if draft.latitude is None or (moved and (draft.latitude, draft.longitude) == (was.latitude, was.longitude)):
        draft = _placed(replace(draft, latitude=None, longitude=None))
    taken = db.scalar(
        "SELECT id FROM locations_location WHERE organisation_id = %s AND code = %s AND id <> %s",
        [ctx.organisation_id, draft.code, location_id],
    )
    if taken:
        raise Refused(CODE_TAKEN, {"code": draft.code})
    after = asdict(draft) | {"lines": list(draft.lines), "serves": list(draft.serves)}
    before = {name: getattr(was, name) for name in _FIELDS if getattr(was, name) != after[name]}
    if not before:
        return
    values = _values(draft)
    db.execute(
        f"""UPDATE locations_location SET {", ".join(f"{name} = %s" for name in _FIELDS)}
             WHERE organisation_id = %s AND id = %s""",
        [*values.values(), ctx.organisation_id, location_id],
    )
    facts = {"before": before, "after": {name: after[name] for name in before}}
    outbox.record(ctx, [_happened(events.LOCATION_EDITED, location_id, facts)])


@transaction.atomic
def deactivate(ctx: Ctx, *, location_id: int) -> None:
    """Takes a location out of use: nothing is routed there any more; its stock and history stay.

    Emits: LocationDeactivated.  Refuses: the last location in use.
    """
    row = queries.get(ctx, location_id=location_id)
    db.column(
        "SELECT id FROM locations_location WHERE organisation_id = %s AND active ORDER BY id FOR UPDATE",
        [ctx.organisation_id],
    )
    if [other.id for other in queries.list_active(ctx)] == [location_id]:
        raise Refused(LAST_LOCATION, {"name": row.name})
    _set_active(ctx, location_id, False, events.LOCATION_DEACTIVATED)


@transaction.atomic
def reopen(ctx: Ctx, *, location_id: int) -> None:
    """Takes a location into use again.  Emits: LocationReopened."""
    queries.get(ctx, location_id=location_id)
    _set_active(ctx, location_id, True, events.LOCATION_REOPENED)


def _set_active(ctx: Ctx, location_id: int, active: bool, event: str) -> None:
    moved = db.execute(
        "UPDATE locations_location SET active = %s WHERE organisation_id = %s AND id = %s AND active <> %s",
        [active, ctx.organisation_id, location_id, active],
    )
    if moved:
        outbox.record(ctx, [_happened(event, location_id, {})])


@transaction.atomic
def add_bins(ctx: Ctx, *, location_id: int, bins: Sequence[BinDraft]) -> int:
    """Adds bins and returns how many were new; a bin that is here takes the position given, if any.

    Emits: BinsAdded.  Refuses: unknown location.
    """
    queries.get(ctx, location_id=location_id)
    given = {code: b.position for b in bins if (code := rules.tidy_bin(b.code))}
    behind = db.scalar(
        "SELECT coalesce(max(position), 0) FROM locations_bin WHERE organisation_id = %s AND location_id = %s",
        [ctx.organisation_id, location_id],
    )
    lines = []
    for n, code in enumerate(sorted(given, key=rules.natural_key), start=1):
        position = given[code]
        lines.append((code, behind + n if position is None else position, position is not None))
    added = db.column(
        """INSERT INTO locations_bin AS b (organisation_id, location_id, code, position)
           SELECT %s, %s, u.code, u.position FROM unnest(%s::text[], %s::int[], %s::bool[]) u(code, position, given)
            ORDER BY u.code
           ON CONFLICT (organisation_id, location_id, code) DO NOTHING RETURNING code""",
        [ctx.organisation_id, location_id, *db.columns(lines, 3)],
    )
    db.execute(
        """UPDATE locations_bin b SET position = u.position
             FROM unnest(%s::text[], %s::int[], %s::bool[]) u(code, position, given)
            WHERE b.organisation_id = %s AND b.location_id = %s AND b.code = u.code AND u.given
              AND b.position <> u.position""",
        [*db.columns(lines, 3), ctx.organisation_id, location_id],
    )
    if added:
        facts = {"count": len(added), "codes": sorted(added, key=rules.natural_key)[:20]}
        outbox.record(ctx, [_happened(events.BINS_ADDED, location_id, facts)])
    return len(added)


@transaction.atomic
def remove_bin(ctx: Ctx, *, bin_id: int) -> None:
    """Takes a bin off the map; stock keeps the code that is written with it.  Emits: BinRemoved.  Refuses: unknown id."""
    removed = db.dicts(
        "DELETE FROM locations_bin WHERE organisation_id = %s AND id = %s RETURNING location_id, code",
        [ctx.organisation_id, bin_id],
    )
    if not removed:
        raise Refused(NOT_FOUND, {"what": "bin", "key": bin_id})
    outbox.record(ctx, [_happened(events.BIN_REMOVED, removed[0]["location_id"], {"code": removed[0]["code"]})])


def load_postcodes(*, files: Sequence[Path]) -> Loaded:
    """Loads GeoNames postal code files for all organisations; loading them again changes nothing."""
    return postcodes.load(files)


def _placed(draft: LocationDraft) -> LocationDraft:
    """The draft with coordinates: those given, else those of its postal code."""
    if draft.latitude is not None:
        return draft
    found = queries.find_coordinates(country=draft.country, postal_code=draft.postal_code)
    return replace(draft, latitude=found.latitude, longitude=found.longitude) if found else draft


def _values(draft: LocationDraft) -> dict[str, object]:
    values = {name: getattr(draft, name) for name in _FIELDS}
    return values | {"lines": db.as_json(list(draft.lines)), "serves": db.as_json(list(draft.serves))}


def _happened(event: str, location_id: int, data: Mapping[str, object]) -> Happened:
    return Happened(event, f"location:{location_id}", f"location:{location_id}", data)
