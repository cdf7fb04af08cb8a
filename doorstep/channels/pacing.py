"""Calls to shops are paced by what each of them allows, over all our processes: token buckets in the database.

Source: https://en.wikipedia.org/wiki/Token_bucket; the limits themselves stand with the adapters that keep them.
"""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.base import db
from doorstep.channels.port import Throttled


@dataclass(frozen=True, slots=True)
class Pace:
    """What a shop allows.  `name`: of the operation.  `rate`: calls, or what they cost, a second.  `burst`: after a rest."""

    name: str
    rate: float
    burst: float


@dataclass(frozen=True, slots=True)
class Pacer:
    """The buckets of one connection."""

    organisation_id: int
    connection_id: int

    def take(self, pace: Pace, *, cost: float = 1.0, keep: float = 0.0) -> None:
        """Takes what a call costs.  `keep`: what is to be left for those that are in more of a hurry.

        Raises: Throttled, where less is there; nothing is taken then.  Locks: the bucket, for a moment of its own.
        """
        left = db.scalar(
            """INSERT INTO channels_bucket AS b (organisation_id, connection_id, name, "left", rate, burst, at)
               VALUES (%(org)s, %(connection)s, %(name)s, %(burst)s::float - %(cost)s, %(rate)s, %(burst)s, clock_timestamp())
               ON CONFLICT (connection_id, name) DO UPDATE
                  SET "left" = LEAST(b.burst, b."left" + b.rate * GREATEST(extract(epoch FROM clock_timestamp() - b.at), 0))
                             - %(cost)s, at = clock_timestamp()
                WHERE LEAST(b.burst, b."left" + b.rate * GREATEST(extract(epoch FROM clock_timestamp() - b.at), 0))
                      >= LEAST(%(cost)s::float + %(keep)s, b.burst)
               RETURNING "left" """,
            {"org": self.organisation_id, "connection": self.connection_id, "name": pace.name, "rate": pace.rate,
             "burst": pace.burst, "cost": cost, "keep": keep},
        )  # fmt: skip
        if left is None:
            raise Throttled(self._wait_s(pace, cost + keep))

    def _wait_s(self, pace: Pace, wanted: float) -> float:
        wait = db.scalar(
            """SELECT (LEAST(%s::float, burst) - "left") / NULLIF(rate, 0) - extract(epoch FROM clock_timestamp() - at)
                 FROM channels_bucket WHERE organisation_id = %s AND connection_id = %s AND name = %s""",
            [wanted, self.organisation_id, self.connection_id, pace.name],
        )
        return max(float(wait or 0), 0.01)

    def note(
        self, pace: Pace, *, left: float | None = None, rate: float | None = None, burst: float | None = None
    ) -> None:
        """Notes what the shop said of its own bucket, which is believed before ours.  Locks: the bucket, for a moment."""
        db.execute(
            """INSERT INTO channels_bucket AS b (organisation_id, connection_id, name, "left", rate, burst, at)
               VALUES (%(org)s, %(connection)s, %(name)s, COALESCE(%(left)s, %(own_burst)s), COALESCE(%(rate)s, %(own_rate)s),
                       COALESCE(%(burst)s, %(own_burst)s), clock_timestamp())
               ON CONFLICT (connection_id, name) DO UPDATE
                  SET "left" = COALESCE(%(left)s, b."left"), rate = COALESCE(%(rate)s, b.rate),
                      burst = COALESCE(%(burst)s, b.burst),
                      at = CASE WHEN %(left)s::float IS NULL THEN b.at ELSE clock_timestamp() END""",
            {"org": self.organisation_id, "connection": self.connection_id, "name": pace.name, "left": left, "rate": rate,
             "burst": burst, "own_rate": pace.rate, "own_burst": pace.burst},
        )  # fmt: skip

    def stop(self, pace: Pace, *, wait_s: float) -> Throttled:
        """Notes that the shop refused a call for `wait_s`.  Returns: what to raise."""
        self.note(pace, left=1.0 - wait_s * pace.rate if pace.rate else 0.0)
        return Throttled(wait_s)
