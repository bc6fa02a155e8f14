"""Sessions whose events come in pieces: late, withdrawn, over midnight, in the night of a clock change, and of a machine.

Rows that a reader can check by hand. The reporting zone is America/Sao_Paulo, which had daylight saving until February 2019.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from dbt_warehouse import Rows, land_rows
from recorded_builds import Start
from small_rows import Row
from small_shop import Shop, event

from expectations.landing.ga4 import LAST_MICROS


def seen(device: str, moment: str, name: str = "page_view", session: int | None = None, **fields: Any) -> Row:
    """An event at a moment of UTC (``2018-11-04 02:50``); without GA4's session id unless one is given."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    row = event(device, at.hour, name, **fields)
    kept = [held for held in row["event_params"] if held["key"] != "ga_session_id"]
    kept += [{"key": "ga_session_id", "value": {"int_value": session}}] if session else []
    return {**row, "event_date": f"{at:%Y%m%d}", "event_timestamp": int(at.timestamp() * 1_000_000), "event_params": kept}


def night(shop: Shop, *rows: Row) -> None:
    """Land the events, each in the table of its UTC day, in place of what these tables held; then build."""
    days: dict[str, list[Row]] = {}
    for row in rows:
        days.setdefault(row["event_date"], []).append(row)
    partitions = [Rows("ga4", "events", "1", date.fromisoformat(day), held) for day, held in days.items()]
    land_rows(shop.landing, partitions, load=f"night-{shop.nights}", second=shop.nights)
    shop.night()


def sessions(shop: Shop) -> list[tuple[str, int]]:
    """Start (UTC) and number of events of each session."""
    return shop.warehouse.rows(
        "select strftime(min(occurred_at), '%d %H:%M'), count(*) from intermediate.int_site_events"
        " where set_aside_reason is null and has_consent group by session_id order by all"
    )


def dates(shop: Shop) -> list[tuple[str, str, str]]:
    """Each touch: its type, moment (UTC) and day in the reporting zone."""
    return shop.warehouse.rows(
        "select touchpoint_type, strftime(occurred_at, '%d %H:%M'), occurred_date::varchar"
        " from marts.fct_customer_journey order by occurred_at, touchpoint_type desc"
    )


