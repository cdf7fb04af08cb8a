"""What happened to locations."""

from __future__ import annotations

LOCATION_CREATED = "LocationCreated"
LOCATION_EDITED = "LocationEdited"
LOCATION_DEACTIVATED = "LocationDeactivated"
LOCATION_REOPENED = "LocationReopened"
BINS_ADDED = "BinsAdded"
BIN_REMOVED = "BinRemoved"
ALL = (LOCATION_CREATED, LOCATION_EDITED, LOCATION_DEACTIVATED, LOCATION_REOPENED, BINS_ADDED, BIN_REMOVED)
