"""What a shop at Shopify may refuse us."""

from __future__ import annotations

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

SHOP_REFUSES_US = Refusal(
    "shop_refuses_us",
    gettext_noop("The shop does not let us in: %(answer)s."),
    gettext_noop("Check its address, and give the access token of an app that is installed there and has the scopes it needs."),
    status=502,
)
