"""What must hold of locations."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "locations.on_the_globe",
        "A location has both coordinates, on the globe, or neither.",
        """SELECT organisation_id, id AS location_id, latitude, longitude FROM locations_location
            WHERE (latitude IS NULL) <> (longitude IS NULL) OR abs(latitude) > 90 OR abs(longitude) > 180""",
    ),
]
