"""What happened to locations."""

from __future__ import annotations

LOCATION_CREATED = "location.created"
LOCATION_EDITED = "location.edited"
LOCATION_DEACTIVATED = "location.deactivated"
LOCATION_REOPENED = "location.reopened"
BINS_ADDED = "location.bins_added"
BIN_REMOVED = "location.bin_removed"
LOCATION_DISPATCH_SET = "location.dispatch_set"
FLOOR_LAID_OUT = "location.floor_laid_out"
BINS_PLACED = "location.bins_placed"
LOCATION_EXPORT_SET = "location.export_set"