def test_late_events_join_and_split_visits_and_their_withdrawal_undoes_it(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    first = [seen("d1", "2026-01-05 09:00"), seen("d1", "2026-01-05 09:40"), seen("d2", "2026-01-05 10:00"), seen("d2", "2026-01-05 10:30")]
    night(shop, *first)
    assert sessions(shop) == [("05 09:00", 1), ("05 09:40", 1), ("05 10:00", 2)], (
        "forty minutes are a pause, thirty are not more than thirty"
    )

    sale = seen("d2", "2026-01-05 10:20", "purchase", session=7, sale="T1", amount=10.0)
    night(shop, *first, seen("d1", "2026-01-05 09:20"), sale)
    assert sessions(shop) == [("05 09:00", 3), ("05 10:00", 1), ("05 10:20", 2)], "what comes after GA4's id without one is that session's"
    assert shop.one("select count(*), count(distinct session_id) from marts.fct_customer_journey") == (4, 3)

    night(shop, *first)
    assert sessions(shop) == [("05 09:00", 1), ("05 09:40", 1), ("05 10:00", 2)]
    assert shop.one("select count(*) from marts.fct_conversions") == (0,)
    assert shop.unlike_once() == {}


def test_midnight_ends_no_visit_and_too_many_events_are_nobodys(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    machine = [seen("d3", f"2026-01-05 09:0{minute}", session=1) for minute in range(7)]
    before = [seen("d1", "2026-01-05 23:00", session=3), seen("d2", "2026-01-05 23:50"), seen("d3", "2026-01-05 12:00", session=2)]
    night(shop, *before, *machine)
    assert sessions(shop) == [("05 12:00", 1), ("05 23:00", 1), ("05 23:50", 1)], "the machine's other visit stays"
    assert shop.one("select reason, count(*) from audit.set_aside_events group by all") == ("bot", 7), "more than six"

    visit = [seen("d4", "2026-01-06 02:50", session=4), seen("d4", "2026-01-06 03:10", "purchase", session=4, sale="T1", amount=10.0)]
    night(shop, *before, *machine[1:], seen("d1", "2026-01-06 00:00", session=3), seen("d2", "2026-01-06 00:10"), *visit)
    assert sessions(shop) == [("05 09:01", 6), ("05 12:00", 1), ("05 23:00", 2), ("05 23:50", 2), ("06 02:50", 2)], "over UTC's midnight"
    assert shop.one("select count(*) from audit.set_aside_events") == (0,), "six are a visit"
    assert dates(shop)[-2:] == [("site_visit", "06 02:50", "2026-01-05"), ("purchase", "06 03:10", "2026-01-06")], "over São Paulo's"
    assert shop.one("select max(days_to_conversion) from marts.fct_customer_journey") == (1,)
    assert shop.unlike_once() == {}


def test_a_late_event_makes_a_visit_over_long_and_its_withdrawal_undoes_it(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    visit = [seen("d1", "2026-01-05 10:00", session=3), seen("d1", "2026-01-05 10:05", "purchase", session=3, sale="T1", amount=10.0)]
    other = seen("d1", "2026-01-07 12:00", session=4)
    night(shop, *visit, other)
    assert shop.one("select count(*) from marts.fct_conversions") == (1,)

    night(shop, seen("d1", "2026-01-08 10:00", session=3))
    assert shop.one("select count(*) from audit.set_aside_events") == (0,), "three days are not more than three"

    night(shop, seen("d1", "2026-01-08 10:01", session=3))
    assert sessions(shop) == [("07 12:00", 1)]
    assert shop.one("select reason, count(*) from audit.set_aside_events group by all") == ("over_long", 3)
    assert shop.one("select count(*) from marts.fct_conversions") == (0,)

    night(shop, seen("d1", "2026-01-08 10:00", session=5))
    assert sessions(shop) == [("05 10:00", 2), ("07 12:00", 1), ("08 10:00", 1)]
    assert shop.one("select count(*) from marts.fct_conversions") == (1,)
    assert shop.unlike_once() == {}


def test_clocks_go_forward_and_back(tmp_path: Path, shop_start: Start) -> None:
    """At midnight of 4 November 2018, 03:00 UTC, it was one o'clock; at midnight of 17 February 2019, 02:00 UTC, eleven again.

    Pauses are of real time, days of the zone: the 4th had 23 hours, the 16th of February 25.
    """
    shop = Shop(tmp_path, shop_start)
    forward = [
        seen("d1", "2018-11-03 02:30"),
        seen("d1", "2018-11-04 02:50"),
        seen("d1", "2018-11-04 03:10", "purchase", sale="T1", amount=10.0),
        seen("d2", "2018-11-05 01:59", "add_to_cart"),
        seen("d2", "2018-11-05 02:00", "add_to_cart"),
    ]
    back = [
        seen("d3", "2019-02-17 01:50"),
        seen("d3", "2019-02-17 02:10", "add_to_cart"),
        seen("d4", "2019-02-17 01:50"),
        seen("d4", "2019-02-17 02:30", "purchase", sale="T2", amount=20.0),
        seen("d5", "2019-02-17 02:59", "purchase", sale="T3", amount=40.0),
        seen("d5", "2019-02-17 03:00", "purchase", sale="T4", amount=80.0),
    ]
    night(shop, *forward, *back)
    ours = [("03 02:30", 1), ("04 02:50", 2), ("05 01:59", 2), ("17 01:50", 1), ("17 01:50", 2), ("17 02:30", 1), ("17 02:59", 2)]
    assert sessions(shop) == ours, "ten to midnight and ten past one are twenty minutes; 23:50 and 23:30 may be forty"
    assert dates(shop)[:6] == [
        ("site_visit", "03 02:30", "2018-11-02"),
        ("site_visit", "04 02:50", "2018-11-03"),
        ("purchase", "04 03:10", "2018-11-04"),
        ("site_visit", "05 01:59", "2018-11-04"),
        ("add_to_cart", "05 01:59", "2018-11-04"),
        ("add_to_cart", "05 02:00", "2018-11-05"),
    ]
    by_day = "select converted_date::varchar, sum(net_value) from marts.fct_conversions group by 1 order by 1"
    assert shop.warehouse.rows(by_day) == [("2018-11-04", 10), ("2019-02-16", 60), ("2019-02-17", 80)]
    days = "select occurred_date::varchar, max(days_to_conversion) from marts.fct_customer_journey group by 1 order by 1"
    told = dict(shop.warehouse.rows(days))
    assert (told["2018-11-02"], told["2018-11-03"], told["2019-02-16"]) == (2, 1, 0), "calendar days, not hours"
    assert shop.unlike_once() == {}


def test_the_last_moment_that_lands_moves_no_visit_by_night(tmp_path: Path, shop_start: Start) -> None:
    """A clock that stands at the end of time: its event comes, stays while others come, and goes."""
    shop = Shop(tmp_path, shop_start)
    visit = [seen("d1", "2018-11-05 10:00"), seen("d1", "2018-11-05 10:10", "add_to_cart")]
    odd = {**seen("d1", "2018-11-05 10:05", "purchase", sale="T1", amount=10.0), "event_timestamp": LAST_MICROS}
    late = seen("d1", "2018-11-05 10:20", "purchase", sale="T2", amount=20.0)
    aside = "select reason, count(*) from audit.set_aside_events group by 1"
    for rows, told, found in (
        (visit, [("05 10:00", 2)], []),
        ([*visit, odd], [("05 10:00", 2)], [("impossible_clock", 1)]),
        ([*visit, odd, late], [("05 10:00", 3)], [("impossible_clock", 1)]),
        ([*visit, late], [("05 10:00", 3)], []),
    ):
        night(shop, *rows)
        assert (sessions(shop), shop.warehouse.rows(aside)) == (told, found)
        assert shop.unlike_once() == {}


def sent(device: str, moment: str, name: str, **fields: Any) -> Row:
    """What a server sends by the Measurement Protocol, as the renewal of a subscription: no session and no page."""
    row = seen(device, moment, name, **fields)
    return {**row, "event_params": [held for held in row["event_params"] if held["key"] != "page_location"]}


def test_what_a_server_sends_outside_a_visit_is_no_visit(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    bought = [
        seen("d1", "2026-01-05 09:00", session=1, query="?gclid=g1"),
        seen("d1", "2026-01-05 09:10", "purchase", session=1, sale="T1", amount=10.0),
        sent("d1", "2026-01-05 09:30", "refund", sale="T1", back=1.0),
    ]
    later = [
        sent("d1", "2026-01-06 09:00", "refund", sale="T1", back=2.0),
        sent("server.1", "2026-01-06 10:00", "refund", sale="T1", back=3.0),
        sent("d1", "2026-01-07 09:00", "purchase", sale="T2", amount=10.0),
    ]
    night(shop, *bought, *later)
    touches = (
        "select touchpoint_type, strftime(occurred_at, '%d %H:%M'), channel, source, count(distinct customer_id) over ()"
        " from marts.fct_customer_journey order by occurred_at, touchpoint_type"
    )
    visit = [("ad_click", "05 09:00"), ("purchase", "05 09:10"), ("refund", "05 09:30")]
    alone = [("refund", "06 09:00"), ("refund", "06 10:00"), ("purchase", "07 09:00")]
    ours = [(*touch, "Paid Search", "google", 2) for touch in visit] + [(*touch, "Unassigned", "(not set)", 2) for touch in alone]
    assert shop.warehouse.rows(touches) == ours, "a refund within the visit is part of it; one that stands alone brings no visit"
    renewal = "select count(*), count(touchpoint_id), sum(credit) from marts.fct_attribution where conversion_id = 'purchase:T2'"
    assert shop.one(renewal) == (8, 0, 8), "nobody came to renew, so no visit has credit of it"
    assert shop.one("select sum(net_value) from marts.fct_conversions") == (14,)
    assert shop.one("select count(session_id), count(distinct session_id) from marts.fct_customer_journey") == (3, 1)
    assert shop.one("select sum(session_count) from marts.dim_customers") == (1,)

    night(shop, *bought, *later, seen("d1", "2026-01-07 08:50", query="?utm_source=klaviyo&utm_medium=email"))
    assert [touch[:4] for touch in shop.warehouse.rows(touches)[5:]] == [
        ("site_visit", "07 08:50", "Email", "klaviyo"),
        ("purchase", "07 09:00", "Email", "klaviyo"),
    ]
    assert shop.unlike_once() == {}

    night(shop, *bought, *later)
    assert shop.warehouse.rows(touches) == ours
    assert shop.unlike_once() == {}

    logins = [seen(device, moment, session=8, user_id="u1") for device, moment in (("d0", "2026-01-05 08:00"), ("d1", "2026-01-07 06:00"))]
    night(shop, *bought, *later, *logins)
    people = "select count(*), count(session_id) from marts.fct_customer_journey group by customer_id order by all"
    assert shop.warehouse.rows(people) == [(1, 0), (7, 5)], "what a server sent of the device is the person's as well"
    assert shop.unlike_once() == {}


def test_a_night_works_out_again_what_the_change_can_reach(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    before = [
        *(seen("paused", f"2026-01-05 {clock}") for clock in ("09:00", "10:00", "10:20")),
        *(seen("returned", f"2026-01-{moment}", session=int(moment[-1])) for moment in ("05 09:07", "05 15:08", "06 09:07")),
        *(seen("carried", f"2026-01-{moment}", session=int(moment[-1])) for moment in ("05 08:06", "05 09:07", "05 15:08")),
        *(seen("shortened", f"2026-01-{moment}", session=int(moment[-1])) for moment in ("05 08:06", "05 09:07", "05 15:08")),
    ]
    gone = seen("shortened", "2026-01-06 09:07", session=7)
    night(shop, *before, gone)
    now = [
        seen("paused", "2026-01-05 10:40"),
        seen("returned", "2026-01-06 10:09", session=9),
        seen("carried", "2026-01-06 10:07", session=7),
    ]
    night(shop, *before, *now)
    reached = (
        "select distinct user_pseudo_id, strftime(make_timestamp(event_timestamp_from), '%d %H:%M') from changes.int_ga4_events__affected"
        " inner join staging.stg_ga4__events using (visitor_number) order by all"
    )
    assert shop.warehouse.rows(reached) == [
        ("carried", "05 09:07"),
        ("paused", "05 10:00"),
        ("returned", "06 10:09"),
        ("shortened", "05 09:07"),
    ], "from where a visit begins that the change belongs or belonged to, whatever else was between"
    assert shop.touched("int_sessions") == 2 + 2 + 1 + 2, "a visit that is another now is taken out and put in, a new one put in"
    assert shop.unlike_once() == {}


def wandered(rng: Random) -> list[Row]:
    """Some days of a dozen devices: visits with and without ids, ids that come again, pauses about as long as the rule allows."""
    rows = []
    for device in range(12):
        moment, identifier = datetime(2026, 1, 5, 8, device, tzinfo=UTC), rng.choice([None, device + 1])
        while moment < datetime(2026, 1, 9, tzinfo=UTC):
            rows.append(seen(f"d{device}", f"{moment:%Y-%m-%d %H:%M}", session=identifier))
            moment += timedelta(minutes=rng.choice([1, 29, 30, 31, 45, 600, 1500]))
            identifier = rng.choice([identifier, identifier, None, int(moment.timestamp()), device + 1])
    return rows


def test_nights_of_random_visits_are_one_full_build(tmp_path: Path, shop_start: Start) -> None:
    """Events come late and go again; what is worked out again never leaves out what changed."""
    rng = Random(11)
    shop, rows = Shop(tmp_path, shop_start), wandered(rng)
    night(shop, *(row for row in rows if rng.random() < 0.6))
    for chance in (0.95, 0.9, 1.0):
        night(shop, *(row for row in rows if rng.random() < chance))
        assert shop.unlike_once() == {}
    assert shop.one("select count(*) from intermediate.int_ga4_events") == (len(rows),)
