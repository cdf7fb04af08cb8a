"""What a carrier says against a question: of one number, or that nobody shall ask for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.base.registry import Settings
from doorstep.flows import ship
from doorstep.providers.tracking_only import TrackingOnly
from doorstep.shipping import carriers as accounts
from doorstep.shipping import queries
from doorstep.shipping.port import Scan, carriers
from doorstep.shipping.refusals import NUMBER_NOT_FOUND, THROTTLED, UNAUTHORISED
from doorstep.shipping.values import TrackingStatus
from tests.factories import NOW, Brand, draft, make_brand, packed

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=5)


class Asked(TrackingOnly):
    """A carrier that says what a test lets it say, and counts."""

    says: Refused | list[Scan] = []
    times = 0

    def __init__(self, settings: Settings) -> None:
        pass

    def track(self, tracking_number: str) -> list[Scan]:
        Asked.times += 1
        if isinstance(Asked.says, Refused):
            raise Asked.says
        return Asked.says


@pytest.fixture
def brand() -> Iterator[tuple[Brand, list[int]]]:
    carriers.register("asked", Asked)
    Asked.says, Asked.times = [], 0
    made = make_brand()
    id = accounts.connect(made.ctx, code="asked", name="Asked", provider="asked", settings={"token": "t"})
    parcels = packed(made.ctx, draft(), draft())
    for n, parcel in enumerate(parcels):
        ship.type_number(made.ctx, parcel_id=parcel, carrier_id=id, number=f"NUMBER{n}", left=True)
    db.execute("UPDATE shipping_parcel SET told_at = %s WHERE id = ANY(%s)", [NOW, parcels])
    yield made, parcels
    del carriers._factories["asked"]
    db.execute("DELETE FROM procrastinate_jobs")


def test_a_carrier_that_wants_quiet_is_asked_once_and_no_more_until_then(brand: tuple[Brand, list[int]]) -> None:
    Asked.says = Refused(THROTTLED, {"said": "429", "wait_s": 90})

    ship.track_open(LATER)
    ship.track_open(LATER + timedelta(seconds=60))
    assert Asked.times == 1
    ship.track_open(LATER + timedelta(hours=13))
    assert Asked.times == 2


def test_a_sign_in_that_is_not_accepted_shows_on_the_carriers_page(brand: tuple[Brand, list[int]]) -> None:
    made, _ = brand
    Asked.says = Refused(UNAUTHORISED, {"said": "401"})

    ship.track_open(LATER)

    [row] = queries.list_carriers(made.ctx)
    assert row.problem.startswith("carrier_unauthorised")
    with pytest.raises(Refused):
        ship.try_sign_in(made.ctx, carrier_id=row.id)
    [row] = queries.list_carriers(made.ctx)
    assert row.problem != ""

    Asked.says = Refused(NUMBER_NOT_FOUND, {"said": "404"})  # it lets us in
    ship.try_sign_in(made.ctx, carrier_id=row.id)
    [row] = queries.list_carriers(made.ctx)
    assert (row.problem, row.problem_at) == ("", None)


def test_a_carrier_that_lets_us_in_again_is_well_again_by_the_next_answer(brand: tuple[Brand, list[int]]) -> None:
    made, _ = brand
    [row] = queries.list_carriers(made.ctx)
    accounts.note_problem(made.ctx, id=row.id, problem="carrier_unauthorised: 401")
    Asked.says = []

    ship.track_open(LATER)

    [row] = queries.list_carriers(made.ctx)
    assert row.problem == ""


def test_a_number_that_is_not_known_yet_stops_no_other_and_is_asked_again_later(brand: tuple[Brand, list[int]]) -> None:
    made, [first, _] = brand
    Asked.says = Refused(NUMBER_NOT_FOUND, {"said": "404"})

    ship.track_open(LATER)
    ship.track_open(LATER + timedelta(minutes=30))
    assert Asked.times == 2  # each once: it is the pace of this carrier

    Asked.says = [Scan("e", "NUMBER0", TrackingStatus.IN_TRANSIT, "I/x", "", "", LATER)]
    ship.track_open(LATER + timedelta(hours=3))
    assert queries.get_parcel(made.ctx, parcel_id=first).status == "in_transit"
    ship.try_sign_in(made.ctx, carrier_id=queries.list_carriers(made.ctx)[0].id)
