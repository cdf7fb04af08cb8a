"""How the demo's places work: calendars, cut-offs, when carriers come, boxes, waves, and a wave half-way through its day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.flows import replay, short_pick
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import boxes, queries, scanning, wave_queries, waves
from doorstep.fulfilment.actions import PrintWish
from doorstep.fulfilment.values import BoxDraft, Method, PickRules, PrintState, Takes, TemplateDraft
from doorstep.locations import dispatching, working
from doorstep.locations.working import Dispatch
from doorstep.routing import queries as routing
from doorstep.routing.ruling import parsing

CARRIER = "Sandbox Express"
HOLIDAYS = ((1, 1), (12, 25))  # month and day; both fall on a set day wherever the brand has a warehouse
SIX_DAYS = 0b0111111


@dataclass(frozen=True, slots=True)
class Day:
    """How a place sends.  Units: won a parcel, parcels a day."""

    handling_krw: int
    capacity: int
    weekdays: int
    cut_off: str
    pickups: tuple[str, ...]
    priority: int


DAYS = {
    "ICN": Day(900, 400, SIX_DAYS, "14:00", (f"13:00 {CARRIER}", f"16:30 {CARRIER}"), 1),
    "EWR": Day(1800, 150, working.WORKING_WEEK, "13:00", (f"16:00 {CARRIER}",), 2),
    "VLO": Day(1600, 150, working.WORKING_WEEK, "12:30", (f"15:30 {CARRIER}",), 3),
}
# Inner millimetres, grams, won: what such boxes are like; the figures are ours.
BOXES = (
    BoxDraft("Mailer · 봉투", 320, 230, 40, empty_g=30, most_g=1_000, cost_minor=180, flat=True),
    BoxDraft("Box S · 상자 소", 220, 160, 110, empty_g=120, most_g=5_000, cost_minor=420),
    BoxDraft("Box M · 상자 중", 310, 230, 160, empty_g=210, most_g=10_000, cost_minor=640),
    BoxDraft("Box L · 상자 대", 410, 310, 280, empty_g=420, most_g=20_000, cost_minor=980),
)
TEMPLATES = (
    TemplateDraft("오전 · Morning", 0, Method.CLUSTER, Takes(leaves_by="13:00"), ("10:00",), (0, 1, 2, 3, 4, 5), "13:00"),
    TemplateDraft("오후 · Afternoon", 0, Method.CLUSTER, Takes(leaves_by="16:30"), ("14:15",), (0, 1, 2, 3, 4, 5), "16:30"),
    TemplateDraft("한 줄 주문 · One line", 0, Method.BATCH, Takes(single_line=True), ("11:30",), (0, 1, 2, 3, 4), "16:30"),
)


def furnish(ctx: Ctx, *, places: Mapping[str, int]) -> None:
    """Says when each warehouse works and when its carrier comes, which boxes there are and how orders are picked."""
    today = ctx.now.date()
    holidays = tuple(sorted(day for year in (today.year, today.year + 1) for day in _of(year) if day >= today))
    for code, day in DAYS.items():
        dispatch = Dispatch(
            day.handling_krw, day.capacity, day.weekdays, holidays, working.clock_of(day.cut_off),
            working.pickups_of(day.pickups), day.priority,
        )  # fmt: skip
        dispatching.set_dispatch(ctx, location_id=places[code], dispatch=dispatch)
    for box in BOXES:
        boxes.add(ctx, box=box, currency="KRW")
    waves.set_rules(ctx, location_id=places["ICN"], rules=PickRules(cart_orders=8, cart_picks=24))


def _of(year: int) -> list[date]:
    return [date(year, month, day) for month, day in HOLIDAYS]


def plan_waves(ctx: Ctx, *, location_id: int) -> None:
    """The times at which waves could come by themselves.  All are switched off, so that what is ordered is on a list at once."""
    for draft in TEMPLATES:
        made = waves.save_template(ctx, draft=replace(draft, location_id=location_id))
        waves.switch_template(ctx, template_id=made, active=False)


def pick_half(ctx: Ctx, *, picker: Ctx, location_id: int) -> None:
    """A wave of what is open: one item is not there, what comes before it on the walk is picked, and paper did not come out."""
    waves.release(
        ctx, location_id=location_id, method=Method.CLUSTER, takes=Takes(), client_id="demo-wave", name="오전 · Morning",
        due_at=ctx.now + timedelta(hours=3),
    )  # fmt: skip
    wave = wave_queries.list_waves(ctx, location_id=location_id, limit=1)[0]
    first = wave_queries.list_ids_of(ctx, wave_id=wave.id)[0]
    tasks = queries.tasks_of(ctx, pick_list_id=first)
    for task in tasks[: len(tasks) // 2]:
        _scan(picker, task.id, first, task.variant_id, task.qty)
    lacking = next((task for task in tasks[len(tasks) // 2 :] if task.qty == 1 and not task.part_of), None)
    if lacking is not None:
        short_pick.report(
            picker, pick_list_id=first, task_id=lacking.id, client_id="demo-short-1", found=0, at=picker.now
        )
    _fail_to_print(ctx, first)


def _scan(ctx: Ctx, task_id: int, pick_list_id: int, variant_id: int, qty: int) -> None:
    code = catalog.variants_by_id(ctx, ids=[variant_id])[variant_id].barcode
    for n in range(qty):
        scanning.scan(
            ctx, pick_list_id=pick_list_id, client_id=f"demo-wave-{task_id}-{n}", code=code, typed=False, at=ctx.now
        )


def _fail_to_print(ctx: Ctx, pick_list_id: int) -> None:
    """The list's paper was wished for, and its printer was empty."""
    printer = next(row for row in queries.list_printers(ctx) if row.active)
    subject = f"pick_list:{pick_list_id}"
    wish = PrintWish(f"demo:{subject}", "pick_list", subject, subject, printer.id)
    for id in fulfilment.want_print(ctx, wishes=[wish]):
        fulfilment.move_print(ctx, print_job_id=id, to=PrintState.PRINTING)
        fulfilment.move_print(ctx, print_job_id=id, to=PrintState.FAILED, problem="Out of paper · 용지가 없습니다")


def replay_once(ctx: Ctx, *, without: Sequence[int]) -> None:
    """These days' orders, routed once more as if a place had been closed."""
    rules = parsing.parse(routing.rules_in_force(ctx).rules)
    replay.start(ctx, rules=rules, options=replay.Options(days=14, without=tuple(without)))
