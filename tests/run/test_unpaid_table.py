"""Unpaid hours per unit of public input: in the table `unpaid`, and in the summary."""

from __future__ import annotations

import io
import math

import pytest
from relational.making import computed, contacts, frames
from rich.console import Console

from relprod.report.facts import Facts
from relprod.report.summary import print_summary


@pytest.fixture(scope="module")
def run():
    return computed({"unpaid": {"output_side": "hours"}}, frames(contacts(7, 300)))


def spent(run, service, period):
    rows = run.tables["input_cells"].to_pylist()
    below = (row for row in rows if service in {"All services", row["service"]} or row["service"].startswith(f"{service} > "))
    return float(sum(row["expenditure"] for row in below if row["period"] == period))


def test_hours_per_unit_of_public_input(run):
    rows = run.tables["unpaid"].to_pylist()
    assert {row["service"] for row in rows} == {"All services", "Care", "Care > Home", "Care > North", "Housing"}
    for row in rows:
        assert row["hours_per_gbp"] == float(row["hours"]) / spent(run, row["service"], row["period"])


def test_where_nothing_was_spent_there_is_none():
    tables = frames(contacts(7, 300))
    tables["inputs"] = tables["inputs"][tables["inputs"]["service"] != "Housing"]
    run = computed({"unpaid": {"output_side": "hours"}}, tables)
    missing = {row["service"] for row in run.tables["unpaid"].to_pylist() if row["hours_per_gbp"] is None}
    assert missing == {"Housing"}
    assert "of public input" not in said(run, service="Housing")


def said(run, **asked):
    file = io.StringIO()
    print_summary(Console(file=file, width=200, highlight=False, emoji=False, markup=False), Facts.of(run, **asked))
    return file.getvalue()


def test_the_summary_says_it(run):
    rows = [row for row in run.tables["unpaid"].to_pylist() if (row["service"], row["period"]) == ("All services", "2024-25 Q3")]
    hours, ratio = math.fsum(float(row["hours"]) for row in rows), math.fsum(row["hours_per_gbp"] for row in rows)
    sentence = f"gave {hours:,.0f} hours, {ratio:.4f} for each GBP of public input. Core productivity is"
    assert 0.01 <= ratio < 0.1
    assert sentence in said(run)
