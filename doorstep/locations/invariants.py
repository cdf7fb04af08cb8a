"""What must hold of locations."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "locations.bin_in_its_organisation",
        "A bin and its location belong to the same organisation.",
        """SELECT b.organisation_id, b.id AS bin_id, l.organisation_id AS location_organisation_id
             FROM locations_bin b JOIN locations_location l ON l.id = b.location_id
            WHERE l.organisation_id <> b.organisation_id""",
    ),
    Invariant(
        "locations.on_the_globe",
        "A location has both coordinates, on the globe, or neither.",
        """SELECT organisation_id, id AS location_id, latitude, longitude FROM locations_location
            WHERE (latitude IS NULL) <> (longitude IS NULL) OR abs(latitude) > 90 OR abs(longitude) > 180""",
    ),
]
