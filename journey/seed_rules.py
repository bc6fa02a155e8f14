"""What the seeds that people edit must be, so that a wrong line is named by file and line before anything is built."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path
from typing import Any

from journey import segment_rules
from journey.settings import SettingsError
from journey.settings_rules import ARRIVALS, RATED, SEEDS, TYPE_SEEDS

LIFECYCLE = frozenset({"prospect", "lead", "new_customer", "repeat_customer", "lapsed"})
STAGES = {"awareness", "consideration", "decision", "post_purchase"}
CONDITIONS = ("is_after_first_purchase", "is_first_of_customer", "is_decision_arrival")
Row = dict[str, str]


@dataclass(frozen=True)
class Seed:
    """A seed's key, which no two lines share, its columns in lower case, and those whose values are given."""

    name: str
    key: tuple[str, ...]
    lower: tuple[str, ...] = ()
    known: tuple[tuple[str, frozenset[str]], ...] = ()


def channels(folder: Path) -> frozenset[str]:
    """The channels there are: GA4's groups, and what people add."""
    return frozenset(row["channel"] for _, row in _lines(folder / "channels.csv"))


def seeds(folder: Path) -> tuple[Seed, ...]:
    """The seeds that are held to something here; dbt's own tests are in ``_seeds.yml``."""
    channel = (("channel", channels(folder)),)
    return (
        Seed("event_types", ("event_name",)),
        Seed("first_party_event_types", ("event_type",), lower=("event_type",)),
        Seed("first_party_channels", ("first_party_channel",), lower=("first_party_channel",), known=channel),
        Seed("klaviyo_metric_types", ("metric_name",)),
        Seed("mailchimp_action_types", ("action",)),
        Seed("matomo_action_types", ("action_type", "action_name")),
        Seed(
            "utm_aliases",
            ("field", "alias"),
            lower=("alias", "canonical"),
            known=(("field", frozenset({"source", "medium"})),),
        ),
        Seed("site_categories", ("site",), lower=("site",)),
        Seed("google_campaign_channels", ("advertising_channel_type",), lower=("advertising_channel_type",), known=channel),
        Seed("journey_stage_rules", ("rule_order",), known=(("journey_stage", frozenset(STAGES)),)),
        Seed("rfm_scores", ("measure", "score"), known=(("measure", frozenset(segment_rules.MEASURES)),)),
        Seed("rfm_segments", ("rule_order",)),
        Seed("lifecycle_rules", ("rule_order",), known=(("lifecycle_stage", LIFECYCLE),)),
    )


def check(folder: Path = SEEDS) -> None:
    """SettingsError names the first line that cannot be used."""
    for seed in seeds(folder):
        file = folder / f"{seed.name}.csv"
        lines = list(_lines(file))
        for line, wrong in chain(_wrong(seed, lines), segment_rules.wrong_values(seed.name, lines)):
            raise SettingsError(f"{file}, line {line}: {wrong}")
    undecided = _undecided([row for _, row in _lines(folder / "journey_stage_rules.csv")])
    if undecided:
        raise SettingsError(
            f"{folder / 'journey_stage_rules.csv'}: no rule decides a touch with {undecided} of a type that no rule names; "
            "a last rule without conditions decides all"
        )
    _nobody_is_left_out(folder)


def _nobody_is_left_out(folder: Path) -> None:
    """SettingsError where a customer would get no lifecycle stage, or a buyer no score or segment."""
    scores, segments, stages = (list(_lines(folder / f"{name}.csv")) for name in ("rfm_scores", "rfm_segments", "lifecycle_rules"))
    if amount := segment_rules.without_score(scores):
        raise SettingsError(
            f"{folder / 'rfm_scores.csv'}: no bounds hold a buyer's {amount}; a line of the measure without bounds holds all"
        )
    if rated := segment_rules.without_segment(scores, segments):
        raise SettingsError(
            f"{folder / 'rfm_segments.csv'}: no rule holds a buyer's scores {rated}; a last rule without conditions holds all"
        )
    if kind := segment_rules.without_stage(stages):
        raise SettingsError(
            f"{folder / 'lifecycle_rules.csv'}: no rule holds a customer without purchases and with {kind}; "
            "a last rule without conditions holds all"
        )


def warnings(settings: Mapping[str, Any], folder: Path = SEEDS) -> list[str]:
    """What can be built, and says less than it seems to, by the settings and seeds."""
    currency, file = settings["reporting_currency"], folder / "rfm_scores.csv"
    unrated = (
        f"reporting_currency is {currency}, for which the European Central Bank has no rate: amounts in other currencies stay unknown."
    )
    others = sorted({row["unit"] for _, row in _lines(file) if row["measure"] == "monetary" and row["unit"] != currency})
    return [unrated] * (currency not in RATED) + [
        f"{file} has bounds in {unit}, and reporting_currency is {currency}: "
        "monetary scores and segments are wrong until these are rewritten."
        for unit in others
    ]


def _lines(file: Path) -> Iterator[tuple[int, Row]]:
    with file.open(encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened, restval="")
        for row in reader:
            yield reader.line_num, row


def _wrong(seed: Seed, lines: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, str]]:
    first: dict[tuple[str, ...], int] = {}
    for line, row in lines:
        for column, value in row.items():
            if value != value.strip():
                yield line, f"{column} {value!r} has blanks around it"
        if seed.name in TYPE_SEEDS and row["touchpoint_type"] in ARRIVALS:
            yield line, f"touchpoint_type {row['touchpoint_type']!r} is the arrival that each visit has by itself; no event is one"
        for column in seed.lower:
            if row[column] != row[column].lower():
                yield line, f"{column} {row[column]!r} is compared in lower case, so it has to be {row[column].lower()!r}"
        for column, values in seed.known:
            if row[column] not in values:
                yield line, f"{column} {row[column]!r} is none of {', '.join(sorted(values))}"
        key = tuple(row[column] for column in seed.key)
        if (earlier := first.setdefault(key, line)) != line:
            yield line, f"{' and '.join(seed.key)} {' '.join(filter(None, key))!r} stands in line {earlier} already"


def _undecided(rules: list[Row]) -> str | None:
    """The first situation of a touch that no rule for all types decides."""
    general = [rule for rule in rules if not rule["touchpoint_type"]]
    for situation in product((True, False), repeat=len(CONDITIONS)):
        asked = {name: str(held).lower() for name, held in zip(CONDITIONS, situation, strict=True)}
        if not any(all(rule[name].lower() in ("", held) for name, held in asked.items()) for rule in general):
            return ", ".join(f"{name} {held}" for name, held in asked.items())
    return None
