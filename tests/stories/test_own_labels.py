"""A carrier that draws its labels: its own file is awaited, printed as it came, shown by page, and given up with the label."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import exceptions, printing, ship, station
from doorstep.flows import label_files as flow
from doorstep.flows.exceptions import What
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.shipping import actions as shipping
from doorstep.shipping import label_files
from doorstep.shipping import queries as parcels
from doorstep.tasks import queries as tasks
from doorstep.tasks.queries import OfKinds
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, packed, signed_in
from tests.sandboxes import Server, borrowed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


@pytest.fixture(scope="module")
def easypost() -> Iterator[Server]:
    with borrowed("easypost", "--retry-s", "0.05") as server:
        yield server


@pytest.fixture(autouse=True)
def no_jobs_left() -> Iterator[None]:
    yield
    db.execute("DELETE FROM procrastinate_jobs")  # nothing else empties that table


def bought(server: Server, language: str) -> tuple[Brand, int, int, int]:
    """A parcel whose label is bought where a printer speaks this language.  Gives brand, parcel, label, printer."""
    brand = make_brand()
    printer = fulfilment.add_printer(brand.ctx, name="P", kind="folder", target=f"own-{language}", language=language)
    to = {"url": str(server.http.base_url), "token": "sandbox"}
    carrier = shipping.connect_carrier(brand.ctx, code="c", name="Carrier", provider="easypost", settings=to)
    [parcel_id] = packed(brand.ctx, draft([("A", 1)]))
    drain()
    if not parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id]):
        shipping.want_label(brand.ctx, parcel_ids=[parcel_id], carrier_id=carrier, is_open=True)
    label = parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id]
    ship.settle_label(brand.ctx, label_id=label.id)
    drain()
    return brand, parcel_id, label.id, printer


def run(brand: Brand, label_id: int) -> None:
    for row in label_files.files_of(brand.ctx, label_ids=[label_id]):
        flow.fetch(brand.ctx, file_id=row.id)
    drain()


def jobs(brand: Brand, parcel_id: int) -> list[tuple[str, str]]:
    found = floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel_id}"])
    return [(job.document, job.state) for job in found if job.document == "label"]


def printed(target: str) -> set[bytes]:
    return {path.read_bytes() for path in (Path(settings.HOME) / "printed" / target).glob("label-*")}


def test_it_is_printed_once_it_is_here_and_as_it_came(easypost: Server) -> None:
    brand, parcel_id, label_id, printer = bought(easypost, "zpl")
    assert jobs(brand, parcel_id) == []  # the label is bought and nothing is printed yet
    easypost.post("/admin/faults", {"file_missing": 1})
    run(brand, label_id)
    easypost.post("/admin/faults", {})
    [file] = label_files.files_of(brand.ctx, label_ids=[label_id])
    assert (file.language, file.state, file.asked_times) == ("zpl", "wanted", 1)
    assert "404" in file.problem
    assert label_files.find_unfetched(now=brand.ctx.now) == []
    assert label_files.find_unfetched(now=brand.ctx.now + timedelta(seconds=2)) == [(brand.ctx.organisation_id, file.id)]
    page = signed_in(brand.ctx).get(f"/shipments/{parcel_id}/").content.decode()
    assert "did not come yet as ZPL" in page
    printing.reprint(brand.ctx, parcel_ids=[parcel_id], document="label", wish="1")  # somebody is impatient
    [waiting] = [job.id for job in floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel_id}"])]
    printing.print_now(brand.ctx, print_job_id=waiting)
    assert jobs(brand, parcel_id) == [("label", "queued")]
    run(brand, label_id)
    [file] = label_files.files_of(brand.ctx, label_ids=[label_id])
    theirs = label_files.data_of(brand.ctx, file_id=file.id)
    for job in floor.jobs_of_printer(brand.ctx, printer_id=printer, states=["queued"]):
        printing.print_now(brand.ctx, print_job_id=job.id)
    assert jobs(brand, parcel_id) == [("label", "printed"), ("label", "printed")]
    assert printed("own-zpl") == {theirs}
    assert theirs.startswith(b"^XA")
    asked = [one["body"]["options"]["label_format"] for one in easypost.get("/admin/books")["shipments"]]
    assert asked == ["ZPL"]


def test_another_language_is_fetched_when_asked_for_and_what_never_comes_says_so(easypost: Server) -> None:
    brand, parcel_id, label_id, _printer = bought(easypost, "pdf")
    run(brand, label_id)
    owner = signed_in(brand.ctx)
    shown = owner.get(f"/shipments/{parcel_id}/label.pdf")
    assert shown.content.startswith(b"%PDF-")
    [drawn] = station.pages(brand.ctx, job=floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel_id}"])[-1])
    assert drawn.startswith(b"<svg")
    with pytest.raises(Refused) as refused:
        printing.draw(brand.ctx, document="label", subject_id=parcel_id, language="zpl")
    assert refused.value.code == "label_awaited"
    run(brand, label_id)
    assert printing.draw(brand.ctx, document="label", subject_id=parcel_id, language="zpl").startswith(b"^XA")
    assert jobs(brand, parcel_id) == [("label", "queued")]  # what somebody looks at is not printed by itself
    theirs = parcels.get_label(brand.ctx, label_id=label_id).vendor_id
    db.execute("UPDATE shipping_label SET vendor_id = 'shp_nobody' WHERE id = %s", [label_id])
    db.execute("DELETE FROM shipping_labelfile")
    owner.post(f"/shipments/{parcel_id}/label-file/", {"language": "pdf"})
    run(brand, label_id)
    [file] = label_files.files_of(brand.ctx, label_ids=[label_id])
    assert (file.state, file.ask_at) == ("failed", None)
    where = OfKinds(exceptions.KINDS, waits=False)
    [task] = tasks.list_of_kinds(brand.ctx, where=where)
    assert exceptions.what_of(task) is What.LABEL_FILE
    assert "Fetch the label again" in owner.get("/shipments/exceptions/").content.decode()
    page = owner.get(f"/shipments/exceptions/{task.id}/").content.decode()
    assert f'action="/shipments/{parcel_id}/label-file/"' in page
    [job] = floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel_id}"])[-1:]
    printing.print_now(brand.ctx, print_job_id=job.id)
    assert jobs(brand, parcel_id) == [("label", "failed")]
    assert "does not come as PDF" in owner.get(f"/shipments/{parcel_id}/").content.decode()
    db.execute("UPDATE shipping_label SET vendor_id = %s WHERE id = %s", [theirs, label_id])
    owner.post(f"/shipments/{parcel_id}/label-file/", {"language": "pdf"})
    run(brand, label_id)
    assert (tasks.list_of_kinds(brand.ctx, where=where), tasks.get(brand.ctx, task_id=task.id).state) == ([], "done")


def test_with_the_label_and_with_the_address_its_file_goes(easypost: Server) -> None:
    for given_back in (True, False):
        brand, parcel_id, label_id, _printer = bought(easypost, "pdf")
        run(brand, label_id)
        if given_back:
            shipping.want_void(brand.ctx, parcel_ids=[parcel_id])
            ship.settle_label(brand.ctx, label_id=label_id)
        else:
            order_id = parcels.get_parcel(brand.ctx, parcel_id=parcel_id).order_id
            shipping.erase_addresses(brand.ctx, order_ids=[order_id], line="erased")
        [file] = label_files.files_of(brand.ctx, label_ids=[label_id])
        assert (file.state, file.size) == ("erased", 0)
        with pytest.raises(Refused) as refused:
            printing.draw(brand.ctx, document="label", subject_id=parcel_id, language="pdf")
        assert refused.value.code == ("no_label" if given_back else "label_not_fetched")
