"""The end of a carrier's day: its manifest is made there, looked up first, and printed here."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows.offers import carrier_of
from doorstep.flows.printing import NO_FONTS
from doorstep.locations import queries as locations
from doorstep.shipping import manifests, queries
from doorstep.shipping.labels.fonts import FontsMissing
from doorstep.shipping.labels.manifest import ManifestFields, ManifestLine, render_manifest_pdf
from doorstep.shipping.port import Declined, Manifested, ManifestWish, NotTaken, abilities_of
from doorstep.shipping.values import WITH_LABEL

NOT_CLOSED = Refusal(
    "manifest_not_closed",
    gettext_noop("The manifest of %(carrier)s is not closed, so there is no paper of it."),
    gettext_noop("Wait for the carrier's answer."),
)
VOIDING = gettext_noop("Its label is being voided.")
ASK_AGAIN_AFTER = timedelta(seconds=60)


def close(ctx: Ctx, *, manifest_id: int) -> None:
    """Makes a wished manifest at its carrier, once; whatever was made before is found first.  Raises: httpx errors.

    What left meanwhile, since nobody waits for the answer, went with this driver; what is being voided does not.
    """
    row = manifests.get(ctx, manifest_id=manifest_id)
    if row.state != "wanted":
        return
    on = [one for one in manifests.parcels_on(ctx, manifest_id=manifest_id) if not one.off]
    able = [one for one in on if one.vendor_id and one.state in WITH_LABEL and not one.is_going_back]
    sender = locations.get(ctx, location_id=row.location_id).as_address()
    wish = ManifestWish(row.key, sender, tuple((one.vendor_id, one.tracking_number) for one in able))
    if not able:
        nothing = manifests.NOTHING_TO_CLOSE.says % {"carrier": row.carrier_name}
        manifests.settle(ctx, manifest_id=manifest_id, answer=Declined(nothing))
        return
    carrier = carrier_of(ctx, row.carrier_id)
    answer: Manifested | Declined
    if abilities_of(queries.get_carrier(ctx, carrier_id=row.carrier_id).provider).manifests:
        answer = carrier.find_manifest(wish) or carrier.close_day(wish)
    else:
        answer = Manifested(row.key, f"DS{manifest_id:09}")
    if isinstance(answer, Manifested):
        gone = [NotTaken(one.tracking_number, VOIDING if one.is_going_back else one.state) for one in on if one not in able]
        answer = Manifested(answer.vendor_id, answer.barcode, answer.url, (*answer.not_taken, *gone))
    manifests.settle(ctx, manifest_id=manifest_id, answer=answer)


def draw(ctx: Ctx, *, manifest_id: int) -> bytes:
    """The paper of a closed manifest, in the language of its location.  Refuses: those not closed, a house without fonts."""
    row = manifests.get(ctx, manifest_id=manifest_id)
    if row.state != "closed" or row.settled_at is None:
        raise Refused(NOT_CLOSED, {"carrier": row.carrier_name})
    at = locations.get(ctx, location_id=row.location_id)
    found = manifests.parcels_on(ctx, manifest_id=manifest_id)
    lines = tuple(
        ManifestLine(
            one.tracking_number, one.order_name, " ".join((one.recipient, one.postal_code, one.country)), one.service, one.weight_g
        )
        for one in found if not one.off
    )  # fmt: skip
    missed = tuple(f"{one.order_name} {one.tracking_number}: {one.problem}" for one in found if one.off)
    closed_on = row.settled_at.astimezone(ZoneInfo(at.timezone)).strftime("%Y-%m-%d %H:%M")
    fields = ManifestFields(
        carrier=row.carrier_name, location=at.name, code=row.barcode or f"DS{manifest_id:09}",
        closed_on=closed_on, lines=lines, missed=missed,
        language="ko" if at.country == "KR" else "en",
    )  # fmt: skip
    try:
        return render_manifest_pdf(fields, paper="letter" if at.country == "US" else "a4")
    except FontsMissing as missing:
        raise Refused(NO_FONTS) from missing


def sweep(now: datetime) -> None:
    """Asks again for manifests whose job should have run."""
    for organisation_id, manifest_id in manifests.find_unsettled(older_than=now - ASK_AGAIN_AFTER):
        manifests.ask_for(organisation_id, manifest_id, again=True)
