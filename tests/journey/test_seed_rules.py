"""A line of a seed that cannot be used is named by file and line, before anything is built."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from test_prepare_and_publish import land_rates

from journey import build, seed_rules
from journey.seed_rules import SEEDS, check, warnings
from journey.settings import Places, SettingsError, load


def more(*lines: str) -> Callable[[str], str]:
    return lambda text: text + "".join(f"{line}\n" for line in lines)


WRONG: list[tuple[str, Callable[[str], str], str]] = [
    ("utm_aliases", more("source,fb,facebook"), "field and alias 'source fb' stands in line 8 already"),
    ("utm_aliases", more("source,FB_Ads_BR,facebook"), "alias 'FB_Ads_BR' is compared in lower case, so it has to be 'fb_ads_br'"),
    ("utm_aliases", more("sorce,x,facebook"), "field 'sorce' is none of medium, source"),
    ("utm_aliases", more("source,face book ,facebook"), "alias 'face book ' has blanks around it"),
    ("event_types", more("purchase,purchase"), "event_name 'purchase' stands in line 7 already"),
    ("event_types", more("session_start,site_visit"), "touchpoint_type 'site_visit' is the arrival that each visit has by itself"),
    (
        "matomo_action_types",
        more("event,chat_started,support"),
        "action_type and action_name 'event chat_started' stands in line 11 already",
    ),
    ("first_party_channels", more("kiosk,In store,offline"), "channel 'In store' is none of AI Assistant, Affiliates, Audio"),
    ("google_campaign_channels", more("local,Local"), "channel 'Local' is none of AI Assistant"),
    ("rfm_scores", more("recensy,1,,,days"), "measure 'recensy' is none of frequency, monetary, recency"),
    ("rfm_scores", more("recency,6,,a week,days"), "at_most 'a week' is no number"),
    ("rfm_segments", more("10,,,,,others"), "rule_order '10' stands in line 11 already"),
    ("lifecycle_rules", more("7,,,maybe,,prospect,lead"), "is_lead 'maybe' is neither true nor false"),
    ("lifecycle_rules", more("7,,,,,fan,lead"), "lifecycle_stage 'fan' is none of lapsed, lead, new_customer, prospect"),
    ("utm_aliases", more("source,fb_ads,"), "canonical is empty"),
    ("site_categories", more("example.com,searchengine"), "site_category 'searchengine' is none of ai_assistant, other, search"),
    ("event_types", more(",chat"), "event_name is empty"),
    ("rfm_scores", more("recency,2.5,,,days"), "score '2.5' is no whole number"),
    ("channels", more("Kiosk,23,maybe,In shops,None"), "is_paid 'maybe' is neither true nor false"),
    ("channels", more("Kiosk,,,In shops,None"), "channel_order is empty"),
    ("journey_stage_rules", more("11,,refnd,,,post_purchase"), "touchpoint_type 'refnd' is none of ad_click, add_to_cart, chat"),
    ("journey_stage_rules", more("11,,wishlist,,,desire"), "journey_stage 'desire' is none of awareness, consideration, decision"),
]


def copied(folder: Path, seed: str) -> Path:
    """The file of one seed in a copy of all of them, ``seeds`` below the folder."""
    shutil.copytree(SEEDS, folder / "seeds")
    return folder / "seeds" / f"{seed}.csv"


@pytest.mark.parametrize(("seed", "edit", "message"), WRONG)
def test_a_line_that_cannot_be_used(tmp_path: Path, seed: str, edit: Callable[[str], str], message: str) -> None:
    file = copied(tmp_path, seed)
    file.write_text(edit(file.read_text()))
    with pytest.raises(SettingsError) as refused:
        check(tmp_path / "seeds")
    assert str(refused.value).startswith(f"{file}, line {len(file.read_text().splitlines())}: {message}")


def test_rules_that_leave_a_touch_undecided(tmp_path: Path) -> None:
    file = copied(tmp_path, "journey_stage_rules")
    file.write_text(file.read_text().replace("10,,,,,consideration\n", "10,false,chat,,,consideration\n"))
    with pytest.raises(SettingsError, match="no rule decides a touch with is_after_first_purchase false, is_first_of_customer false"):
        check(tmp_path / "seeds")
    file.write_text(file.read_text() + "11,,,false,FALSE,consideration\n")
    check(tmp_path / "seeds")


LEFT_OUT: list[tuple[str, str, str, str]] = [
    ("lifecycle_rules", "6,,,,,prospect,lead\n", "", "no rule holds a customer without purchases and with is_lead false"),
    ("lifecycle_rules", "6,,", "6,1,", "no rule holds a customer without purchases and with is_lead false"),
    ("lifecycle_rules", "6,,,,", "6,,0,,", "no rule holds a customer without purchases and with is_lead false"),
    ("rfm_segments", "10,,,,,hibernating\n", "", "no rule holds a buyer's scores recency 1, frequency 1, monetary 1"),
    ("rfm_segments", "10,,,,,hibernating", "10,,1,,,hibernating", "no rule holds a buyer's scores recency 2, frequency 1, monetary 1"),
    ("rfm_scores", "recency,1,,,days\n", "", "no bounds hold a buyer's recency"),
    ("rfm_scores", "monetary,1,,,BRL", "monetary,1,0,,BRL", "no bounds hold a buyer's monetary"),
    ("rfm_scores", "frequency,1,,,", "frequency,1,,0,", "no bounds hold a buyer's frequency"),
    ("rfm_scores", "recency,1,,,days\n", "recency,1,182,,days\n", "no bounds hold a buyer's recency of 181"),
]


@pytest.mark.parametrize(("seed", "old", "new", "message"), LEFT_OUT)
def test_rules_that_leave_a_customer_out(tmp_path: Path, seed: str, old: str, new: str, message: str) -> None:
    file = copied(tmp_path, seed)
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(SettingsError) as refused:
        check(tmp_path / "seeds")
    assert str(refused.value).startswith(f"{file}: {message}")


def test_bounds_that_meet_need_no_line_without_bounds(tmp_path: Path) -> None:
    file = copied(tmp_path, "rfm_scores")
    text = file.read_text().replace("recency,1,,,days", "recency,1,181,,days").replace("monetary,1,,,BRL", "monetary,1,,99.999999,BRL")
    file.write_text(text)
    check(tmp_path / "seeds")


def test_bounds_of_revenue_in_another_currency_are_told() -> None:
    assert warnings(load({})) == []
    assert warnings(load({"JOURNEY_REPORTING_CURRENCY": "EUR"})) == [
        f"{SEEDS / 'rfm_scores.csv'} has bounds in BRL, and reporting_currency is EUR: "
        "monetary scores and segments are wrong until these are rewritten."
    ]


def test_a_currency_without_rates_is_told() -> None:
    told = warnings(load({"JOURNEY_REPORTING_CURRENCY": "ARS"}))
    assert told[0] == (
        "reporting_currency is ARS, for which the European Central Bank has no rate: amounts in other currencies stay unknown."
    )


def test_a_file_of_overrides_that_is_not_there_stops_the_build(tmp_path: Path) -> None:
    places, named = Places(tmp_path), str(tmp_path / "overides.csv")
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    with pytest.raises(build.BuildFailed, match=r"Not built: identity_overrides names .*overides\.csv, which is no file that is there"):
        build.transform(places, load({"JOURNEY_IDENTITY_OVERRIDES": named}))


def test_a_build_says_so_before_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise SettingsError("utm_aliases.csv, line 9: no")

    monkeypatch.setattr(seed_rules, "check", refuse)
    places = Places(tmp_path)
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    with pytest.raises(build.BuildFailed, match=r"^Not built: utm_aliases\.csv, line 9: no\. Kept: the served warehouse as it was\.$"):
        build.transform(places, load({}))
    assert not places.candidate.exists()
