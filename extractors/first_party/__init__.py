"""First-party files: what no platform's API gives. Loyalty, support, chats, tills, refunds, changes of consent.

A folder or bucket with one folder for each account (a shop, a brand, a system) and files by day in one documented shape
(docs/connections.md). Addresses are hashed while the file is read. ``SOURCE`` has two streams: ``events``, and
``rejected_lines`` with the file, line and reason of what is no event.
"""

from extractors.first_party.days import EVENTS, REJECTED_LINES
from extractors.first_party.faults import FAULTS
from extractors.first_party.folder import connect
from extractors.stream import ApiVersion, Source

SOURCE = Source(
    name="first_party",
    connection_id="first_party_default",
    api=ApiVersion("files-1", announced="files of the company's own"),
    streams=(EVENTS, REJECTED_LINES),
    connect=connect,
    accounts=lambda client: client.accounts(),
    faults=FAULTS,
)

__all__ = ["SOURCE"]
