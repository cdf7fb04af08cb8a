"""Every timer in one place."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections

from doorstep.base import db
from doorstep.worker import forgetting, upkeep

log = logging.getLogger("doorstep.schedule")
LOCK_SPACE = 0x74696D65  # "time": advisory locks of the timers, one per timer


@dataclass(frozen=True, slots=True)
class Timer:
    name: str
    every_s: float
    run: Callable[[], None]
    calls_out: bool = False


TIMERS: tuple[Timer, ...] = (
    Timer("retry_stalled_jobs", 2, upkeep.retry_stalled_jobs),
    Timer("tell_planner", 5, upkeep.tell_planner),
    Timer("read_unread_arrivals", 5, upkeep.read_unread_arrivals),
    Timer("settle_labels", 5, upkeep.settle_labels),
    Timer("tell_carriers", 3, upkeep.tell_carriers, calls_out=True),
    Timer("track_parcels", 10, upkeep.track_parcels, calls_out=True),
    Timer("close_manifests_again", 30, upkeep.close_manifests_again),
    Timer("void_unused_labels", 3600, upkeep.void_unused_labels),
    Timer("ask_for_credits", 3600, upkeep.ask_for_credits, calls_out=True),
    Timer("subscribe_vendors_again", 60, upkeep.subscribe_vendors_again),
    Timer("settle_warehouse_requests", 10, upkeep.settle_warehouse_requests),
    Timer("read_news_of_warehouses", 15, upkeep.read_news_of_warehouses, calls_out=True),
    Timer("settle_payments", 5, upkeep.settle_payments),
    Timer("reconcile_channels", 30, upkeep.reconcile_channels, calls_out=True),
    Timer("fetch_what_was_given_back", 900, upkeep.fetch_what_was_given_back, calls_out=True),
    Timer("follow_shops_returns", 1800, upkeep.follow_shops_returns, calls_out=True),
    Timer("fetch_mail", 5, upkeep.fetch_mail, calls_out=True),
    Timer("tell_shops_again", 60, upkeep.tell_shops_again),
    Timer("fetch_recipients_again", 60, upkeep.fetch_recipients_again),
    Timer("erase_recipients", 60, upkeep.erase_recipients),
    Timer("find_what_comes_back", 6 * 3600, upkeep.find_what_comes_back),
    Timer("end_expired_returns", 60, upkeep.end_expired_returns),
    Timer("close_abandoned_work", 30, upkeep.close_abandoned_work),
    Timer("read_listings", 900, upkeep.read_listings),
    Timer("introduce_shops_again", 600, upkeep.introduce_shops_again),
    Timer("mail_unseen_answers", 20, upkeep.mail_unseen_answers),
    Timer("tell_waiting_notices", 30, upkeep.tell_waiting_notices),
    Timer("notice_stalled_parcels", 600, upkeep.notice_stalled_parcels),
    Timer("price_stock", 180, upkeep.price_stock),
    Timer("learn_costs", 3600, upkeep.learn_costs),
    Timer("replan_unreleased", 300, upkeep.replan_unreleased),
    Timer("begin_days", 60, upkeep.begin_days),
    Timer("end_parking", 300, upkeep.end_parking),
    Timer("give_up_parcels", 3600, upkeep.give_up_parcels),
    Timer("learn_lanes", 300, upkeep.learn_lanes),
    Timer("class_missed_contacts", 3600, upkeep.class_missed_contacts),
    Timer("wake_conversations", 10, upkeep.wake_conversations),
    Timer("follow_merges", 60, upkeep.follow_merges),
    Timer("end_expired_carts", 5, upkeep.end_expired_carts),
    Timer("release_waves", 20, upkeep.release_waves),
    Timer("review_promises", 300, upkeep.review_promises),
    Timer("keep_first_days", 6 * 3600, upkeep.keep_first_days),
    Timer("old_steps", 60, forgetting.old_steps),
    Timer("old_payloads", 60, forgetting.old_payloads),
    Timer("old_arrivals", 60, forgetting.old_arrivals),
    Timer("unsealed_recipients", 300, forgetting.unsealed_recipients),
    Timer("old_mail_texts", 60, forgetting.old_mail_texts),
    Timer("old_print_jobs", 60, forgetting.old_print_jobs),
    Timer("old_answers", 60, forgetting.old_answers),
    Timer("old_deliveries", 60, forgetting.old_deliveries),
    Timer("old_numbers", 600, forgetting.old_numbers),
    Timer("old_sessions", 600, forgetting.old_sessions),
    Timer("old_jobs", 3600, forgetting.old_jobs),
    Timer("old_codes", 3600, forgetting.old_codes),
    Timer("old_carts", 3600, forgetting.old_carts),
)


def run(stop: threading.Event) -> None:
    """Runs each timer when it is due; several workers never run the same one at once.

    Those that wait for vendors have a thread of their own, so that a slow one delays nothing of ours.
    """
    away = threading.Thread(target=_run_due, args=[stop, True], name="schedule-away")
    away.start()
    _run_due(stop, False)
    away.join()


def _run_due(stop: threading.Event, calls_out: bool) -> None:
    due = {timer.name: time.monotonic() for timer in TIMERS if timer.calls_out == calls_out}
    while not stop.wait(0.5):
        for number, timer in enumerate(TIMERS):
            if timer.calls_out == calls_out and time.monotonic() >= due[timer.name]:
                _run_once(number, timer)
                due[timer.name] = time.monotonic() + timer.every_s


def _run_once(number: int, timer: Timer) -> None:
    try:
        close_old_connections()
        if not db.scalar("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, number]):
            return
        try:
            timer.run()
        finally:
            db.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, number])
    except Exception:
        log.exception("timer %s stumbled", timer.name)
