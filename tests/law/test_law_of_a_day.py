"""Which rule applied on a day: the pack's, or the lender's own as published then."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from dunwell.kernel.caller import Caller
from dunwell.law.model import LawQuery, ParameterUnknown, WrongDays
from dunwell.law.use_cases import law_on
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.model import Publish
from dunwell.tenancy.use_cases import files_of, in_force, publications_during, publish
from tests.conftest import Advance
from tests.web.serving import TokenFor, client

Own = dict[str, Any]


async def with_contact(tx: TenantTx, own: Own) -> int | None:
    """Publish the files in force with another contact.toml."""
    version, _ = await in_force(tx)
    return await publish(tx, Publish({**await files_of(tx, version), "contact": own}))


async def today(tx: TenantTx, _: None) -> date:
    return tx.today


async def now(tx: TenantTx, _: None) -> datetime:
    return tx.now


def of(law: dict[str, Any], parameter: str) -> dict[str, Any]:
    (found,) = [each for each in law["parameters"] if each["parameter"] == parameter]
    return found


async def test_what_applied_on_a_day_is_what_was_published_then(
    database: Database, acme: Caller, acme_http: httpx.AsyncClient, advance: Advance
) -> None:
    first = await database.read(acme, today, None)
    before = await database.run(acme, with_contact, {"recorder": True})
    await advance(acme, timedelta(days=3))
    own = {"recorder": True, "touches_per_day": 1, "contact_hours": {"from": "09:00", "to": "20:00"}}
    after = await database.run(acme, with_contact, own)
    await advance(acme, timedelta(days=3))

    then = (await acme_http.get("/v1/law", params={"on": str(first)})).json()
    assert then["version"] == before
    assert of(then, "touches_per_day")["origin"] == "pack"

    later = (await acme_http.get("/v1/law", params={"on": str(first + timedelta(days=4))})).json()
    assert later["version"] == after
    touches, window, visits = (of(later, name) for name in ("touches_per_day", "window", "visit_window"))
    assert (touches["value"], touches["origin"], touches["tenant_key"]) == (
        1,
        "tenant",
        "contact.toml:touches_per_day",
    )
    assert (touches["pack"]["value"], touches["pack"]["limit"]) == (4, 4)
    assert (window["value"], window["tenant_key"]) == (
        {"from": "09:00", "to": "20:00"},
        "contact.toml:contact_hours",
    )
    assert (visits["value"], visits["tenant_key"]) == (
        {"from": "09:00", "to": "20:00"},
        "contact.toml:contact_hours",
    )
    assert of(later, "connected_calls_per_day")["origin"] == "pack"


async def test_every_version_of_a_day_is_told(database: Database, acme: Caller, advance: Advance) -> None:
    at = (await database.read(acme, now, None)).astimezone(ZoneInfo("Asia/Shanghai"))
    await advance(acme, timedelta(hours=25 - at.hour))
    on = await database.read(acme, today, None)
    versions = [await database.run(acme, with_contact, {"messages_per_day": 1, "touches_per_day": 4})]
    await advance(acme, timedelta(hours=1))
    versions.append(await database.run(acme, with_contact, {"messages_per_day": 1, "touches_per_day": 3}))
    await advance(acme, timedelta(days=2))
    law = await database.read(acme, law_on, LawQuery(on))
    assert [each.version for each in law.versions][-2:] == versions
    assert law.version == versions[-1]
    assert law.versions[0].since <= law.versions[1].since


async def test_a_scheduled_version_applies_from_its_instant(
    database: Database, acme: Caller, advance: Advance
) -> None:
    begins = await database.read(acme, now, None) + timedelta(days=5)

    async def schedule(tx: TenantTx, own: Own) -> int | None:
        version, _ = await in_force(tx)
        files = {**await files_of(tx, version), "contact": own}
        return await publish(tx, Publish(files, effective_from=begins))

    async def during(tx: TenantTx, days: int) -> list[int]:
        span = tx.now - timedelta(days=days), tx.now
        return [each.version for each in await publications_during(tx, span)]

    now_in_force = await database.run(acme, with_contact, {"letters_days_apart": 20})
    scheduled = await database.run(acme, schedule, {"letters_days_apart": 30})
    assert (
        await database.read(acme, law_on, LawQuery(parameter="letters_days_apart"))
    ).version == now_in_force
    await advance(acme, timedelta(days=6))
    law = await database.read(acme, law_on, LawQuery(parameter="letters_days_apart"))
    assert (law.version, law.applied[0].value) == (scheduled, 30)
    assert await database.read(acme, during, 6) == [now_in_force, scheduled]
    assert await database.read(acme, during, 0) == [scheduled]


async def test_before_anything_was_published_there_is_law_and_no_version(
    database: Database, acme: Caller
) -> None:
    law = await database.read(acme, law_on, LawQuery(date(2026, 3, 3)))
    assert (law.version, law.versions, law.pack) == (None, [], "cn")
    assert {each.area for each in law.applied} == {"contact", "agents", "loans", "disputes", "arrangements"}
    assert all(each.tenant_key is None for each in law.applied)


async def test_law_of_every_area_says_class_source_rules_and_next_change(
    acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient
) -> None:
    law = (await acme_http.get("/v1/law", params={"on": "2026-03-03"})).json()
    assert len(law["parameters"]) > 60
    for each in law["parameters"]:
        pack = each["pack"]
        assert pack["value_class"] in "LSMO"
        assert pack["source_what"]
        assert pack["rules"]
        assert pack["effective_from"] <= "2026-03-03"
        assert pack["line"]
    cap = of(law, "cost_cap_small_loan")
    assert (cap["area"], cap["value"], cap["pack"]["next_change"]) == ("loans", {"pct": "24"}, "2028-01-01")
    assert cap["pack"]["next_value"] == {"times_lpr": "4"}
    american = (await birch_http.get("/v1/law", params={"on": "2026-03-03"})).json()
    assert (american["pack"], of(american, "calls_per_debt_per_7_days")["value"]) == ("us", 7)


async def test_one_parameter_or_one_area_can_be_asked_for(acme_http: httpx.AsyncClient) -> None:
    one = (await acme_http.get("/v1/law", params={"on": "2026-03-03", "parameter": "window"})).json()
    assert [each["parameter"] for each in one["parameters"]] == ["window"]
    area = (await acme_http.get("/v1/law", params={"on": "2026-03-03", "area": "disputes"})).json()
    assert {each["area"] for each in area["parameters"]} == {"disputes"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/law?parameter=nonsense", "law.parameter-unknown"),
        ("/v1/law?area=portal", "law.parameter-unknown"),
        ("/v1/law?area=disputes&parameter=window", "law.parameter-unknown"),
        ("/v1/law?on=1969-12-31", "law.days"),
        ("/v1/law?on=9999-12-31", "law.days"),
        ("/v1/calendar?from=2026-01-01&to=2027-06-01", "law.days"),
        ("/v1/calendar?from=2026-01-02&to=2026-01-01", "law.days"),
        ("/v1/calendar?from=0001-01-01", "law.days"),
        ("/v1/calendar?region=zz", "calendar.unknown"),
    ],
)
async def test_what_cannot_be_asked_is_refused(acme_http: httpx.AsyncClient, path: str, code: str) -> None:
    answer = await acme_http.get(path)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith(code)


async def test_the_calendar_shows_its_flags(
    acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient
) -> None:
    span = {"from": "2026-10-01", "to": "2027-01-01"}
    chinese = (await acme_http.get("/v1/calendar", params=span)).json()
    assert (chinese["region"], chinese["confirmed_through"]) == ("cn", "2026-12-31")
    assert [day["kind"] for day in chinese["days"]] == ["public_holiday"] * 7 + [
        "make_up_workday",
        "public_holiday",
    ]
    assert [day["confirmed"] for day in chinese["days"]] == [True] * 8 + [False]
    assert {each["id"] for each in chinese["sources"]} == {"CAL-CN-2026", "COMPUTED"}
    assert (await birch_http.get("/v1/calendar", params=span)).json()["region"] == "us"
    scots = (await birch_http.get("/v1/calendar", params={**span, "region": "uk-scotland"})).json()
    assert scots["en"] == "Scotland"
    assert (await acme_http.get("/v1/calendar")).status_code == 200


async def test_the_law_needs_its_scope(app: Any, acme: Caller, tokens: TokenFor) -> None:
    async with client(app, await tokens(acme, "loans:read")) as http:
        assert (await http.get("/v1/law")).status_code == 403
        assert (await http.get("/v1/calendar")).status_code == 403


async def test_an_unknown_parameter_or_day_is_refused_without_http(database: Database, acme: Caller) -> None:
    with pytest.raises(ParameterUnknown):
        await database.read(acme, law_on, LawQuery(parameter="nonsense"))
    with pytest.raises(WrongDays):
        await database.read(acme, law_on, LawQuery(date(2200, 1, 1)))
