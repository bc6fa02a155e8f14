"""Numbers that stand for texts differ where the texts do: asked of a built warehouse by the texts themselves, without any hash of them."""

from __future__ import annotations

from collections.abc import Iterable

from dbt_warehouse import Warehouse

LAWS = {
    "numbers of visitors are of several devices": """
        select visitor_number from staging.stg_ga4__events
        group by 1 having count(distinct (account_id, coalesce(user_pseudo_id, 'at ' || event_timestamp))) > 1
    """,
    "events have the key of another": "select 1 from staging.stg_ga4__events group by event_timestamp, record_number having count(*) > 1",
    "parameters of the night's partitions, or numbers of them, are more than the others": """
        select unnest(range(abs(
            (select count(distinct parameters_number) from staging.stg_ga4__events
                where (account_id, partition_date) in (select (account, dt) from landing.ga4__events))
            - (select count(distinct event_params) from landing.ga4__events
                where event_bundle_sequence_id is null or batch_event_index is null)
        )))
    """,
    "numbers of sessions are of several sessions": """
        select session_number from intermediate.int_site_events group by 1 having count(distinct session_id) > 1
    """,
    "sessions do not count their own events from 1": """
        select session_id from intermediate.int_site_events where source_system = 'ga4'
        group by 1 having min(event_number) <> 1 or max(event_number) <> count(*) or count(distinct event_number) <> count(*)
    """,
    "sessions are said to be of one person, or of several, and are not": """
        select 1 from intermediate.int_ga4_events inner join staging.stg_ga4__events using (event_timestamp, record_number)
        where not stands_alone group by account_id, user_pseudo_id, coalesce(visit, cast(ga_session_id as varchar))
        having bool_or(has_one_person) <> (count(distinct (coalesce(user_id, ''), coalesce(email_sha256, ''))) = 1)
    """,
    "touches are not what their session tells of its arrival": """
        select touches.touchpoint_id from marts.fct_customer_journey as touches
        inner join intermediate.int_sessions as sessions on touches.session_id = sessions.session_id
        where touches.landing_page is distinct from sessions.landing_page
    """,
    "touches are not counted by conversion and channel": """
        select 1 from intermediate.int_eligible_touches
        group by conversion_id, channel having min(touches_of_channel) <> count(*) or max(touches_of_channel) <> count(*)
    """,
    **{
        f"numbers of records of {table} are of several": f"""
            select record_number from staging.{table} group by 1 having count(distinct source_record_id) > 1
        """
        for table in ("stg_klaviyo__events", "stg_mailchimp__activity")
    },
}
"""What is wrong -> a query with a row for each."""


def meeting_numbers(warehouse: Warehouse, laws: Iterable[str] = LAWS) -> list[str]:
    """What does not hold in a warehouse, in words; nothing where all is well."""
    with warehouse.reading() as connection:
        found = {wrong: connection.execute(f"select count(*) from ({LAWS[wrong]})").fetchall()[0][0] for wrong in laws}
    return [f"{count} {wrong}" for wrong, count in found.items() if count]
