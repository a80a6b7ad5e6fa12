"""A council's contacts, made by a process: people come, are helped or not, ask again, come back.

Days are made one after the other. Each service sees a set number of contacts on a working day. People who come back or
chase take their places first, and the places that are left go to people with something new, so that failure demand
shows as it does in life: not as more work, but as less room. What is to happen on later days waits in a pool.

No more is held in memory than one day's contacts and the pool, which is about a week's returns.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from relprod.synthetic.draws import Draws, scattered
from relprod.synthetic.ledger import area_code, fifth_of_area, small_tables
from relprod.synthetic.story import (
    AREAS,
    FIFTH_SHARES,
    FIFTHS,
    FIRST_DAY,
    GROWTH,
    LAST_DAY,
    PLACEHOLDER,
    QUARTERS,
    SEASON,
    SERVICES,
    UNKNOWN_AREA,
    YEARS,
    year_of,
)
from relprod.synthetic.text import Moments, identifiers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from relprod.synthetic.draws import Truth, Whole

LEAST_ROWS = 1_000
COLUMNS = (
    "Ref No",
    "Person ref",
    "Service",
    "Contact type",
    "Date opened",
    "Date closed",
    "Worker",
    "Demand code",
    "Resolved?",
    "Minutes",
    "Score at start",
    "Score at end",
    "Area",
)

_DAYS = (LAST_DAY - FIRST_DAY).days + 1
_HORIZON = _DAYS + 150
"""Days that something may be foreseen for; nothing after the last day is written."""
_NEVER = 10**6
_DAYS_OPEN = np.repeat([0, 1, 2, 3, 5, 7, 10, 14, 21, 28], [34, 6, 5, 4, 4, 4, 3, 2, 1, 1]).astype(np.int64)
_DAYS_TO_RETURN = np.repeat([1, 2, 3, 5, 7, 9, 12, 15, 19, 23, 27, 35, 48, 70], [6, 6, 6, 7, 7, 6, 6, 5, 4, 3, 3, 2, 2, 1]).astype(np.int64)
_FIRST_MINUTE, _SLOTS = 8 * 60 + 30, 240
"""The day's contacts begin from 08:30, over eight hours, thickest at noon."""
_LAST_MINUTE = 23 * 60 + 59
_DAYS_BETWEEN_EPISODES, _DAYS_BETWEEN_VISITS, _VISITS_A_CLIENT = 220, 20, 15
_NEW_SHARE = 60
"""About how many of a hundred unplanned contacts are new, for the size of the population; nothing hangs on it."""
_STRIDE = 387_420_489
"""A power of three: numbers times this, in their last digits, are all different and look like nothing."""
_NO_PERSON, _NOBODY, _NO_WORKER, _NEVER_CLOSED, _STRAY_AREA = 20, 150, 80, 10, 2
_SCORED, _NOT_CODED, _SEEN_AS_FAILURE, _WRONGLY_FAILURE = 6_000, 1_200, 8_600, 400
_TYPES = tuple(activity for service in SERVICES for activity in service.activities)
_SERVICE_OF_TYPE = np.repeat(np.arange(len(SERVICES)), [len(service.activities) for service in SERVICES])
_PLANNED = np.array([activity.planned for activity in _TYPES])


def write_council(folder: Path, rows: int = 36_000, seed: int = 20230401) -> list[str]:
    """Write all tables of a study of a council that does not exist, with `rows` contacts, and return their names.

    The same rows and seed give the same bytes on every machine. Memory hardly grows with the rows.

    Raises:
        ValueError: there are too few rows for a story, or the seed is negative.

    """
    if rows < LEAST_ROWS or seed < 0:
        message = f"at least {LEAST_ROWS:,} rows and a seed of at least 0 are needed, not {rows:,} and {seed}"
        raise ValueError(message)
    folder.mkdir(parents=True, exist_ok=True)
    counts = _counts(rows)
    tables = small_tables(counts)
    for name, lines in tables.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return sorted([*_write_contacts(folder, counts, seed), *tables])


def _counts(rows: int) -> Whole:
    """Return contacts by service, activity and quarter, which add up to `rows` by the largest remainders."""
    weights = np.array(
        [
            [[service.share * activity.share * season * growth for season, growth in zip(SEASON, GROWTH, strict=True)]]
            for service in SERVICES
            for activity in service.activities
        ],
        dtype=np.int64,
    ).ravel()
    whole, left = np.divmod(weights * rows, weights.sum())
    whole[np.argsort(-left, kind="stable")[: rows - int(whole.sum())]] += 1
    counts: Whole = whole.reshape(len(SERVICES), -1, len(QUARTERS))
    return counts


