"""What a wave asks for next: a list to walk, an order to pack, a door to carry its parcels to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.fulfilment import queries
from doorstep.fulfilment.values import PickListRow
from doorstep.shipping import packing
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelState
from doorstep.web.fulfilment.lists import parts_of


@dataclass(frozen=True, slots=True)
class Step:
    """One key or click."""

    word: str | Promise
    icon: str
    url: str


def of_wave(ctx: Ctx, *, lists: Sequence[PickListRow], location_id: int) -> Step | None:
    """What brings a wave on; None where it is over, or where somebody walks with the last of it."""
    waiting = next((one for one in lists if one.state == "open" and one.units), None)
    if waiting is not None:
        return Step(_("Start picking"), "barcode", reverse("fulfilment:scan", args=[waiting.id]))
    tasks = [task for one in lists if one.state != "cancelled" for task in queries.tasks_of(ctx, pick_list_id=one.id)]
    ids = sorted({task.fulfilment_order_id for task in tasks})
    parcels = shipping.live_parcels_of(ctx, fulfilment_order_ids=ids)
    left = {row.fulfilment_order_id for row in packing.left_to_pack(ctx, fulfilment_order_ids=ids) if row.left}
    packed = {id: mine[-1] for id, mine in parcels.items() if id not in left}
    ready = next((part for part in parts_of(tasks, packed) if part.can_be_packed), None)
    if ready is not None:
        return Step(_("Pack the next"), "package", reverse("fulfilment:pack", args=[ready.fulfilment_order_id]))
    if any(parcel.state == ParcelState.LABELLED for mine in parcels.values() for parcel in mine):
        return Step(_("Hand over"), "truck-delivery", f"{reverse('fulfilment:hand_over')}#door-{location_id}")
    return None
