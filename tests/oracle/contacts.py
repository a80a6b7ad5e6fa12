"""Sections 6 and 7 of the method: what is counted from contact records. Every question is put to every pair of contacts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

ALL = "All services"


class Contact(NamedTuple):
    """One contact as a case-management system exports it; None where nothing was recorded."""

    contact_id: str
    person_id: str | None
    service: str
    activity: str
    opened: datetime
    closed: datetime | None
    worker_id: str | None
    period: int
    demand: str | None = None
    resolved: bool | None = None
    minutes: Decimal | None = None
    outcome_before: Decimal | None = None
    outcome_after: Decimal | None = None
    area: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Rules:
    """What the study declares."""

    extract_end: date
    window_days: int = 28
    inclusive_end: bool = True
    kinds: tuple[str, ...] = ("return", "chase")
    match_on: tuple[str, ...] = ("service",)
    planned_activities: frozenset[str] = frozenset()
    placeholder_ids: frozenset[str] = frozenset()
    periods: dict[date, int] = field(default_factory=dict)


def place(contact: Contact) -> tuple[datetime, str]:
    """Return what a person's contacts are ordered by."""
    return contact.opened, contact.contact_id


def usable(contact: Contact, rules: Rules) -> bool:
    return contact.person_id is not None and contact.person_id not in rules.placeholder_ids


def compared(contact: Contact, contacts: Iterable[Contact], rules: Rules) -> list[Contact]:
    """Return the contacts that are index or repeat beside this one, in order: same person, same in all that must match. Itself too."""
    if not usable(contact, rules) or contact.activity in rules.planned_activities:
        return []
    return sorted(
        (
            other
            for other in contacts
            if other.person_id == contact.person_id
            and other.activity not in rules.planned_activities
            and all(getattr(other, column) == getattr(contact, column) for column in rules.match_on)
        ),
        key=place,
    )


def earlier(contact: Contact, contacts: Iterable[Contact], rules: Rules) -> list[Contact]:
    return [other for other in compared(contact, contacts, rules) if place(other) < place(contact)]


def is_chase(contact: Contact, contacts: Iterable[Contact], rules: Rules) -> bool:
    """Some earlier contact is still open on the day of opening: it closes on a later day, or never."""
    return any(other.closed is None or other.closed.date() > contact.opened.date() for other in earlier(contact, contacts, rules))


def is_return(contact: Contact, contacts: Iterable[Contact], rules: Rules) -> bool:
    """Some earlier contact closed on the day of opening or a few days before."""
    for other in earlier(contact, contacts, rules):
        if other.closed is not None and other.closed.date() <= contact.opened.date():
            days = (contact.opened.date() - other.closed.date()).days
            if days < rules.window_days or (days == rules.window_days and rules.inclusive_end):
                return True
    return False


def is_failure(contact: Contact, contacts: Iterable[Contact], rules: Rules) -> bool:
    found = {"return": is_return, "chase": is_chase}
    return any(found[kind](contact, contacts, rules) for kind in rules.kinds)


def cells(contacts: list[Contact], rules: Rules) -> dict[tuple[str, str, int], dict[str, int | Decimal | None]]:
    """Return the counts of contact cells by service, activity and period."""
    out = {}
    for key in {(c.service, c.activity, c.period) for c in contacts}:
        here = [c for c in contacts if (c.service, c.activity, c.period) == key]
        out[key] = {
            "volume": len(here),
            "minutes": total(c.minutes for c in here),
            "returns": sum(is_return(c, contacts, rules) for c in here),
            "chases": sum(is_chase(c, contacts, rules) for c in here),
            "failures": sum(is_failure(c, contacts, rules) for c in here),
            "coded_value": sum(c.demand == "value" for c in here),
            "coded_failure": sum(c.demand == "failure" for c in here),
            "uncoded": sum(c.demand is None for c in here),
            "no_person": sum(not usable(c, rules) for c in here),
        }
    return out


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of what is known, None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def origins(contacts: list[Contact], rules: Rules) -> Counter[tuple[str, str, int]]:
    """Return repeats by the service they arrive at, the service they come from, and period."""
    out: Counter[tuple[str, str, int]] = Counter()
    if "service" in rules.match_on:
        return out
    for contact in contacts:
        if is_failure(contact, contacts, rules):
            before = earlier(contact, contacts, rules)
            unresolved = [other for other in before if other.resolved is False]
            out[contact.service, (unresolved or before)[-1].service, contact.period] += 1
    return out


def nodes(service: str) -> list[str]:
    """Return a service and every service above it."""
    parts = service.split(" > ")
    return [ALL, *(" > ".join(parts[:n]) for n in range(1, len(parts) + 1))]


def risk(contacts: list[Contact], rules: Rules) -> dict[tuple[str, int, int], tuple[int, int]]:
    """Return events and censored by node, period of closing and whole days."""
    out: dict[tuple[str, int, int], tuple[int, int]] = {}
    for contact in contacts:
        matching = compared(contact, contacts, rules)
        if not matching or contact.closed is None or contact.closed.date() > rules.extract_end:
            continue
        closed = contact.closed.date()
        later = [other.opened.date() for other in matching if place(other) > place(contact) and other.opened.date() >= closed]
        until = min(later) if later else rules.extract_end
        for node in nodes(contact.service):
            key = node, rules.periods[closed], (until - closed).days
            events, censored = out.get(key, (0, 0))
            out[key] = (events + 1, censored) if later else (events, censored + 1)
    return out


class Spread(NamedTuple):
    """One person's contacts over workers, in one period, at one service."""

    contacts: int
    max_n: int
    sum_sq: int
    same_pairs: int
    pairs: int
    handoffs: int
    workers: int


def spread(contacts: Iterable[Contact]) -> Spread:
    """Return the figures of continuity of one person: contacts at one time are one visit, with one worker or several."""
    known = [c for c in contacts if c.worker_id is not None]
    visits: dict[datetime, set[str]] = {}
    for contact in sorted(known, key=place):
        visits.setdefault(contact.opened, set()).add(contact.worker_id)
    same = [bool(first & second) for first, second in pairwise(visits.values())]
    n = Counter(c.worker_id for c in known).values()
    return Spread(len(known), max(n, default=0), sum(k * k for k in n), sum(same), len(same), len(same) - sum(same), len(n))


def continuity(contacts: list[Contact], rules: Rules) -> Counter[tuple[str, int, Spread]]:
    """Return how many people there are by node, period and figures."""
    people: dict[tuple[str, int, str | None], list[Contact]] = {}
    for contact in contacts:
        if usable(contact, rules):
            for node in nodes(contact.service):
                people.setdefault((node, contact.period, contact.person_id), []).append(contact)
    return Counter((node, period, spread(theirs)) for (node, period, _person), theirs in people.items())


def outcomes(contacts: list[Contact]) -> dict[tuple[str, int, str | None], dict[str, int | Decimal | None]]:
    """Return counts and sums of outcomes by service, period and group."""
    out = {}
    for key in {(c.service, c.period, c.group) for c in contacts}:
        here = [c for c in contacts if (c.service, c.period, c.group) == key]
        both = [c for c in here if c.outcome_before is not None and c.outcome_after is not None]
        out[key] = {
            "contacts": len(here),
            "after_n": sum(c.outcome_after is not None for c in here),
            "after_sum": total(c.outcome_after for c in here),
            "both_n": len(both),
            "both_before_sum": total(c.outcome_before for c in both),
            "both_after_sum": total(c.outcome_after for c in both),
            "resolved_n": sum(c.resolved is not None for c in here),
            "resolved_sum": sum(c.resolved is True for c in here),
        }
    return out
