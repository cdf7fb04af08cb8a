"""What UPS calls things. Source: developer.ups.com, Tracking, "Appendix" (activity status types) and "Errors"."""

from __future__ import annotations

from collections.abc import Mapping

from doorstep.base.refusals import Refusal
from doorstep.providers.tracked import Table
from doorstep.shipping.refusals import BAD_NUMBER, CARRIER_TROUBLE, NUMBER_NOT_FOUND, THROTTLED, UNAUTHORISED
from doorstep.shipping.values import TrackingStatus as S
from doorstep.shipping.values import Trouble

# Every activity has a type; None says nothing of where the parcel is.
STATUS_OF_TYPE: Table = {
    "M": S.PRE_TRANSIT,  # billing information received
    "MV": S.CANCELLED,  # billing information voided
    "P": S.IN_TRANSIT,  # picked up
    "I": S.IN_TRANSIT,
    "W": S.IN_TRANSIT,  # freight, in a warehouse
    "DO": S.IN_TRANSIT,  # freight, brought to the station of origin
    "O": S.OUT_FOR_DELIVERY,
    "DD": S.AVAILABLE_FOR_PICKUP,  # freight, brought to the station of destination
    "D": S.DELIVERED,
    "X": S.EXCEPTION,
    "RS": S.RETURN_TO_SENDER,
    "NA": None,
}
# Where the code says more than its type: an exception that is over is none.
STATUS_OF_CODE: Table = {"SR": S.IN_TRANSIT}  # released by customs
TROUBLE_OF_CODE: Mapping[str, Trouble] = {}
REFUSAL_OF_CODE: Mapping[str, Refusal] = {
    "TW0001": NUMBER_NOT_FOUND, "TV0404": NUMBER_NOT_FOUND, "151044": NUMBER_NOT_FOUND,
    "TV1002": BAD_NUMBER, "TV1001": BAD_NUMBER, "TV1003": BAD_NUMBER, "151018": BAD_NUMBER,
    "250002": UNAUTHORISED, "250003": UNAUTHORISED, "250004": UNAUTHORISED, "10401": UNAUTHORISED, "10403": UNAUTHORISED,
    "10429": THROTTLED, "250051": CARRIER_TROUBLE,
}  # fmt: skip
