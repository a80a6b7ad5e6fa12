"""Cells of contacts that are plainly what they should be take a quick way, all others a thorough one: both give the same."""

from __future__ import annotations

import random

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relprod.engine.duck import connection
from relprod.periods import PeriodScheme
from relprod.tables.ordinary import lean
from relprod.tables.records import read_records
from relprod.tables.schema import table_schema
from relprod.tables.screens import screened
from relprod.tables.store import Store, store_records

SCHEMA = table_schema("contacts")
HEAD = ",".join(SCHEMA.names) + "\n"
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
AWKWARD = {
    "datetime": [
        "2016-05-01",
        "2016-05-01 10:00",
        "2016-05-01T10:00:00",
        "2016-05-01 10:00:00",
        "2016-05-01 10:00:00.5",
        "2016-05-01 10:00:00.1234567",
        "2016-05-01 10:00+01",
        "2016-05-01T10:00:00Z",
        "2016-05-01 10:00:00+01:00",
        " 2016-05-01",
        "2016-05-01 ",
        "2016-5-1",
        "2016-05-5  10:00:00",
        "2016-05-01  9:00:00",
        "2016-02-30",
        "2016-02-29",
        "2017-02-29",
        "2016-13-01",
        "2016-05-01 24:00:00",
        "2016-05-01 23:59:60",
        "2016-05-01 25:00",
        "infinity",
        "epoch",
        "1899-12-31",
        "1900-01-01",
        "2199-12-31 23:59:59",
        "2200-01-01",
        "2016/05/01",
        "20160501",
        "01/05/2016",
        "2016-05-01 10",
        "\u00a02016-05-01",
        "2016-05-01 (BC)",
        "x",
        "\uff12016-05-01",
        "2016-05-01\t10:00",
        "0016-05-01",
        "-2016-05-01",
    ],
    "exact": [
        "1",
        "-1",
        "+1",
        "0",
        "-0",
        "1.",
        ".5",
        "1.5",
        "1e3",
        "1E-3",
        " 1",
        "1 ",
        "1_000",
        '"1,000"',
        "£5",
        "(5)",
        "inf",
        "nan",
        "NaN",
        "1.00000000005",
        "1.00000000010",
        "999999999999.9999999999",
        "1000000000000",
        "123456789012.5",
        "1e12",
        "00001.50",
        "0x10",
        "--1",
        "1.2.3",
        "\uff11",
        "1%",
        "-.5",
    ],
    "identifier": [
        "1",
        "007",
        "a b",
        " a",
        "a ",
        "\u00a0a",
        "a\u2007",
        "\u202fa",
        "à",
        "é",
        "\u2019a",
        "1.23E+09",
        "1E+5",
        "+1",
        "a+b",
        "#N/A",
        "#REF!",
        "#1",
        "Err:502",
        "Err:9",
        "xErr:502",
        "\ta",
        "'",
        '"q""q"',
        '"a\nb"',
        '" "',
        '""',
    ],
    "service": ["Care", "care", "A > B", "A>B", " A  >  B ", "All services", "ALL SERVICES > A", "A >", ">", "#N/A", "1E+5", "A  B", '""'],
    "choice": ["value", "FAILURE", " value ", "other", "#N/A"],
    "boolean": ["Y", "n", "TRUE", "0", "2", " yes ", "maybe"],
}
AWKWARD["text"] = AWKWARD["identifier"]


def _row_of_cells(draw_from, name):
    column = SCHEMA.column(name)
    good = {"datetime": ["2016-05-01 10:00:00"], "exact": ["1.5"], "service": ["Care"], "choice": ["value"], "boolean": ["Y"]}
    return draw_from(["", *good.get(column.kind, ["a"]) * 3], AWKWARD[column.kind])


def _cells(random_source):
    def draw(plain, awkward):
        return random_source.choice(awkward if random_source.random() < 0.25 else plain)

    return [_row_of_cells(draw, name) for name in SCHEMA.names]


@QUICK
@given(seed=st.integers(0, 10**9), size=st.integers(1, 3), date_format=st.sampled_from([None, None, "%d/%m/%Y"]))
def test_the_quick_way_is_the_thorough_way(bench, seed, size, date_format):
    """The same values, the same cases on the same rows, whichever way cells take."""
    source = random.Random(seed)  # noqa: S311 - a test
    rows = [_cells(source) for _ in range(40)]
    if date_format:
        dated = [at for at, column in enumerate(SCHEMA.columns) if column.kind == "datetime"]
        rows = [
            [
                source.choice(["01/05/2016", "2016-05-01", " 31/12/2016", "31/02/2016", ""]) if at in dated else cell
                for at, cell in enumerate(cells)
            ]
            for cells in rows
        ]
    bench.write("c.csv", HEAD + "".join(",".join(cells) + "\n" for cells in rows))
    path, scheme = bench.folder / "c.csv", PeriodScheme("quarter", "financial-uk")
    texts = {name: f"c{at}" for at, name in enumerate(SCHEMA.names)}
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in texts.values())
    quotes = "delim = ',', quote = '\"', escape = '\"', nullstr = ''"
    csv = f"read_csv('{path}', columns = {{{columns}}}, auto_detect = false, header = false, {quotes})"
    options = {"source": csv, "every": list(texts.values()), "date_formats": dict.fromkeys(texts, date_format)}
    present = frozenset(SCHEMA.names)
    with connection() as con:
        with_reader = con.sql(screened(SCHEMA, texts, **options)).to_arrow_reader(1000)
        thorough = read_records(with_reader, SCHEMA, present, scheme, header=True)

        batches = con.sql(lean(SCHEMA, texts, **options)).to_arrow_table().to_batches(max_chunksize=40 // size)
        store = Store(con, bench.folder, SCHEMA, scheme)
        quick = store_records(store, batches, present, 0, date_format=date_format, header=True, seen=lambda count: None)  # noqa: ARG005
        identifiers = ", ".join(f"{numbered.text_in_sql()} AS {name}" for name, numbered in store.numbered.items())
        stored = con.sql(f"SELECT * REPLACE ({identifiers}) FROM '{store.path(0)}' ORDER BY _line").to_arrow_table()  # noqa: S608 - a test
    assert {key: (cases.count, cases.positions) for key, cases in quick.log.items()} == {
        key: (cases.count, cases.positions) for key, cases in thorough.log.items()
    }
    assert (quick.total, quick.kept, quick.empty, quick.empty_positions) == (
        thorough.total,
        thorough.kept,
        thorough.empty,
        thorough.empty_positions,
    )
    expected = pa.concat_tables(thorough.batches) if thorough.batches else stored.slice(0, 0)
    for name in SCHEMA.names if thorough.batches else ():
        assert (name, stored[name].to_pylist()) == (name, expected[name].to_pylist())
