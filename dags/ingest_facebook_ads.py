"""
### Meta Ads (Facebook, Instagram, Messenger), every night

**What.** Reads ad accounts, campaigns, ad sets, ads with their URL tags, and daily insights by publisher platform.
Lands one Parquet file for each stream, account and day, validated.

**Upstream.** The Connection `facebook_ads_default`; without it the run is skipped and the build goes on without this source.

**When it is red.** The failed task's last lines name source, stream, account and day, what was kept and what to do.
`extract`: nothing of this load was put in place; clear the task once the cause is mended. `land`: the named
partitions are in quarantine with their reasons, the good ones are in place, and nothing is published until a load of
this source comes whole. `check_accounts`: an account could not be read; the others are in the warehouse, this one
keeps its old days; give access (the next night catches up), or name the others in `extra.accounts`.

**Notes.** Insights are read again for 29 days, because Meta restates them for 28. A throttled run waits the time that
Meta names; a red `extract` after that may be started again at any time.

**Other days.** `airflow backfill create --dag-id ingest_facebook_ads --from-date D --to-date D` (both days included), or
a manual run with `from` and `to`; both start a build when they have landed.
"""

from journey.airflow_dags import ingestion_dag

ingest_facebook_ads = ingestion_dag("facebook_ads", __doc__)
