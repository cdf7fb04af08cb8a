"""What is done to many rows of a list at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.customers import actions as customers
from doorstep.customers import queries as customer_queries
from doorstep.customers.values import CustomerDraft
from doorstep.flows import bulk
from doorstep.web.parts import listing as lists
from doorstep.web.parts.tests.tables import NAMES, table
from tests.factories import Brand, draft, make_ctx, packed, signed_in
from tests.inbound import coming_in

pytestmark = pytest.mark.django_db


def done(client: Client, ctx: Ctx, listing: str, **form: Any) -> Any:
    """A verb through its preview, its start and the worker."""
    told = client.post(f"/bulk/{listing}/preview/", form)
    assert told.status_code == 200, told.content
    answer = client.post(f"/bulk/{listing}/start/", form)
    job = int(answer["Location"].split("/")[2])
    bulk.work(ctx, job_id=job)
    assert client.get(f"/bulk/{job}/").status_code == 200
    return bulk.get_job(ctx, job_id=job)


def test_products_are_archived_and_put_on_sale(brand: Brand) -> None:
    from doorstep.catalog import queries

    client = signed_in(brand.ctx)
    ids = [row.id for row in queries.list_products(brand.ctx)]
    assert done(client, brand.ctx, "products", verb="products.archive", row=ids[:2]).done == 2
    assert [row.id for row in queries.list_products(brand.ctx)] == ids[2:]
    assert done(client, brand.ctx, "products", verb="products.activate", all="1", query="status=archived").done == 2
    assert [row.status for row in queries.list_products(brand.ctx)] == ["active"] * 3


def test_units_are_kept_back_of_many_variants_and_nonsense_of_none(brand: Brand) -> None:
    from doorstep.stock import queries

    client, ids = signed_in(brand.ctx), list(brand.variants.values())
    assert done(client, brand.ctx, "stock", verb="stock.keep_back", row=ids, note="4").done == 3
    job = done(client, brand.ctx, "stock", verb="stock.keep_back", row=ids, note="lots")
    assert (job.done, job.failed) == (0, 3)
    assert [row.safety_stock for row in queries.pool_of(brand.ctx, variant_ids=ids).values()] == [4, 4, 4]


def test_deliveries_are_closed_and_lots_written_off_many_at_once(brand: Brand) -> None:
    from doorstep.stock import queries
    from doorstep.stock.tracked import reads

    ids, client = coming_in(brand), signed_in(brand.ctx)
    job = done(client, brand.ctx, "deliveries", verb="deliveries.close_short", all="1", query="", note="bankrupt")
    assert (job.done, job.failed) == (1, 0)
    assert [one.reference for one in queries.incoming_of(brand.ctx, variant_ids=None)] == [f"transfer:{ids['transfer_id']}"]
    lot = ids["lot_id"]
    assert done(client, brand.ctx, "lots", verb="lots.set_aside", row=[lot], note="recalled").done == 1
    assert [(at.on_hand, at.set_aside) for at in reads.levels_of_lots(brand.ctx, lot_ids=[lot])] == [(2, 2)]
    assert done(client, brand.ctx, "lots", verb="lots.write_off", row=[lot], note="recalled").done == 1
    assert reads.levels_of_lots(brand.ctx, lot_ids=[lot]) == []


def test_consent_is_taken_back_and_never_given(brand: Brand) -> None:
    client = signed_in(brand.ctx)
    for name in ("Kim", "Lee"):
        customers.create_customer(
            brand.ctx, customer=CustomerDraft(name, f"{name}@example.com", accepts_marketing=name == "Kim")
        )
    assert done(client, brand.ctx, "customers", verb="customers.withdraw", all="1", query="consent=yes").total == 1
    assert [row.accepts_marketing for row in customer_queries.list_customers(brand.ctx)] == [False, False]


def test_labels_that_are_not_there_are_told(brand: Brand) -> None:
    from doorstep.shipping import queries
    from doorstep.shipping.values import ParcelFilter

    packed(brand.ctx, draft([("A", 1)]))
    client = signed_in(brand.ctx)
    (parcel,) = queries.list_parcels(brand.ctx, where=ParcelFilter())
    job = done(client, brand.ctx, "shipments", verb="shipments.label", row=parcel.id)
    report = [failure.line for failure in accounts.list_bulk_failures(brand.ctx, job_id=job.id)]
    assert [line["problem"] % line["facts"] for line in report] == [f"Parcel {parcel.id} has no label yet."]
    assert table(client, f"/bulk/{job.id}/report.csv")[1][:2] == [
        f"#{parcel.id}",
        f"Parcel {parcel.id} has no label yet.",
    ]


def test_many_rows_of_strangers_stay_as_they_are(filled: Brand) -> None:
    from doorstep.catalog import queries

    stranger = signed_in(make_ctx())
    ids = [row.id for row in queries.list_products(filled.ctx)]
    for form in ({"row": ids}, {"all": "1", "query": ""}):
        assert stranger.post("/bulk/products/start/", {"verb": "products.archive", **form}).status_code == 422
    assert len(queries.list_products(filled.ctx)) == 3
    job = bulk.start(filled.ctx, verb="products.archive", ids=ids)
    for path in (f"/bulk/{job}/", f"/bulk/{job}/report.csv"):
        assert stranger.get(path).status_code == 404


def test_a_role_sees_only_the_actions_that_it_may_do(filled: Brand) -> None:
    viewer = signed_in(filled.ctx, "viewer")
    for name in NAMES:
        text = viewer.get(lists.get(name).url).content.decode()
        assert ("data-bulk-form" in text, 'name="row"' in text) == (False, False), name
    assert viewer.post("/bulk/stock/start/", {"verb": "stock.keep_back", "row": "1", "note": "1"}).status_code == 403
    assert viewer.post("/bulk/stock/start/", {"verb": "orders.cancel", "row": "1"}).status_code == 404
