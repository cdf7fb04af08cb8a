"""Packing, and wishes for paper."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.fulfilment import actions, queries
from doorstep.fulfilment.actions import PrintWish
from doorstep.fulfilment.port import PrinterTrouble, printers
from doorstep.fulfilment.values import PrintState
from doorstep.orders import actions as orders
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from doorstep.shipping import queries as parcels
from tests.audit import assert_all_holds
from tests.factories import Brand, draft, listed, make_brand, make_ctx, packed, picked, together

pytestmark = pytest.mark.django_db


def test_a_picked_order_becomes_one_parcel_with_all_its_units() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 2), ("B", 1)]))
    assert [row["fulfilment_order_id"] for row in queries.find_to_pack(brand.ctx)] == [part]
    parcel_id = actions.pack(brand.ctx, fulfilment_order_id=part)
    assert parcel_id is not None
    parcel = parcels.get_parcel(brand.ctx, parcel_id=parcel_id)
    assert (parcel.state, parcel.status, parcel.location_id, parcel.weight_g) == (
        "packed",
        "pre_transit",
        brand.berlin,
        100,
    )
    assert [(i.sku, i.qty) for i in parcels.parcel_lines_of(brand.ctx, parcel_ids=[parcel_id])] == [("A", 2), ("B", 1)]
    assert queries.find_to_pack(brand.ctx) == []
    assert actions.pack(brand.ctx, fulfilment_order_id=part) is None
    assert_all_holds()


def test_what_is_not_picked_is_not_packed() -> None:
    brand = make_brand()
    [part] = listed(brand.ctx, draft([("A", 2)]))
    with pytest.raises(Refused, match="wrong_state"):
        actions.pack(brand.ctx, fulfilment_order_id=part)
    assert parcels.live_parcels_of(brand.ctx, fulfilment_order_ids=[part]) == {}


def test_a_held_order_is_not_packed_and_its_refusal_says_why() -> None:
    """ShipHero: a hold placed during picking does not stop the shipment."""
    brand = make_brand()
    [part] = picked(brand.ctx, draft())
    orders.hold(brand.ctx, wishes=[HoldWish(part, HoldReason.INCORRECT_ADDRESS)])
    with pytest.raises(Refused) as refused:
        actions.pack(brand.ctx, fulfilment_order_id=part)
    assert (refused.value.code, refused.value.facts["reason"]) == ("on_hold", "incorrect_address")
    assert parcels.live_parcels_of(brand.ctx, fulfilment_order_ids=[part]) == {}
    assert_all_holds()


def test_a_stranger_packs_nothing() -> None:
    brand, stranger = make_brand(), make_ctx()
    [part] = picked(brand.ctx, draft())
    with pytest.raises(Refused, match="wrong_state"):
        actions.pack(stranger, fulfilment_order_id=part)
    assert parcels.live_parcels_of(brand.ctx, fulfilment_order_ids=[part]) == {}


@pytest.mark.django_db(transaction=True)
def test_eight_packers_at_once_close_one_parcel() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft())
    answers = together(*[lambda: actions.pack(brand.ctx, fulfilment_order_id=part)] * 8)
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert len([a for a in answers if a is not None]) == 1
    assert db.scalar("SELECT count(*) FROM shipping_parcel") == 1
    assert_all_holds()


def printer(brand: Brand, **more: object) -> int:
    given = {"name": "Desk", "kind": "folder", "target": "desk"} | more
    return actions.add_printer(brand.ctx, **given)  # type: ignore[arg-type]


def wish(brand: Brand, key: str = "label:1") -> PrintWish:
    return PrintWish(key, "label", "parcel:1", "order:1", printer(brand))


def test_a_wish_for_paper_is_one_however_often_it_is_made() -> None:
    brand = make_brand()
    [job] = actions.want_print(brand.ctx, wishes=[wish(brand), wish(brand)])
    assert actions.want_print(brand.ctx, wishes=[wish(brand)]) == []
    found = queries.find_print_job(brand.ctx, id=job)
    assert found is not None
    assert found.state == "queued"
    assert db.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'print_document'") == 1


def test_a_print_moves_by_compare_and_set() -> None:
    brand = make_brand()
    [job] = actions.want_print(brand.ctx, wishes=[wish(brand)])

    def move(to: PrintState) -> bool:
        return actions.move_print(brand.ctx, print_job_id=job, to=to)

    assert move(PrintState.PRINTING)
    assert not move(PrintState.PRINTING)
    assert move(PrintState.PRINTED)
    assert not move(PrintState.FAILED)
    assert db.scalar("SELECT count(*) FROM base_event WHERE type = 'print.printed'") == 1


def test_the_printer_of_the_place_is_taken_before_one_for_everywhere() -> None:
    brand = make_brand()
    anywhere = printer(brand)
    near = printer(brand, name="Seoul", location_id=brand.seoul)
    seoul, berlin = (queries.find_printer(brand.ctx, location_id=at) for at in (brand.seoul, brand.berlin))
    assert seoul is not None
    assert berlin is not None
    assert (seoul.id, berlin.id) == (near, anywhere)
    actions.retire_printer(brand.ctx, printer_id=near)
    actions.retire_printer(brand.ctx, printer_id=anywhere)
    assert queries.find_printer(brand.ctx, location_id=brand.seoul) is None


def test_a_folder_gets_whole_files_each_once(tmp_path: Path) -> None:
    desk = printers.get("folder", {"folder": str(tmp_path / "desk")})
    assert desk.was_printed("label:1") is False
    for _ in range(2):
        desk.print(key="label:1", data=b"%PDF-1", language="pdf")
    assert desk.was_printed("label:1") is True
    desk.print(key="label/1", data=b"other", language="pdf")
    files = sorted((tmp_path / "desk").iterdir())
    assert sorted(f.read_bytes() for f in files) == [b"%PDF-1", b"other"]
    assert {f.suffix for f in files} == {".pdf"}


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("a file, not a folder")
    with pytest.raises(PrinterTrouble):
        printers.get("folder", {"folder": str(tmp_path / "desk")}).print(key="1", data=b"x", language="pdf")


def test_cups_that_is_not_there_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PrinterTrouble, match="lp is missing"):
        printers.get("cups", {"queue": "zebra"}).print(key="1", data=b"^XA^XZ", language="zpl")


def test_cups_gets_the_bytes_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lp = tmp_path / "lp"
    lp.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nfor f in "$@"; do :; done\n/bin/cat "$f" > {tmp_path}/got\n'
    )
    lp.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    printers.get("cups", {"queue": "zebra"}).print(key="label:1", data=b"^XA^XZ", language="zpl")
    assert (tmp_path / "got").read_bytes() == b"^XA^XZ"
    assert (tmp_path / "asked").read_text().startswith("-d zebra -t label:1 -o raw ")


def test_cups_that_refuses_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lp = tmp_path / "lp"
    lp.write_text("#!/bin/sh\necho 'lp: no such queue' >&2\nexit 1\n")
    lp.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PrinterTrouble, match="no such queue"):
        printers.get("cups", {"queue": "zebra"}).print(key="1", data=b"x", language="pdf")


def test_a_socket_gets_the_bytes_as_they_are() -> None:
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            connection, _ = server.accept()
            with connection:
                while part := connection.recv(65536):
                    got.append(part)

        thread = threading.Thread(target=listen)
        thread.start()
        port = printers.get("raw", {"host": "127.0.0.1", "port": str(server.getsockname()[1])})
        port.print(key="1", data=b"^XA^FD\xea\xb9\x80^XZ" * 5000, language="zpl")
        thread.join(10)
    assert b"".join(got) == b"^XA^FD\xea\xb9\x80^XZ" * 5000
    assert port.was_printed("1") is None


def test_a_socket_nobody_listens_on_says_so() -> None:
    with pytest.raises(PrinterTrouble, match=r"127\.0\.0\.1:9"):
        printers.get("raw", {"host": "127.0.0.1", "port": "9"}).print(key="1", data=b"x", language="zpl")


def test_a_folder_printer_never_writes_outside_its_folder(settings: object, tmp_path: Path) -> None:
    from doorstep.flows.printing import printer_of

    settings.HOME = tmp_path / "home"  # type: ignore[attr-defined]
    brand = make_brand()
    id = printer(brand, target=f"..{tmp_path}/outside")
    row = next(p for p in queries.list_printers(brand.ctx) if p.id == id)
    printer_of(row).print(key="1", data=b"x", language="pdf")
    assert not (tmp_path / "outside").exists()


def test_a_label_printer_gets_labels_alone() -> None:
    from doorstep.base.money import Money
    from doorstep.shipping import actions as shipping
    from doorstep.shipping.port import Bought
    from doorstep.worker.dispatch import drain

    brand = make_brand()
    printer(brand, language="zpl")
    [parcel] = packed(brand.ctx, draft())
    carrier = shipping.connect_carrier(brand.ctx, code="x", name="X", provider="sandbox_carrier", settings={"url": "http://127.0.0.1:9"})
    [label] = shipping.want_label(brand.ctx, parcel_ids=[parcel], carrier_id=carrier)
    answer = Bought("shp_1", "601000000135", "KR48", "STANDARD", Money(3500, "KRW"))
    shipping.settle_label(brand.ctx, label_id=label, answer=answer)
    drain()
    assert [job.document for job in queries.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel}"])] == ["label"]
