"""What these tests leave behind."""

from __future__ import annotations

from tests.no_jobs import no_jobs_stay

__all__ = ["no_jobs_stay"]
