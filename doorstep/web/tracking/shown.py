"""An order as its customer sees it: what to call its state, how far it is, its parcels, its items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts.values import Organisation
from doorstep.base import zones
from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.flows import estimate_words, stalled, tracking, wismo_words
from doorstep.flows.tracking import Told
from doorstep.flows.wismo_words import Clock
from doorstep.orders import promised
from doorstep.orders.opening import as_sold
from doorstep.orders.values import OrderDetail
from doorstep.returns import queries as returns
from doorstep.returns.values import ReturnFilter, ReturnRow
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import Direction, ParcelLineRow, ParcelRow, ParcelState

STEPS = ((_("Ordered"), "shopping-cart"), (_("Being packed"), "package"), (_("On its way"), "truck"), (_("Delivered"), "home"))
# Something is to be done, or to be sorry for; the rest of a journey needs no words of its own.
NOTABLE = {"attempt_failed", "available_for_pickup", "delayed", "exception", "return_to_sender", "cancelled", "expired"}
ARRIVED, COMES_BACK, PICK_UP, TODAY, MISSED, TROUBLE, LATE, PARTLY, ON_ITS_WAY = (
    "arrived", "comes_back", "pick_up", "today", "missed", "trouble", "late", "partly", "on_its_way"
)  # fmt: skip
CANCELLED, PACKED, LEAVES_LATER, PLACED = "cancelled", "packed", "leaves_later", "placed"
HEADLINES: dict[str, str | Promise] = {
    CANCELLED: _("Your order was cancelled"), ARRIVED: _("Your order has arrived"), COMES_BACK: _("Your parcel comes back to us"),
    PICK_UP: _("Your order waits for you"), TODAY: _("Your order arrives today"),
    MISSED: _("The delivery did not work out yet"), TROUBLE: _("There is a problem with your parcel"),
    LATE: _("Your order takes longer than planned"), PARTLY: _("Part of your order has arrived"),
    ON_ITS_WAY: _("Your order is on its way"), PACKED: _("Your order is being packed"),
    LEAVES_LATER: _("Your order leaves later than planned"), PLACED: _("We have your order"),
}  # fmt: skip
# Of several parcels the page says first what its reader has to know first.
OF_STATUS = {
    "return_to_sender": COMES_BACK, "exception": TROUBLE, "expired": TROUBLE, "attempt_failed": MISSED,
    "available_for_pickup": PICK_UP, "delayed": LATE,
}  # fmt: skip
FIRST = (COMES_BACK, TROUBLE, MISSED, PICK_UP, TODAY, LATE)
TONES = {COMES_BACK: "trouble", TROUBLE: "trouble", MISSED: "trouble", LATE: "trouble", LEAVES_LATER: "trouble", PICK_UP: "act"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A parcel as its customer sees it: what lies in it, the newest scan apart from the others, what to know and to do."""

    row: ParcelRow
    lines: Sequence[ParcelLineRow]
    newest: Told | None
    earlier: Sequence[Told]
    says: Sequence[str]
    tone: str


@dataclass(frozen=True, slots=True)
class Item:
    """What was bought, with its picture's address ("" without one), and what is in it where it is a bundle."""

    title: str
    qty: int
    picture: str = ""
    inside: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Waits:
    """A part that is not here.  `is_new`: it was ordered before it was out."""

    is_new: bool
    promised_on: date | None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """`headline`: a word of `HEADLINES`; `reached`: the last step that is reached; `sent_back`: its returns in words."""

    name: str
    placed_at: datetime
    headline: str
    reached: int
    parcels: Sequence[Shown]
    items: Sequence[Item]
    waiting: Sequence[Waits] = ()
    sent_back: Sequence[tuple[str, str]] = ()

    @property
    def says(self) -> str:
        """The headline in words."""
        return str(HEADLINES[self.headline])

    @property
    def tone(self) -> str:
        """`trouble`, `act`, `done`, or nothing in particular."""
        return TONES.get(self.headline, "done" if self.headline == ARRIVED else "")

    @property
    def is_cancelled(self) -> bool:
        """Whether nothing comes any more."""
        return self.headline == CANCELLED

    @property
    def is_sendable_back(self) -> bool:
        """Whether something of it is there to be sent back."""
        return self.headline in (ARRIVED, PARTLY)

    @property
    def steps(self) -> list[tuple[str | Promise, str, str]]:
        """Every step: its word, icon, and whether it is `past`, `now` or still to come."""
        stuck = self.tone == "trouble"
        found: list[tuple[str | Promise, str, str]] = []
        for n, (word, icon) in enumerate(STEPS):
            is_past = n < self.reached or self.reached == len(STEPS) - 1
            state = "past" if is_past else "now" if n == self.reached else ""
            shown = "check" if is_past else "alert-triangle" if state == "now" and stuck else icon
            found.append((word, shown, f"{state} stuck" if state == "now" and stuck else state))
        return found


def of_order(ctx: Ctx, *, detail: OrderDetail, brand: Organisation, language: str, token: str) -> OrderPage:
    """One order of a brand, in a language."""
    out = [
        p for p in shipping.parcels_of(ctx, order_ids=[detail.order.id])
        if p.state != ParcelState.CANCELLED and p.direction == Direction.OUT
    ]  # fmt: skip
    clock = Clock(language, zone_of(ctx, detail, brand), ctx.now)
    quiet = stalled.stalled_among(ctx, parcels=[p for p in out if p.state == ParcelState.HANDED_OVER])
    parts = promised.promised_of(ctx, order_ids=[detail.order.id]).get(detail.order.id, [])
    late = any(one.slipped or not one.is_sold_so for one in parts)
    back = returns.list_returns(ctx, where=ReturnFilter(order_id=detail.order.id), limit=5)
    return OrderPage(
        name=detail.order.name, placed_at=detail.order.placed_at, headline=headline(detail, out, quiet, clock, is_short=late),
        reached=_reached(detail, out), parcels=_parcels(ctx, out, quiet, clock), items=_items(ctx, detail, token),
        waiting=[Waits(one.kind == "preorder", one.promised_on) for one in parts],
        sent_back=[(row.name, words) for row in back if (words := _return_words(row))],
    )  # fmt: skip


