"""Merging customers through HTTP."""

from __future__ import annotations

import pytest

from doorstep.customers import merges, queries
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from tests.factories import draft, make_brand, place, signed_in

pytestmark = pytest.mark.django_db


def test_two_customers_become_one_and_two_again_from_their_page() -> None:
    brand = make_brand()
    place(brand.ctx, draft(email="a@example.com"), draft(email="b@example.com"))
    gone, keep = (row.id for row in queries.list_customers(brand.ctx))
    client = signed_in(brand.ctx)
    assert "Perhaps the same person" in client.get(f"/customers/{keep}/").content.decode()
    assert "b@example.com" in client.get(f"/customers/{keep}/merge/?q=b@ex").content.decode()
    page = client.get(f"/customers/{keep}/merge/{gone}/").content.decode()
    assert "Are they one person?" in page
    assert "b@example.com" in page

    form = {"other": str(gone), "version": "1", "other_version": "1"}
    assert client.post(f"/customers/{keep}/merge/now/", form).status_code == 302
    text = client.get(f"/customers/{gone}/", follow=True).content.decode()
    assert "That customer was merged into this one." in text
    assert "Merged customers" in text
    assert client.post(f"/customers/{keep}/merge/now/", form).status_code == 409
    [row] = merges.list_of(brand.ctx, customer_id=keep)
    place(brand.ctx, draft(email="b@example.com"))
    assert client.post(f"/customers/{gone}/merges/{row.id}/undo/").status_code == 404
    assert client.post(f"/customers/{keep}/merges/{row.id}/undo/").status_code == 302
    assert [r.id for r in queries.list_customers(brand.ctx)] == [gone, keep]
    assert len(orders.list_orders(brand.ctx, where=OrderFilter(customer_id=gone))) == 1


@pytest.mark.parametrize("language", ["en", "ko"])
def test_nobody_alike_is_told(language: str) -> None:
    brand = make_brand()
    place(brand.ctx, draft(email="a@example.com"))
    [row] = queries.list_customers(brand.ctx)
    client = signed_in(brand.ctx, language=language)
    assert client.get(f"/customers/{row.id}/merge/?q=nobody").status_code == 200
    assert client.get(f"/customers/{row.id}/merge/{row.id}/").status_code == 409
