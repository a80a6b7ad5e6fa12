"""The story of a council that does not exist: what its services do, and what changes from one year to the next.

Everything here is a whole number, so that the data are the same on every machine: shares are per cent, chances are
per ten thousand, money is pence, scores run from 1 to 100. A `Change` moves from one level to another over the
quarters of the second year, and the unadjusted account sees none of it: in all three services contacts rise by the
same 2 per cent and inputs fall by the same 6.

* Homelessness settles more the first time, with the same worker more often. Failure demand falls.
* Home support shortens its visits, and families make up the difference.
* Early help raises its mean outcome, and the most deprived fifth falls back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

FIRST_DAY = date(2023, 1, 1)
LAST_DAY = date(2025, 3, 31)
QUARTERS = ("2022-23 Q4", "2023-24 Q1", "2023-24 Q2", "2023-24 Q3", "2023-24 Q4", "2024-25 Q1", "2024-25 Q2", "2024-25 Q3", "2024-25 Q4")
YEARS = ("2022-23", "2023-24", "2024-25")
FIFTHS = ("1 (most deprived)", "2", "3", "4", "5 (least deprived)")
FIFTH_SHARES = (30, 24, 19, 15, 12)
"""How many of a hundred people live in each fifth: more need these services where deprivation is greater."""
AREAS = 60
UNKNOWN_AREA = "W99"
PLACEHOLDER = "UNKNOWN"

_PROGRESS = (0, 0, 0, 0, 0, 40, 80, 100, 100)
"""How much of each change has happened, in per cent, by quarter."""
SEASON = (104, 98, 96, 102, 104, 98, 96, 102, 104)
GROWTH = (100, 100, 100, 100, 100, 102, 102, 102, 102)


def year_of(quarter: int) -> int:
    """Return which of `YEARS` a quarter is in."""
    return YEARS.index(QUARTERS[quarter][:7])


@dataclass(frozen=True)
class Change:
    """A level that moves from `before` to `after`."""

    before: int
    after: int

    def at(self, quarter: int) -> int:
        """Return the level in a quarter."""
        return self.before + (self.after - self.before) * _PROGRESS[quarter] // 100


def steady(level: int) -> Change:
    """Return a level that does not move."""
    return Change(level, level)


@dataclass(frozen=True)
class Activity:
    """A kind of contact: its share of the service's contacts, its mean minutes, and whether it is arranged beforehand."""

    name: str
    share: int
    minutes: Change
    planned: bool = False


@dataclass(frozen=True)
class Unpaid:
    """Hours given for every hundred paid hours of the first year, and what an hour would cost to replace, in 2023-24."""

    contributor: str
    hours: Change
    rate: int
    sustainable: str


@dataclass(frozen=True)
class Service:
    """A service, and how people fare in it.

    `resolved` is the chance that a contact settles the matter. Who was not settled comes back with the chance
    `back_unresolved`, who was with `back_resolved`; `chase` is the chance of asking again while a contact stays open for
    two days or longer. `same_worker` is the chance to meet one's own worker. `elsewhere` is the chance that who comes
    back turns to another service instead. `before` and `gain` are mean scores by fifth.
    """

    name: str
    share: int
    activities: tuple[Activity, ...]
    resolved: Change
    back_unresolved: int
    back_resolved: int
    chase: Change
    same_worker: Change
    elsewhere: int
    before: tuple[int, ...]
    gain: tuple[Change, ...]
    hourly_cost: int
    unpaid: Unpaid


SERVICES = (
    Service(
        name="Homelessness",
        share=36,
        activities=(
            Activity("Advice", 45, steady(30)),
            Activity("Assessment", 30, steady(75)),
            Activity("Casework visit", 25, steady(60), planned=True),
        ),
        resolved=Change(5_000, 8_200),
        back_unresolved=6_200,
        back_resolved=600,
        chase=Change(4_500, 1_300),
        same_worker=Change(4_500, 8_000),
        elsewhere=600,
        before=(38, 41, 44, 47, 50),
        gain=(steady(10),) * 5,
        hourly_cost=2_450,
        unpaid=Unpaid("volunteer", steady(4), 1_300, "0.9"),
    ),
    Service(
        name="Adult social care > Home support",
        share=30,
        activities=(
            Activity("Enquiry", 30, steady(20)),
            Activity("Review", 20, Change(60, 54)),
            Activity("Support visit", 50, Change(50, 45), planned=True),
        ),
        resolved=steady(7_200),
        back_unresolved=4_500,
        back_resolved=600,
        chase=steady(1_200),
        same_worker=steady(7_000),
        elsewhere=0,
        before=(45, 48, 51, 54, 57),
        gain=(steady(9),) * 5,
        hourly_cost=2_200,
        unpaid=Unpaid("family", Change(100, 120), 2_300, "0.6"),
    ),
    Service(
        name="Early help",
        share=34,
        activities=(
            Activity("Enquiry", 35, steady(20)),
            Activity("Assessment", 30, steady(80)),
            Activity("Family session", 35, steady(60), planned=True),
        ),
        resolved=steady(6_600),
        back_unresolved=4_500,
        back_resolved=600,
        chase=steady(1_200),
        same_worker=steady(6_200),
        elsewhere=200,
        before=(36, 41, 46, 51, 56),
        gain=(Change(8, -7), Change(8, 16), Change(8, 19), Change(8, 21), Change(8, 22)),
        hourly_cost=2_500,
        unpaid=Unpaid("volunteer", steady(6), 1_300, "0.8"),
    ),
)

INPUT = Change(1_000, 925)
"""The volume of every input of every service, per thousand of the first year's."""
CONTACT_SHARE = 50
"""Minutes of contact for every hundred paid minutes of frontline staff in the first year."""
PAY = (96, 100, 104)
"""Pay, and what unpaid hours would cost to replace, by year, per cent."""
PRICES = (945, 1_000, 1_031)
"""Prices of goods, services and capital by year, per thousand."""
FRONTLINE = "frontline staff"
