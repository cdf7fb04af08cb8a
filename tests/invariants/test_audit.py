"""The audit finds a planted discrepancy of each kind, and says nothing of a healthy house."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from doorstep.base import db
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.worker.dispatch import drain
from tests.factories import draft, make_brand, place

pytestmark = pytest.mark.django_db(transaction=True)

# A statement that breaks exactly one promise, and the invariant that must notice.  Constraints that would forbid the
# statement outright are the better guard; here they are out of the way or the statement slips past them.
PLANTED: list[tuple[str, str]] = [
    ("stock.pool_equals_ledger", "UPDATE stock_item SET on_hand = on_hand + 1"),
    ("stock.level_equals_ledger", "UPDATE stock_level SET on_hand = on_hand + 1"),
    ("stock.pool_equals_levels", "UPDATE stock_level SET on_hand = on_hand + 1"),
    ("stock.committed_equals_promises", "UPDATE stock_reservation SET state = 'released' WHERE state = 'open'"),
    ("stock.level_committed_equals_pins", "UPDATE stock_reservation SET qty = qty + 1 WHERE state = 'open'"),
    ("orders.totals_add_up", "UPDATE orders_order SET total_minor = total_minor + 1"),
    ("orders.line_totals", "UPDATE orders_orderline SET total_minor = total_minor + 1"),
    ("orders.fulfilment_covers_lines", "UPDATE orders_fulfilmentorderline SET qty = qty + 1"),
    ("orders.on_hold_has_a_reason", "UPDATE orders_fulfilmentorder SET state = 'on_hold'"),
    ("orders.hold_flag", "UPDATE orders_order SET on_hold = TRUE"),
    ("fulfilment.picked_equals_scans", "UPDATE fulfilment_picktask SET picked = qty"),
    ("fulfilment.lines_equal_tasks", "UPDATE orders_fulfilmentorderline SET picked = qty"),
    ("fulfilment.list_state", "UPDATE fulfilment_picklist SET state = 'picked'"),
    ("shipping.closed_means_gone", "UPDATE orders_fulfilmentorder SET state = 'closed'"),
    ("flows.live_orders_have_stock_or_a_hold", "UPDATE stock_reservation SET state = 'released'"),
    ("flows.cancelled_orders_hold_no_stock", "UPDATE orders_order SET state = 'cancelled'"),
    ("flows.pins_match_assignments", "UPDATE stock_reservation SET location_id = NULL"),
    ("messaging.sent_has_a_time", "UPDATE messaging_message SET state = 'sent'"),
    ("messaging.message_id_once", "UPDATE messaging_message SET message_id = 'same'"),
]


@pytest.fixture
def live() -> None:
    """Two orders on a pick list, with their mails waiting."""
    brand = make_brand(stock_each=10)
    place(brand.ctx, draft([("A", 2)]), draft([("B", 1)]))
    drain()


def audit() -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("audit", stdout=out)
    except SystemExit as exit_:
        return int(str(exit_.code)), out.getvalue()
    return 0, out.getvalue()


def test_a_healthy_house_passes(live: None) -> None:
    code, said = audit()
    assert (code, said) == (0, f"audit: all {len(all_invariants())} invariants hold\n")


@pytest.mark.parametrize(("name", "damage"), PLANTED, ids=[name for name, _ in PLANTED])
def test_a_planted_discrepancy_is_found(live: None, name: str, damage: str) -> None:
    db.execute(damage)
    code, said = audit()
    assert code == 1
    assert f"{name}: " in said

