"""Mailchimp (https://mailchimp.com/developer/marketing/api/), Marketing API 3.0, through the official ``mailchimp-marketing`` client.

``SOURCE`` has the streams campaigns, members, recipients and activity. Addresses become hashes here; names, postal addresses
and IP addresses are not even asked for.
"""

from extractors.email.mailchimp.activity import ACTIVITY, RECIPIENTS
from extractors.email.mailchimp.client import accounts, connect
from extractors.email.mailchimp.entities import CAMPAIGNS, MEMBERS
from extractors.email.mailchimp.faults import FAULTS
from extractors.email.mailchimp.reconcile import reconcile
from extractors.stream import ApiVersion, Pace, Source

SOURCE = Source(
    name="mailchimp",
    connection_id="mailchimp_default",
    # https://mailchimp.com/developer/release-notes/ names what changes; 3.0 is the only version.
    api=ApiVersion("3.0", announced="https://mailchimp.com/developer/release-notes/ names no last day"),
    streams=(CAMPAIGNS, MEMBERS, RECIPIENTS, ACTIVITY),
    pace=Pace(
        4,
        "Ten connections at once for an account, which its other integrations share: "
        "https://mailchimp.com/developer/marketing/docs/fundamentals/#throttling",
    ),
    connect=connect,
    accounts=accounts,
    reconcile=reconcile,
    faults=FAULTS,
)

__all__ = ["SOURCE"]
