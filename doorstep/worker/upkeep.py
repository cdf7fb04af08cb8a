"""What the timers do."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from doorstep.analytics import actions as analytics
from doorstep.base import alone, db
from doorstep.base import arrivals as kept
from doorstep.base.ctx import Ctx
from doorstep.flows import (
    abandoned,
    answer,
    answer_wismo,
    arrivals,
    connect_shop,
    estimates,
    exceptions,
    expose,
    fetch_refunds,
    findings,
    follow_returns,
    manifests,
    merge_customers,
    notices,
    park,
    pay,
    promises,
    rebatch,
    recipients,
    reconcile,
    route_again,
    send_back,
    ship,
    stalled,
    subscriptions,
    tariffs,
    tell_shops,
    voiding,
    warehouse_news,
    warehouses,
    waves,
)
from doorstep.flows import fetch_mail as fetch_mail_flow
from doorstep.flows import price_stock as price_stock_flow
from doorstep.stock import carts
from doorstep.worker.ctx import each_brand, system_ctx

STALLED_S, WATCHED_S = 5, 3  # heartbeats come every two seconds
FORGOTTEN_S = 60  # longer than any job waits for a vendor
MOST_DEATHS = 20  # a job under which so many workers died is the cause of it
_late_since: dict[tuple[int, datetime], float] = {}  # a worker and its last heartbeat: since when we see it late


def retry_stalled_jobs(clock: Callable[[], float] = time.monotonic, *, forgotten_s: int = FORGOTTEN_S) -> None:
    """Gives jobs of workers that died back to the queue; a job under which too many died ends.

    So it does with jobs that were begun before the database last started, a while after that: when the database dies while a job is
    given out or ends, the worker lives on and knows nothing of it, and what shares its lock waited for ever.

    A worker is dead that was silent for a while and stays so for a further moment while we watch: when a machine wakes up,
    all its workers seem silent, also the one that looks.
    A death is a start that neither ended nor was tried again, so it takes none of the attempts that a job has to fail, and
    failures are no deaths.  Source: procrastinate, "Retry stalled jobs".
    """
    late = db.dicts(
        "SELECT id, last_heartbeat FROM procrastinate_workers WHERE last_heartbeat <= now() - make_interval(secs => %s)",
        [STALLED_S],
    )
    now = clock()
    signs = [(line["id"], line["last_heartbeat"]) for line in late]
    since = {sign: _late_since.get(sign, now) for sign in signs}
    _late_since.clear()
    _late_since.update(since)
    db.execute(
        """UPDATE procrastinate_jobs job SET worker_id = NULL, scheduled_at = NULL,
                  status = (CASE WHEN (SELECT count(*) FROM procrastinate_events event
                                        WHERE event.job_id = job.id AND event.type = 'started') - job.attempts < %s
                                 THEN 'todo' ELSE 'failed' END)::procrastinate_job_status
            WHERE status = 'doing'
              AND (worker_id IS NULL OR worker_id = ANY(%s)
                   OR (pg_postmaster_start_time() < now() - make_interval(secs => %s)
                       AND (SELECT max(event.at) FROM procrastinate_events event
                             WHERE event.job_id = job.id AND event.type = 'started') < pg_postmaster_start_time()))""",
        [MOST_DEATHS, [id for (id, _), first in since.items() if now - first >= WATCHED_S], forgotten_s],
    )


def tell_planner() -> None:
    """Has tables measured of which the planner knows nothing, or that have doubled since it looked.

    PostgreSQL's own watch forgets what it saw when the server is killed, and looks once a minute: until then the planner
    takes a full table for an empty one, and a join of seven of them, quick otherwise, took 22 s over 462 rows.
    Source: https://www.postgresql.org/docs/current/monitoring-stats.html (counters are reset after a crash).
    """
    unknown = db.column(
        """SELECT format('%%I.%%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname = current_schema() AND pg_relation_size(c.oid) > 0
              AND (c.reltuples < 0 OR pg_relation_size(c.oid) > 2 * c.relpages::bigint * current_setting('block_size')::int)
              AND pg_has_role(c.relowner, 'USAGE')""",
        [],
    )
    for name in unknown:
        db.execute(f"ANALYZE {name}")


def close_abandoned_work() -> None:
    """Tells who waits for work on many rows that nobody does it any more."""
    abandoned.sweep(datetime.now(UTC))


def find_what_comes_back() -> None:
    """Asks people to look at products that come back too often."""
    findings.sweep(datetime.now(UTC))


def keep_first_days() -> None:
    """Keeps what is compared with, so that it is measured once."""
    each_brand(analytics.keep_first_days)


def end_expired_returns() -> None:
    """Ends returns of which nothing was sent in time."""
    send_back.sweep_expired(datetime.now(UTC))


def read_unread_arrivals() -> None:
    """Processes arrivals that were kept but not read: something died in between."""
    unread = kept.find_unread(older_than=datetime.now(UTC) - timedelta(seconds=5), sources=list(arrivals.READERS))
    ids_of: dict[int, list[int]] = {}
    for organisation_id, id in unread:
        ids_of.setdefault(organisation_id, []).append(id)
    alone.each(
        sorted(ids_of.items()),
        lambda one: arrivals.process(system_ctx(one[0]), arrival_ids=one[1]),
        named=lambda one: f"what came to organisation {one[0]}",
    )


def settle_labels() -> None:
    """Asks again for labels whose fate is open."""
    ship.sweep_unsettled(datetime.now(UTC))


def tell_carriers() -> None:
    """Tells carriers of parcels that were handed over."""
    ship.tell_carriers(datetime.now(UTC))


def track_parcels() -> None:
    """Asks carriers about parcels of which they told nothing for a while."""
    ship.track_open(datetime.now(UTC))


def give_up_parcels() -> None:
    """Ends the tracking of parcels of which nothing was heard for weeks."""
    ship.give_up_silent(datetime.now(UTC))


def learn_lanes() -> None:
    """Learns from deliveries that nobody learnt from: those of a time before, and those whose event found no time."""
    each_brand(estimates.sweep)


def mail_unseen_answers() -> None:
    """Mails answers to visitors of a chat who left before they saw them."""
    each_brand(answer.mail_unseen)


def class_missed_contacts() -> None:
    """Says of messages that fell between whether they ask where an order is."""
    each_brand(answer_wismo.class_missed)


def tell_waiting_notices() -> None:
    """Tells customers what waited for the end of quiet hours."""
    notices.sweep(datetime.now(UTC))
def price_stock() -> None:
    """Reckons what units are worth later where their stock moved; each organisation alone."""
    each_brand(price_stock_flow.refresh)


def learn_costs() -> None:
    """Learns by how much labels cost more or less than the planner's table says; each organisation alone."""
    each_brand(tariffs.learn)


def replan_unreleased() -> None:
    """Looks at what is not released yet together again; each organisation alone."""
    each_brand(rebatch.reoptimise)


def begin_days() -> None:
    """Looks at parts again for which every place was full, where a place begins with its next day; each organisation alone."""
    each_brand(route_again.when_a_day_begins)


def end_parking() -> None:
    """Tells of parts that nobody can send, and cancels those whose day has come; each organisation alone."""
    each_brand(park.sweep)


def notice_stalled_parcels() -> None:
    """Notices parcels that were not scanned for too long, those beyond their days, and those that wait at customs."""
    each_brand(stalled.sweep)
    each_brand(exceptions.sweep)


def close_manifests_again() -> None:
    """Asks again for manifests whose job got lost."""
    manifests.sweep(datetime.now(UTC))


def void_unused_labels() -> None:
    """Gives labels back that nobody used, before their window ends."""
    voiding.void_unused(datetime.now(UTC))


def ask_for_credits() -> None:
    """Asks carriers what became of the money for labels that they took back."""
    voiding.ask_for_credits(datetime.now(UTC))


def settle_warehouse_requests() -> None:
    """Asks warehouses again where a job got lost, and for webhooks that they were never told where to send."""
    warehouses.sweep(datetime.now(UTC))


def read_news_of_warehouses() -> None:
    """Reads what warehouses reported, whether or not a webhook told it."""
    warehouse_news.read_due(datetime.now(UTC))


def subscribe_vendors_again() -> None:
    """Asks again for webhooks of carriers, payment providers and warehouses that were never told where to send them."""
    subscriptions.sweep(datetime.now(UTC))


def settle_payments() -> None:
    """Asks again for money whose fate is open."""
    pay.sweep_unsettled(datetime.now(UTC))


def introduce_shops_again() -> None:
    """Asks again for introductions to shops that do not know where their webhooks go."""
    connect_shop.sweep(datetime.now(UTC))


def reconcile_channels() -> None:
    """Fetches what the webhooks missed."""
    each_brand(reconcile.reconcile)


def fetch_what_was_given_back() -> None:
    """Asks shops what they gave back, whose orders do not say it."""
    each_brand(fetch_refunds.fetch)


def follow_shops_returns() -> None:
    """Asks shops what became of the returns that they opened."""
    each_brand(follow_returns.follow)


def read_listings() -> None:
    """Reads what shops offer."""
    each_brand(expose.want_listings)


def fetch_mail() -> None:
    """Fetches what customers wrote."""
    fetch_mail_flow.fetch_all(datetime.now(UTC))


def tell_shops_again() -> None:
    """Asks again for notices to shops whose jobs gave up or got lost."""
    tell_shops.sweep(datetime.now(UTC))


def fetch_recipients_again() -> None:
    """Asks again for who gets orders whose jobs gave up or got lost."""
    recipients.sweep(datetime.now(UTC))


def erase_recipients() -> None:
    """Erases who got orders, once that may be kept no longer."""
    recipients.erase_due(datetime.now(UTC))


def follow_merges() -> None:
    """Gives what was being written for customers while they were merged to those who stayed."""
    merge_customers.sweep(datetime.now(UTC))


def wake_conversations() -> None:
    """Opens conversations whose sleep is over."""
    answer.wake_sleepers(datetime.now(UTC))


def end_expired_carts() -> None:
    """Frees what carts held whose time is over."""
    each_brand(_end_expired_carts)


def _end_expired_carts(ctx: Ctx) -> None:
    while carts.expire(ctx) == carts.SWEPT_AT_ONCE:
        pass


def release_waves() -> None:
    """Releases the waves whose time has come."""
    each_brand(waves.release_due)


def review_promises() -> None:
    """Finds promises to customers that what is due does not keep."""
    each_brand(promises.review_all)
