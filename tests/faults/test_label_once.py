"""Whatever breaks between the wish for a label and its settlement, the carrier's books and ours agree: one label, paid once.

Every step is walked for every carrier with a server. Its faults are the server's own, a program that dies in the middle of a call
(raised where the HTTP library sends and receives), and a database that refuses the write.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

import httpx
import pytest
from django.db import DatabaseError

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import label_files as files_flow
from doorstep.flows import printing, ship
from doorstep.shipping import actions as shipping
from doorstep.shipping import label_files
from doorstep.shipping import queries as parcels
from doorstep.shipping.values import LabelRow
from tests.factories import Brand, draft, make_brand, packed, receive
from tests.sandboxes import Server, borrowed
from tests.short_picks import assert_all_holds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]
SERVERS = {"sandbox_carrier": ("carrier", "--retry-s", "0.05"), "easypost": ("easypost", "--retry-s", "0.05")}
BUYS = {"sandbox_carrier": "/labels", "easypost": "/buy"}
PAID = {"sandbox_carrier": {"created"}, "easypost": {"bought"}}


class Killed(BaseException):
    """The program ends here, without a chance to tidy up."""


@contextmanager
def at_the_server(server: Server, **share: float) -> Iterator[None]:
    """The server misbehaves so."""
    server.post("/admin/faults", {"hold_s": 0.05, **share})
    try:
        yield
    finally:
        server.post("/admin/faults", {})


@contextmanager
def killed(path: str, *, when: str, method_is: str = "POST") -> Iterator[None]:
    """The program dies before it sends such a request, or once it has the answer."""
    real = httpx.Client.request

    def request(self: httpx.Client, method: str, url: Any, **more: Any) -> httpx.Response:
        strikes = method == method_is and str(url).endswith(path)
        if strikes and when == "before":
            raise Killed
        answer = real(self, method, url, **more)
        if strikes:
            raise Killed
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.Client, "request", request)
        yield


@contextmanager
def database_refuses(table: str, when: str) -> Iterator[None]:
    """The database says no to one kind of write, as it does when its disk is full."""
    db.execute("""CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS
                  $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$""")
    db.execute(f"CREATE TRIGGER full_disk BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION pg_temp.refuse()")
    try:
        yield
    finally:
        db.execute(f"DROP TRIGGER full_disk ON {table}")
        db.execute("DROP FUNCTION pg_temp.refuse()")


def steps(provider: str, server: Server) -> dict[str, AbstractContextManager[Any]]:
    """Every step between wish and settlement at which something may break, in order."""
    buys = BUYS[provider]
    own: dict[str, AbstractContextManager[Any]] = {}
    if provider == "easypost":
        own = {
            "the shipment is made, its answer lost": at_the_server(server, lose_created=1, timeout_after_success=1),
            "killed before the shipment is made": killed("/v2/shipments", when="before"),
            "killed once the shipment is made": killed("/v2/shipments", when="after"),
            "bought, and the carrier behind it timed out": at_the_server(server, timed_out=1),
        }
    rates = "/rates"
    return {
        "the wish is committed, and nobody begins": nullcontext(),
        "killed before the rates are asked for": killed(rates, when="before"),
        "killed once the rates are known": killed(rates, when="after"),
        "the database refuses that it will be asked": database_refuses("shipping_label", "NEW.asked_times > OLD.asked_times"),
        "the carrier is not available": at_the_server(server, error_5xx=1),
        **own,
        "killed before the purchase is sent": killed(buys, when="before"),
        "booked, the answer lost": at_the_server(server, timeout_after_success=1),
        "booked, half of the answer lost": at_the_server(server, garbled=1),
        "killed with the answer in its hands": killed(buys, when="after"),
        "the database refuses the answer": database_refuses("shipping_label", "NEW.state = 'bought'"),
        "the database refuses the parcel": database_refuses("shipping_parcel", "NEW.state = 'labelled'"),
    }


def paid(provider: str, server: Server, label: LabelRow) -> list[str]:
    """The tracking numbers that a wish cost money for, by the carrier's own books."""
    found = server.get("/admin/books")["shipments"]
    return [one["tracking_number"] for one in found if one["key"] == label.key and one["state"] in PAID[provider]]


NOTHING_BREAKS = ("the wish is committed, and nobody begins", "bought, and the carrier behind it timed out")


def attempt(run: Callable[[], None]) -> bool:
    """Whether it broke."""
    try:
        run()
    except (Killed, httpx.HTTPError, DatabaseError):
        return True
    return False


@pytest.fixture
def brands() -> Iterator[Callable[[Server, str], Brand]]:
    def make(server: Server, provider: str) -> Brand:
        brand = make_brand()
        receive(brand.ctx, variant_id=brand.variants["A"], location_id=brand.berlin, qty=100)
        to = {"url": str(server.http.base_url), "token": "sandbox"}
        shipping.connect_carrier(brand.ctx, code="c", name="Carrier", provider=provider, settings=to)
        db.execute("SELECT setval('shipping_parcel_id_seq', %s)", [time.time_ns() % 10**12])
        return brand

    yield make
    db.execute("DELETE FROM procrastinate_jobs")  # nothing else empties that table


