"""How money that crosses the counter is called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.payments.till.values import TillKind

KINDS: dict[TillKind, Promise] = {
    TillKind.CASH: _("Cash"), TillKind.CARD: _("Card"), TillKind.OWN_TERMINAL: _("Card, on own terminal"),
    TillKind.VOUCHER: _("Store credit"),
}  # fmt: skip
KIND_WORDS = {kind.value: word for kind, word in KINDS.items()}
