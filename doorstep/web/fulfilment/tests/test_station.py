"""A browser as a printer: each job once, its state known, and what nobody knows goes to a person."""

from __future__ import annotations

import pytest

from doorstep.flows import printing
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries
from doorstep.fulfilment.actions import PrintWish
from tests.factories import Brand, draft, make_brand, make_ctx, packed, signed_in

pytestmark = pytest.mark.django_db


def station(brand: Brand) -> int:
    return fulfilment.add_printer(brand.ctx, name="Desk", kind="browser", target="", language="pdf")


def wanted(brand: Brand, printer: int, document: str = "slip") -> int:
    [parcel] = packed(brand.ctx, draft([("A", 1)]))
    wish = PrintWish(f"{document}:{parcel}", document, f"parcel:{parcel}", "order:1", printer)
    [job] = fulfilment.want_print(brand.ctx, wishes=[wish])
    return job


def state_of(brand: Brand, job: int) -> str:
    return queries.get_print_job(brand.ctx, id=job).state


def test_a_page_takes_a_job_draws_it_and_says_what_became_of_it() -> None:
    brand = make_brand()
    printer = station(brand)
    job = wanted(brand, printer)
    printing.print_now(brand.ctx, print_job_id=job)
    assert state_of(brand, job) == "queued"
    client = signed_in(brand.ctx, role="warehouse")
    assert client.get(f"/fulfilment/station/{printer}/").status_code == 200
    told = client.post(f"/fulfilment/station/{printer}/take/").json()["job"]
    assert (told["id"], told["paper"], len(told["pages"]), state_of(brand, job)) == (job, "label", 1, "printing")
    assert client.post(f"/fulfilment/station/{printer}/take/").json() == {}
    page = client.get(told["pages"][0])
    assert (page["Content-Type"], page.content[:4]) == ("image/svg+xml", b"<svg")
    client.post(f"/fulfilment/station/{printer}/jobs/{job}/done/", {"certain": "yes"})
    assert state_of(brand, job) == "printed"


def test_a_dialog_may_have_been_cancelled_so_a_person_says() -> None:
    brand = make_brand()
    printer = station(brand)
    job = wanted(brand, printer)
    client = signed_in(brand.ctx, role="warehouse")
    client.post(f"/fulfilment/station/{printer}/take/")
    client.post(f"/fulfilment/station/{printer}/jobs/{job}/done/", {"certain": "no"})
    assert state_of(brand, job) == "unknown"
    assert "It did print" in client.get(f"/fulfilment/station/{printer}/jobs/").content.decode()


def test_a_page_that_was_closed_half_way_leaves_it_to_a_person() -> None:
    brand = make_brand()
    printer = station(brand)
    job = wanted(brand, printer)
    client = signed_in(brand.ctx, role="warehouse")
    client.post(f"/fulfilment/station/{printer}/take/")
    page = client.get(f"/fulfilment/station/{printer}/").content.decode()
    assert state_of(brand, job) == "unknown"
    assert "Nobody knows whether it was printed" in page


def test_what_cannot_be_drawn_has_failed_with_its_reason_and_the_next_is_taken() -> None:
    brand = make_brand()
    printer = station(brand)
    no_label, slip = wanted(brand, printer, "label"), wanted(brand, printer)
    told = signed_in(brand.ctx, role="warehouse").post(f"/fulfilment/station/{printer}/take/").json()["job"]
    assert (told["id"], state_of(brand, no_label), state_of(brand, slip)) == (slip, "failed", "printing")


def test_a_stranger_and_another_printer_get_nothing() -> None:
    brand = make_brand()
    printer = station(brand)
    job = wanted(brand, printer)
    stranger = signed_in(make_ctx())
    for address in (f"/fulfilment/station/{printer}/", f"/fulfilment/station/{printer}/jobs/{job}/0.svg"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"/fulfilment/station/{printer}/take/").status_code == 404
    folder = fulfilment.add_printer(brand.ctx, name="Folder", kind="folder", target="x")
    assert signed_in(brand.ctx).get(f"/fulfilment/station/{folder}/").status_code == 404
    assert state_of(brand, job) == "queued"


def test_a_browser_printer_needs_no_target_and_speaks_no_zpl() -> None:
    brand = make_brand()
    owner = signed_in(brand.ctx)
    given = {"name": "Tablet", "kind": "browser", "language": "pdf"}
    assert owner.post("/settings/printers/add/", given | {"language": "zpl"}).status_code == 422
    assert owner.post("/settings/printers/add/", given).status_code == 302
    [row] = queries.list_printers(brand.ctx)
    assert (row.kind, f"/fulfilment/station/{row.id}/" in owner.get("/settings/printers/").content.decode()) == ("browser", True)
