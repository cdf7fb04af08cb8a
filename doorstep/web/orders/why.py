"""The reasons behind an order's state, in words: holds, and why this warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.flows import mapping
from doorstep.flows.doubts import Doubt
from doorstep.locations.values import LocationRow
from doorstep.orders import promised
from doorstep.orders.promised import Promised
from doorstep.orders.values import FOLineRow, FORow, HoldRow, OrderDetail
from doorstep.routing import queries as routing
from doorstep.routing.values import Elsewhere, Lacking
from doorstep.shipping.values import ParcelRow
from doorstep.web.payments.words import problem_words
from doorstep.web.routing import decided
from doorstep.web.routing.decided import Decided

OUT_OF_STOCK = "inventory_out_of_stock"
MOST_PLACES = 3  # more would not be read
DOUBTS: Mapping[Doubt, Promise] = {
    Doubt.BEGUN_ELSEWHERE: _(
        "Some of it was sent or called back in the shop before it came here. Look there what is left, and change the order "
        "before you release it."
    ),
    Doubt.CANCEL_WISHED: _("The buyer asked the shop to cancel it. Cancel it there, or release the hold and send it."),
    Doubt.OTHER_COUNTRY: _(
        "It goes to another country than was thought, and is picked already. See whether it can leave from there."
    ),
    Doubt.MOVED_AFTER_LABEL: _(
        "It is to go elsewhere since its label was bought. Give the label back and buy another, then release the hold."
    ),
    Doubt.ADDRESS_ERASED: _(
        "Who got the first order was erased, as the channel demands. Ask where it goes, and change the address."
    ),
    Doubt.UNDELIVERABLE: _("Nothing can arrive at this address. Take what is suggested or ask the buyer, then release the hold."),
    Doubt.ADDRESS_WITHHELD: _("The shop does not say where it goes. Ask for the address, or send it from the shop."),
}


@dataclass(frozen=True, slots=True)
class ToMap:
    """What stands for something of a shop that is no product of ours yet.  `listing_id`: None where the shop does not offer it;
    `product_id`: the draft that was made of it."""

    listing_id: int | None
    product_id: int | None


@dataclass(frozen=True, slots=True)
class Short:
    variant_id: int
    sku: str
    wanted: int
    available: int
    where: str


@dataclass(frozen=True, slots=True)
class Held:
    """A hold with the variants that it waits for."""

    row: HoldRow
    shorts: list[Short]
    promise: Promised | None = None

    @property
    def doubts(self) -> list[Promise]:
        """What is to be looked at before it is released."""
        return [text for doubt, text in DOUBTS.items() if self.row.detail.get(doubt.value)]

    @property
    def declined(self) -> str:
        """Why the payment that it waits for was declined, in words."""
        return problem_words(str(self.row.detail.get("declined", "")))

    @property
    def has_elsewhere(self) -> bool:
        """Whether units lie where they may not serve this order."""
        return any(short.where for short in self.shorts)


@dataclass(frozen=True, slots=True)
class Part:
    """A fulfilment order with its location, its lines and the reason of the location: a sentence, and the table behind it."""

    row: FORow
    place: str
    lines: list[FOLineRow]
    sentence: str
    decided: Decided | None
    parcel: ParcelRow | None


def to_map(ctx: Ctx, detail: OrderDetail) -> dict[str, ToMap]:
    """What it waits for that nobody has mapped, by SKU."""
    skus = sorted({sku for hold in detail.holds for sku in hold.detail.get("unmapped", ())})
    if not skus:
        return {}
    listed = mapping.to_map(ctx, connection_id=detail.order.connection_id, skus=skus)
    made = catalog.find_variants(ctx, skus=skus)
    return {sku: ToMap(listed.get(sku), made[sku].product_id if sku in made else None) for sku in skus}


def holds(ctx: Ctx, detail: OrderDetail) -> list[Held]:
    """The holds of an order; one for stock with the variants that it waits for, as they stand now.

    One that waits for nothing but what nobody has mapped is left out: no stock of that ever arrives, and its other hold says
    what is to be done.
    """
    waits = routing.lacking(ctx, order_ids=[detail.order.id]) if detail.holds else []
    unmapped = {sku for hold in detail.holds for sku in hold.detail.get("unmapped", ())}
    found = [
        Held(
            hold,
            [
                Short(one.variant_id, one.sku, one.wanted, one.available, where_it_lies(one))
                for one in waits
                if hold.reason == OUT_OF_STOCK and one.fulfilment_order_id == hold.fulfilment_order_id
            ],
            promised.of_hold(hold, order_id=detail.order.id) if hold.reason == OUT_OF_STOCK else None,
        )
        for hold in detail.holds
    ]
    return [held for held in found if not held.shorts or not unmapped.issuperset(one.sku for one in held.shorts)]


def where_it_lies(lack: Lacking) -> str:
    """Where the units lie that may not serve an order, in a sentence; empty where none lie anywhere else."""
    if not lack.elsewhere:
        return ""
    here = (
        gettext("%(n)s where this order may be served from") % {"n": lack.available}
        if lack.available
        else gettext("None where this order may be served from")
    )
    return "; ".join([here, *[_lying(place, lack.country) for place in lack.elsewhere[:MOST_PLACES]]])


def _lying(place: Elsewhere, country: str) -> str:
    facts = {"n": place.qty, "place": place.name, "country": country}
    if place.why == "not_in_use":
        said = ngettext("%(n)s lies at %(place)s, which is out of use", "%(n)s lie at %(place)s, which is out of use", place.qty)
    elif place.why == "excluded":
        said = ngettext(
            "%(n)s lies at %(place)s, which does not send it", "%(n)s lie at %(place)s, which does not send it", place.qty
        )
    elif place.why == "not_online":
        said = ngettext(
            "%(n)s lies at %(place)s, which sends no online orders", "%(n)s lie at %(place)s, which sends no online orders",
            place.qty,
        )  # fmt: skip
    else:
        said = ngettext(
            "%(n)s lies at %(place)s, which does not serve %(country)s",
            "%(n)s lie at %(place)s, which does not serve %(country)s", place.qty,
        )  # fmt: skip
    return said % facts


def parts(
    detail: OrderDetail, places: Mapping[int, LocationRow], parcels: Sequence[ParcelRow], decisions: Sequence[Decided] = ()
) -> list[Part]:
    """The fulfilment orders of an order, each with why it goes where it goes, or why nobody sends it."""
    found = {parcel.fulfilment_order_id: parcel for parcel in parcels if parcel.state != "cancelled"}
    return [
        Part(
            row, decided.name_of(places, row.location_id), [x for x in detail.fulfilment_lines if x.fulfilment_order_id == row.id],
            *_why(row, places, decisions), found.get(row.id),
        )
        for row in detail.fulfilment_orders
    ]  # fmt: skip


def _why(
    row: FORow, places: Mapping[int, LocationRow], decisions: Sequence[Decided]
) -> tuple[str, Decided | None]:
    """The sentence behind a part's location, and the decision behind that, where routing took it."""
    if row.state in ("closed", "cancelled") and not row.location_id:
        return "", None
    made = decided.of_part(decisions, part_id=row.id, location_id=row.location_id)
    if row.location_id is None:
        return (made.sentence, made) if made and row.state == "on_hold" and not made.locations else ("", None)
    own = decided.sentence(row.routed_why, decided.name_of(places, row.location_id), places)
    if row.routed_why.get("why") in ("by_hand", "sold_in_shop") or made is None:
        return own, None
    return made.sentence or own, made
