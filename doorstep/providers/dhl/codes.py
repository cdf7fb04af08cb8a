"""What the houses of DHL call things; each has codes of its own."""

from __future__ import annotations

from collections.abc import Mapping

from doorstep.base.refusals import Refusal
from doorstep.providers.tracked import Table
from doorstep.shipping.refusals import BAD_NUMBER, CARRIER_TROUBLE, NUMBER_NOT_FOUND, THROTTLED, UNAUTHORISED
from doorstep.shipping.values import TrackingStatus as S
from doorstep.shipping.values import Trouble

# DHL Express, by XML and by MyDHL API.  Source: developer.dhl.com, "DHL Express - MyDHL API", reference data, tracking events.
EXPRESS: Table = {
    "SD": S.PRE_TRANSIT,
    "PU": S.IN_TRANSIT, "SA": S.IN_TRANSIT, "PO": S.IN_TRANSIT, "PL": S.IN_TRANSIT, "AF": S.IN_TRANSIT, "DF": S.IN_TRANSIT,
    "AR": S.IN_TRANSIT, "CR": S.IN_TRANSIT, "IC": S.IN_TRANSIT, "BR": S.IN_TRANSIT, "FD": S.IN_TRANSIT, "TP": S.IN_TRANSIT,
    "RW": None,  # weighed again
    "BN": None,  # the broker was told
    "WC": S.OUT_FOR_DELIVERY,
    "CC": S.AVAILABLE_FOR_PICKUP,
    "NH": S.ATTEMPT_FAILED, "CA": S.ATTEMPT_FAILED, "ND": S.ATTEMPT_FAILED, "MD": S.DELAYED,
    "TD": S.DELAYED, "UD": S.DELAYED, "CD": S.DELAYED, "HP": S.DELAYED, "OH": S.DELAYED, "AD": S.IN_TRANSIT,
    "BA": S.EXCEPTION, "CM": S.EXCEPTION, "DM": S.EXCEPTION, "RD": S.EXCEPTION, "SS": S.EXCEPTION, "MS": S.EXCEPTION,
    "RT": S.RETURN_TO_SENDER,
    "OK": S.DELIVERED, "DD": S.DELIVERED, "PD": S.DELIVERED,
}  # fmt: skip
EXPRESS_TROUBLE: Mapping[str, Trouble] = {
    "NH": Trouble.ABSENT, "CA": Trouble.ABSENT, "CD": Trouble.CUSTOMS, "HP": Trouble.CUSTOMS, "IC": Trouble.CUSTOMS,
    "BA": Trouble.ADDRESS, "CM": Trouble.ADDRESS, "DM": Trouble.DAMAGED, "DD": Trouble.DAMAGED, "RD": Trouble.REFUSED,
    "UD": Trouble.WEATHER,
}  # fmt: skip
EXPRESS_REFUSALS: Mapping[str, Refusal] = {
    "100": UNAUTHORISED, "103": NUMBER_NOT_FOUND, "209": NUMBER_NOT_FOUND, "111": CARRIER_TROUBLE,
}  # fmt: skip
# DHL Paket, Germany: the standard event code.  Source: entwickler.dhl.de, "Sendungsverfolgung", event codes.
PARCEL_DE: Table = {
    "VA": S.PRE_TRANSIT,
    "ES": S.IN_TRANSIT, "AE": S.IN_TRANSIT, "AA": S.IN_TRANSIT, "EE": S.IN_TRANSIT, "NB": S.IN_TRANSIT, "ZO": S.IN_TRANSIT,
    "PO": S.OUT_FOR_DELIVERY,
    "ZN": S.ATTEMPT_FAILED,
    "LA": S.AVAILABLE_FOR_PICKUP,
    "ZU": S.DELIVERED,
}  # fmt: skip
PARCEL_DE_TROUBLE: Mapping[str, Trouble] = {"ZN": Trouble.ABSENT, "ZO": Trouble.CUSTOMS}
PARCEL_DE_REFUSALS: Mapping[str, Refusal] = {
    "5": UNAUTHORISED, "6": UNAUTHORISED, "100": NUMBER_NOT_FOUND, "103": BAD_NUMBER,
}  # fmt: skip
# DHL Poland.  Source: dhl24.com.pl, WebAPI2, getTrackAndTraceInfo.
POLAND: Table = {
    "EDWP": S.PRE_TRANSIT,
    "DWP": S.IN_TRANSIT, "SORT": S.IN_TRANSIT, "LP": S.IN_TRANSIT,
    "LK": S.OUT_FOR_DELIVERY,
    "AWI": S.ATTEMPT_FAILED,
    "OP": S.AVAILABLE_FOR_PICKUP,
    "DOR": S.DELIVERED,
    "ZWN": S.RETURN_TO_SENDER,
}  # fmt: skip
POLAND_REFUSALS: Mapping[str, Refusal] = {"100": UNAUTHORISED, "101": UNAUTHORISED, "115": NUMBER_NOT_FOUND}
# DHL Unified Tracking.  Source: developer.dhl.com, "Shipment Tracking - Unified", statusCode.
UNIVERSAL: Table = {
    "pre-transit": S.PRE_TRANSIT, "transit": S.IN_TRANSIT, "out-for-delivery": S.OUT_FOR_DELIVERY,
    "delivered": S.DELIVERED, "failure": S.EXCEPTION, "unknown": None,
}  # fmt: skip
HTTP_REFUSALS: Mapping[str, Refusal] = {
    "400": BAD_NUMBER, "401": UNAUTHORISED, "403": UNAUTHORISED, "404": NUMBER_NOT_FOUND, "429": THROTTLED,
}  # fmt: skip
