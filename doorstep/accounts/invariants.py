"""What must hold in accounts at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "accounts.staffed_has_owner",
        "An organisation with staff has at least one owner.",
        """SELECT organisation_id, count(*) AS staff FROM accounts_staff WHERE removed_at IS NULL
            GROUP BY organisation_id HAVING count(*) FILTER (WHERE role = 'owner') = 0""",
    ),
    Invariant(
        "accounts.bulk_job_counts",
        "A bulk action never counts more rows than it was given.",
        """SELECT organisation_id, id, verb, total, done, failed FROM accounts_bulkjob
            WHERE done + failed > total OR (state IN ('done', 'failed')) <> (finished_at IS NOT NULL)""",
    ),
]
