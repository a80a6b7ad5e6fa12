"""The small tables of the council: inputs, unit costs, prices, areas, unpaid hours and control totals.

Every amount follows from the number of contacts, so that the story is the same at any size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relprod.synthetic.story import AREAS, CONTACT_SHARE, FIFTHS, FRONTLINE, INPUT, PAY, PRICES, QUARTERS, SERVICES, YEARS, year_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relprod.synthetic.draws import Whole
    from relprod.synthetic.story import Service

_REFERENCE = 1
"""The year of `YEARS` by which the others are scaled."""
_PRICED = (("goods_services", "Goods and services prices", 22), ("capital", "Capital prices", 7))
"""Inputs bought, their price index, and spending on them for every hundred on frontline staff."""
_OTHER_STAFF, _OTHER_STAFF_HOURS, _OTHER_STAFF_COST = "other staff", 12, 3_100


def fifth_of_area(area: int) -> int:
    """Return which of `FIFTHS` an area, numbered from 0, belongs to."""
    return (area * 7 + 3) % AREAS * len(FIFTHS) // AREAS


def area_code(area: int) -> str:
    """Return the code of an area, numbered from 0."""
    return f"W{area + 1:02d}"


def small_tables(counts: Whole) -> dict[str, list[str]]:
    """Return the lines of each small table by its file name; `counts` are contacts by service, activity and quarter."""
    spending = [[_inputs_of(service, counts[s], quarter) for quarter in range(len(QUARTERS))] for s, service in enumerate(SERVICES)]
    return {
        "areas.csv": ["area,group", *(f"{area_code(area)},{FIFTHS[fifth_of_area(area)]}" for area in range(AREAS))],
        "controls.csv": ["table,column,service,period,total", *_controls(spending)],
        "deflators.csv": ["deflator,period,index", *_deflators()],
        "inputs.csv": ["service,period,input,expenditure,volume,deflator", *_inputs(spending)],
        "unit_costs.csv": ["service,activity,period,unit_cost", *_unit_costs(counts, spending)],
        "unpaid.csv": ["service,period,contributor,hours,rate,sustainable_share", *_unpaid(counts)],
    }


def _pounds(pence: int) -> str:
    return f"{pence // 100}.{pence % 100:02d}"


def _paid_minutes(service: Service, contacts: Whole) -> int:
    """Return the paid minutes of frontline staff in an average quarter of the reference year."""
    quarters = [quarter for quarter in range(len(QUARTERS)) if year_of(quarter) == _REFERENCE]
    minutes = sum(int(contacts[a, q]) * activity.minutes.before for a, activity in enumerate(service.activities) for q in quarters)
    return minutes * 100 // (CONTACT_SHARE * len(quarters))


def _inputs_of(service: Service, contacts: Whole, quarter: int) -> list[tuple[str, int, str, str]]:
    """Return input, expenditure in pence, volume and deflator of one service in one quarter."""
    year, scale = year_of(quarter), INPUT.at(quarter)
    minutes = _paid_minutes(service, contacts) * scale // 1_000
    hours = minutes * _OTHER_STAFF_HOURS // (60 * 100)
    frontline = _paid_minutes(service, contacts) * service.hourly_cost // 60
    bought = [(name, frontline * share * scale * PRICES[year] // 10**8, "", deflator) for name, deflator, share in _PRICED]
    return [
        (FRONTLINE, minutes * service.hourly_cost * PAY[year] // (60 * 100), str(minutes), ""),
        (_OTHER_STAFF, hours * _OTHER_STAFF_COST * PAY[year] // 100, str(hours), ""),
        *bought,
    ]


def _inputs(spending: list[list[list[tuple[str, int, str, str]]]]) -> Iterator[str]:
    for service, quarters in zip(SERVICES, spending, strict=True):
        for quarter, rows in zip(QUARTERS, quarters, strict=True):
            for name, pence, volume, deflator in rows:
                yield f"{service.name},{quarter},{name},{_pounds(pence)},{volume},{deflator}"


def _deflators() -> Iterator[str]:
    for _, deflator, _ in _PRICED:
        for year, price in zip(YEARS, PRICES, strict=True):
            yield f"{deflator},{year},{price // 10}.{price % 10}"


def _in_year(year: int) -> list[int]:
    return [quarter for quarter in range(len(QUARTERS)) if year_of(quarter) == year]


def _unit_costs(counts: Whole, spending: list[list[list[tuple[str, int, str, str]]]]) -> Iterator[str]:
    """Yield unit costs: a service's spending in a year, shared out by the minutes that a contact took in the reference year."""
    for s, service in enumerate(SERVICES):
        for year, name in enumerate(YEARS):
            quarters = _in_year(year)
            total = sum(pence for quarter in quarters for _, pence, _, _ in spending[s][quarter])
            minutes = sum(int(counts[s, a, q]) * activity.minutes.before for a, activity in enumerate(service.activities) for q in quarters)
            for activity in service.activities:
                yield f"{service.name},{activity.name},{name},{_pounds(total * activity.minutes.before // minutes)}"


def _unpaid(counts: Whole) -> Iterator[str]:
    for s, service in enumerate(SERVICES):
        paid_hours = _paid_minutes(service, counts[s]) // 60
        for quarter, name in enumerate(QUARTERS):
            given = service.unpaid
            hours, rate = paid_hours * given.hours.at(quarter) // 100, given.rate * PAY[year_of(quarter)] // 100
            yield f"{service.name},{name},{given.contributor},{hours},{_pounds(rate)},{given.sustainable}"


def _controls(spending: list[list[list[tuple[str, int, str, str]]]]) -> Iterator[str]:
    """Yield what the ledger says: in whole pounds, and two in a thousand more, for what no service is charged with."""
    for year, name in enumerate(YEARS):
        total = sum(pence for service in spending for quarter in _in_year(year) for _, pence, _, _ in service[quarter])
        yield f"inputs,expenditure,,{name},{total * 1_002 // 100_000}"
