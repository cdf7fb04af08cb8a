"""Addresses of lots and serial numbers."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.stock.tracked import reads
from doorstep.stock.tracked.values import LotFilter
from doorstep.web.parts import exporting, navigation
from doorstep.web.stock import lots, telling_inbound
from doorstep.web.stock.lot_listing import LISTING

app_name = "lots"
urlpatterns = [
    path("", lots.index, name="index"),
    exporting.path_of(LISTING),
    path("<int:id>/", lots.lot, name="lot"),
    path("<int:id>/move/", lots.move, name="move"),
    path("<int:id>/correct/", lots.correct, name="correct"),
    path("of/<int:variant_id>/track/", lots.track, name="track"),
    path("of/<int:variant_id>/assign/", lots.assign, name="assign"),
]


def search(ctx: Ctx, text: str) -> Sequence[navigation.Hit]:
    """Lots and serial numbers for the command palette."""
    found = reads.list_lots(ctx, where=LotFilter("all", text), limit=5)
    skus = catalog.variants_by_id(ctx, ids=[row.variant_id for row in found])
    return [
        navigation.Hit(row.code, skus[row.variant_id].sku, reverse("lots:lot", args=[row.id]), "tag") for row in found
    ]


navigation.register_command(
    navigation.Command(_("Lots"), "lots:index", "tag", "stock:read", _("expiry serial number batch recall"))
)
navigation.register_search("lots", label=_("Lots"), permission="stock:read", search=search)
telling_inbound.register()
