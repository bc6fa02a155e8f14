"""
### Mailchimp, every night

**What.** Reads campaigns and contacts, to whom each campaign went, and every open, click, bounce, unsubscription and abuse
report by its UTC day. Addresses are hashed before anything is written. Lands one Parquet file for each stream, account and
day, validated.

**Upstream.** The Connection `mailchimp_default`; without it the run is skipped and the build goes on without this source.

**When it is red.** The failed task's last lines name source, stream, account and day, what was kept and what to do.
`extract`: nothing of this load was put in place; clear the task once the cause is mended. `land`: the named
partitions are in quarantine with their reasons, the good ones are in place, and nothing is published until a load of
this source comes whole.

**Notes.** Activity is read again for 3 days, of campaigns sent up to 60 days before. 429, 5xx and 403 without a body, which
is how Mailchimp throttles, are retried within the task. A campaign deleted in Mailchimp loses its reports there, not here.

**Other days.** `airflow backfill create --dag-id ingest_mailchimp --from-date D --to-date D` (both days included), or
a manual run with `from` and `to`; both start a build when they have landed.
"""

from journey.airflow_dags import ingestion_dag

ingest_mailchimp = ingestion_dag("mailchimp", __doc__)
