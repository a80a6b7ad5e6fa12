"""The relations that measures of contacts are made from: what each needs, how it is made and kept, and when it goes.

They are temporary tables and views of one connection, made by the .sql files beside this module. Names are held as small numbers
(ENUM) where that is quicker; the text of SQL is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relprod.records.cells import sql_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from duckdb import DuckDBPyConnection

    from relprod.records.contacts import RepeatSettings

_MOST_NAMES = 65_536
"""Names of services, activities, areas, groups and workers are held as small numbers unless there are more of them than this."""

_FEW_NAMES = 64
"""So many names are looked through one by one as fast as they are looked up."""

_NAMED = ("service", "activity", "worker_id", "area", "group")
_ALWAYS_NAMED = _NAMED[:3]
PREFIX = "relprod_"
CONTACTS, NODES, _SETTINGS = f"{PREFIX}named_contacts", f"{PREFIX}service_nodes", f"{PREFIX}settings"
PLAIN = f"{PREFIX}plain_contacts"
LEVEL = f"{PREFIX}nodes_of_a_level"
PERSONS, SEVERAL = f"{PREFIX}persons_of_a_part", f"{PREFIX}contacts_of_a_part"
NUMBERED, _COUNTED, _CELLS = f"{PREFIX}numbered_contacts", f"{PREFIX}counted_persons", f"{PREFIX}contact_cells"
_OF_CELLS = ("service", "activity")

NEEDS: dict[str, tuple[str, ...]] = {
    CONTACTS: (),
    NODES: (CONTACTS,),
    "placeholder_ids": (CONTACTS,),
    "planned_activities": (),
    "persons": (CONTACTS,),
    "placeholder_persons": ("persons", "placeholder_ids"),
    "usable_contacts": (CONTACTS, "placeholder_persons", "planned_activities"),
    "persons_by_period": ("usable_contacts",),
    "several_contacts": ("usable_contacts", "persons_by_period"),
    "in_order": ("usable_contacts",),
    "overlapping_contacts": ("in_order",),
    "repeats": ("in_order", "overlapping_contacts"),
}
"""Each relation that is kept, and those that it is made from."""


def have(con: DuckDBPyConnection, settings: RepeatSettings, relation: str) -> None:
    """See to it that a relation is there, made with these settings."""
    if kept(con, _SETTINGS) and first_column(con, f"SELECT asked FROM {_SETTINGS}") != [repr(settings)]:  # noqa: S608 - own name
        forget(con)
    if not kept(con, _SETTINGS):
        con.execute(f"CREATE TEMP TABLE {_SETTINGS} AS SELECT ? AS asked", [repr(settings)])
    _make(con, settings, relation)


def forget(con: DuckDBPyConnection) -> None:
    """Drop what was kept in the connection for the next measure."""
    for relation in (_SETTINGS, *reversed(NEEDS), PLAIN):
        drop(con, relation)
    for column in _NAMED:
        con.execute(f"DROP TYPE IF EXISTS {_type_name(column)}")
    con.execute(f"DROP TYPE IF EXISTS {_type_name('node')}")


def text_of(name: str, settings: RepeatSettings) -> str:
    """Return the text of a .sql file with its parameters filled in."""
    return sql_text(name).format_map(settings.parameters)


def _make(con: DuckDBPyConnection, settings: RepeatSettings, relation: str) -> None:
    if kept(con, relation):
        return
    for need in NEEDS[relation]:
        _make(con, settings, need)
    if relation == CONTACTS:
        _name_contacts(con, {*_ALWAYS_NAMED, *settings.match_on})
    elif relation == NODES:
        _name_nodes(con)
    elif relation == "persons" and kept(con, _COUNTED):
        con.execute(f"ALTER TABLE {_COUNTED} RENAME TO persons")
    elif relation == "placeholder_ids":
        _list(con, relation, "person_id", settings.placeholder_ids, f"{PREFIX}person_number(?)" if kept(con, NUMBERED) else "?")
    elif relation == "planned_activities":
        _list(con, relation, "activity", settings.planned_activities)
    else:
        kind = "VIEW" if relation == "repeats" else "TABLE"
        con.execute(f"CREATE TEMP {kind} {relation} AS {text_of(relation, settings)}")
    if relation == "usable_contacts":
        drop(con, "persons")


def _list(con: DuckDBPyConnection, relation: str, column: str, values: Sequence[str], value: str = "?") -> None:
    """Make a table of one column of `contacts`, with what `value` makes of each text."""
    con.execute(f"CREATE TEMP TABLE {relation} AS SELECT {column} FROM {CONTACTS if value != '?' else 'contacts'} LIMIT 0")  # noqa: S608 - own names
    if values:
        con.executemany(f"INSERT INTO {relation} SELECT {value}", [[each] for each in sorted(set(values))])


def _name_contacts(con: DuckDBPyConnection, columns: AbstractSet[str]) -> None:
    """Make a view of `contacts` in which names are numbers underneath (ENUM): the same text of SQL, with less to sort.

    What only counts and adds up reads the plain view beside it: to group names once is quicker than to number them.
    """
    casts, source = [], NUMBERED if kept(con, NUMBERED) else "contacts"
    con.execute(f"CREATE TEMP VIEW {PLAIN} AS SELECT * FROM {source}")  # noqa: S608 - own names
    kinds = dict(con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {PLAIN})").fetchall())  # noqa: S608 - own name
    for column in sorted(name for name in columns if kinds[name] == "VARCHAR"):
        names, there = f"{PREFIX}{column}_names", _CELLS if column in _OF_CELLS and kept(con, _CELLS) else "contacts"
        con.execute(f'CREATE TEMP TABLE {names} AS SELECT DISTINCT c."{column}" AS name FROM {there} AS c WHERE c."{column}" IS NOT NULL')  # noqa: S608 - own names
        (count,) = first_column(con, f"SELECT count(*) FROM {names}")  # noqa: S608 - own names
        if 0 < count <= _MOST_NAMES:
            con.execute(f"CREATE TYPE {_type_name(column)} AS ENUM (SELECT name FROM {names} ORDER BY name)")  # noqa: S608 - own names
            casts.append(f'{_as_name(column, few=count <= _FEW_NAMES)} AS "{column}"')
        con.execute(f"DROP TABLE {names}")
    replaced = f"REPLACE ({', '.join(casts)})" if casts else ""
    con.execute(f"CREATE TEMP VIEW {CONTACTS} AS SELECT * {replaced} FROM {PLAIN}")  # noqa: S608 - own names


def _as_name(column: str, *, few: bool) -> str:
    """Return the SQL of a column's names as numbers underneath.

    A cast looks at each row; a function only at each entry of the dictionary that Parquet holds the column by, where it has one.
    """
    kind = _type_name(column)
    names = f"enum_range(CAST(NULL AS {kind}))"
    return f'list_extract(CAST({names} AS {kind}[]), list_position({names}, "{column}"))' if few else f'CAST("{column}" AS {kind})'


def _name_nodes(con: DuckDBPyConnection) -> None:
    """Make the table of services and the nodes above them, with names as in the view of contacts."""
    node = _type_name("node")
    con.execute(f"CREATE TYPE {node} AS ENUM (SELECT DISTINCT node FROM service_nodes ORDER BY node)")  # noqa: S608 - own names
    named = _type_name("service") in first_column(con, "SELECT type_name FROM duckdb_types()")
    service = f"TRY_CAST(service AS {_type_name('service')})" if named else "service"
    nodes = f"SELECT DISTINCT {service} AS service, CAST(node AS {node}) AS node, node AS path FROM service_nodes"  # noqa: S608 - own names
    # A level is a node's distance from the top, so that no contact is at two nodes of one level.
    level = "CASE WHEN path = 'All services' THEN 0 ELSE len(string_split(path, ' > ')) END AS level"
    con.execute(f"CREATE TEMP TABLE {NODES} AS SELECT service, node, path, {level} FROM ({nodes}) WHERE service IS NOT NULL")  # noqa: S608 - own names


def _type_name(column: str) -> str:
    return f"{PREFIX}{column}_name"


def kept(con: DuckDBPyConnection, relation: str) -> bool:
    """Return whether the connection holds a temporary table or view of this name."""
    look = "SELECT table_name FROM duckdb_tables() WHERE temporary UNION ALL SELECT view_name FROM duckdb_views() WHERE temporary"
    return relation in first_column(con, look)


def first_column(con: DuckDBPyConnection, query: str) -> list[Any]:
    """Return the first column of all rows: DuckDB wants an answer read to its end before the next question."""
    return [row[0] for row in con.execute(query).fetchall()]


def drop(con: DuckDBPyConnection, relation: str) -> None:
    """Drop a relation, if it is there."""
    kind = "VIEW" if relation in {CONTACTS, PLAIN, "repeats", PERSONS, SEVERAL} else "TABLE"
    con.execute(f"DROP {kind} IF EXISTS temp.{relation}")
