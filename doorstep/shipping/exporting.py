"""On which terms a brand exports, and what somebody said of a single parcel: reads and writes."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, Refusal, Refused
from doorstep.base.texts import one_line
from doorstep.base.words import gettext_noop
from doorstep.shipping import events, locks, queries, terms
from doorstep.shipping.terms import BrandTerms, Contents, Incoterm, NonDelivery, ParcelTerms
from doorstep.shipping.values import ParcelState

DECLARED_ALREADY = Refusal(
    "declared_already",
    gettext_noop("Parcel %(parcel)s has a label, or one is being bought: customs were told already."),
    gettext_noop("Void its label first, then change what is declared."),
)


def brand_terms(ctx: Ctx) -> BrandTerms:
    """What the brand says; what nobody set is as it comes."""
    found = db.dicts(
        """SELECT incoterm, non_delivery, ioss, currency, ioss_limit_minor, eei_limit_minor FROM shipping_customsterms
            WHERE organisation_id = %s""",
        [ctx.organisation_id],
    )
    if not found:
        return BrandTerms()
    line = found[0]

    def limit(name: str) -> Money | None:
        return Money(line[name], line["currency"]) if line[name] is not None and line["currency"] else None

    return BrandTerms(line["incoterm"], line["non_delivery"], line["ioss"], limit("ioss_limit_minor"), limit("eei_limit_minor"))


@transaction.atomic
def set_brand_terms(ctx: Ctx, *, wanted: BrandTerms) -> None:
    """Sets on which terms the brand exports, for labels bought from now on.  Emits: CustomsTermsSet, where anything differs.

    Refuses: words of no list, numbers of another shape, limits below nothing or in two currencies.
    """
    terms.check_choice("incoterm", wanted.incoterm, Incoterm, may_be_empty=False)
    terms.check_choice("non_delivery", wanted.non_delivery, NonDelivery, may_be_empty=False)
    checked = replace(wanted, ioss=terms.check_ioss(wanted.ioss))
    limits = [one for one in (checked.ioss_limit, checked.eei_limit) if one is not None]
    if any(one.minor <= 0 for one in limits) or len({one.currency for one in limits}) > 1:
        raise Refused(INVALID, {"field": "ioss_limit", "problem": gettext_noop("An amount of more than nothing.")})
    if checked == brand_terms(ctx):
        return
    db.execute(
        """INSERT INTO shipping_customsterms (organisation_id, incoterm, non_delivery, ioss, currency, ioss_limit_minor,
                                              eei_limit_minor, updated_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id) DO UPDATE SET incoterm = excluded.incoterm, non_delivery = excluded.non_delivery,
              ioss = excluded.ioss, currency = excluded.currency, ioss_limit_minor = excluded.ioss_limit_minor,
              eei_limit_minor = excluded.eei_limit_minor, updated_at = excluded.updated_at""",
        [
            ctx.organisation_id, checked.incoterm, checked.non_delivery, checked.ioss, limits[0].currency if limits else "",
            checked.ioss_limit.minor if checked.ioss_limit else None, checked.eei_limit.minor if checked.eei_limit else None,
            ctx.now,
        ],
    )  # fmt: skip
    subject = f"organisation:{ctx.organisation_id}"
    data = {"incoterm": checked.incoterm, "non_delivery": checked.non_delivery, "ioss": bool(checked.ioss)}
    outbox.record(ctx, [Happened(events.CUSTOMS_TERMS_SET, subject, subject, data)])


def parcel_terms(ctx: Ctx, *, parcel_id: int) -> ParcelTerms:
    """What somebody said of a parcel; nothing where nobody did."""
    found = db.one(
        ParcelTerms,
        """SELECT contents, explanation, incoterm, non_delivery, itn FROM shipping_declaration
            WHERE organisation_id = %s AND parcel_id = %s""",
        [ctx.organisation_id, parcel_id],
    )
    return found or ParcelTerms()


@transaction.atomic
def declare(ctx: Ctx, *, parcel_id: int, wanted: ParcelTerms) -> None:
    """Says what customs are told of a parcel, before its label is bought.

    Locks: the parcel.  Emits: ParcelDeclared, where anything differs.
    Refuses: unknown parcels, those with a label (`DECLARED_ALREADY`), words of no list, other contents without an explanation,
    an ITN of another shape.
    """
    queries.get_parcel(ctx, parcel_id=parcel_id)
    terms.check_choice("contents", wanted.contents, Contents, may_be_empty=True)
    terms.check_choice("incoterm", wanted.incoterm, Incoterm, may_be_empty=True)
    terms.check_choice("non_delivery", wanted.non_delivery, NonDelivery, may_be_empty=True)
    checked = replace(wanted, explanation=one_line(wanted.explanation, 255), itn=terms.check_itn(wanted.itn))
    if checked.contents == Contents.OTHER and not checked.explanation:
        raise Refused(INVALID, {"field": "explanation", "problem": gettext_noop("Say in a few words what it is.")})
    parcel = locks.parcels(ctx, [parcel_id])[parcel_id]
    if parcel.state != ParcelState.PACKED or queries.live_labels_of(ctx, parcel_ids=[parcel_id]):
        raise Refused(DECLARED_ALREADY, {"parcel": parcel_id})
    if checked == parcel_terms(ctx, parcel_id=parcel_id):
        return
    db.execute(
        """INSERT INTO shipping_declaration (organisation_id, parcel_id, contents, explanation, incoterm, non_delivery, itn,
                                             declared_at, declared_by)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id, parcel_id) DO UPDATE SET contents = excluded.contents, explanation = excluded.explanation,
              incoterm = excluded.incoterm, non_delivery = excluded.non_delivery, itn = excluded.itn,
              declared_at = excluded.declared_at, declared_by = excluded.declared_by""",
        [
            ctx.organisation_id, parcel_id, checked.contents, checked.explanation, checked.incoterm, checked.non_delivery,
            checked.itn, ctx.now, ctx.actor.name[:120],
        ],
    )  # fmt: skip
    data = {"contents": checked.contents, "incoterm": checked.incoterm, "itn": checked.itn}
    outbox.record(ctx, [Happened(events.PARCEL_DECLARED, f"parcel:{parcel_id}", f"order:{parcel.order_id}", data)])
