"""What each setting may be. A value that no build could use is said by name before anything starts, not by an engine halfway."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from extractors.registry import MODULES
from journey.seed_files import SettingsError, lines

Rule = Callable[[Any], str | None]
"""Gives what the value must be, in words, where it is not that."""

DBT = Path(__file__).resolve().parent.parent / "dbt_project"
SEEDS = DBT / "seeds"
CHANNEL_MODELS = {"markov", "shapley"}
TYPE_SEEDS = ("event_types", "first_party_event_types", "klaviyo_metric_types", "mailchimp_action_types", "matomo_action_types")
ARRIVALS = {"ad_click", "site_visit"}
ZONES = "a time zone by its IANA name, such as America/Sao_Paulo"
CENTURY = 36_500
"""Days; more than any data has, and few enough for a date to be counted back by them."""
# ISO 4217, currencies in use. Whether there are rates for one is a matter of what lands: a shop all of whose amounts are in
# one currency needs none.
IN_USE = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP
CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD
JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(IN_USE.split())

# Those of the European Central Bank's reference rates.
QUOTED = """
EUR USD JPY CZK DKK GBP HUF PLN RON SEK CHF ISK NOK TRY AUD BRL CAD CNY HKD IDR ILS INR KRW MXN MYR NZD PHP SGD THB ZAR
"""
RATED = frozenset(QUOTED.split())


def wrong(settings: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first setting that cannot be used, and what it must be; None where all can."""
    for name, rule in RULES.items():
        if (must := rule(settings[name])) is not None:
            return name, must
    conversions, closing = settings["conversion_events"], settings["closing_conversion"]
    if closing not in conversions:
        return "closing_conversion", f"one of the touchpoint types in conversion_events: {', '.join(conversions)}"
    return None


def touchpoint_types() -> set[str]:
    """Every type that a touch can have: arrivals, and what the seeds make of events."""
    found = set(ARRIVALS)
    for seed in TYPE_SEEDS:
        held = lines(SEEDS / f"{seed}.csv", ("touchpoint_type",))
        found |= {row["touchpoint_type"] for _, row in held if row["touchpoint_type"]}
    return found


def attribution_models() -> set[str]:
    """The models that weigh channels, and those with a macro ``attribution_weight__<name>``."""
    texts = (file.read_text(encoding="utf-8") for file in sorted((DBT / "macros").rglob("*.sql")))
    return CHANNEL_MODELS | {name for text in texts for name in re.findall(r"macro attribution_weight__(\w+)", text)}


def _whole(least: int, most: int | None = None) -> Rule:
    words = f"a whole number from {least} to {most}" if most is not None else f"a whole number, {least} or more"

    def rule(value: Any) -> str | None:
        return None if value == value // 1 and least <= value <= (2**31 - 1 if most is None else most) else words

    return rule


def _number(holds: Callable[[float], bool], words: str) -> Rule:
    return lambda value: None if math.isfinite(value) and holds(value) else words


def _one_of(values: Callable[[], set[str]]) -> Rule:
    return lambda value: None if value in (known := values()) else f"one of {', '.join(sorted(known))}"


def _zone(value: str) -> str | None:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return ZONES
    return ZONES if value.startswith(("posix", "right/", "localtime")) else None


def _models(value: list[Any]) -> str | None:
    known = attribution_models()
    if value and all(isinstance(name, str) and name in known for name in value) and len(set(value)) == len(value):
        return None
    return f"a list of one or more of {', '.join(sorted(known))}, each once"


def _weights(value: list[Any]) -> str | None:
    numbers = [weight for weight in value if isinstance(weight, int | float) and not isinstance(weight, bool) and weight >= 0]
    if len(value) == len(numbers) == 3 and math.isclose(sum(numbers), 1, abs_tol=1e-9):
        return None
    return "three numbers, none below 0, that add up to 1"


def _names(value: list[Any]) -> str | None:
    if value and all(isinstance(name, str) and re.fullmatch(r"[\w.-]+", name) for name in value):
        return None
    return "a list of one or more names of letters, digits, _, - or ."


def _conversions(value: Mapping[str, Any]) -> str | None:
    named = all(isinstance(kind, str) and re.fullmatch(r"\w[\w .-]*", kind) for kind in value.values())
    if not value or not named:
        return "one or more touchpoint types, each with the name of its conversion in letters, digits, spaces, _, - or ."
    try:
        known = touchpoint_types()
    except SettingsError:
        return None  # a build names the seed (seed_rules.check); loads and status go on meanwhile
    if unknown := sorted(set(value) - known):
        return f"of touchpoint types that some event can have ({', '.join(sorted(known))}); {', '.join(unknown)} stands in no seed"
    return None


def _windows(value: Mapping[str, Any]) -> str | None:
    whole = _whole(1, 400)
    days = all(isinstance(number, int | float) and not isinstance(number, bool) and whole(number) is None for number in value.values())
    if days and all(name.partition(".")[0] in MODULES for name in value):
        return None
    return f"days, 1 to 400, by source or source.stream; there are {', '.join(MODULES)}"


RULES: dict[str, Rule] = {
    "reporting_currency": lambda value: None if value in CURRENCIES else "the three capital letters of a currency (ISO 4217), such as EUR",
    "reporting_time_zone": _zone,
    "session_timeout_minutes": _whole(1),
    "attribution_window_days": _whole(1, CENTURY),
    "attribution_models": _models,
    "half_life_days": _number(lambda value: value > 0, "a number above 0"),
    "position_weights": _weights,
    "markov_order": _whole(1, 3),
    "shapley_variant": _one_of(lambda: {"distinct_channels", "conversion_rate"}),
    "conversion_events": _conversions,
    "max_events_per_session": _whole(1),
    "max_session_days": _whole(1, CENTURY),
    "max_clock_lag_days": _whole(0, CENTURY),
    "crowded_customer_touchpoints": _whole(1),
    "email_hash_keys": _names,
    "max_identifiers_per_identifier": _whole(1),
    "max_devices_per_identifier": _whole(1),
    "max_people_per_device": _whole(1),
    "meta_ad_id_parameters": _names,
    "dormant_after_days": _whole(0, CENTURY),
    "utm_suggestion_similarity": _number(lambda value: 0 <= value <= 1, "a number from 0 to 1"),
    "max_utm_comparisons": _whole(0),
    "nightly_hour_utc": _whole(0, 23),
    "restatement_windows": _windows,
}
