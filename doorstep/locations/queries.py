"""Reads of locations, their bins, and where a postal code lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.locations import rules
from doorstep.locations.centroids import CENTROIDS
from doorstep.locations.values import BinRow, Coordinates, FloorPlan, LocationRow, Precision

_LOCATION = """
SELECT l.id, l.code, l.name, l.kind, l.company, l.lines, l.postal_code, l.city, l.region, l.country, l.phone, l.latitude,
       l.longitude, l.timezone, l.serves, l.fulfils_online, l.active
  FROM locations_location l
"""


def list_locations(ctx: Ctx) -> list[LocationRow]:
    """Every location, those in use first, then by code."""
    return locations_later(ctx)()


def locations_later(ctx: Ctx) -> Callable[[], list[LocationRow]]:
    """The same, to be come for later (`db.later`)."""
    sql = _LOCATION + " WHERE l.organisation_id = %s ORDER BY l.active DESC, l.code"
    return db.later(LocationRow, sql, [ctx.organisation_id])


def count_bins(ctx: Ctx) -> dict[int, int]:
    """How many bins each location has that has any."""
    found = db.dicts(
        "SELECT location_id, count(*) AS bins FROM locations_bin WHERE organisation_id = %s GROUP BY 1", [ctx.organisation_id]
    )
    return {row["location_id"]: row["bins"] for row in found}


def list_active(ctx: Ctx) -> list[LocationRow]:
    """The locations in use, by code."""
    return [row for row in list_locations(ctx) if row.active]


def get(ctx: Ctx, *, location_id: int) -> LocationRow:
    """One location.  Refuses: unknown id."""
    found = db.one(
        LocationRow, _LOCATION + " WHERE l.organisation_id = %s AND l.id = %s", [ctx.organisation_id, location_id]
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "location", "key": location_id})
    return found


def bins(ctx: Ctx, *, location_id: int) -> list[BinRow]:
    """The bins of a location in the order in which pickers walk."""
    return db.rows(
        BinRow,
        """SELECT id, location_id, code, position, aisle, along_mm, side, level, zone FROM locations_bin
            WHERE organisation_id = %s AND location_id = %s ORDER BY position, code""",
        [ctx.organisation_id, location_id],
    )


def floor_plans(ctx: Ctx, *, location_ids: Sequence[int]) -> dict[int, FloorPlan]:
    """The floor plans of those of these locations that have one."""
    found = db.dicts(
        """SELECT location_id, aisles, length_mm, apart_mm, depot_aisle, depot_at_back, pattern, bay_mm, odd_even
             FROM locations_floorplan WHERE organisation_id = %s AND location_id = ANY(%s)""",
        [ctx.organisation_id, list(location_ids)],
    )
    return {row.pop("location_id"): FloorPlan(**row) for row in found}


def find_floor_plan(ctx: Ctx, *, location_id: int) -> FloorPlan | None:
    """The floor plan of a location, or None."""
    return floor_plans(ctx, location_ids=[location_id]).get(location_id)


def places_of(ctx: Ctx, *, location_id: int, codes: Sequence[str]) -> dict[str, BinRow]:
    """The bins of these codes that a location has, by code."""
    found = db.rows(
        BinRow,
        """SELECT id, location_id, code, position, aisle, along_mm, side, level, zone FROM locations_bin
            WHERE organisation_id = %s AND location_id = %s AND code = ANY(%s)""",
        [ctx.organisation_id, location_id, list(codes)],
    )
    return {row.code: row for row in found}


def bin_codes(ctx: Ctx) -> dict[int, set[str]]:
    """The bin codes of each location that has bins."""
    found: dict[int, set[str]] = {}
    for row in db.dicts(
        "SELECT location_id, code FROM locations_bin WHERE organisation_id = %s", [ctx.organisation_id]
    ):
        found.setdefault(row["location_id"], set()).add(row["code"])
    return found


def find_coordinates(*, country: str, postal_code: str) -> Coordinates | None:
    """Where a postal code lies: exactly, else the area that shares its beginning, else the middle of the country."""
    return find_many(places=[(country, postal_code)])[0]


def find_many(*, places: Sequence[tuple[str, str]]) -> list[Coordinates | None]:
    """Where postal codes lie.  Shapes: one answer per (country, postal code), in order, from two statements at most."""
    exact = [
        (n, rank, country, code, code)
        for n, (country, postal_code) in enumerate(places)
        for rank, code in enumerate(rules.postal_candidates(country, postal_code))
    ]
    found = _best(exact, Precision.POSTCODE)
    around = [
        (n, rank, country, prefix, prefix + "~")
        for n, (country, postal_code) in enumerate(places)
        if n not in found
        for rank, prefix in enumerate(rules.postal_prefixes(postal_code))
    ]
    found |= _best(around, Precision.AREA)
    return [found.get(n) or _centroid(country) for n, (country, _) in enumerate(places)]


def _best(ranges: Sequence[tuple[int, int, str, str, str]], precision: Precision) -> dict[int, Coordinates]:
    """Per place, the middle of the first range in which anything lies.  Codes are ASCII, so "~" ends a range."""
    if not ranges:
        return {}
    lines = db.dicts(
        """SELECT DISTINCT ON (u.n) u.n, avg(p.latitude) AS latitude, avg(p.longitude) AS longitude
             FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::text[]) u(n, rank, country, low, high)
             JOIN locations_postalplace p ON p.country = u.country AND p.postal_code BETWEEN u.low AND u.high
            GROUP BY u.n, u.rank ORDER BY u.n, u.rank""",
        db.columns(ranges, 5),
    )
    return {line["n"]: Coordinates(line["latitude"], line["longitude"], precision) for line in lines}


def _centroid(country: str) -> Coordinates | None:
    middle = CENTROIDS.get(country)
    return Coordinates(*middle, Precision.COUNTRY) if middle else None
