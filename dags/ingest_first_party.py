"""
### First-party files: tills, support, chats, loyalty, consent, every night

**What.** Reads the files that the company writes itself, by day, from a folder or bucket; addresses are hashed on the way. Lands
one Parquet file for each stream, account and day, validated.

**Upstream.** The Connection `first_party_default`; without it the run is skipped and the build goes on without this source.

**When it is red.** The failed task's last lines name source, stream, account and day, what was kept and what to do.
`extract`: nothing of this load was put in place; clear the task once the cause is mended. `land`: the named
partitions are in quarantine with their reasons, the good ones are in place, and nothing is published until a load of
this source comes whole.

**Notes.** Seven days are read again. A day without a file is pending, and the one in place stays; `<day>.done` says that it is
empty. The stream `rejected_lines` has file, line and reason of each line that is no event; too many of them refuse the day.

**Other days.** `airflow backfill create --dag-id ingest_first_party --from-date D --to-date D` (both days included), or
a manual run with `from` and `to`; both start a build when they have landed.
"""

from journey.airflow_dags import ingestion_dag

ingest_first_party = ingestion_dag("first_party", __doc__)
