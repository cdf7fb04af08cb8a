"""Why a carrier does not say where a parcel is."""

from __future__ import annotations

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

NUMBER_NOT_FOUND = Refusal(
    "tracking_not_found",
    gettext_noop("The carrier knows nothing of this tracking number: %(said)s"),
    gettext_noop("A new label takes some hours to be known. If it is older, compare the number with the label."),
    status=404,
)
BAD_NUMBER = Refusal(
    "tracking_number_bad",
    gettext_noop("The carrier says that this is no tracking number: %(said)s"),
    gettext_noop("Compare the number with the label, and whether it is of this carrier."),
    status=422,
)
UNAUTHORISED = Refusal(
    "carrier_unauthorised",
    gettext_noop("The carrier does not accept our sign-in: %(said)s"),
    gettext_noop("Give its key anew under Settings, Carriers."),
    status=502,
)
THROTTLED = Refusal(
    "carrier_throttled",
    gettext_noop("The carrier wants to be asked less often: %(said)s"),
    gettext_noop("Nothing is to be done: it is asked again later."),
    status=503,
)
CARRIER_TROUBLE = Refusal(
    "carrier_trouble",
    gettext_noop("The carrier could not answer: %(said)s"),
    gettext_noop("Nothing is to be done: it is asked again later."),
    status=502,
)
