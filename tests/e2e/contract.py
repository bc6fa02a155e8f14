"""The columns that BI tools rely on, in their order. Written by hand: what is served is held against it, never the reverse."""

MARTS = {
    "fct_customer_journey": """touchpoint_id customer_id journey_id journey_number touchpoint_number touchpoints_in_journey is_first_touch
        is_last_touch occurred_at occurred_date journey_stage touchpoint_type channel platform source medium campaign_id campaign_name
        ad_group_id ad_id keyword device_category landing_page session_id email_message_id conversion_id conversion_type conversion_value
        days_to_conversion cost cost_basis currency consent_state is_machine source_system source_record_id loaded_at""",
    "fct_conversions": """conversion_id customer_id journey_id conversion_type converted_at converted_date transaction_id gross_value
        refunded_value net_value currency original_value original_currency is_new_customer""",
    "fct_attribution": """conversion_id touchpoint_id customer_id model channel platform campaign_id ad_id credit
        attributed_revenue currency""",
    "fct_ad_performance_daily": """date platform account_id campaign_id ad_group_id ad_id placement device_category impressions clicks
        account_spend account_currency spend currency platform_conversions platform_conversion_value""",
    "fct_spend_reconciliation": "date platform account_id grain component account_amount account_currency amount currency",
    "dim_identities": "identifier_type identifier customer_id evidence valid_from valid_to",
}
"""Table of schema ``marts`` -> its columns."""

OTHER_TABLES = {
    ("marts", "dim_customers"),
    ("marts", "dim_campaigns"),
    ("marts", "dim_ads"),
    ("marts", "dim_channels"),
    ("marts", "dim_dates"),
    ("audit", "load_ledger"),
    ("audit", "validation_results"),
    ("audit", "source_freshness"),
    ("audit", "unconsented_events"),
    ("audit", "set_aside_events"),
}
"""Tables that the contract names without listing their columns."""

MONEY = {"conversion_value", "cost", "gross_value", "refunded_value", "net_value", "attributed_revenue", "account_spend", "spend"}
MONEY |= {"account_amount", "amount"}
