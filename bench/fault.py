"""Kill -9 of web, worker or database at seeded random moments while all walks go on.

N = as many kills as DOORSTEP_FAULT_KILLS says (50).  Until the last kill an order comes every 250 ms or so: every other one
through the API with an Idempotency-Key, half of these of a second brand whose mail leaves by SMTP; the others with a payment
method that we authorise, capture and refund ourselves.  A picker works; three orders in ten come back through the policy, the
carrier and a table that judges each unit; customers write mails, which the house or an agent answers.  Carrier, payment
provider and mailbox keep books of their own, and misbehave: they answer 5xx, do what was asked and cut the connection, tell
twice, late and in disorder, and let refunds wait.
When nothing waits any more the books are compared: every figure but the counts must be nought, and the audit must pass.
Left out: loss of the machine itself (the disk is trusted to keep what was synced), and refunds that a provider refuses.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from bench import _apart
from bench._plugs import Plugs

NAME = "fault"
VICTIMS = ["web", "worker", "database"]
COUNTS = (
    "kills", "orders", "labels", "mails", "unknown", "returns", "units_back", "refunds", "exchanges", "payments",
    "provider_refunds", "mails_in", "mail_out", "hooks", "seconds", "seconds_to_rest", "audit_passed",
)  # fmt: skip


def run() -> dict[str, float]:
    """Runs in a process of its own, since it sets Django up for a database of its own."""
    return _apart.run("bench.fault")


def wrong(figures: dict[str, float]) -> dict[str, float]:
    """The figures that must be nought and are not."""
    return {name: n for name, n in figures.items() if name.removeprefix("fault.") not in COUNTS and n}


def main() -> None:
    """Prints the seed first and the figures, as JSON, last."""
    seed = int(os.environ.get("DOORSTEP_FAULT_SEED", str(int(time.time()))))
    kills = int(os.environ.get("DOORSTEP_FAULT_KILLS", "50"))
    print(f"seed {seed}, {kills} kills", flush=True)
    from bench.house import house

    with house() as at:
        os.environ.update(at.environment())
        import django

        django.setup()
        for name in ("carrier", "second carrier", "payment", "mailbox", "web", "worker"):
            at.start(name)
        at.wait_ready()
        began = time.monotonic()
        story = Story(at, seed)
        try:
            story.run(kills)
            figures = story.figures(kills)
        finally:
            story.close()
        figures["fault.seconds"] = time.monotonic() - began
    print(json.dumps(figures))


class Story:
    """Everybody at work, and somebody pulling plugs."""

    def __init__(self, at: Any, seed: int) -> None:
        from bench import _brand
        from bench._walks.hooks import Listener
        from bench._walks.talk import Post
        from bench._walks.two import Journal
        from bench._walks.world import World

        ctx, key = _brand.found(at.carrier_url)
        self.mailbox_id = _brand.with_money_and_mail(ctx, payment_url=at.payment_url, mailbox_url=at.mailbox_url)
        self.world = World(at, ctx, key, _brand.found(at.second_carrier_url, slug="quiet"), seed)
        self.journal, self.post, self.listener = Journal(), Post(), Listener()
        self.listener.subscribe(ctx)
        self.to_rest_s = 0.0
        self._misbehave()

    def _misbehave(self) -> None:
        from bench._walks.world import sandbox

        at, usual = self.world.at, {"timeout_after_success": 0.05, "error_5xx": 0.05, "hold_s": 0.2}
        pushes = usual | {"duplicate": 0.1, "disorder": True, "delay_s": 0.3}
        sandbox("POST", f"{at.carrier_url}/admin/faults", pushes)
        slow = {"refund_pending": 0.3, "refund_settle_s": 2}
        sandbox("POST", f"{at.payment_url}/admin/faults", pushes | slow)
        sandbox("POST", f"{at.mailbox_url}/admin/faults", usual | {"duplicate": 0.1, "disorder": 0.5})

    def run(self, kills: int) -> None:
        """Ends when all that was begun is at rest."""
        from bench._walks.one import Buying, Floor
        from bench._walks.talk import Agents, Customers
        from bench._walks.two import Returning, Table
        from bench._walks.world import in_rounds

        world = self.world
        buying = Buying(world)
        floor, returning, table = Floor(world), Returning(world, self.journal), Table(world, self.journal)
        work = [
            buying.buy, buying.buy_by_method, floor.work, floor.call_off, returning.deliver, returning.ask, table.receive,
            table.pay_out, Customers(world, self.post).write, Agents(world).answer,
        ]  # fmt: skip
        threads = [in_rounds(world, each, every_s=0.2) for each in work]
        try:
            plugs = Plugs(world.at, victims=VICTIMS, seed=world.seed)
            for _ in range(kills):
                plugs.pull(waits_s=(0.5, 3.0))
            world.closing.set()
            began = time.monotonic()
            self._rest()
            self.to_rest_s = time.monotonic() - began
        finally:
            world.over.set()
            for thread in threads:
                thread.join()

    def _rest(self) -> None:
        """Twice in a row nothing waits: what was under way between two looks is seen by the second.

        What one kind of work leaves the next has to do: a house has no rest to come to where nothing that waits has become
        less, by any kind, for three minutes.
        """
        from bench._walks import rest

        calm, deadline = 0, time.monotonic() + 180
        last: dict[str, int] = {}
        fewest: dict[str, int] = {}
        while calm < 2:
            time.sleep(0.5)
            self.world.at.tend()
            left = rest.waiting(self.world, self.mailbox_id)
            last = left or last
            calm = 0 if left else calm + 1
            less = {name: n for name, n in left.items() if name != "database" and n < fewest.get(name, sys.maxsize)}
            if less:
                fewest, deadline = fewest | less, time.monotonic() + 180
            if time.monotonic() > deadline or self.world.broken.is_set():
                rest.tell_what_is_left(left)
                raise TimeoutError(f"the house does not come to rest: {left} {self.world.troubles[:5]}")
        print(f"waited last for {last}", file=sys.stderr)

    def figures(self, kills: int) -> dict[str, float]:
        """Reads everybody's books."""
        from bench._walks import books

        world = self.world
        found = {"fault.kills": float(kills)} | books.of_orders(world) | books.of_returns(self.journal)
        found |= books.of_money(world) | books.of_mail(world, self.post) | books.of_hooks(world, self.listener)
        found |= books.unknown(kills)
        try:
            world.at.command("audit")
            found["fault.audit_passed"] = 1.0
        except RuntimeError as trouble:
            print(trouble, file=sys.stderr)
            found["fault.audit_passed"] = 0.0
        for told in world.troubles[:5]:
            print(told, file=sys.stderr)
        found["fault.seconds_to_rest"] = self.to_rest_s
        return {name: float(n) for name, n in found.items()}

    def close(self) -> None:
        """Hears no more."""
        self.listener.close()


if __name__ == "__main__":
    main()
