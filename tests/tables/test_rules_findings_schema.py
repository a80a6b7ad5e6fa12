"""Rules, findings and schemas as values."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relprod.engine.duck import connection
from relprod.study.model import TABLE_NAMES
from relprod.tables.arrow_types import arrow_schema
from relprod.tables.checks import pandera_schema
from relprod.tables.findings import Finding, counted, found, listed, quoted, sort_findings, suggestion
from relprod.tables.rules import RULES
from relprod.tables.schema import table_json, table_names, table_schema

INTEGRITY = [*range(40, 60), *range(71, 82)]
RANGES = {"file": [*range(1, 20), 82], "record": range(20, 40), "integrity": INTEGRITY, "figures": range(60, 100)}


@pytest.mark.parametrize("code", RULES)
def test_every_rule_explains_itself(code):
    rule = RULES[code]
    assert int(code[2:]) in RANGES[rule.scope]
    assert "What to do: " in rule.explain()
    assert rule.name == rule.name.lower()
    assert rule.message.rstrip()[-1] in ".?}"


def test_names_are_unique_and_codes_in_order():
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert list(RULES) == sorted(RULES)


def test_explaining_needs_nothing_heavy():
    modules = "relprod.tables.rules, relprod.tables.findings, relprod.tables.schema"
    code = f"import sys, {modules}; print(sorted({{'pandas', 'pandera', 'duckdb', 'pyarrow'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"  # noqa: S603 - our own interpreter


def test_errors_come_first_and_order_is_that_of_the_values():
    findings = [
        found("RP005", table="b"),
        found("RP004", table="b", file="2"),
        found("RP004", table="b", file="1"),
        found("RP012", names="x"),
    ]
    assert [(each.code, each.file) for each in sort_findings(findings)] == [("RP004", "1"), ("RP004", "2"), ("RP005", ""), ("RP012", "")]
    assert sort_findings(reversed(findings)) == sort_findings(findings)


def test_a_finding_knows_its_rule():
    finding = Finding("RP004", "activity", "a.csv", None, None, 1, "…")
    assert (finding.name, finding.severity, finding.scope, finding.is_error) == ("file-empty", "error", "file", True)


def test_words():
    assert [counted(1, "row"), counted(2000, "row")] == ["1 row", "2,000 rows"]
    assert [listed("a"), listed("ab"), listed("abc"), listed("abcde"), listed("")] == [
        "a",
        "a and b",
        "a, b and c",
        "a, b, c and 2 more",
        "",
    ]
    assert (suggestion("volum", ["volume", "cost"]), suggestion("xyz", ["volume"])) == (" (did you mean 'volume'?)", "")
    assert quoted("a\n\x1b[31mb") == "'a\\n\\x1b[31mb'"


@given(st.text())
def test_quoted_values_are_short_and_printable(text):
    assert quoted(text).isprintable()
    assert len(quoted(text)) <= 2 + 40 * 10


def test_there_is_a_schema_for_every_table():
    assert table_names() == tuple(sorted(TABLE_NAMES))


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_schemas(name):
    schema, data = table_schema(name), table_json(name)
    assert set(schema.key) <= set(schema.names)
    assert data["version"] == "1.0.0"
    assert all(column.description.endswith(".") and column.title for column in schema.columns)
    assert all(column.precision for column in schema.columns if column.kind == "exact")
    empty = arrow_schema(schema).empty_table().to_pandas(types_mapper=pd.ArrowDtype)
    assert list(empty.columns)[-2:] == ["_file", "_line"]
    assert set(pandera_schema(schema, frozenset(schema.names)).columns) >= set(schema.names)


def test_a_schema_that_there_is_not():
    with pytest.raises(KeyError):
        table_schema("nothing")


def test_the_connection_keeps_to_itself():
    with connection("512MB", 1) as con:
        assert con.sql(
            "SELECT current_setting('TimeZone'), current_setting('threads'), current_setting('autoload_known_extensions')"
        ).fetchall() == [("UTC", 1, False)]
        with pytest.raises(Exception, match="locked"):
            con.execute("SET threads = 2")