def zone_of(ctx: Ctx, detail: OrderDetail, brand: Organisation) -> str:
    """Whose clocks the page goes by: carriers say days by those of the destination."""
    return zones.zone_for(detail.ship_to, otherwise=brand.timezone, at=ctx.now)


def headline(detail: OrderDetail, parcels: Sequence[ParcelRow], quiet: set[int], clock: Clock, *, is_short: bool) -> str:
    """What the page says first.  `quiet`: parcels that stand still; `is_short`: a part leaves later than was said."""
    if detail.order.state == "cancelled":
        return CANCELLED
    if detail.order.fulfilment_state == "delivered":
        return ARRIVED
    left = [p for p in parcels if p.state == ParcelState.HANDED_OVER]
    coming = [p for p in left if p.delivered_at is None]
    said = {_of_parcel(p, quiet, clock) for p in coming}
    for word in FIRST:
        if word in said:
            return word
    if coming:
        return ON_ITS_WAY
    if left:
        return PARTLY
    if is_short:
        return LEAVES_LATER
    return PACKED if _reached(detail, parcels) else PLACED


def _of_parcel(parcel: ParcelRow, quiet: set[int], clock: Clock) -> str:
    if parcel.status in OF_STATUS:
        return OF_STATUS[parcel.status]
    if parcel.status == "out_for_delivery" and _is_today(parcel, clock):
        return TODAY
    one = estimate_words.coming(parcel, today=clock.today())
    return LATE if parcel.id in quiet or (one is not None and one.is_late) else ON_ITS_WAY


def _is_today(parcel: ParcelRow, clock: Clock) -> bool:
    """Whether a carrier set out with it on the day that it is at its destination: yesterday's scan promises nothing more."""
    return (parcel.status_at or clock.now).astimezone(ZoneInfo(clock.zone)).date() == clock.today()


def _reached(detail: OrderDetail, parcels: Sequence[ParcelRow]) -> int:
    """The last step that is reached."""
    if detail.order.fulfilment_state == "delivered":
        return 3
    if detail.order.fulfilment_state == "fulfilled" or any(p.state == "handed_over" for p in parcels):
        return 2
    return 1 if parcels or any(part.state == "in_progress" for part in detail.fulfilment_orders) else 0


def _parcels(ctx: Ctx, parcels: Sequence[ParcelRow], quiet: set[int], clock: Clock) -> list[Shown]:
    told = tracking.told_of(ctx, parcels=parcels, language=clock.language)
    lines: dict[int, list[ParcelLineRow]] = {}
    for line in shipping.parcel_lines_of(ctx, parcel_ids=[p.id for p in parcels]):
        lines.setdefault(line.parcel_id, []).append(line)
    return [of_parcel(p, told[p.id], lines.get(p.id, []), clock=clock, is_quiet=p.id in quiet) for p in parcels]


def of_parcel(
    parcel: ParcelRow, scans: Sequence[Told], lines: Sequence[ParcelLineRow], *, clock: Clock, is_quiet: bool
) -> Shown:
    """One parcel, in the language that is active."""
    says: list[str] = []
    if parcel.state == ParcelState.HANDED_OVER and parcel.status in NOTABLE:
        says = wismo_words.state_words(parcel, last=scans[0].row if scans else None, clock=clock)
    if says and parcel.status == "attempt_failed":  # those words name this page
        says = [gettext("The carrier tried to deliver it and could not. In most cases they try again on the next working day.")]
    if is_quiet:
        says.append(gettext("That is longer without a scan than usual. A colleague asks the carrier about it."))
    tone = "" if not says else "act" if parcel.status == "available_for_pickup" else "trouble"
    return Shown(parcel, lines, scans[0] if scans else None, scans[1:], says, tone)


def _items(ctx: Ctx, detail: OrderDetail, token: str) -> list[Item]:
    sold = as_sold(detail.lines)
    pictured: Mapping[int, object] = catalog.variants_by_id(ctx, ids=sorted({line.variant_id for line in sold if line.variant_id}))
    return [
        Item(
            line.title or line.sku, line.qty,
            reverse("tracking:picture", args=[token, line.variant_id])
            if getattr(pictured.get(line.variant_id), "picture", "") else "",
            [(one.title or one.sku, one.qty) for one in line.inside],
        )
        for line in sold
    ]  # fmt: skip


def _return_words(row: ReturnRow) -> str:
    """How it goes with what was sent back; "" where there is nothing more to wait for."""
    if row.historical or row.decision in ("cancelled", "expired"):
        return ""
    if row.decision == "declined":
        return gettext("We cannot take this back")
    if row.decision != "approved":
        return gettext("We look at your return")
    if row.goods in ("inspected", "processed", "closed"):
        return gettext("Your return is done")
    if row.goods in ("received", "partially_received"):
        return gettext("Your return is here")
    return gettext("Your return is on its way to us") if row.goods == "in_transit" else gettext("Your return is approved")
