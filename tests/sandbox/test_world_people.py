"""Identity and channel can be found from the rows alone, and then are what the truth says."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shop_rows import is_known, shop_events
from simulated import final, ga4, ndjson, truth, world
from sitewise import Key, kept_rows, sessions, table_day

from sandbox.world.campaigns import GOOGLE_CHANNELS, google_campaigns, meta_ads

Identifier = tuple[str, str]
REFERRERS = {
    "www.google.com": "Organic Search",
    "www.bing.com": "Organic Search",
    "duckduckgo.com": "Organic Search",
    "l.instagram.com": "Organic Social",
    "m.facebook.com": "Organic Social",
    "l.facebook.com": "Organic Social",
    "www.youtube.com": "Organic Video",
}


def strong(row: dict[str, Any]) -> list[Identifier]:
    """The strong identifiers that one row shows."""
    found = [("user_id", row["user_id"])] if row["user_id"] else []
    hashes = [row["params"].get("email_sha256")]
    hashes += [item["value"]["string_value"] for item in row["user_properties"] if item["key"] == "sha256_email_address"]
    return found + [("email_sha256", value) for value in hashes if value]


class Groups:
    """Union-find over identifiers."""

    def __init__(self) -> None:
        self.parent: dict[Identifier, Identifier] = {}

    def find(self, item: Identifier) -> Identifier:
        while self.parent.setdefault(item, item) != item:
            item = self.parent[item]
        return item

    def join(self, items: list[Identifier]) -> None:
        for item in items:
            self.parent[self.find(items[0])] = self.find(item)


def test_the_truths_people_are_the_components_of_what_was_shown() -> None:
    groups = Groups()
    visits = sessions(kept_rows(world()))
    users: dict[Identifier, set[Identifier]] = defaultdict(set)
    for row in (row for rows in visits.values() for row in rows):
        if row["user_id"]:
            for item in strong(row)[1:]:
                users[item].add(("user_id", row["user_id"]))
    handed_on = {item for item, named in users.items() if len(named) > 1}
    assert len(handed_on) == 10, "each comes with a user id, so it need not tell anything by itself"
    for rows in visits.values():
        for row in rows:
            if found := [item for item in strong(row) if item not in handed_on]:
                groups.join(found)
    for row in final(ndjson(world(), "klaviyo/*/profiles.ndjson")):
        fields = row["attributes"]
        sha = ("email_sha256", hashlib.sha256(fields["email"].encode()).hexdigest())
        groups.join([sha, ("user_id", fields["external_id"])] if fields["external_id"] else [sha])
    named: dict[str, list[tuple[Key, Identifier | None]]] = defaultdict(list)
    for key, rows in sorted(visits.items()):
        shown = [item for row in rows for item in strong(row) if item not in handed_on]
        assert len({groups.find(item) for item in shown}) <= 1
        named[key[0]].append((key, groups.find(shown[0]) if shown else None))
    owner: dict[Key, Identifier] = {}
    shared = set()
    for device, seen in named.items():
        people = {person for _, person in seen if person}
        if len(people) > 1:
            shared.add(device)
        for place, (key, person) in enumerate(seen):
            before = [other for _, other in seen[:place] if other]
            after = [other for _, other in seen[place + 1 :] if other]
            owner[key] = person or (before[-1] if before else after[0] if after else ("device", device))
    told: dict[str, set[Identifier]] = defaultdict(set)
    for row in truth(world(), "touchpoints"):
        if row["source_system"] == "ga4" and row["touchpoint_type"] in ("ad_click", "site_visit"):
            key = (row["device"], round(row["occurred_at"].timestamp() * 1e6))
            told[row["person_id"]].add(owner[key])
            assert row["on_shared_device"] == (row["device"] in shared)
    assert all(len(found) == 1 for found in told.values())
    assert len({next(iter(found)) for found in told.values()}) == len(told)
    assert len(shared) > 5
    two_devices = [owners for owners in told if sum(1 for seen in named.values() if any(owner[key] in told[owners] for key, _ in seen)) > 1]
    assert len(two_devices) > 20


def test_people_count_as_identified_when_they_have_shown_a_strong_identifier() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in truth(world(), "identifiers"):
        kinds[row["person_id"]].add(row["identifier_type"])
    people = truth(world(), "people")
    assert {row["person_id"]: row["is_identified"] for row in people} == {
        person: bool(found & {"user_id", "email_sha256"}) for person, found in kinds.items()
    }
    assert [row["person_id"] for row in people if row["is_story"]] == ["STORY"]
    assert {row["person_id"] for row in people} == {row["person_id"] for row in truth(world(), "touchpoints")}


def channel(row: dict[str, Any], click_kinds: dict[str, str]) -> str:
    """The channel that one row's own signals tell."""
    tags = {name: values[0] for name, values in parse_qs(urlsplit(row["params"]["page_location"]).query).items()}
    medium = tags.get("utm_medium", "").lower()
    if "gclid" in tags:
        return GOOGLE_CHANNELS[click_kinds[tags["gclid"]]]
    ads = {ad.ad_id for ad in meta_ads()}
    if tags.get("utm_content") in ads or tags.get("ad_id") in ads or "paid" in medium:
        return "Paid Social"
    if medium in ("email", "e-mail"):
        return "Email"
    host = urlsplit(row["params"].get("page_referrer") or "").hostname or ""
    return REFERRERS.get(host, "Referral" if host and host != "www.flordocerrado.example" else "Direct")


def click_kinds() -> dict[str, str]:
    kinds = {campaign.campaign_id: campaign.kind for campaign, _ in google_campaigns()}
    return {row["click_view"]["gclid"]: kinds[row["campaign"]["id"]] for row in ndjson(world(), "google_ads/*/click_view.ndjson")}


def test_the_channel_of_every_visit_can_be_read_from_its_first_event() -> None:
    kinds = click_kinds()
    found = {key: channel(rows[0], kinds) for key, rows in sessions(kept_rows(world())).items()}
    told = {
        (row["device"], round(row["occurred_at"].timestamp() * 1e6)): row["channel"]
        for row in truth(world(), "touchpoints")
        if row["source_system"] == "ga4" and row["touchpoint_type"] in ("ad_click", "site_visit")
    }
    assert told == found
    assert set(told.values()) == {*GOOGLE_CHANNELS.values(), *REFERRERS.values(), "Paid Social", "Email", "Referral", "Direct"}


def test_the_channel_of_every_event_without_consent_can_be_read_from_itself() -> None:
    kinds = click_kinds()
    counts: dict[tuple[Any, str], int] = defaultdict(int)
    for row in ga4(world()):
        if row["user_pseudo_id"] is None:
            counts[table_day(row), channel(row, kinds)] += 1
    for row in shop_events(world()):
        if not is_known(row) and not row["event_id"].startswith("re-FC"):
            counts[row["day"], row["group"]] += 1
    assert {(row["day"], row["channel"]): row["event_count"] for row in truth(world(), "unconsented")} == counts
