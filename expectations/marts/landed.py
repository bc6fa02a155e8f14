"""Audits of what landed and what the build has read of it."""

from __future__ import annotations

from expectations.marts.audit import Audit
from expectations.results import WARNING

LEDGER = "audit.load_ledger"
READ = "landing.read_partitions"
"""The partitions that the build has read: those that landed and whose files are in place."""

AUDITS = (
    Audit(
        "landed_is_read",
        WARNING,
        "landed days have no file any more, and the warehouse is without them; bring the files back from a backup, or run these days again",
        (LEDGER, READ),
        # Days before the first that is there were deleted on purpose, as a person deletes old ones.
        f"""with landed as (
            select source, stream, account_id as account, partition_date as dt from {LEDGER}
            where status in ('landed', 'unchanged') group by all
        ),
        first_days as (select source, stream, account, min(dt) as first_day from {READ} group by all)
        select landed.source, landed.dt from landed
        inner join first_days using (source, stream, account)
        anti join {READ} as held using (source, stream, account, dt)
        where landed.dt > first_days.first_day""",
        "count(*) || ' partitions of ' || string_agg(distinct source, ', ' order by source) || ', from ' || min(dt) || ' to ' || max(dt)",
    ),
)
