"""Contacts as SQL sees them: the view ``contacts`` over the scratch files, and what was counted while it was made.

It has the columns of the table contacts and ``_period`` (ordinal of the period in which the contact was opened), ``_file``
and ``_line``. ``group`` is the contact's own, else that of its area, else NULL. Contacts opened outside the extract are not
in it, and one closed after the extract's last day is still open in it: what the extract cannot know plays no part.
Contacts that the study leaves out (`relprod.tables.exclusions`) are not in it either, and no finding here is about them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from relprod.periods import PeriodScheme
from relprod.tables.exclusions import entries_of, entry_in_sql, numbered_in_sql, relation_left_out
from relprod.tables.findings import LINES_KEPT, Finding, found
from relprod.tables.screens import name_in_sql, text_in_sql
from relprod.tables.store import paths_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    import duckdb

    from relprod.study import Study
    from relprod.tables.store import Store

_ALL = "relprod_contacts"
VIEW = "contacts"
NUMBERED = "relprod_numbered_contacts"
"""The same with numbers in place of identifiers: of contact_id and worker_id in the order of the texts, of person_id in any order."""
PERSON_NUMBER, PERSON_TEXT = "relprod_person_number", "relprod_person_text"
"""Macros that make the person_id of one view of that of the other."""
COUNTED = "relprod_counted_persons"
"""Temporary table: each person_id of the view of numbers and its number of contacts, where it is numbers that identifiers hold."""
CELLS = "relprod_contact_cells"
"""Temporary table: service, activity, ``_period``, ``_file``, its first ``_line`` and its number of contacts."""


def period_in_sql(moment: str, scheme: PeriodScheme) -> str:
    """Return the SQL of the ordinal of the period that a moment lies in, as `PeriodScheme.of_date` has it."""
    first = PeriodScheme("month", scheme.calendar).of_date(1, 1)
    months = f"(12 * year({moment}) + month({moment}) - {13 - first})"
    if scheme.subperiods == 12:  # noqa: PLR2004 - months in a year
        return f"CAST({months} AS BIGINT)"
    return f"CAST({months} // {12 // scheme.subperiods} AS BIGINT)"


@dataclass
class ContactsView:
    """The view of one study's contacts. `rows` is how many there are, and `is_there` whether it could be made."""

    study: Study
    store: Store
    rows: int = 0
    is_there: bool = False

    @property
    def has_workers(self) -> bool:
        """Whether some source has a column of workers."""
        return "worker_id" in self.store.present

    def has_gaps(self, column: str) -> bool:
        """Whether some contact may have nothing in a column."""
        return column in self.store.seen.gaps

    @property
    def has_unknown_areas(self) -> bool:
        """Whether some contact may have an area that is in no table of areas."""
        return self.store.seen.unknown_areas

    @property
    def numbered(self) -> frozenset[str]:
        """The columns of identifiers that are numbers in the view of these."""
        return frozenset(name for name, numbered in self.store.numbered.items() if numbered.known is not None)

    @property
    def ids_ascend(self) -> bool:
        """Whether each contact_id is known to be greater than the one before."""
        return "contact_id" in self.numbered and self.store.numbered["contact_id"].ascending

    def made(self, con: duckdb.DuckDBPyConnection, labels: tuple[str, ...]) -> list[Finding]:
        """Return what was found about the span of the extract, after making the view."""
        start, end = self.study.study.extract_start, self.study.study.extract_end
        if start is None or end is None:
            missing = " and ".join(f"'{name}'" for name, day in (("extract_start", start), ("extract_end", end)) if day is None)
            return [found("RP071", table=VIEW, file=self.study.file, missing=missing)]
        paths = ", ".join(text_in_sql(str(path)) for path in paths_of(self.store).values())
        if not paths:
            return []
        names = [*self.store.schema.names, "_period", "_file", "_line"]
        after = f"TIMESTAMP '{end + timedelta(days=1)}'"
        inside = f"opened >= TIMESTAMP '{start}' AND opened < {after}"
        special = {"closed": f"CASE WHEN closed < {after} THEN closed END", "_period": period_in_sql("opened", self.study.scheme)}
        texts = {name: numbered.text_in_sql() for name, numbered in self.store.numbered.items()}
        left_out = relation_left_out(VIEW)
        con.execute(f"DROP TABLE IF EXISTS {COUNTED}")
        for each in (VIEW, NUMBERED, _ALL, left_out):
            con.execute(f"DROP VIEW IF EXISTS {each}")
        source, stays = f"read_parquet([{paths}], hive_partitioning = false)", ""
        if entries_of(self.study, VIEW):
            con.execute(f"CREATE VIEW {left_out} AS {numbered_in_sql(self.study, VIEW, source, texts)}")
            stays = f" WHERE ({entry_in_sql(self.study, VIEW, texts)}) IS NULL"
        con.execute(f"CREATE TEMP VIEW {_ALL} AS SELECT * FROM {source}{stays}")  # noqa: S608 - paths are ours, values quoted
        written = {VIEW: special | texts, NUMBERED: special | texts | {"_period": f"CAST({special['_period']} AS INTEGER)"}}

        def view(name: str) -> None:
            shown = ", ".join(f"{written[name].get(column, name_in_sql(column))} AS {name_in_sql(column)}" for column in names)
            con.execute(f"CREATE TEMP VIEW {name} AS SELECT {shown} FROM {_ALL} WHERE {inside}")  # noqa: S608 - all text is ours

        view(VIEW)
        for name, numbered in self.store.numbered.items():
            if numbered.known is not None:
                # A person_id is compared with others of its form that are in no contact, such as placeholders, and must hold them.
                kind = numbered.known.kind_in_sql if name == "person_id" else numbered.kind_in_sql
                written[NUMBERED][name] = f"CAST({numbered.name} AS {kind})"
        number, text = self._persons(con)
        if "person_id" not in self.numbered:
            written[NUMBERED]["person_id"] = f"CASE WHEN person_id IS NOT NULL THEN {number(texts['person_id'])} END"
        con.execute(f"CREATE OR REPLACE TEMP MACRO {PERSON_NUMBER}(a) AS {number('a')}")
        con.execute(f"CREATE OR REPLACE TEMP MACRO {PERSON_TEXT}(a) AS {text('a')}")
        view(NUMBERED)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {CELLS} AS SELECT service, activity, _period, _file, min(_line) AS _line, count(*) AS contacts "  # noqa: S608 - as above
            f"FROM {VIEW} GROUP BY service, activity, _period, _file"
        )
        ((rows,),) = con.execute(f"SELECT coalesce(sum(contacts), 0) FROM {CELLS}").fetchall()  # noqa: S608 - as above
        self.rows = int(rows)
        self.is_there = True
        return list(self._outside(con, labels, start, end, after))

    def _persons(self, con: duckdb.DuckDBPyConnection) -> tuple[Callable[[str], str], Callable[[str], str]]:
        """Return what writes the SQL of the number of a person_id, and that of the person_id of a number.

        Where identifiers do not hold numbers of their own, hashes are as good, if no two persons have the same: else texts stay texts.
        """
        known = self.store.numbered["person_id"].known
        if known is not None:
            return known.number_in_sql, known.text_in_sql
        same = f"SELECT 1 FROM {VIEW} WHERE person_id IS NOT NULL GROUP BY hash(person_id) HAVING min(person_id) <> max(person_id) LIMIT 1"  # noqa: S608 - all text is ours
        if con.execute(same).fetchall():
            return str, str
        return "hash({})".format, f"(SELECT min(c.person_id) FROM {VIEW} AS c WHERE hash(c.person_id) = {{}})".format  # noqa: S608 - as above

    def _outside(self, con: duckdb.DuckDBPyConnection, labels: tuple[str, ...], start: date, end: date, after: str) -> Iterator[Finding]:
        """Yield RP072 for contacts opened outside the extract, and RP073 for those closed after it, one a file."""
        days: dict[str, Any] = {"start": start.isoformat(), "end": end.isoformat()}
        first_moment, past = datetime.combine(start, time()), datetime.combine(end + timedelta(days=1), time())
        opened, last_closed = self.store.seen.opened, self.store.seen.last_closed
        if opened is not None and (opened[0] < first_moment or opened[1] >= past):
            for file, count, lines in _by_file(con, f"opened < TIMESTAMP '{start}' OR opened >= {after}"):
                yield found("RP072", table=VIEW, file=labels[file], column="opened", count=count, noun="contact", lines=lines, **days)
        if last_closed is not None and last_closed >= past:
            for file, count, lines in _by_file(con, f"closed >= {after} AND opened >= TIMESTAMP '{start}' AND opened < {after}"):
                yield found("RP073", table=VIEW, file=labels[file], column="closed", count=count, noun="contact", lines=lines, **days)


def _by_file(con: duckdb.DuckDBPyConnection, where: str) -> list[tuple[int, int, list[int]]]:
    """Return for each file how many contacts are such, and the first lines of them."""
    sql = f"SELECT _file, count(*), min(_line, {LINES_KEPT}) FROM {_ALL} WHERE {where} GROUP BY _file ORDER BY _file"  # noqa: S608 - all text is ours
    return [(int(file), int(count), [int(line) for line in lines or ()]) for file, count, lines in con.execute(sql).fetchall()]
