"""What is asked of others beside labels: whatever breaks between a wish and its settlement, it is done once, or a person is asked.

A manifest, a text message, an order at a partner's warehouse and a page on a printer; each step of each is walked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from doorstep.base import db
from doorstep.flows import manifests as closing
from doorstep.flows import printing, send, ship, warehouses
from doorstep.fulfilment import actions as floor
from doorstep.fulfilment import queries as jobs
from doorstep.fulfilment.actions import PrintWish
from doorstep.fulfilment.warehouses import accounts
from doorstep.fulfilment.warehouses import queries as requests
from doorstep.messaging import actions as messages
from doorstep.messaging import queries as texts
from doorstep.messaging import texting
from doorstep.messaging.values import Draft
from doorstep.orders import queries as orders
from doorstep.providers.printing.client import FolderPrinter
from doorstep.shipping import actions as shipping
from doorstep.shipping import manifests
from doorstep.shipping import queries as parcels
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, packed, place
from tests.faults.test_label_once import Killed, at_the_server, attempt, database_refuses, killed
from tests.floor import buy_label
from tests.sandboxes import Server, borrowed
from tests.short_picks import assert_all_holds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]
Troubles = dict[str, AbstractContextManager[Any]]


@pytest.fixture
def brand() -> Iterator[Brand]:
    yield make_brand()
    db.execute("DELETE FROM procrastinate_jobs")  # nothing else empties that table


def troubles(server: Server, path: str, settled: tuple[str, str]) -> Troubles:
    """Every step between wish and settlement at which something may break, in order."""
    return {
        "nobody begins": nullcontext(),
        "killed before it is sent": killed(path, when="before"),
        "the vendor is not available": at_the_server(server, error_5xx=1),
        "done, the answer lost": at_the_server(server, timeout_after_success=1),
        "killed with the answer in its hands": killed(path, when="after"),
        "the database refuses the answer": database_refuses(*settled),
    }


def walk(run: Callable[[], None], trouble: AbstractContextManager[Any]) -> None:
    """Tries twice with the trouble and twice without."""
    with trouble:
        for _ in range(2):
            attempt(run)
    for _ in range(2):
        run()


def test_a_day_is_closed_once_whatever_breaks(brand: Brand) -> None:
    with borrowed("easypost", "--retry-s", "0.05") as server:
        to = {"url": str(server.http.base_url), "token": "sandbox"}
        carrier_id = shipping.connect_carrier(brand.ctx, code="ep", name="EasyPost", provider="easypost", settings=to)
        for step, trouble in troubles(server, "/v2/scan_forms", ("shipping_manifest", "NEW.state = 'closed'")).items():
            [parcel_id] = packed(brand.ctx, draft([("A", 1)]))
            shipping.want_label(brand.ctx, parcel_ids=[parcel_id], carrier_id=carrier_id, is_open=True)
            label = parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id]
            ship.settle_label(brand.ctx, label_id=label.id)
            made = manifests.want(brand.ctx, location_id=brand.berlin, carrier_id=carrier_id)
            walk(lambda made=made: closing.close(brand.ctx, manifest_id=made), trouble)  # type: ignore[misc]
            row = manifests.get(brand.ctx, manifest_id=made)
            assert (row.state, row.parcels) == ("closed", 1), step
            shipment = server.http.get(f"/v2/shipments/{label.key}", auth=("sandbox", "")).json()
            assert shipment["scan_form"]["id"] == row.vendor_id, step
        assert_all_holds()


@pytest.mark.parametrize("provider", ["sandbox_phone", "twilio"])
def test_a_text_is_sent_once_at_most_and_what_nobody_knows_is_asked_of_a_person(brand: Brand, provider: str) -> None:
    with borrowed("phone", "--hold-s", "0.05") as server:
        reached = {"url": str(server.http.base_url), "token": "sandbox", "username": "ACsandbox", "password": "sandbox"}
        texting.connect(brand.ctx, name="Notices", number="+821055550001", provider=provider, settings=reached)
        path = "/texts" if provider == "sandbox_phone" else "/Messages.json"
        for step, trouble in troubles(server, path, ("messaging_message", "NEW.state = 'sent'")).items():
            wish = Draft(f"sms:{step}", "order:1", "+821012345678", "Kim", "", "en", "", f"Yours: {step}", "", way="sms")
            [id] = messages.queue(brand.ctx, drafts=[wish], domain="example.com")
            walk(lambda id=id: send.send(brand.ctx, message_id=id), trouble)  # type: ignore[misc]
            taken = [one for one in server.get("/admin/books")["taken"] if one["text"] == wish.text]
            settled = texts.find(brand.ctx, id=id)
            assert settled is not None
            # without a key nobody can swear that a text was not taken, so it is not sent again by itself
            is_open = provider == "twilio" and step in ("killed before it is sent", "the vendor is not available")
            assert (settled.state, len(taken)) == (("unknown", 0) if is_open else ("sent", 1)), step
            assert all(one.get("times_taken", 1) == 1 for one in taken), step


def test_a_partner_is_asked_once_whatever_breaks(brand: Brand) -> None:
    with borrowed("warehouse", "--retry-s", "0.05", "--hold-s", "0.05") as server:
        to = {"url": str(server.http.base_url), "token": "sandbox"}
        accounts.connect(
            brand.ctx, code="partner", name="Partner", provider="sandbox_warehouse", location_id=brand.berlin, settings=to
        )
        refuses = ("fulfilment_warehouserequest", "NEW.state = 'submitted'")
        for step, trouble in troubles(server, "/orders", refuses).items():
            [order_id] = place(brand.ctx, draft([("A", 1)]))
            drain()
            [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
            row = requests.open_of(brand.ctx, fulfilment_order_ids=[part.id])[part.id]
            walk(lambda id=row.id: warehouses.settle(brand.ctx, request_id=id), trouble)  # type: ignore[misc]
            at_theirs = [one for one in server.get("/admin/books")["orders"] if one["key"] == row.key]
            assert (requests.get_request(brand.ctx, request_id=row.id).state, len(at_theirs)) == ("submitted", 1), step
        assert_all_holds()


@contextmanager
def killed_at_the_printer(when: str) -> Iterator[None]:
    """The program dies before a page is printed, or once it is."""
    real = FolderPrinter.print

    def dies(self: FolderPrinter, **page: Any) -> None:
        if when == "after":
            real(self, **page)
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FolderPrinter, "print", dies)
        yield


def test_a_page_is_printed_once_whatever_breaks(brand: Brand, settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    [parcel_id] = packed(brand.ctx, draft([("A", 1)]))
    buy_label(brand, parcel_id)
    printer = floor.add_printer(brand.ctx, name="Desk", kind="folder", target="desk", language="zpl")

    def lying() -> list[Path]:
        return list((tmp_path / "printed" / "desk").glob("*"))

    steps: Troubles = {
        "nobody begins": nullcontext(),
        "the database refuses that it begins": database_refuses("fulfilment_printjob", "NEW.state = 'printing'"),
        "killed before the page": killed_at_the_printer("before"),
        "killed after the page": killed_at_the_printer("after"),
        "the database refuses that it is printed": database_refuses("fulfilment_printjob", "NEW.state = 'printed'"),
    }
    for n, (step, trouble) in enumerate(steps.items()):
        [job] = floor.want_print(brand.ctx, wishes=[PrintWish(f"label:{n}", "label", f"parcel:{parcel_id}", "order:1", printer)])
        with trouble:
            attempt(lambda job=job: printing.print_now(brand.ctx, print_job_id=job))  # type: ignore[misc]
            written = {paper.name: paper.stat().st_mtime_ns for paper in lying()}
            attempt(lambda job=job: printing.print_now(brand.ctx, print_job_id=job))  # type: ignore[misc]
        for _ in range(2):
            printing.print_now(brand.ctx, print_job_id=job)
        found = jobs.find_print_job(brand.ctx, id=job)
        assert found is not None
        papers = {paper.name: paper.stat().st_mtime_ns for paper in lying()}
        assert (found.state, len(papers)) == ("printed", n + 1), step
        assert written.items() <= papers.items(), step  # what lay there was not written once more
