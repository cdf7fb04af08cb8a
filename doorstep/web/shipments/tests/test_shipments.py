"""Shipments and carriers through HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import notify, ship
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries
from doorstep.shipping.port import Declined, NotTaken, Scan
from doorstep.shipping.values import TrackingStatus
from tests.factories import Brand, draft, make_brand, make_ctx, packed, signed_in
from tests.floor import buy_label, listed, pick_all

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"name": "Fast Post", "provider": "sandbox_carrier", "url": "http://127.0.0.1:9/", "token": "very-secret"}


def labelled() -> tuple[Brand, int]:
    brand, row, [part] = listed([("A", 2)])
    pick_all(brand, row.id)
    parcel = fulfilment.pack(brand.ctx, fulfilment_order_id=part) or 0
    buy_label(brand, parcel)
    return brand, parcel


def test_a_shipment_is_found_and_tells_everything() -> None:
    brand, parcel = labelled()
    at = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    told = Scan("e1", "DS1234567890", TrackingStatus.IN_TRANSIT, "41", "Left the hub", "Leipzig", at)
    shipping.record_scans(brand.ctx, parcel_id=parcel, scans=[told])
    client = signed_in(brand.ctx, role="viewer")
    page = client.get(f"/shipments/{parcel}/").content.decode()
    for words in ("DS1234567890", "Label bought", "Left the hub", "Leipzig", "Thing A", "김민서", "bought the label"):
        assert words in page, words
    assert "Print the label again" not in page
    for query, there in (
        ("", True), ("?q=DS1234", True), ("?state=labelled", True), ("?state=packed", False), ("?status=delivered", False),
        ("?q=nothing", False), ("?carrier=abc&state=strange&after=%00", True),
    ):  # fmt: skip
        assert (f"/shipments/{parcel}/" in client.get(f"/shipments/{query}").content.decode()) is there, query


def test_marks_that_turn_text_round_turn_nothing_of_the_tracking_page_but_their_own() -> None:
    brand, parcel = labelled()
    at = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    turned = "\u202eevil<i>"
    scan = Scan("e1", "DS1234567890", TrackingStatus.OUT_FOR_DELIVERY, "82", "배송출발", turned, at)
    shipping.record_scans(brand.ctx, parcel_id=parcel, scans=[scan])
    order_id = queries.get_parcel(brand.ctx, parcel_id=parcel).order_id
    db.execute("UPDATE orders_order SET name = %s", [turned])
    db.execute("UPDATE shipping_carrier SET name = %s", [turned])
    link = "/t/" + notify.tracking_link(brand.ctx, order_id=order_id).partition("/t/")[2]
    page = Client().get(f"{link}?language=en").content.decode()
    said = page.partition("<body")[2].count("\u202eevil&lt;i&gt;")
    isolated = [f"<bdi>{before}\u202eevil&lt;i&gt;</bdi>" in page for before in ("Order ", "")]
    assert (said, page.count("</bdi>"), isolated) == (3, 3, [True, True])


def test_a_carriers_words_are_told_in_the_language_of_the_reader() -> None:
    brand, parcel = labelled()
    at = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    told = [
        Scan("e1", "DS1234567890", TrackingStatus.OUT_FOR_DELIVERY, "82", "배송출발", "해운대", at),
        Scan("e2", "DS1234567890", TrackingStatus.IN_TRANSIT, "21", "간선상차", "옥천", at - timedelta(hours=2)),
        Scan("e3", "DS1234567890", TrackingStatus.IN_TRANSIT, "x9", "허브 도착", "옥천", at - timedelta(hours=3)),
        Scan("e4", "DS1234567890", None, "50", "정보수정", "", at - timedelta(hours=1)),
    ]
    shipping.record_scans(brand.ctx, parcel_id=parcel, scans=told)
    order_id = queries.get_parcel(brand.ctx, parcel_id=parcel).order_id
    staff = [f"/shipments/{parcel}/", f"/orders/{order_id}/"]
    link = "/t/" + notify.tracking_link(brand.ctx, order_id=order_id).partition("/t/")[2]
    english, korean = signed_in(brand.ctx), signed_in(brand.ctx, language="ko")
    for page in [english.get(path).content.decode() for path in [*staff, f"{link}?language=en"]]:
        assert "Out for delivery" in page
        assert '<span class="said">loaded at hub</span>' in page
        assert '<span class="said">information corrected</span>' in page
        assert '<span class="said" lang="ko">허브 도착</span>' in page
        assert not any(words in page for words in ("배송출발", "간선상차", "정보수정", "out for delivery"))
    for page in [korean.get(path).content.decode() for path in [*staff, f"{link}?language=ko"]]:
        assert '<span class="said">간선상차</span>' in page
        assert '<span class="said">허브 도착</span>' in page
        assert "loaded at hub" not in page


def test_paper_comes_again_once_per_click() -> None:
    brand, parcel = labelled()
    client = signed_in(brand.ctx, role="warehouse")
    assert client.post(f"/shipments/{parcel}/reprint/", {"document": "label", "wish": "a"}).status_code == 409
    fulfilment.add_printer(brand.ctx, name="Desk", kind="folder", target="desk")
    for wish in ("1", "1", "2"):
        answer = client.post(f"/shipments/{parcel}/reprint/", {"document": "label", "wish": wish})
        assert answer.headers["Location"] == f"/shipments/{parcel}/"
    assert len(floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel}"])) == 2
    assert client.post(f"/shipments/{parcel}/reprint/", {"document": "photo"}).status_code in (409, 422)


def test_viewers_change_nothing_and_strangers_find_nothing() -> None:
    brand, parcel = labelled()
    viewer, stranger = signed_in(brand.ctx, role="viewer"), signed_in(make_ctx("Stranger"))
    assert stranger.get(f"/shipments/{parcel}/").status_code == 404
    assert f"/shipments/{parcel}/" not in stranger.get("/shipments/").content.decode()
    for path in ("reprint", "label"):
        assert viewer.post(f"/shipments/{parcel}/{path}/", {"document": "label"}).status_code == 403
        assert stranger.post(f"/shipments/{parcel}/{path}/", {"document": "label"}).status_code == 404


def test_a_carrier_is_connected_and_its_token_never_shown_again() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    assert client.post("/settings/carriers/connect/", FORM).status_code == 302
    [row] = queries.list_carriers(ctx)
    secret = row.settings["webhook_secret"]
    assert secret.startswith("whsec_")
    kept = {"url": "http://127.0.0.1:9", "token": "very-secret", "webhook_secret": secret}
    assert (row.code, row.settings) == ("fast-post", kept)
    page = client.get("/settings/carriers/").content.decode()
    assert "very-secret" not in page
    assert secret not in page + client.get(f"/settings/carriers/{row.id}/").content.decode()
    away = client.post(f"/settings/carriers/{row.id}/change/", {"url": "https://post.example.com", "token": ""})
    assert (away.status_code, "Give the password or token again." in away.content.decode()) == (422, True)
    assert 'value="https://post.example.com"' in away.content.decode()
    client.post(f"/settings/carriers/{row.id}/change/", {"url": "http://127.0.0.1:9", "token": ""})
    [row] = queries.list_carriers(ctx)
    assert row.settings == kept
    client.post(f"/settings/carriers/{row.id}/change/", {"url": "https://post.example.com", "token": "another"})
    [row] = queries.list_carriers(ctx)
    assert row.settings == kept | {"url": "https://post.example.com", "token": "another"}
    again = client.post("/settings/carriers/connect/", FORM)
    assert again.status_code == 422
    assert "very-secret" not in again.content.decode()


def test_a_silent_carrier_and_a_bad_address_are_said_in_words() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    for wrong in ("ftp://x", "http://x y", "http://me:secret@x", "https://" + "x" * 200, ""):
        assert client.post("/settings/carriers/connect/", FORM | {"url": wrong}).status_code == 422, wrong
    assert queries.list_carriers(ctx) == []
    client.post("/settings/carriers/connect/", FORM)
    [row] = queries.list_carriers(ctx)
    bad = client.post(f"/settings/carriers/{row.id}/change/", {"url": "nowhere"})
    assert (bad.status_code, "This is not an address" in bad.content.decode()) == (422, True)
    silent = client.post(f"/settings/carriers/{row.id}/test/")
    assert silent.status_code == 502
    assert "Fast Post did not answer" in silent.content.decode()
    stranger = signed_in(make_ctx("Stranger"))
    assert stranger.post(f"/settings/carriers/{row.id}/test/").status_code == 404
    assert signed_in(ctx, role="manager").post(f"/settings/carriers/{row.id}/test/").status_code == 403


def connected(ctx: Ctx, name: str) -> int:
    return shipping.connect_carrier(
        ctx, code=name.lower(), name=name, provider="sandbox_carrier", settings={"url": "http://127.0.0.1:9"}
    )


def test_a_label_is_voided_after_its_effect_was_shown_and_another_carrier_is_asked() -> None:
    brand, parcel = labelled()
    other = connected(brand.ctx, "Other")
    order_id = queries.get_parcel(brand.ctx, parcel_id=parcel).order_id
    client = signed_in(brand.ctx, role="warehouse")
    for path in (f"/shipments/{parcel}/", f"/orders/{order_id}/"):
        page = client.get(path).content.decode()
        for words in ("Sandbox is asked to take label DS1234567890 back", "€3.50", "cannot be handed over"):
            assert words in page, (path, words)
    answer = client.post(f"/shipments/{parcel}/void/", {"next": f"/orders/{order_id}/"})
    assert answer.headers["Location"] == f"/orders/{order_id}/"
    for path in (f"/shipments/{parcel}/", f"/orders/{order_id}/"):
        assert "Being voided" in client.get(path).content.decode()
    assert "Label being voided" in client.get("/fulfilment/hand-over/").content.decode()
    refused = client.post("/fulfilment/hand-over/", {"parcels": [parcel]})
    assert (refused.status_code, "is being voided" in refused.content.decode()) == (409, True)
    label = queries.live_labels_of(brand.ctx, parcel_ids=[parcel])[parcel]
    shipping.settle_void(brand.ctx, label_id=label.id, taken_back=True)
    for path in (f"/shipments/{parcel}/", f"/orders/{order_id}/"):
        page = client.get(path).content.decode()
        assert ("Buy another label" in page, "Other" in page, "void-" in page) == (True, True, False), path
    client.post(f"/shipments/{parcel}/label/", {"carrier": str(other)})
    assert queries.live_labels_of(brand.ctx, parcel_ids=[parcel])[parcel].carrier_id == other


def test_a_declined_label_offers_another_try_and_an_unknown_one_says_what_happens() -> None:
    brand, row, [part] = listed([("A", 1)])
    pick_all(brand, row.id)
    parcel = fulfilment.pack(brand.ctx, fulfilment_order_id=part) or 0
    carrier = connected(brand.ctx, "One")
    [label] = shipping.want_label(brand.ctx, parcel_ids=[parcel], carrier_id=carrier)
    shipping.begin(brand.ctx, label_id=label, service="x")
    shipping.settle_label(brand.ctx, label_id=label, answer=None, problem="ReadTimeout")
    client = signed_in(brand.ctx, role="warehouse")
    page = client.get(f"/shipments/{parcel}/").content.decode()
    assert "looked up before it is asked again" in page
    assert "Nobody knows yet whether this label was bought" in page
    shipping.settle_label(brand.ctx, label_id=label, answer=Declined("422: no such street"))
    order_id = queries.get_parcel(brand.ctx, parcel_id=parcel).order_id
    for path in (f"/shipments/{parcel}/", f"/orders/{order_id}/"):
        page = client.get(path).content.decode()
        assert ("Try again" in page, "no such street" in page) == (True, True), path
    assert client.post(f"/shipments/{parcel}/void/").status_code == 409
    client.post(f"/shipments/{parcel}/label/")
    assert queries.live_labels_of(brand.ctx, parcel_ids=[parcel])[parcel].state == "wanted"
    assert client.post(f"/shipments/{parcel}/label/", {"carrier": "999999"}).status_code == 404


def test_a_gone_parcel_keeps_its_label_and_others_may_not_void() -> None:
    brand, parcel = labelled()
    viewer, stranger = signed_in(brand.ctx, role="viewer"), signed_in(make_ctx("Stranger"))
    assert "Void the label" not in viewer.get(f"/shipments/{parcel}/").content.decode()
    assert viewer.post(f"/shipments/{parcel}/void/").status_code == 403
    assert stranger.post(f"/shipments/{parcel}/void/").status_code == 404
    ship.hand_over(brand.ctx, parcel_ids=[parcel])
    client = signed_in(brand.ctx)
    assert "Void the label" not in client.get(f"/shipments/{parcel}/").content.decode()
    assert client.post(f"/shipments/{parcel}/void/").status_code == 409
    assert queries.live_labels_of(brand.ctx, parcel_ids=[parcel])[parcel].void_wanted_at is None


def test_a_carrier_is_chosen_retired_and_taken_back() -> None:
    brand, parcel = labelled()
    first = queries.find_default_carrier(brand.ctx)
    assert first is not None
    second = connected(brand.ctx, "Second")
    client = signed_in(brand.ctx)

    def post(id: int, verb: str) -> None:
        assert client.post(f"/settings/carriers/{id}/{verb}/").headers["Location"] == f"/settings/carriers/{id}/"

    def default() -> int:
        found = queries.find_default_carrier(brand.ctx)
        return found.id if found else 0

    assert default() == first.id
    post(second, "prefer")
    assert default() == second
    post(second, "retire")
    assert default() == first.id
    assert client.post(f"/settings/carriers/{second}/prefer/").status_code == 409
    with pytest.raises(Refused, match="carrier_retired"):
        shipping.want_label(brand.ctx, parcel_ids=[parcel], carrier_id=second)
    post(second, "bring-back")
    assert default() == first.id
    post(first.id, "retire")
    assert default() == second
    page = client.get(f"/settings/carriers/{first.id}/").content.decode()
    for words in ("Out of use", "took <b>Sandbox</b> out of use", "Take back into use"):
        assert words in page, words
    told = [e.type for e in outbox.timeline(brand.ctx, of=[f"carrier:{second}"])]
    assert told[::-1] == ["carrier.connected", "carrier.preferred", "carrier.retired", "carrier.returned"]


def test_parcels_of_a_retired_carrier_are_told_of_and_tracked_to_the_end() -> None:
    brand, parcel = labelled()
    carrier = queries.find_default_carrier(brand.ctx)
    assert carrier is not None
    ship.hand_over(brand.ctx, parcel_ids=[parcel])
    signed_in(brand.ctx).post(f"/settings/carriers/{carrier.id}/retire/")
    later = brand.ctx.now + timedelta(minutes=1)
    assert (brand.ctx.organisation_id, parcel) in queries.find_untold(older_than=later)
    shipping.mark_told(brand.ctx, parcel_ids=[parcel], refused={})
    quiet = queries.find_quiet(quiet_since=later, talking_since=later, quiet_although_talking_since=later)
    assert (brand.ctx.organisation_id, parcel) in quiet
    assert "1 parcel is still on its way" in signed_in(brand.ctx).get(f"/settings/carriers/{carrier.id}/").content.decode()


def test_a_carrier_is_told_only_of_what_it_sold_so_that_a_label_from_elsewhere_is_no_exception(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    brand, bought = labelled()
    [typed] = packed(brand.ctx, draft())
    carrier = queries.find_default_carrier(brand.ctx)
    assert carrier is not None
    ship.hand_over(brand.ctx, parcel_ids=[bought])
    ship.type_number(brand.ctx, parcel_id=typed, carrier_id=carrier.id, number="WH0000010001", left=True)
    told: list[str] = []

    class Strict:
        def hand_over(self, tracking_numbers: list[str]) -> list[NotTaken]:
            told.extend(tracking_numbers)
            return [NotTaken(number, "unknown") for number in tracking_numbers]

    monkeypatch.setattr("doorstep.flows.ship.leaving.carrier_of", lambda _ctx, _id: Strict())
    later = brand.ctx.now + timedelta(minutes=1)
    ship.tell_carriers(later)
    number = queries.get_parcel(brand.ctx, parcel_id=bought).tracking_number
    assert told == [number]
    orders = [f"order:{parcel.order_id}" for parcel in queries.parcels_by_id(brand.ctx, ids=[bought, typed]).values()]
    refused = [e for e in outbox.timeline(brand.ctx, of=orders) if "refused" in e.type]
    assert [(e.subject_id, e.actor_kind, e.actor_name) for e in refused] == [(bought, "carrier", carrier.name)]
    assert queries.find_untold(older_than=later) == []


def test_a_carrier_that_does_not_answer_is_asked_once_in_a_round_and_holds_up_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    brand = make_brand()
    ids = packed(brand.ctx, *(draft() for _ in range(3)))
    for n, id in enumerate(ids):
        buy_label(brand, id, f"DS{n}")
    ship.hand_over(brand.ctx, parcel_ids=ids)
    shipping.mark_told(brand.ctx, parcel_ids=ids, refused={})
    later = brand.ctx.now + timedelta(minutes=1)
    ship.track_open(later)
    assert len([r for r in caplog.records if "did not answer" in r.message]) == 1
    quiet = {"quiet_since": later, "talking_since": later, "quiet_although_talking_since": later}
    assert queries.find_quiet(**quiet) == []  # others have their turn before these are asked about again


def test_a_manager_looks_at_carriers_and_changes_nothing() -> None:
    ctx = make_ctx()
    id = connected(ctx, "One")
    manager, stranger = signed_in(ctx, role="manager"), signed_in(make_ctx("Stranger"))
    assert manager.get(f"/settings/carriers/{id}/").status_code == 200
    assert stranger.get(f"/settings/carriers/{id}/").status_code == 404
    for verb in ("retire", "bring-back", "prefer", "subscribe"):
        assert manager.post(f"/settings/carriers/{id}/{verb}/").status_code == 403
        assert stranger.post(f"/settings/carriers/{id}/{verb}/").status_code == 404
    assert queries.get_carrier(ctx, carrier_id=id).active is True
