"""Returns of the demo brand in every state, asked for by customers and handled by its people."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from doorstep.base import arrivals
from doorstep.base.ctx import Actor, Ctx
from doorstep.catalog import queries as catalog
from doorstep.catalog.pictures import encode
from doorstep.catalog.values import VariantRow
from doorstep.cli.demo import brand, pictures
from doorstep.flows import findings, refund_returns, send_back
from doorstep.orders import cancellations
from doorstep.orders import queries as orders
from doorstep.orders.cancellations import CancelledDraft
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import LineRow, OrderRow
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.payments.values import RefundWish
from doorstep.returns import actions, past, queries, receiving, rules
from doorstep.returns.reasons import Reason
from doorstep.returns.values import Arrived, Disposition, Goods, Grade, Outcome, ReturnRow, Wish
from doorstep.stock import queries as stock

LATELY = timedelta(days=90)
PAST = 40
POLICY = [
    {
        "name": "Broken or faulty: somebody looks · 파손·불량은 사람이 확인",
        "when": {"field": "reason", "op": "one_of", "value": [Reason.DAMAGED.value, Reason.DEFECTIVE.value]},
        "action": "review",
    },
    *rules.policy_as_json(rules.DEFAULT_POLICY),
]


@dataclass(frozen=True, slots=True)
class Story:
    """What becomes of a return.  `age`: days since it was asked for.  `until`: the last step that was taken."""

    age: float
    reason: Reason
    until: str
    outcome: Outcome = Outcome.REFUND_ORIGINAL
    answer: str = ""
    picture: bool = False
    disposition: Disposition = Disposition.RESTOCKED
    favourite: bool = False


R, D, S = Reason, Disposition, Story
CREDIT, SWAP = Outcome.STORE_CREDIT, Outcome.EXCHANGE_VARIANT
FAVOURITE = [
    S(age, R.NOT_AS_DESCRIBED if age % 3 else R.CHANGED_MIND, "closed", favourite=True, answer=said)
    for age, said in (
        (80, "색이 사진보다 훨씬 어두워요"), (67, "darker than on the photo"), (55, "사진과 색이 달라요"),
        (46, "the colour is off"), (37, "화면에서 본 색이 아니에요"), (28, ""), (16, "looks different"), (13, "색이 다릅니다"),
    )
]  # fmt: skip
STORIES = sorted([
    *FAVOURITE,
    S(76, R.CHANGED_MIND, "closed"), S(71, R.WRONG_ITEM, "closed", disposition=D.RESTOCKED),
    S(64, R.CHANGED_MIND, "expired"), S(60, R.TOO_SMALL, "closed", CREDIT),
    S(52, R.OTHER, "closed", answer="선물로 받았는데 이미 있어요"),
    S(49, R.DAMAGED, "closed", picture=True, answer="모서리가 깨졌어요", disposition=D.RECYCLE),
    S(43, R.ARRIVED_LATE, "closed", answer="for a birthday last week"),
    S(40, R.DAMAGED, "declined", answer="a scratch after some weeks"),
    S(34, R.CHANGED_MIND, "cancelled"), S(31, R.TOO_LARGE, "closed", CREDIT), S(26, R.DEFECTIVE, "closed", disposition=D.REFURBISH),
    S(23, R.CHANGED_MIND, "closed"), S(20, R.WRONG_ITEM, "closed", CREDIT), S(18, R.TOO_SMALL, "processed"),
    S(15, R.DEFECTIVE, "declined", answer="it stopped after I dropped it"), S(12, R.TOO_SMALL, "closed", SWAP),
    S(10, R.CHANGED_MIND, "cancelled"), S(9, R.CHANGED_MIND, "processed"),
    S(8, R.DAMAGED, "partly", picture=True, answer="금이 갔어요"),
    S(7, R.TOO_LARGE, "received"), S(6, R.CHANGED_MIND, "received"), S(5, R.TOO_SMALL, "inspected", CREDIT),
    S(4, R.OTHER, "transit"), S(3.4, R.CHANGED_MIND, "transit"), S(3, R.TOO_SMALL, "approved", SWAP),
    S(2.2, R.NOT_AS_DESCRIBED, "approved", answer="thinner paper than I thought"), S(1.1, R.CHANGED_MIND, "approved"),
    S(1.6, R.DAMAGED, "review", picture=True, answer="받자마자 보니 금이 가 있었어요"),
    S(0.6, R.DEFECTIVE, "review", answer="the hands do not move, also with a new battery"),
    S(0.15, R.DAMAGED, "review", picture=True, answer="한쪽에 금이 있어요"),
], key=lambda story: -story.age)  # fmt: skip
STEPS = ("approved", "transit", "partly", "received", "inspected", "processed", "closed")


def fill(ctx: Ctx, *, agents: Sequence[Actor], warehouse: Actor, seed: int) -> None:
    """Tells every story, oldest first; then what the figures of the last ninety days say."""
    dice = random.Random(seed)  # noqa: S311  # a story, no secret
    bought = _bought(ctx)
    _returned_before(ctx, bought, dice)
    recent = [one for one in bought if ctx.now - one[0].placed_at < LATELY]
    teller = Teller(ctx, recent, agents, warehouse)
    for story in STORIES:
        teller.tell(story)
    findings.look(ctx, since=ctx.now - LATELY, until=ctx.now)


def in_transit(ctx: Ctx) -> list[ReturnRow]:
    """The returns whose stories say that the carrier has them."""
    numbers = range(sum(story.until == "transit" for story in STORIES))
    found = [queries.find_by_key(ctx, key=f"demo:transit:{n}") for n in numbers]
    return [row for row in found if row is not None]


def publish(ctx: Ctx) -> None:
    """What the brand promises of returns, a year ago."""
    actions.publish_policy(ctx, policy=POLICY, note="파손·불량은 사진을 보고 정합니다")


Bought = tuple[OrderRow, list[LineRow]]


def _bought(ctx: Ctx) -> list[Bought]:
    """The orders of the past with their lines, oldest first."""
    done = orders.list_orders(ctx, where=OrderFilter(placed_to=(ctx.now - timedelta(days=6)).date()), limit=5000)
    lines: dict[int, list[LineRow]] = {order.id: [] for order in done}
    for line in orders.lines_of(ctx, order_ids=list(lines)):
        lines[line.order_id].append(line)
    return [(order, lines[order.id]) for order in reversed(done)]


def _returned_before(ctx: Ctx, bought: Sequence[Bought], dice: random.Random) -> None:
    """What the shops took back before Doorstep came, as their files tell it."""
    old = [one for one in bought if ctx.now - one[0].placed_at > LATELY + timedelta(days=20)]
    chosen = sorted(dice.sample(old, min(PAST, len(old))), key=lambda one: one[0].id)
    rows = [
        f"{order.external_id},{lines[0].sku},1,{lines[0].unit_price_minor},{order.currency}" for order, lines in chosen
    ]
    told = "order,sku,qty,value_minor,currency\n" + "\n".join(rows) + "\n"
    [file] = arrivals.keep(
        ctx,
        [arrivals.Incoming(0, "returns-of-last-year.csv", "returns", told.encode(), "text/csv", source=arrivals.FILE)],
    )
    arrivals.settle(ctx, [(file.id, "processed", {"lines": len(rows)})])
    cancellations.record(
        ctx,
        lines=[
            CancelledDraft(
                order.connection_id, f"C-{order.external_id}", n, file.id, order.customer_id, lines[0].variant_id, 1,
                lines[0].unit_price_minor, order.currency, order.placed_at + timedelta(days=dice.randint(5, 24)),
            )
            for n, (order, lines) in enumerate(chosen)
        ],
    )  # fmt: skip
    for connection_id in sorted({order.connection_id for order, _ in chosen}):
        past.keep(ctx, connection_id=connection_id)


class Teller:
    """Tells stories of returns; each takes an order of its own."""

    def __init__(self, ctx: Ctx, bought: Sequence[Bought], agents: Sequence[Actor], warehouse: Actor) -> None:
        self.ctx, self.agents, self.warehouse = ctx, agents, warehouse
        self._pictures = brand.pictures_of_skus()
        self._bought, self._taken = bought, set[int]()
        self._in_transit = 0
        ids = sorted({line.variant_id for _, lines in bought for line in lines})
        self._products = catalog.variants_by_id(ctx, ids=ids)
        lines = [line for _, lines in bought for line in lines]
        sold = Counter(self._products[line.variant_id].product_id for line in lines)
        most = [id for id, _ in sold.most_common()]
        self._favourite, self._well_sold = most[2], set(most[: len(most) // 4])

    def tell(self, story: Story) -> None:
        """One return, as far as its story goes."""
        asked = self.ctx.now - timedelta(days=story.age)
        order, line, other = self._order_for(story, asked)
        self._taken.add(order.id)
        customer = Actor("customer", order.customer_id, order.customer_name)
        qty = line.qty if story.until == "partly" else 1
        wish = Wish(
            line.id, qty, story.reason.value, story.outcome.value, answer=story.answer,
            stated="damaged" if story.picture else "unopened", exchange_variant_id=other.id if other else None,
        )  # fmt: skip
        return_id = send_back.request(
            replace(self.ctx, now=asked, actor=customer), order_id=order.id, wishes=[wish], key=self._key(story, order)
        )
        [mine] = queries.lines_of(self.ctx, return_ids=[return_id])
        if story.picture:
            shown = encode(pictures.broken(*self._pictures[line.sku]))
            actions.add_picture(replace(self.ctx, now=asked, actor=customer), line_id=mine.id, encoded=shown)
        self._decide(story, return_id, asked)
        if story.until in STEPS:
            self._go_on(story, return_id, mine.id, qty, asked)

    def _key(self, story: Story, order: OrderRow) -> str:
        if story.until != "transit":
            return f"demo:{order.id}"
        self._in_transit += 1
        return f"demo:transit:{self._in_transit - 1}"

    def _order_for(self, story: Story, asked: datetime) -> tuple[OrderRow, LineRow, VariantRow | None]:
        """An order whose goods came some days before, with a line that fits: of a product that sells well, if there is one."""
        for is_choosy in (True, False):
            for order, line in self._lines_before(asked):
                variant = self._products[line.variant_id]
                if is_choosy and not self._suits(story, variant.product_id):
                    continue
                other = self._other(variant) if story.outcome == SWAP else None
                if (story.outcome != SWAP or other is not None) and (story.until != "partly" or line.qty > 1):
                    return order, line, other
        raise RuntimeError(f"no order of the demo fits a return of {story.age} days ago")

    def _suits(self, story: Story, product_id: int) -> bool:
        return product_id in self._well_sold and (product_id == self._favourite) == story.favourite

    def _lines_before(self, asked: datetime) -> Iterator[tuple[OrderRow, LineRow]]:
        for order, lines in reversed(self._bought):
            if order.id not in self._taken and timedelta(days=2) < asked - order.placed_at < timedelta(days=29):
                yield from ((order, line) for line in lines)

    def _other(self, variant: VariantRow) -> VariantRow | None:
        """Another variant of the same product of which there is plenty."""
        others = [
            v
            for v in catalog.variants_of(self.ctx, product_ids=[variant.product_id])[variant.product_id]
            if v.id != variant.id
        ]
        pool = stock.pool_of(self.ctx, variant_ids=[v.id for v in others])
        return next((v for v in others if v.id in pool and pool[v.id].available > 5), None)

    def _decide(self, story: Story, return_id: int, asked: datetime) -> None:
        """A person decides what waits for one, and what is called off or forgotten ends."""
        row = queries.get_return(self.ctx, return_id=return_id)
        if row.decision == "needs_review" and story.until != "review":
            ctx = self._at(asked + timedelta(hours=5), self.agents[return_id % len(self.agents)])
            note = "사용 흔적이 있어 어렵습니다." if story.until == "declined" else "사진 확인했습니다."
            send_back.decide(ctx, return_id=return_id, approve=story.until != "declined", note=note)
        if story.until == "cancelled":
            actions.cancel(self._at(asked + timedelta(days=1), self.agents[0]), return_id=return_id)
        if story.until == "expired":
            actions.expire(replace(self.ctx, now=asked + timedelta(days=31)), return_id=return_id)

    def _go_on(self, story: Story, return_id: int, line_id: int, qty: int, asked: datetime) -> None:
        """The goods come back, are judged, and the money goes out, as far as the story tells."""
        steps = STEPS.index(story.until)
        if steps < STEPS.index("partly"):
            return
        at = self._at(asked + timedelta(days=min(4, story.age * 0.6)), self.warehouse)
        came = qty - 1 if story.until == "partly" else qty
        receiving.receive(at, return_id=return_id, arrived=[Arrived(came, line_id)], key=f"demo:{return_id}")
        if steps < STEPS.index("inspected"):
            return
        later = replace(at, now=at.now + timedelta(hours=min(3, story.age)))
        receiving.inspect(
            later, line_id=line_id, qty=qty, grade=Grade.A if story.disposition == D.RESTOCKED else Grade.C,
            disposition=story.disposition, key=f"demo:{return_id}",
        )  # fmt: skip
        if steps < STEPS.index("processed"):
            return
        refund_returns.grant(replace(self.ctx, now=later.now), return_id=return_id)
        if story.until == "closed":
            self._pay_out(return_id, later.now + timedelta(hours=20))

    def _pay_out(self, return_id: int, at: datetime) -> None:
        """A person pays by hand what the shops' own tills once took."""
        row = queries.get_return(self.ctx, return_id=return_id)
        for call in money.calls_of(self.ctx, order_ids=[row.order_id]):
            if call.is_by_hand:
                payments.confirm_refund(self._at(at, self.agents[0]), refund_id=call.id)
        refund_returns.note_money(replace(self.ctx, now=at), return_id=return_id)
        closed = queries.get_return(self.ctx, return_id=return_id)
        if closed.goods != Goods.CLOSED:
            raise RuntimeError(f"a return of the demo did not close: {closed}")

    def _at(self, at: datetime, who: Actor) -> Ctx:
        return replace(self.ctx, now=at, actor=who)


