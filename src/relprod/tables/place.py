"""Where integrity is checked: the tables of a study side by side on one connection, and how cases become findings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from relprod.tables.contacts import CELLS
from relprod.tables.findings import LINES_KEPT, Finding, found, listed, quoted
from relprod.tables.words import SEPARATOR, TOTAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import duckdb
    import pyarrow as pa

    from relprod.periods import PeriodScheme
    from relprod.study import Study
    from relprod.tables.contacts import ContactsView

_SHOWN = 3
_MUCH_SHOWN = 12


@dataclass(frozen=True)
class Group:
    """Cases in one file that are about the same thing; `what` are the values that say what."""

    file: int
    what: tuple[Any, ...]
    count: int
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """The tables without errors, registered under their names; `named` holds those of the study, with errors or without.

    `contacts` is the view of contacts, or None where there are none without errors.
    """

    con: duckdb.DuckDBPyConnection
    study: Study
    tables: Mapping[str, pa.Table]
    labels: Mapping[str, tuple[str, ...]]
    named: frozenset[str]
    contacts: ContactsView | None = None

    @property
    def scheme(self) -> PeriodScheme:
        """How the study counts time."""
        return self.study.scheme

    def has(self, *names: str) -> bool:
        """Return whether all these tables are there without errors."""
        return all(self._is_there(name) for name in names)

    def _is_there(self, name: str) -> bool:
        return self.contacts is not None if name == "contacts" else name in self.tables

    def settled(self, *names: str) -> bool:
        """Return whether each of these tables either is there without errors or is not in the study at all."""
        return all(self._is_there(name) or name not in self.named for name in names)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.con.execute(sql).fetchall()

    def file_of(self, table: str, index: int | None) -> str:
        """Return the name of one source of a table; with None, that of its only source, or "" where there are several."""
        labels = self.labels[table]
        return labels[index] if index is not None else labels[0] if len(labels) == 1 else ""

    def groups(self, bad: str, *what: str) -> list[Group]:
        """Return the rows of a query, which yields ``_file``, ``_line`` and the columns `what`, grouped by file and `what`."""
        names = "".join(f", {name}" for name in what)
        sql = (
            f"SELECT _file, count(*), min(_line, {LINES_KEPT}){names} "  # noqa: S608 - names are relprod's own
            f"FROM ({bad}) GROUP BY _file{names} ORDER BY _file, min(_line){names}"
        )
        return [Group(file, tuple(values), count, tuple(lines or ())) for file, count, lines, *values in self.rows(sql)]

    def by_file(  # noqa: PLR0913 - what a finding says, beside what it is about
        self,
        code: str,
        table: str,
        groups: Iterable[Group],
        describe: Callable[..., str],
        *,
        column: str | None = None,
        noun: str = "row",
        **details: Any,  # noqa: ANN401 - whatever the template asks for
    ) -> Iterator[Finding]:
        """Yield one finding a file, which names up to three of the things that its cases are about."""
        files: dict[int, list[Group]] = defaultdict(list)
        for group in groups:
            files[group.file].append(group)
        for file, members in sorted(files.items()):
            lines = sorted({line for group in members for line in group.lines})[:LINES_KEPT]
            what = listed(dict.fromkeys(describe(*group.what) for group in members), limit=_SHOWN)
            count = sum(group.count for group in members)
            yield found(
                code, table=table, file=self.file_of(table, file), column=column, count=count, noun=noun, lines=lines, what=what, **details
            )

    def periods_in_words(self, ordinals: Iterable[int]) -> str:
        """Return the labels of periods, runs of them as "2016-17 Q1 to 2016-17 Q4"."""
        runs: list[list[int]] = []
        for ordinal in sorted(set(ordinals)):
            if runs and runs[-1][1] == ordinal - 1:
                runs[-1][1] = ordinal
            else:
                runs.append([ordinal, ordinal])
        label = self.scheme.label
        return listed((label(first) if first == last else f"{label(first)} to {label(last)}" for first, last in runs), limit=_MUCH_SHOWN)

    @cached_property
    def active(self) -> dict[tuple[str, str], set[int]]:
        """Periods in which each activity of a service has activity cells or contacts."""
        periods: dict[tuple[str, str], set[int]] = defaultdict(set)
        for table in self.activity_sources:
            for service, activity, period in self.rows(f"SELECT DISTINCT service, activity, _period FROM {table}"):  # noqa: S608 - the name is ours
                periods[service, activity].add(period)
        return dict(periods)

    @property
    def activity_sources(self) -> list[str]:
        """The relations that say where there is activity, each with service, activity, ``_period``, ``_file`` and ``_line``."""
        return [relation for table, relation in (("activity", "activity"), ("contacts", CELLS)) if self.has(table)]

    @property
    def activity_is_known(self) -> bool:
        """Whether there is activity or contacts, and both without errors where they are in the study."""
        return bool(self.active) and self.settled("activity", "contacts")

    @property
    def all_periods(self) -> set[int]:
        """Every period in which some service has activity cells or contacts."""
        return set().union(*self.active.values())

    @cached_property
    def activity_periods(self) -> dict[str, set[int]]:
        """Periods with activity at or below each service, by service."""
        periods: dict[str, set[int]] = defaultdict(set)
        for (service, _), own in self.active.items():
            for above in upwards(service):
                periods[above] |= own
        return dict(periods)

    @cached_property
    def services(self) -> set[str]:
        """Every service that has activity, inputs or contacts at or below it."""
        known = {TOTAL, *self.activity_periods}
        if self.has("inputs"):
            for (service,) in self.rows("SELECT DISTINCT service FROM inputs"):
                known.update(upwards(service))
        return known

    @cached_property
    def public_names(self) -> set[tuple[str, str]]:
        """Services with their activities that a table which is not about people names too: messages may name these."""
        tables = [table for table in ("activity", "unit_costs") if self.has(table)]
        return {pair for table in tables for pair in self.rows(f"SELECT DISTINCT service, activity FROM {table}")}  # noqa: S608 - the name is ours


def upwards(service: str) -> list[str]:
    """Return a service and every service above it, up to the total."""
    parts = service.split(SEPARATOR)
    paths = [SEPARATOR.join(parts[:length]) for length in range(len(parts), 0, -1)]
    return paths if service == TOTAL else [*paths, TOTAL]


def of_service(name: str, service: str) -> str:
    """Return "'Home visit' of 'Home care'"."""
    return f"{quoted(name)} of {quoted(service)}"
