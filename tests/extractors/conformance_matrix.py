"""The matrix: every stream of the registry against every case, what excuses a stream from a case, and how it is printed."""

from __future__ import annotations

from collections.abc import Mapping

from extractors import registry
from extractors.stream import Stream

CASES: dict[str, str] = {
    "schema": "the file has the fields of docs/landing.md and their types, and the load's own last",
    "keys": "keys are unique and whole, and the file is in their order",
    "rows": "every row that was served landed in its partition, value by value, and no other",
    "twice": "a second run lands the same content",
    "paged": "pages of a few rows end, and give the same content",
    "reordered": "rows that are served in another order give the same content",
    "killed": "a load that is killed reads again only what it had not finished",
    "transient": "a failure that passes leaves the load whole",
    "permanent": "a failure that stays is red and names the stream; nothing of it is staged",
    "broken": "an answer that breaks off in the middle leaves the load whole, or red",
    "new_field": "a field that nobody knows lands beside the others and warns",
    "missing_field": "a missing field stops the stream; what was in place stays",
    "flipped_type": "a field of another type stops the stream; what was in place stays",
    "shrunken": "a partition that lost most of its rows or money is refused; what was in place stays",
    "lost_breakdown": "a breakdown that no longer breaks down is refused; what was in place stays",
    "empty_day": "a day without rows is an empty partition",
    "pending_day": "a day that the platform has not made is pending, and no partition",
    "zero_day": "a day with nothing but zeros lands as zeros",
    "names": "names in Portuguese, with an emoji, in Japanese come whole",
    "big_ids": "numbers beyond 2^53 that differ by one stay two numbers",
    "short_day": "the 23 hours of the day on which clocks go forward",
    "long_day": "the 25 hours of the day on which they go back",
    "time_zone": "an account in another time zone has its own days",
}
"""Case -> what is true of a stream that passes it."""

NO_DAY = "a snapshot is what there is now: it has no days"
NO_FIGURES = "its rows hold no figures"
ALWAYS = "the platform answers for every day; one without rows is empty"
ASKED = "every field is asked for by name: nothing comes unasked"
TYPED = "protocol buffers of the pinned version: a field has one type"
ONE = "one row for each account: less is none, which empty days and missing fields show"