@pytest.mark.parametrize("provider", SERVERS)
def test_a_label_is_bought_once_whatever_breaks_and_wherever(provider: str, brands: Callable[[Server, str], Brand]) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(borrowed(*SERVERS[provider]))
        brand = brands(server, provider)
        [carrier] = parcels.list_carriers(brand.ctx)
        for step, trouble in steps(provider, server).items():
            [parcel_id] = packed(brand.ctx, draft([("A", 1)]))
            live = parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id])
            if not live:
                shipping.want_label(brand.ctx, parcel_ids=[parcel_id], carrier_id=carrier.id, is_open=True)
            label = parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id]
            with trouble:
                broke = [attempt(lambda id=label.id: ship.settle_label(brand.ctx, label_id=id)) for _ in range(2)]  # type: ignore[misc]
            assert broke[0] is (step not in NOTHING_BREAKS), step
            for _ in range(2):
                ship.settle_label(brand.ctx, label_id=label.id)
            settled = parcels.get_label(brand.ctx, label_id=label.id)
            assert settled.state == "bought", step
            assert paid(provider, server, label) == [settled.tracking_number], step
            assert parcels.get_parcel(brand.ctx, parcel_id=parcel_id).tracking_number == settled.tracking_number, step
        assert_all_holds()


@contextmanager
def killed_at_the_file(when: str) -> Iterator[None]:
    """The program dies before it asks for the file, or with the file in its hands."""
    real = httpx.Client.stream

    @contextmanager
    def stream(self: httpx.Client, method: str, url: Any, **more: Any) -> Iterator[httpx.Response]:
        if when == "before":
            raise Killed
        with real(self, method, url, **more) as answer:
            yield answer
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.Client, "stream", stream)
        yield


def test_the_carriers_own_file_comes_whatever_breaks_and_nothing_is_bought_for_it(brands: Callable[[Server, str], Brand]) -> None:
    """The step after the purchase, the label's file: what prints is the carrier's own, byte for byte."""
    with ExitStack() as stack:
        server = stack.enter_context(borrowed(*SERVERS["easypost"]))
        brand = brands(server, "easypost")
        [carrier] = parcels.list_carriers(brand.ctx)
        troubles: dict[str, AbstractContextManager[Any]] = {
            "nobody begins": nullcontext(),
            "killed before the shipment is looked at": killed("", when="before", method_is="GET"),
            "killed before the file is asked for": killed_at_the_file("before"),
            "killed with the file in its hands": killed_at_the_file("after"),
            "the carrier is not available": at_the_server(server, error_5xx=1),
            "the file is not there yet": at_the_server(server, file_missing=1),
            "the file does not come": at_the_server(server, file_silent=1),
            "a page comes instead": at_the_server(server, file_wrong=1),
            "the database refuses the file": database_refuses("shipping_labelfile", "NEW.state = 'kept'"),
        }
        for n, (step, trouble) in enumerate(troubles.items()):
            [parcel_id] = packed(brand.ctx, draft([("A", 1)]))
            shipping.want_label(brand.ctx, parcel_ids=[parcel_id], carrier_id=carrier.id, is_open=True)
            label = parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id]
            if n % 2:  # the answer of the purchase was lost: what was bought is found, and its file with it
                with at_the_server(server, timeout_after_success=1):
                    attempt(lambda id=label.id: ship.settle_label(brand.ctx, label_id=id))  # type: ignore[misc]
            ship.settle_label(brand.ctx, label_id=label.id)
            [file] = label_files.files_of(brand.ctx, label_ids=[label.id])
            assert (file.language, file.state, file.wanted_by) == ("pdf", "wanted", ""), step
            with pytest.raises(Refused) as refused:
                printing.draw(brand.ctx, document="label", subject_id=parcel_id, language="pdf")
            assert refused.value.code == "label_awaited"
            with trouble:
                for _ in range(2):
                    attempt(lambda id=file.id: files_flow.fetch(brand.ctx, file_id=id))  # type: ignore[misc]
            files_flow.fetch(brand.ctx, file_id=file.id)
            settled = parcels.get_label(brand.ctx, label_id=label.id)
            assert paid("easypost", server, label) == [settled.tracking_number], step
            shipment = server.http.get(f"/v2/shipments/{settled.vendor_id}", auth=("sandbox", "")).json()
            theirs = server.http.get(shipment["postage_label"]["label_url"]).content
            assert theirs.startswith(b"%PDF-"), step
            assert printing.draw(brand.ctx, document="label", subject_id=parcel_id, language="pdf") == theirs, step
        assert_all_holds()


@pytest.mark.parametrize("provider", SERVERS)
def test_a_label_is_given_back_once_whatever_breaks(provider: str, brands: Callable[[Server, str], Brand]) -> None:
    path = {"sandbox_carrier": "/void", "easypost": "/refund"}[provider]
    with ExitStack() as stack:
        server = stack.enter_context(borrowed(*SERVERS[provider]))
        brand = brands(server, provider)
        [carrier] = parcels.list_carriers(brand.ctx)
        troubles: dict[str, AbstractContextManager[Any]] = {
            "killed before it is sent": killed(path, when="before"),
            "the carrier is not available": at_the_server(server, error_5xx=1),
            "killed with the answer in its hands": killed(path, when="after"),
            "the database refuses the answer": database_refuses("shipping_label", "NEW.state = 'voided'"),
        }
        for step, trouble in troubles.items():
            [parcel_id] = packed(brand.ctx, draft([("A", 1)]))
            shipping.want_label(brand.ctx, parcel_ids=[parcel_id], carrier_id=carrier.id, is_open=True)
            label = parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id]
            ship.settle_label(brand.ctx, label_id=label.id)
            shipping.want_void(brand.ctx, parcel_ids=[parcel_id])
            with trouble:
                assert attempt(lambda id=label.id: ship.settle_label(brand.ctx, label_id=id)), step  # type: ignore[misc]
            ship.settle_label(brand.ctx, label_id=label.id)
            settled = parcels.get_label(brand.ctx, label_id=label.id)
            assert (settled.state, paid(provider, server, label)) == ("voided", []), step
            assert settled.credit == ("pending" if provider == "easypost" else "given"), step
            assert parcels.get_parcel(brand.ctx, parcel_id=parcel_id).state == "packed", step
        assert_all_holds()