def _working_days() -> tuple[Whole, Whole, Whole]:
    """Return for each day its quarter, its place among the working days of it (-1: none), and the next working day from it on."""
    dates = [FIRST_DAY + timedelta(days=day) for day in range(_HORIZON)]
    month = np.array([date.year * 12 + date.month - 1 for date in dates])
    quarter = month // 3 - month[0] // 3
    works = np.array([date.weekday() < 5 for date in dates])  # noqa: PLR2004 - Saturday
    place, seen = np.full(_HORIZON, -1), Counter[int]()
    for day in np.flatnonzero(works):
        place[day] = seen[int(quarter[day])]
        seen[int(quarter[day])] += 1
    following = np.where(works, np.arange(_HORIZON), _NEVER)
    return quarter, place, np.minimum.accumulate(following[::-1])[::-1]


@dataclass
class _Rotation:
    """Takes the people of a service in turn, so that one comes with something new about every so many places.

    The places of a round are shuffled within quarters of it. `size` is a multiple of four.
    """

    size: int
    taken: int = 0

    def __post_init__(self) -> None:
        self._block = self.size // 4
        self._step = next(step for step in range(self._block * 5 // 8 + 1, 0, -1) if math.gcd(step, self._block) == 1)

    def take(self, count: int) -> Whole:
        """Return the next places."""
        turn, place = np.divmod(np.arange(self.taken, self.taken + count, dtype=np.int64), self.size)
        self.taken += count
        block, inside = np.divmod(place, self._block)
        shuffled: Whole = block * self._block + (inside * self._step + turn * 7_919 + block * 104_729) % self._block
        return shuffled


@dataclass
class _Clients:
    """Visits a service's clients in turn; in every round some leave and as many join."""

    size: int
    among: int
    taken: int = 0

    def take(self, count: int) -> Whole:
        """Return the places of the next clients."""
        turn, place = np.divmod(np.arange(self.taken, self.taken + count, dtype=np.int64), self.size)
        self.taken += count
        moved_up: Whole = (place + turn * (self.size // _VISITS_A_CLIENT + 1)) % self.among
        return moved_up


@dataclass(frozen=True)
class _Pool:
    """What is going to happen: who will come to which service on which day, and whether that repeats something."""

    day: Whole
    service: Whole
    person: Whole
    repeat: Truth

    def some(self, which: Truth | Whole) -> _Pool:
        """Return some of it."""
        return _Pool(self.day[which], self.service[which], self.person[which], self.repeat[which])

    def and_also(self, *others: _Pool) -> _Pool:
        """Return this and others together."""
        pools = (self, *others)
        return _Pool(
            np.concatenate([pool.day for pool in pools]),
            np.concatenate([pool.service for pool in pools]),
            np.concatenate([pool.person for pool in pools]),
            np.concatenate([pool.repeat for pool in pools]),
        )


@dataclass(frozen=True)
class _Day:
    """One day's contacts: who comes, for what, and what becomes of it."""

    person: Whole
    type: Whole
    repeat: Truth
    minute: Whole
    minutes: Whole
    closed: Whole
    resolved: Truth

    def in_order(self, order: Whole) -> _Day:
        """Return the contacts in another order."""
        return replace(self, **{name: values[order] for name, values in vars(self).items()})


class _Levels:
    """The story's levels in one quarter, by service, by type of contact, or by service and fifth."""

    def __init__(self, quarter: int) -> None:
        def by_service(name: str) -> Whole:
            levels = [getattr(service, name) for service in SERVICES]
            return np.array([level if isinstance(level, int) else level.at(quarter) for level in levels], dtype=np.int64)

        self.resolved, self.chase, self.same_worker = by_service("resolved"), by_service("chase"), by_service("same_worker")
        self.back_unresolved, self.back_resolved = by_service("back_unresolved"), by_service("back_resolved")
        self.elsewhere = by_service("elsewhere")
        self.minutes = np.array([activity.minutes.at(quarter) for activity in _TYPES], dtype=np.int64)
        self.before = np.array([service.before for service in SERVICES], dtype=np.int64)
        self.gain = np.array([[gain.at(quarter) for gain in service.gain] for service in SERVICES], dtype=np.int64)


class _Council:
    """The state of the process from day to day, and how a day is written."""

    def __init__(self, counts: Whole, seed: int) -> None:
        self._counts = counts
        self._stream = np.random.PCG64(seed)
        self._quarter, self._place, self._next = _working_days()
        self._length = np.bincount(self._quarter[:_DAYS][self._place[:_DAYS] >= 0])
        self._rows = int(counts.sum())
        self._people, self._clients = [], []
        for service, contacts in zip(SERVICES, counts, strict=True):
            planned = sum(int(contacts[a].sum()) for a, activity in enumerate(service.activities) if activity.planned)
            new = (int(contacts.sum()) - planned) * _NEW_SHARE // 100
            people = 4 * max(1, new * _DAYS_BETWEEN_EPISODES // _DAYS // 4)
            self._people.append(_Rotation(people))
            self._clients.append(_Clients(max(1, planned * _DAYS_BETWEEN_VISITS // _DAYS), people))
        self._width = max(6, len(str(len(SERVICES) * max(each.size for each in self._people))))
        self._workers = max(6, self._rows // 3_000)
        self._words = _Words(self._workers)
        self._moments = Moments(_DAYS)
        nothing = np.zeros(0, dtype=np.int64)
        self._pool = _Pool(nothing, nothing, nothing, nothing.astype(bool))
        self._written = 0

    def days(self) -> Iterator[tuple[int, dict[str, pa.Array]]]:
        """Yield for each working day its year and the columns of its contacts."""
        levels = [_Levels(quarter) for quarter in range(len(QUARTERS))]
        for day in np.flatnonzero(self._place[:_DAYS] >= 0):
            quarter = int(self._quarter[day])
            coming = [self._coming(int(day), service) for service in range(len(SERVICES))]
            person, kind, repeat = (np.concatenate(parts) for parts in zip(*coming, strict=True))
            if len(person):
                today = self._happens(int(day), levels[quarter], person, kind, repeat)
                yield year_of(quarter), self._columns(int(day), levels[quarter], today)

    def _places(self, day: int, service: int) -> Whole:
        """Return how many contacts of each activity a service has on a day: a quarter's, spread evenly over its days."""
        quarter = self._quarter[day]
        contacts, place, length = self._counts[service, :, quarter], self._place[day], self._length[quarter]
        places: Whole = contacts * (place + 1) // length - contacts * place // length
        return places

    def _coming(self, day: int, service: int) -> tuple[Whole, Whole, Truth]:
        """Return the people who come to a service on a day, for which type of contact, and whether it repeats an earlier one."""
        places = self._places(day, service)
        types = np.flatnonzero(service == _SERVICE_OF_TYPE)
        planned = _PLANNED[types]
        visited = self._number(self._clients[service].take(int(places[planned].sum())), service)
        room = int(places[~planned].sum())
        waiting = np.flatnonzero((self._pool.service == service) & (self._pool.day <= day))[:room]
        due = self._pool.some(waiting)
        self._pool = self._pool.some(np.delete(np.arange(len(self._pool.day)), waiting))
        new = self._number(self._people[service].take(room - len(waiting)), service)
        shuffled = np.argsort(Draws(self._stream, room).words(), kind="stable")
        return (
            np.concatenate([due.person, new, visited]),
            np.concatenate([np.repeat(types[~planned], places[~planned])[shuffled], np.repeat(types[planned], places[planned])]),
            np.concatenate([due.repeat, np.zeros(len(new) + len(visited), dtype=bool)]),
        )

    @staticmethod
    def _number(place: Whole, service: int) -> Whole:
        """Return a person's number from the place in a service: every fifth person is known to all services."""
        return place * len(SERVICES) + np.where(place % 5 == 0, 0, service)

    def _happens(self, day: int, levels: _Levels, person: Whole, kind: Whole, repeat: Truth) -> _Day:
        """Return what becomes of a day's contacts, in the order of their opening, and put what follows from them into the pool."""
        draws = Draws(self._stream, len(person))
        service, planned = _SERVICE_OF_TYPE[kind], _PLANNED[kind]
        minutes = levels.minutes[kind] * (70 + draws.below(61)) // 100
        minute = _FIRST_MINUTE + draws.below(_SLOTS) + draws.below(_SLOTS)
        open_for = np.where(planned, 0, draws.pick(_DAYS_OPEN))
        never = draws.chance(_NEVER_CLOSED) & ~planned
        closed = np.where(never, _NEVER, np.where(open_for > 0, self._next[day + open_for], day))
        resolved = draws.chance(levels.resolved[service])

        back = draws.chance(np.where(resolved, levels.back_resolved[service], levels.back_unresolved[service])) & ~planned & ~never
        returns = self._next[np.minimum(np.where(never, day, closed) + draws.pick(_DAYS_TO_RETURN), _HORIZON - 8)]
        moves_on = draws.chance(levels.elsewhere[service])
        span = np.where(never, 30, open_for)
        chases = self._next[day + 1 + draws.below(np.maximum(span - 1, 1))]
        impatient = draws.chance(levels.chase[service]) & (span > 1)
        self._pool = self._pool.and_also(
            _Pool(chases, service, person, ~planned).some(impatient),
            _Pool(returns, np.where(moves_on, (service + 2) % len(SERVICES), service), person, ~moves_on).some(back & (returns < _DAYS)),
        )
        today = _Day(person, kind, repeat, minute, minutes, closed, resolved)
        return today.in_order(np.argsort(minute, kind="stable"))

    def _columns(self, day: int, levels: _Levels, today: _Day) -> dict[str, pa.Array]:
        """Return the columns of a day's contacts as the case-management system exports them."""
        count = len(today.person)
        draws, service, words = Draws(self._stream, count), _SERVICE_OF_TYPE[today.type], self._words
        is_open = today.closed >= _DAYS
        until = np.where(today.closed == day, np.minimum(today.minute + today.minutes, _LAST_MINUTE), 9 * 60 + draws.below(8 * 60))
        own = scattered(today.person, 1 + _STRIDE) + service
        other = 1 + draws.bits() * (self._workers - 1) // 65_536
        worker = (own + np.where(draws.chance(levels.same_worker[service]), 0, other)) % self._workers + service * self._workers
        area, fifth = words.home(scattered(today.person, 2))
        before = np.clip(levels.before[service, fifth] + draws.around_zero(18), 1, 100)
        after = np.clip(before + levels.gain[service, fifth] + draws.around_zero(10), 1, 100)
        not_scored = ~draws.chance(_SCORED)
        failure = draws.chance(np.where(today.repeat, _SEEN_AS_FAILURE, _WRONGLY_FAILURE))
        unknown = draws.bits() * 10_000 >> 16
        no_person, nobody = unknown < _NO_PERSON, (unknown >= _NO_PERSON) & (unknown < _NO_PERSON + _NOBODY)
        reference = np.arange(self._written + 1, self._written + count + 1, dtype=np.int64)
        self._written += count
        person = identifiers("P", today.person * _STRIDE % 10**self._width, self._width)
        columns = (
            identifiers("C", reference, max(6, len(str(self._rows)))),
            pc.if_else(pa.array(no_person), None, pc.if_else(pa.array(nobody), PLACEHOLDER, person)),
            words.services.take(pa.array(service)),
            words.types.take(pa.array(today.type)),
            self._moments.write(np.full(count, day), today.minute),
            self._moments.write(today.closed, until, is_open),
            words.workers.take(pa.array(worker, mask=draws.chance(_NO_WORKER))),
            words.demand.take(pa.array(failure.astype(np.int64), mask=draws.chance(_NOT_CODED))),
            words.resolved.take(pa.array(today.resolved.astype(np.int64), mask=is_open)),
            pa.array(today.minutes),
            pa.array(before, mask=not_scored),
            pa.array(after, mask=not_scored | is_open),
            words.areas.take(pa.array(np.where(draws.chance(_STRAY_AREA), AREAS, area), mask=no_person | nobody)),
        )
        return dict(zip(COLUMNS, columns, strict=True))


class _Words:
    """The words of the extract, and where people live."""

    def __init__(self, workers: int) -> None:
        self.services = pa.array([service.name for service in SERVICES])
        self.types = pa.array([activity.name for activity in _TYPES])
        self.workers = identifiers("W", np.arange(1, len(SERVICES) * workers + 1), max(3, len(str(len(SERVICES) * workers))))
        self.demand = pa.array(["value", "failure"])
        self.resolved = pa.array(["N", "Y"])
        self.areas = pa.array([*(area_code(area) for area in range(AREAS)), UNKNOWN_AREA])
        self._limits = np.cumsum(FIFTH_SHARES)
        self._in_fifth = np.array([[area for area in range(AREAS) if fifth_of_area(area) == fifth] for fifth in range(len(FIFTHS))])

    def home(self, scatter: Whole) -> tuple[Whole, Whole]:
        """Return the area and the fifth that people live in, from numbers that are theirs."""
        fifth = np.searchsorted(self._limits, scatter % 100, side="right")
        return self._in_fifth[fifth, scatter // 100 % self._in_fifth.shape[1]], fifth


def _write_contacts(folder: Path, counts: Whole, seed: int) -> list[str]:
    """Write the contacts, a file a year, and return the files' names."""
    names = [f"contacts_{year}.csv" for year in YEARS]
    schema = pa.schema([(name, pa.int64() if name == "Minutes" or name.startswith("Score") else pa.string()) for name in COLUMNS])
    options = csv.WriteOptions(include_header=False, quoting_style="none")
    days = _Council(counts, seed).days()
    year, columns = next(days)
    for number, name in enumerate(names):
        with (folder / name).open("wb") as file:
            file.write((",".join(COLUMNS) + "\n").encode())
            with _writer(file, schema, options) as writer:
                while year == number:
                    writer.write_table(pa.table(columns, schema=schema))
                    year, columns = next(days, (len(names), {}))
    return names


def _writer(file: IO[bytes], schema: pa.Schema, options: csv.WriteOptions) -> Any:  # noqa: ANN401 - pyarrow ships no types
    return csv.CSVWriter(file, schema, write_options=options)
