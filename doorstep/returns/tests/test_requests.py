"""Requests: what may come back, what the policy says of it, and what stays as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import send_back
from doorstep.returns import actions, deciding, queries
from doorstep.returns.values import Outcome, ReturnFilter, Wish
from doorstep.shipping import queries as parcels
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, make_ctx, packed, together
from tests.returning import ARRIVED, arrived, ask, label, lines, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def later(ctx: Ctx, **by: int) -> Ctx:
    return Ctx(ctx.organisation_id, ctx.actor, ctx.now + timedelta(**by), ctx.trace)


def test_a_preview_says_what_a_request_does(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    chosen = [wish(brand.ctx, order_id, "A", 2), wish(brand.ctx, order_id, "B")]

    seen = deciding.preview(brand.ctx, order_id=order_id, wishes=chosen)
    return_id = ask(brand.ctx, order_id, *chosen)

    assert (seen.decision, seen.policy_version, seen.timing, seen.free_label) == ("approved", 0, "on_inspection", True)
    row = queries.get_return(brand.ctx, return_id=return_id)
    assert (row.decision, row.policy_version, row.timing, row.free_label, row.units) == (
        "approved", 0, "on_inspection", True, 3,
    )  # fmt: skip
    kept = queries.decisions_of(brand.ctx, line_ids=[x.id for x in queries.lines_of(brand.ctx, return_ids=[return_id])])
    assert [(d.action, d.rule, d.trace) for d in kept] == [(p.action, p.rule, p.trace) for p in seen.lines]
    written = sorted(outbox.timeline(brand.ctx, of=[f"order:{order_id}"]), key=lambda event: -event.id)
    assert [event.type for event in written][:2] == [
        "return.approved", "return.requested",
    ]  # fmt: skip


def test_quantity_above_what_was_ordered_is_refused(brand: Brand) -> None:
    """OCA/rma #268"""
    order_id = arrived(brand.ctx)

    with pytest.raises(Refused, match="too_many_units"):
        ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 4))
    ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2))
    with pytest.raises(Refused, match="too_many_units"):
        ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2), key="k2")
    assert len(queries.list_returns(brand.ctx, where=ReturnFilter())) == 1
    [a, b] = queries.returnable(brand.ctx, order_id=order_id)
    assert (a.left, b.left) == (1, 1)


def test_what_was_not_delivered_does_not_come_back(brand: Brand) -> None:
    """OCA/rma #268"""
    [parcel_id] = packed(brand.ctx, draft([("A", 1)]))
    order_id = parcels.get_parcel(brand.ctx, parcel_id=parcel_id).order_id

    with pytest.raises(Refused, match="not_delivered"):
        ask(brand.ctx, order_id)
    assert queries.list_returns(brand.ctx, where=ReturnFilter()) == []
    assert db.scalar("SELECT count(*) FROM returns_counter") == 0


def test_after_the_window_it_is_declined_and_the_unit_stays_free(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    late = later(brand.ctx, days=28)

    return_id = ask(late, order_id)

    assert queries.get_return(late, return_id=return_id).decision == "declined"
    drain()
    assert parcels.parcels_back_of(late, order_ids=[order_id]) == []
    assert queries.returnable(late, order_id=order_id)[0].left == 3


def test_a_final_sale_beside_another_item_declines_that_line_alone(brand: Brand) -> None:
    db.execute("UPDATE catalog_product SET final_sale = TRUE WHERE title = 'Thing B'")
    order_id = arrived(brand.ctx)

    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A"), wish(brand.ctx, order_id, "B"))

    assert queries.get_return(brand.ctx, return_id=return_id).decision == "approved"
    assert [x.decision for x in queries.lines_of(brand.ctx, return_ids=[return_id])] == ["approved", "declined"]
    drain()
    [parcel] = parcels.parcels_back_of(brand.ctx, order_ids=[order_id])
    assert [(c.sku, c.qty) for c in parcels.parcel_lines_of(brand.ctx, parcel_ids=[parcel.id])] == [("A", 1)]


def test_the_policy_of_the_day_of_the_order_counts(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    strict = [{"name": "Never", "when": {"all": []}, "action": "reject"}]

    assert actions.publish_policy(brand.ctx, policy=strict) == 1

    assert deciding.preview(brand.ctx, order_id=order_id, wishes=[wish(brand.ctx, order_id)]).decision == "approved"
    assert queries.policy_at(brand.ctx, at=NOW).version == 1
    assert [p.version for p in queries.list_policies(brand.ctx)] == [1, 0]


def test_a_question_is_asked_before_anything_is_kept(brand: Brand) -> None:
    early = Ctx(brand.ctx.organisation_id, brand.ctx.actor, NOW - timedelta(days=1), "t")
    actions.publish_policy(
        early,
        policy=[
            {
                "name": "Ask",
                "when": {"field": "reason", "op": "is", "value": "damaged"},
                "action": "ask",
                "question": "Photo?",
            },
            {"name": "Look", "when": {"all": []}, "action": "review"},
        ],
    )
    order_id = arrived(brand.ctx)

    with pytest.raises(Refused, match="question_open"):
        ask(brand.ctx, order_id, wish(brand.ctx, order_id, reason="damaged"))
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, reason="damaged", answer="Crushed"))
    assert queries.get_return(brand.ctx, return_id=return_id).decision == "needs_review"