EXCUSED: dict[str, dict[str, str]] = {
    "paged": {
        "exchange_rates": "one file, one answer",
        "first_party": "files are read whole",
        "klaviyo.accounts": ONE,
        "matomo.sites": "the list of sites is one answer",
        "google_ads.customer": ONE,
        "facebook_ads.accounts": ONE,
    },
    "reordered": {"first_party.rejected_lines": "a line is known by its number"},
    "new_field": {
        "google_ads": ASKED,
        "facebook_ads": ASKED,
        "mailchimp": ASKED,
        "klaviyo.profiles": ASKED,
        "klaviyo.accounts": ASKED,
        "exchange_rates": "a new column is a new currency, which is rows",
        "first_party": "the shape is our own: a strange column is refused by its number (test_first_party_lines)",
    },
    "missing_field": {
        "first_party.rejected_lines": "it tells of other lines' fields",
        "exchange_rates": "a missing column is a currency that is not quoted; a line that is too short is flipped_type's refusal",
    },
    "flipped_type": {"google_ads": TYPED, "first_party.rejected_lines": "it tells of other lines' fields"},
    "shrunken": {
        "first_party.rejected_lines": "lines that were mended leave it",
        **dict.fromkeys(("google_ads.customer", "facebook_ads.accounts", "klaviyo.accounts", "matomo.sites"), ONE),
    },
    "lost_breakdown": {
        "snapshot": "entities have no breakdown",
        **dict.fromkeys(("google_ads",), "no platform-side breakdown that can be dropped: each segment is part of the key and asked for"),
        **dict.fromkeys(("klaviyo", "mailchimp", "ga4", "matomo", "exchange_rates", "first_party"), "rows of events, no breakdown"),
        "facebook_ads.account_insights": "the account's total is asked for without a breakdown",
    },
    "empty_day": {"snapshot": NO_DAY},
    "pending_day": {
        "snapshot": NO_DAY,
        **dict.fromkeys(("facebook_ads", "klaviyo", "mailchimp", "matomo"), ALWAYS),
        **{f"google_ads.{name}_performance": ALWAYS for name in ("ad", "campaign", "account", "asset_group")},
        "google_ads.keyword_view": ALWAYS,
    },
    "zero_day": {
        "snapshot": NO_DAY,
        "google_ads.click_view": NO_FIGURES,
        "klaviyo.events": NO_FIGURES,
        "mailchimp.recipients": NO_FIGURES,
        "mailchimp.activity": NO_FIGURES,
        "first_party.rejected_lines": NO_FIGURES,
        "exchange_rates": "a rate of zero is refused (test_exchange_rates)",
    },
    "names": {
        **{f"google_ads.{name}_performance": "ids and figures, no texts" for name in ("ad", "campaign", "account", "asset_group")},
        "facebook_ads.account_insights": "ids and figures, no texts",
        "exchange_rates": "currency codes",
        "mailchimp.recipients": "ids and hashes",
    },
    "big_ids": {
        "google_ads.customer": "a customer id has ten digits",
        "google_ads.account_performance": "a customer id has ten digits",
        "facebook_ads.accounts": "an account is known by its text id",
        "facebook_ads.account_insights": "ids are texts, and the account's is short",
        "klaviyo.accounts": "an account is known by its text id",
        "matomo.sites": "a site's number counts from 1",
        "exchange_rates": "no ids",
        "first_party.rejected_lines": "no ids",
        "mailchimp.recipients": "campaign ids are texts of ten characters",
        "mailchimp.activity": "ids are texts of our own",
    },
    "short_day": {"snapshot": NO_DAY, "exchange_rates": "a rate is of a date, everywhere"},
    "long_day": {"snapshot": NO_DAY, "exchange_rates": "a rate is of a date, everywhere"},
    "time_zone": {"snapshot": NO_DAY, "exchange_rates": "a rate is of a date, everywhere"},
}
"""Case -> whom it does not concern (``snapshot`` for all of that kind, a source, or ``source.stream``) -> why."""

STREAMS: dict[str, tuple[str, Stream]] = {
    f"{source}.{stream.name}": (source, stream) for source in registry.MODULES for stream in registry.load(source).streams
}
"""``source.stream`` -> its source and itself: everything that the registry holds."""


def excuse(case: str, name: str) -> str | None:
    """Why the stream is excused from the case; None where it is not."""
    source, stream = STREAMS[name]
    reasons = EXCUSED.get(case, {})
    return next((reasons[who] for who in (name, source, str(stream.kind)) if who in reasons), None)


def streams_of(case: str) -> list[str]:
    """The streams that have to pass the case."""
    return [name for name in STREAMS if excuse(case, name) is None]


MARKS = {"passed": "+", "failed": "F", "error": "E", "skipped": "s"}


def printed(outcomes: Mapping[tuple[str, str], str]) -> list[str]:
    """The matrix as lines: + passed, - excused, F failed, blank not run; the cases by their letters below."""
    letters = {case: chr(ord("A") + at) for at, case in enumerate(CASES)}
    width = max(map(len, STREAMS)) + 2
    lines = [" " * width + " ".join(letters.values())]
    for name in STREAMS:
        cells = [MARKS.get(outcomes.get((name, case), ""), "-" if excuse(case, name) else " ") for case in CASES]
        lines.append(f"{name:<{width}}{' '.join(cells)}")
    counts = [sum(outcome == kind for outcome in outcomes.values()) for kind in ("passed", "failed", "error")]
    excused = sum(excuse(case, name) is not None for case in CASES for name in STREAMS)
    total = len(STREAMS) * len(CASES)
    lines.append(
        f"{len(STREAMS)} streams x {len(CASES)} cases = {total}: {counts[0]} passed, {counts[1] + counts[2]} failed, {excused} excused, "
        f"{total - sum(counts) - excused} not run"
    )
    return lines + [f"  {letters[case]} {case:<15}{says}" for case, says in CASES.items()]
