"""Replays of past orders under other rules."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

from doorstep.flows import replay
from doorstep.worker.ctx import system_ctx
from doorstep.worker.tasks.patience import STUBBORN, until_given_up


@app.task(name="replay_routing", retry=STUBBORN, queue="bulk", pass_context=True)
def replay_routing(context: JobContext, organisation_id: int, replay_id: int) -> None:
    """Takes one replay to its end."""
    ctx = system_ctx(organisation_id)
    until_given_up(context, lambda: replay.work(ctx, replay_id=replay_id), lambda: replay.give_up(ctx, replay_id=replay_id))
