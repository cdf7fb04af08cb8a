"""On which terms parcels cross borders: the brand's, a location's, and what is declared of one parcel."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import Field, StrictStr

from doorstep.api.v1 import show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Id, In, MoneyIn, MoneyOut, Out, text
from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.flows import declare
from doorstep.locations import exporting as places
from doorstep.shipping import exporting, queries
from doorstep.shipping.terms import BrandTerms, ParcelTerms, PlaceTerms

router = Router(tags=["Shipments"])
IncotermIn = Literal["DAP", "DDP"]
NonDeliveryIn = Literal["return", "abandon"]
Limit = Annotated[MoneyIn | None, Field(description="In the brand's own currency; null: orders in other money are not compared.")]


class CustomsTermsIn(In):
    """`ioss_limit` is what 150 EUR, `eei_limit` what 2,500 USD are in the brand's own currency."""

    incoterm: IncotermIn = "DAP"
    non_delivery: NonDeliveryIn = "return"
    ioss: Annotated[StrictStr, text(20)] = ""
    ioss_limit: Limit = None
    eei_limit: Limit = None


class CustomsTermsOut(Out):
    incoterm: str
    non_delivery: str
    ioss: str
    ioss_limit: MoneyOut | None
    eei_limit: MoneyOut | None


class PlaceTermsIn(In):
    """`incoterm` empty: as the brand says."""

    eori: Annotated[StrictStr, text(20)] = ""
    signer: Annotated[StrictStr, text(80)] = ""
    incoterm: Literal["", "DAP", "DDP"] = ""


class PlaceTermsOut(Out):
    location_id: int
    eori: str
    signer: str
    incoterm: str


class DeclarationIn(In):
    """What is said of one parcel before its label is bought; empty words are as the location and the brand say."""

    contents: Literal["", "merchandise", "returned_goods", "gift", "sample", "documents", "other"] = ""
    explanation: Annotated[StrictStr, text(255)] = ""
    incoterm: Literal["", "DAP", "DDP"] = ""
    non_delivery: Literal["", "return", "abandon"] = ""
    itn: Annotated[StrictStr, Field(max_length=30, description="Proof of filing of an export from the United States.")] = ""


class DeclaredItemOut(Out):
    """Units of one kind; `value` is of one unit."""

    description: str
    sku: str
    qty: int
    value: MoneyOut
    weight_g: int
    hs_code: str
    origin: str


class DeclarationOut(Out):
    """`crosses_border` false: nothing is declared.  `ioss_why` and `filing_why` say why a number is sent along, or is not."""

    crosses_border: bool
    items: list[DeclaredItemOut]
    incoterm: str
    contents: str
    explanation: str
    non_delivery: str
    signer: str
    eori: str
    ioss: str
    ioss_why: Annotated[
        str, Field(description="used, no_number, not_into_the_eu, not_a_sale, over_the_limit, value_unknown; empty: no border.")
    ]
    filing: Annotated[str, Field(description="What an export from the United States cites.")]
    filing_why: Annotated[
        str, Field(description="none, canada, low_value, filed or needed: then no label is bought before an ITN is there.")
    ]


def _terms(ctx: Ctx) -> dict[str, Any]:
    row = exporting.brand_terms(ctx)
    limits = {
        name: show.money(limit.minor, limit.currency) if limit else None
        for name, limit in (("ioss_limit", row.ioss_limit), ("eei_limit", row.eei_limit))
    }
    return {"incoterm": row.incoterm, "non_delivery": row.non_delivery, "ioss": row.ioss, **limits}


def _limit(given: MoneyIn | None) -> Money | None:
    return money.parse(given.amount, given.currency) if given else None


@operation(router, "GET", "/customs-terms", scope="settings:read", answers={200: CustomsTermsOut})
def get_customs_terms(request: Asked) -> dict[str, Any]:
    """On which terms the brand exports."""
    return _terms(request.ctx)


@operation(router, "PUT", "/customs-terms", scope="settings:write", answers={200: CustomsTermsOut})
def set_customs_terms(request: Asked, given: CustomsTermsIn) -> dict[str, Any]:
    """Sets on which terms the brand exports, for labels bought from now on."""
    limits = _limit(given.ioss_limit), _limit(given.eei_limit)
    exporting.set_brand_terms(request.ctx, wanted=BrandTerms(given.incoterm, given.non_delivery, given.ioss, *limits))
    return _terms(request.ctx)


@operation(router, "GET", "/locations/{location_id}/customs-terms", scope="settings:read", answers={200: PlaceTermsOut})
def get_location_customs_terms(request: Asked, location_id: Id) -> dict[str, Any]:
    """Under which number a location exports, who signs, and who pays the duties."""
    row = places.export_of(request.ctx, location_id=location_id)
    return {"location_id": row.id, "eori": row.eori, "signer": row.signer, "incoterm": row.incoterm}


@operation(router, "PUT", "/locations/{location_id}/customs-terms", scope="settings:write", answers={200: PlaceTermsOut})
def set_location_customs_terms(request: Asked, location_id: Id, given: PlaceTermsIn) -> dict[str, Any]:
    """Sets under which number a location exports, who signs, and who pays the duties."""
    declare.set_place(request.ctx, location_id=location_id, wanted=PlaceTerms(given.eori, given.signer, given.incoterm))
    return get_location_customs_terms(request, location_id)


@operation(router, "GET", "/shipments/{parcel_id}/declaration", scope="fulfilment:read", answers={200: DeclarationOut})
def get_declaration(request: Asked, parcel_id: Id) -> dict[str, Any]:
    """What customs are told of a parcel, and why."""
    ctx = request.ctx
    parcel = queries.get_parcel(ctx, parcel_id=parcel_id)
    items = declare.items_of(ctx, parcel=parcel)
    decided = declare.terms_of(ctx, parcel=parcel, items=items)
    names = ("incoterm", "contents", "explanation", "non_delivery", "signer", "eori", "ioss", "filing")
    return {
        "crosses_border": decided is not None,
        "items": [
            {
                "description": item.description, "sku": item.sku, "qty": item.qty, "weight_g": item.weight_g,
                "value": show.money(item.value.minor, item.value.currency), "hs_code": item.hs_code, "origin": item.origin,
            }
            for item in items
        ],
        **{name: getattr(decided.terms, name) if decided else "" for name in names},
        "ioss_why": decided.ioss.value if decided else "", "filing_why": decided.filing.value if decided else "none",
    }  # fmt: skip


@operation(router, "PUT", "/shipments/{parcel_id}/declaration", scope="fulfilment:write", answers={200: DeclarationOut})
def set_declaration(request: Asked, parcel_id: Id, given: DeclarationIn) -> dict[str, Any]:
    """Says what customs are told of a parcel, before its label is bought. One that was declined is asked for again then."""
    said = ParcelTerms(given.contents, given.explanation, given.incoterm, given.non_delivery, given.itn)
    exporting.declare(request.ctx, parcel_id=parcel_id, wanted=said)
    return get_declaration(request, parcel_id)
