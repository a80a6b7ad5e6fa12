"""The .sql files keep to the dialect that DuckDB and Spark read alike, and take nothing but what is listed here."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import relprod.records
from relprod.records.contacts import RepeatSettings

from .extracts import END, START

FILES = {path.stem: path.read_text(encoding="utf-8") for path in Path(relprod.records.__file__).parent.glob("*.sql")}
MEASURES = [
    "persons",
    "placeholder_persons",
    "usable_contacts",
    "persons_by_period",
    "several_contacts",
    "in_order",
    "overlapping_contacts",
    "repeats",
    "repeat_lines",
    "contact_cells",
    "origins",
    "repeat_risk",
    "worker_contacts",
    "continuity",
    "outcomes",
]
FUNCTIONS = {
    "cast",
    "coalesce",
    "concat",
    "count",
    "dense_rank",
    "extract",
    "lag",
    "lead",
    "max",
    "max_by",
    "min",
    "row_number",
    "starts_with",
    "sum",
}
CALLED_NEITHER = {
    "and",
    "as",
    "by",
    "decimal",
    "distinct",
    "exists",
    "filter",
    "from",
    "in",
    "interval",
    "join",
    "not",
    "on",
    "or",
    "over",
    "partition",
    "select",
    "then",
    "using",
    "values",
    "when",
    "where",
}
FORBIDDEN = ("/", "avg(", "qualify", "group by all", "::", "exclude", "asof", "order by all", "materialized")
WINDOW = re.compile(r"OVER\s*\((.*?)\)", re.DOTALL)


def code(text: str) -> str:
    """Return the SQL without its comments and without text in quotes."""
    return re.sub(r"'[^']*'", "''", re.sub(r"--.*", "", text))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", MEASURES)
def test_a_file_starts_by_saying_what_it_is_and_how_to_run_it_by_hand(name: str):
    title = name.replace("_", " ").capitalize()
    assert FILES[name].startswith(f"-- {title}: ")
    head = FILES[name][: FILES[name].index("\nSELECT" if "\nWITH" not in FILES[name] else "\nWITH")]
    assert "-- By hand: " in head
    assert all(f"{{{used}}}" in head for used in placeholders(FILES[name]))


@pytest.mark.parametrize("name", MEASURES)
def test_placeholders_are_parameters_and_own_names_only(name: str):
    assert placeholders(FILES[name]) <= set(RepeatSettings(START, END).parameters)


@pytest.mark.parametrize("name", FILES)
def test_functions_are_those_that_both_engines_have(name: str):
    called = {word.lower() for word in re.findall(r"([A-Za-z_]+)\s*\(", code(FILES[name]))}
    assert called - CALLED_NEITHER <= FUNCTIONS


@pytest.mark.parametrize("name", FILES)
def test_nothing_that_one_engine_reads_otherwise(name: str):
    text = code(FILES[name]).lower()
    assert [word for word in FORBIDDEN if word in text] == []


@pytest.mark.parametrize("name", FILES)
def test_every_order_says_where_nulls_go(name: str):
    text = code(FILES[name])
    orders = [*(re.split(r"ROWS", order)[0] for order in re.findall(r"ORDER BY([^()]*)", text, re.DOTALL))]
    for order in orders:
        assert all(re.search(r"(ASC|DESC) NULLS LAST\s*$", key.strip()) for key in order.split(","))


@pytest.mark.parametrize("name", FILES)
def test_every_sum_is_cast_to_an_exact_type(name: str):
    text = code(FILES[name])
    assert len(re.findall(r"\bsum\(", text)) == len(re.findall(r"CAST\(sum\(", text))
