"""Mailchimp. https://mailchimp.com/developer/marketing/api/

Addresses reach the landing zone as hashes only. Nothing is sent on most days, so days without rows are usual; a brand that has
sent nothing for 40 days is worth a warning. A deleted campaign takes its reports along: a day that was full and comes empty
is kept as it was.
"""

from __future__ import annotations

from expectations.landing.declare import SHA256, Extras, utc_day

TYPES = ("plaintext", "absplit", "rss", "variate", "automation", "auto", "regular")
CAMPAIGN_STATUSES = ("save", "paused", "schedule", "sending", "canceled", "canceling", "archived", "sent")
MEMBER_STATUSES = ("unsubscribed", "cleaned", "pending", "transactional", "archived", "subscribed")
DELIVERIES = ("hard", "soft", "sent")
ACTIONS = ("sent", "bounce", "unsubscribe", "abuse", "click", "open")
BOUNCES = ("hard", "soft")

EXTRAS: dict[str, Extras] = {
    "campaigns": Extras(
        not_negative=("emails_sent", "report_summary_opens", "report_summary_clicks"),
        open_sets={"type": TYPES, "status": CAMPAIGN_STATUSES},
    ),
    "members": Extras(forms={"email_sha256": SHA256}, open_sets={"status": MEMBER_STATUSES}),
    "recipients": Extras(
        forms={"email_sha256": SHA256},
        open_sets={"status": DELIVERIES},
        day_from="send_time",
        day_of=utc_day,
        quiet_days=True,
        fresh_within_days=40,
    ),
    "activity": Extras(
        forms={"email_sha256": SHA256},
        open_sets={"action": ACTIONS, "type": BOUNCES},
        day_from="timestamp",
        day_of=utc_day,
        quiet_days=True,
        fresh_within_days=40,
    ),
}