def test_a_review_ends_once_and_keeps_both_decisions(brand: Brand) -> None:
    early = Ctx(brand.ctx.organisation_id, brand.ctx.actor, NOW - timedelta(days=1), "t")
    actions.publish_policy(early, policy=[{"name": "Look", "when": {"all": []}, "action": "review"}])
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id)
    drain()
    assert parcels.parcels_back_of(brand.ctx, order_ids=[order_id]) == []

    actions.decide(brand.ctx, return_id=return_id, approve=True, note="A good customer")
    with pytest.raises(Refused, match="return_state"):
        actions.decide(brand.ctx, return_id=return_id, approve=False)

    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    kept = queries.decisions_of(brand.ctx, line_ids=[line.id])
    assert [(d.action, d.policy_version, d.note) for d in kept] == [
        ("review", 1, ""), ("approve", None, "A good customer"),
    ]  # fmt: skip
    drain()
    assert len(parcels.parcels_back_of(brand.ctx, order_ids=[order_id])) == 1


def test_withdrawal_skips_the_policy(brand: Brand) -> None:
    early = Ctx(brand.ctx.organisation_id, brand.ctx.actor, NOW - timedelta(days=1), "t")
    actions.publish_policy(early, policy=[{"name": "Never", "when": {"all": []}, "action": "reject"}])
    order_id = arrived(brand.ctx)

    return_id = ask(brand.ctx, order_id, is_withdrawal=True)

    row = queries.get_return(brand.ctx, return_id=return_id)
    assert (row.decision, row.is_withdrawal, row.timing) == ("approved", True, "on_receipt")
    with pytest.raises(Refused, match="no_withdrawal"):
        ask(later(brand.ctx, days=12), order_id, key="k2", is_withdrawal=True)


def test_withdrawal_is_no_right_everywhere(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 1)], country="KR"))

    with pytest.raises(Refused, match="no_withdrawal"):
        ask(brand.ctx, order_id, is_withdrawal=True)


def test_words_that_nobody_knows_are_refused(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    line = lines(brand.ctx, order_id)["A"].id

    for wrong, code in [
        (Wish(line, 1, "bored"), "not_found"),
        (Wish(line, 0, "too_small"), "nothing_chosen"),
        (Wish(987654321, 1, "too_small"), "not_found"),
        (Wish(line, 1, "too_small", outcome=Outcome.REPAIR), "outcome_not_offered"),
        (Wish(line, 1, "too_small", outcome=Outcome.EXCHANGE_VARIANT), "no_exchange_variant"),
    ]:
        with pytest.raises(Refused, match=code):
            ask(brand.ctx, order_id, wrong)
    with pytest.raises(Refused, match="nothing_chosen"):
        actions.request(brand.ctx, order_id=order_id, wishes=[], key="k")
    assert queries.list_returns(brand.ctx, where=ReturnFilter()) == []


def test_called_off_gives_the_units_free_and_the_label_back(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 3))
    drain()
    [parcel] = parcels.parcels_back_of(brand.ctx, order_ids=[order_id])
    label(brand.ctx, parcel.id)
    drain()

    actions.cancel(brand.ctx, return_id=return_id)

    assert queries.returnable(brand.ctx, order_id=order_id)[0].left == 3
    [gone] = parcels.parcels_back_of(brand.ctx, order_ids=[order_id])
    assert gone.state == "cancelled"
    assert parcels.live_labels_of(brand.ctx, parcel_ids=[gone.id])[gone.id].void_wanted_at is not None
    with pytest.raises(Refused, match="return_state"):
        actions.cancel(brand.ctx, return_id=return_id)


def test_what_was_not_sent_in_time_expires(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id)
    drain()

    send_back.sweep_expired(NOW + timedelta(days=30))
    assert queries.get_return(brand.ctx, return_id=return_id).decision == "approved"
    send_back.sweep_expired(NOW + timedelta(days=30, seconds=1))

    assert queries.get_return(brand.ctx, return_id=return_id).decision == "expired"
    assert queries.returnable(brand.ctx, order_id=order_id)[0].left == 3


def test_a_stranger_sees_and_moves_nothing(brand: Brand) -> None:
    stranger = make_ctx("Other")
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id)

    for act in (
        lambda: ask(stranger, order_id, wish(brand.ctx, order_id), key="s"),
        lambda: queries.get_detail(stranger, return_id=return_id),
        lambda: actions.cancel(stranger, return_id=return_id),
        lambda: actions.decide(stranger, return_id=return_id, approve=False),
    ):
        with pytest.raises(Refused, match="not_found"):
            act()
    assert queries.find_by_code(stranger, code="R1001") is None
    assert queries.get_detail(brand.ctx, return_id=return_id).row.decision == "approved"


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_the_same_moment_never_ask_for_the_same_unit(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 1)]), at=ARRIVED)
    chosen = wish(brand.ctx, order_id)

    answers = together(*[lambda key=f"t{n}": ask(brand.ctx, order_id, chosen, key=key) for n in range(4)])

    assert sorted(type(a).__name__ for a in answers) == ["Refused", "Refused", "Refused", "int"]
    assert queries.asked_of(brand.ctx, order_line_ids=[chosen.order_line_id]) == {chosen.order_line_id: 1}
