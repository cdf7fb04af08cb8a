"""Paper of which nobody knows: it is not repeated by itself, a person looks and says."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from doorstep.base import outbox
from doorstep.base.refusals import Refused
from doorstep.flows import printing
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment.actions import PrintWish
from doorstep.fulfilment.values import PrintJobRow
from doorstep.shipping import queries as parcels
from tests.factories import Brand, draft, make_brand, make_ctx, packed, signed_in
from tests.floor import buy_label

pytestmark = pytest.mark.django_db


@pytest.fixture
def torn_line() -> Iterator[int]:
    """A printer that takes some bytes and then breaks the line off.  Gives its port."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen(4)

    def serve() -> None:
        while True:
            try:
                line, _ = door.accept()
            except OSError:
                return
            line.recv(1)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.close()

    threading.Thread(target=serve, daemon=True).start()
    yield int(door.getsockname()[1])
    door.shutdown(socket.SHUT_RDWR)
    door.close()


def unknown(port: int) -> tuple[Brand, int, int]:
    """A label of which nobody knows whether it was printed.  Gives brand, parcel and job."""
    brand = make_brand()
    [parcel_id] = packed(brand.ctx, draft())
    buy_label(brand, parcel_id)
    printer = fulfilment.add_printer(brand.ctx, name="Zebra", kind="raw", target=f"127.0.0.1:{port}", language="zpl")
    order_id = parcels.get_parcel(brand.ctx, parcel_id=parcel_id).order_id
    wish = PrintWish("label:x", "label", f"parcel:{parcel_id}", f"order:{order_id}", printer)
    [job] = fulfilment.want_print(brand.ctx, wishes=[wish])
    printing.print_now(brand.ctx, print_job_id=job)
    return brand, parcel_id, job


def jobs(brand: Brand, parcel_id: int) -> list[PrintJobRow]:
    return floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel_id}"])


def test_a_line_that_broke_after_the_first_byte_is_unknown_and_not_repeated(torn_line: int) -> None:
    brand, parcel_id, job = unknown(torn_line)
    [row] = jobs(brand, parcel_id)
    assert (row.state, "bytes were sent" in row.problem) == ("unknown", True)
    printing.print_now(brand.ctx, print_job_id=job)
    assert [r.state for r in jobs(brand, parcel_id)] == ["unknown"]
    order_id = parcels.get_parcel(brand.ctx, parcel_id=parcel_id).order_id
    told = [e.type for e in outbox.timeline(brand.ctx, of=[f"order:{order_id}"]) if e.type.startswith("print.")]
    assert told == ["print.unknown"]


def test_it_did_print_says_a_person_once(torn_line: int) -> None:
    brand, parcel_id, job = unknown(torn_line)
    client = signed_in(brand.ctx, role="warehouse")
    page = client.get(f"/shipments/{parcel_id}/").content.decode()
    assert "Nobody knows whether it was printed" in page
    for _ in range(2):
        answer = client.post(f"/fulfilment/print-jobs/{job}/done/", {"next": f"/shipments/{parcel_id}/"})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/shipments/{parcel_id}/")
    assert [(r.state, r.problem) for r in jobs(brand, parcel_id)] == [("printed", "Somebody looked: it was printed.")]
    with pytest.raises(Refused, match="illegal_move"):
        printing.print_again(brand.ctx, print_job_id=job, wish="w")
    assert len(jobs(brand, parcel_id)) == 1


@pytest.mark.parametrize(
    "odd", ["NaN", "-1", "https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "/" * 3000]
)
def test_what_is_no_path_of_ours_leads_nobody_astray(torn_line: int, odd: str) -> None:
    brand, _parcel_id, job = unknown(torn_line)
    client = signed_in(brand.ctx)
    answer = client.post(f"/fulfilment/print-jobs/{job}/done/", {"next": odd})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/fulfilment/")


def test_print_again_prints_once_per_click_and_settles_the_old_one(torn_line: int) -> None:
    brand, parcel_id, job = unknown(torn_line)
    client = signed_in(brand.ctx, role="warehouse")
    for wish in ("1", "1", "2"):
        assert client.post(f"/fulfilment/print-jobs/{job}/again/", {"wish": wish}).status_code == 302
    found = jobs(brand, parcel_id)
    assert [r.state for r in found] == ["queued", "queued", "failed"]
    assert {(r.document, r.printer_id) for r in found} == {("label", found[-1].printer_id)}


def test_a_retired_printer_is_not_asked_again(torn_line: int) -> None:
    brand, parcel_id, job = unknown(torn_line)
    fulfilment.retire_printer(brand.ctx, printer_id=jobs(brand, parcel_id)[0].printer_id or 0)
    with pytest.raises(Refused, match="printer_retired"):
        printing.print_again(brand.ctx, print_job_id=job, wish="w")
    assert [r.state for r in jobs(brand, parcel_id)] == ["unknown"]


def test_viewers_and_strangers_say_nothing_about_paper(torn_line: int) -> None:
    brand, parcel_id, job = unknown(torn_line)
    viewer, stranger = signed_in(brand.ctx, role="viewer"), signed_in(make_ctx("Stranger"))
    for verb in ("again", "done"):
        assert viewer.post(f"/fulfilment/print-jobs/{job}/{verb}/", {"wish": "a"}).status_code == 403
        assert stranger.post(f"/fulfilment/print-jobs/{job}/{verb}/", {"wish": "a"}).status_code == 404
    assert [r.state for r in jobs(brand, parcel_id)] == ["unknown"]


def test_a_test_label_of_which_nobody_knows_is_said_in_words(torn_line: int) -> None:
    brand, parcel_id, _job = unknown(torn_line)
    client = signed_in(brand.ctx)
    id = jobs(brand, parcel_id)[0].printer_id
    page = client.post(f"/settings/printers/{id}/test/", {"wish": "1"}, follow=True).content.decode()
    assert "nobody knows whether it printed" in page
