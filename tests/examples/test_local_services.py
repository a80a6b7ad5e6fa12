"""The council's example: its README says what the account shows, so that is what must come out."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from cli.driving import relprod

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Example

QUARTERS = tuple(f"2024-25 Q{quarter}" for quarter in range(1, 5))
COLUMNS = {
    "activity": ("activity", "output"),
    "with quality": ("quality_adjusted", "output"),
    "without failure demand": ("value_demand", "output"),
    "inputs": ("activity", "input"),
    "productivity, activity only": ("activity", "productivity"),
    "productivity, all steps": ("value_demand", "productivity"),
}


def mean_of_year(example: Example, service: str, account: str, measure: str, year: str = "2024-25") -> float:
    """Return the year's index, 2021-22 = 100: mean output over mean input for productivity."""
    rows = [
        row
        for row in example.run.tables["productivity"].to_pylist()
        if (row["service"], row["account"], row["period"][:7]) == (service, account, year)
    ]
    assert len(rows) == 4
    output, spent = (sum(row[name] for row in rows) / 4 for name in ("output", "input"))
    return {"output": output, "input": spent, "productivity": 100 * output / spent}[measure]


def test_the_reference_year_is_100(local: Example):
    services = {row["service"] for row in local.run.tables["productivity"].to_pylist()}
    assert len(services) == 9
    for service in services:
        for account, measure in COLUMNS.values():
            assert mean_of_year(local, service, account, measure, "2021-22") == pytest.approx(100, abs=1e-11)


def test_the_readme_table_is_what_comes_out(local: Example):
    lines = [
        line.strip("|").split("|")
        for line in (local.folder / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    head = [cell.strip() for cell in lines[0]]
    rows = [[cell.strip() for cell in line] for line in lines if line[1].strip().endswith("%")]
    assert head == ["service", *COLUMNS]
    assert [row[0] for row in rows] == ["Revenues and benefits", "Homelessness", "Adult social care > Home care", "All services"]
    for service, *cells in rows:
        changes = [mean_of_year(local, service, *COLUMNS[column]) - 100 for column in COLUMNS]
        assert cells == [f"{change:+.0f} %" for change in changes]


def failure(example: Example, service: str, year: str) -> tuple[float, float]:
    """Return the share of failure demand in per cent of the volume of activities for which it is recorded, and its cost."""
    volume, failed, cost = 0, 0, Decimal(0)
    for row in example.rows("activity"):
        if row["service"] == service and row["period"].startswith(year) and row["failure_volume"] != "":
            volume += int(row["volume"])
            failed += int(row["failure_volume"])
            cost += Decimal(row["failure_volume"]) * Decimal(row["unit_cost"])
    return 100 * failed / volume, float(cost)


def test_the_readme_says_what_failure_demand_did(local: Example):
    (before, cost_before), (after, cost_after) = (failure(local, "Revenues and benefits", year) for year in ("2021-22", "2024-25"))
    assert f"from {before:.0f} % to {after:.0f} % of the contacts and changes" in local.readme
    assert f"from GBP {cost_before:,.0f}"[:-3] in local.readme  # in thousands
    assert f"from GBP {round(cost_before, -3):,.0f} to GBP {round(cost_after, -3):,.0f} a year" in local.readme
    (before, _), (after, _) = (failure(local, "Homelessness", year) for year in ("2021-22", "2024-25"))
    assert f"down from {before:.0f} % to {after:.0f} % of contacts and applications" in local.readme


def test_the_run_says_the_same_cost_of_failure_demand(local: Example):
    cost = sum(
        row["cost"]
        for row in local.run.tables["failure_demand"].to_pylist()
        if (row["service"], row["activity"]) == ("Revenues and benefits", "All activities") and row["period"].startswith("2024-25")
    )
    assert cost == pytest.approx(failure(local, "Revenues and benefits", "2024-25")[1], rel=1e-12)


def test_the_readme_says_how_quality_moved_in_home_care(local: Example):
    adjusted, plain = (
        mean_of_year(local, "Adult social care > Home care", account, "output") for account in ("quality_adjusted", "activity")
    )
    assert f"quality is up by {100 * (adjusted / plain - 1):.0f} %" in local.readme


def test_what_is_provisional(local: Example):
    rows = local.run.tables["productivity"].to_pylist()
    marked = {(row["service"], row["period"]) for row in rows if "provisional" in row["flags"].split(";")}
    assert marked == {(name, "2024-25 Q4") for name in ("Adult social care > Reablement", "Adult social care", "All services")}
    assert not any("provisional" in row["flags"] for row in rows if row["account"] == "activity")


def test_what_starts_and_ends_is_listed(local: Example):
    links = [row for row in local.run.tables["links"].to_pylist() if row["account"] == "activity" and row["quantity"] == "output"]
    new, gone = defaultdict(set), defaultdict(set)
    for row in links:
        for name, listed in (("new_items", new), ("gone_items", gone)):
            for item in filter(None, row[name].split(";")):
                listed[item].add(row["period"])
    assert dict(new) == {"Falls response visits": {f"2023-24 Q{quarter}" for quarter in range(1, 5)}}
    assert dict(gone) == {"Counter visits": {"2023-24 Q3", "2023-24 Q4", *QUARTERS}}
    assert not any(finding["code"] in {"RP060", "RP061"} for finding in local.run.tables["findings"].to_pylist())


def test_a_service_without_a_measure_of_output(local: Example):
    rows = [row for row in local.run.tables["productivity"].to_pylist() if row["service"] == "Corporate > Property"]
    assert len(rows) == 16 * 3
    assert all(row["output"] == row["input"] and "output=input" in row["flags"] for row in rows)
    assert all(row["productivity"] == pytest.approx(100, rel=3e-16) for row in rows)


def test_the_inputs_reconcile_to_the_ledger(local: Example):
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for row in local.rows("inputs"):
        spent[row["period"][:7]] += Decimal(row["expenditure"])
    controls = {row["period"]: Decimal(row["total"]) for row in local.rows("controls")}
    assert set(spent) == set(controls)
    assert all(0 < abs(spent[year] - total) <= total / 100 for year, total in controls.items())
    assert "RP064" not in set(local.run.findings.code)


def test_a_ledger_that_disagrees_stops_the_run(local: Example, tmp_path: Path):
    folder = shutil.copytree(local.folder, tmp_path / "study")
    file = folder / "controls.csv"
    file.write_text(re.sub(r"(?m)^inputs,expenditure,,2022-23,.*$", "inputs,expenditure,,2022-23,15500000", file.read_text()))
    ended = relprod("compute", folder, "--out", tmp_path / "run", columns=160)
    assert ended.code == 1
    assert "error RP064 control-total-differs" in ended.err
    assert "controls.csv:3, column total:" in ended.err
    assert "15,500,000.00" in ended.err
    assert not (tmp_path / "run").exists()
    assert relprod("validate", folder).code == 1


def test_the_findings_are_the_ones_that_the_readme_leads_to(local: Example):
    assert list(local.run.findings.code) == ["RP047", "RP068"]
