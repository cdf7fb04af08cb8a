"""The tables of shipping."""

from __future__ import annotations

from doorstep.shipping.models.addresses import AddressCheck
from doorstep.shipping.models.carriers import Carrier, Policy, RateSheet
from doorstep.shipping.models.customs import CustomsTerms, Declaration
from doorstep.shipping.models.labels import IssuedLabel, Label, LabelFile
from doorstep.shipping.models.manifests import Manifest, ManifestParcel
from doorstep.shipping.models.parcels import Parcel, ParcelLine
from doorstep.shipping.models.tracking import CodeMeaning, Lane, TrackingEvent

__all__ = [
    "AddressCheck",
    "Carrier",
    "CodeMeaning",
    "CustomsTerms",
    "Declaration",
    "IssuedLabel",
    "Label",
    "LabelFile",
    "Lane",
    "Manifest",
    "ManifestParcel",
    "Parcel",
    "ParcelLine",
    "Policy",
    "RateSheet",
    "TrackingEvent",
]