def goodwill(ctx: Ctx, *, agent: Actor) -> None:
    """Money that people gave back of their own accord: paid by hand, still to be paid, and as store credit."""
    done = orders.list_orders(ctx, where=OrderFilter(placed_to=(ctx.now - timedelta(days=8)).date()), limit=40)
    paid, waiting, credited = [order for order in done if order.payment_state == "paid"][:3]
    for order, share, reason in ((paid, 10, "늦은 배송에 대한 사과"), (waiting, 5, "a scratch on the lid")):
        told = payments.grant_refund(
            replace(ctx, now=ctx.now - timedelta(hours=30), actor=agent), order_id=order.id,
            wish=RefundWish(amount_minor=order.total_minor // share), key=f"demo:goodwill:{order.id}",
            subject=f"order:{order.id}", reason=reason,
        )  # fmt: skip
        if order is paid:
            payments.confirm_refund(replace(ctx, now=ctx.now - timedelta(hours=6), actor=agent), refund_id=told.id)
    payments.grant_credit(
        replace(ctx, now=ctx.now - timedelta(days=3), actor=agent), customer_id=credited.customer_id, order_id=credited.id,
        amount_minor=credited.total_minor // 5, currency=credited.currency, key=f"demo:credit:{credited.id}",
        subject=f"order:{credited.id}",
    )  # fmt: skip
