"""The ONS example: what was published on 28 April 2023 comes out again, and only with the formula that ONS uses."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli.driving import EXAMPLES, contents, relprod

import relprod as rp
from relprod.errors import FindingsError

if TYPE_CHECKING:
    from .conftest import Example

FOLDER = EXAMPLES / "ons-public-services"
SHARED = Path(__file__).parents[2] / "../shared/data/ons_total_2020"
MEASURES = {
    "inputs": ("quality_adjusted", "input"),
    "output, quality-adjusted": ("quality_adjusted", "output"),
    "output, not adjusted": ("activity", "output"),
    "productivity, quality-adjusted": ("quality_adjusted", "productivity"),
    "productivity, not adjusted": ("activity", "productivity"),
}


def changed(folder: Path, setting: str) -> Path:
    """Copy the example and change one setting of its section [output]."""
    shutil.copytree(FOLDER, folder)
    file = folder / "relprod.toml"
    key, _ = setting.split(" = ")
    text, count = re.subn(rf"(?m)^{key} = .*$", setting, file.read_text(encoding="utf-8"))
    assert count == 1
    file.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("measure", MEASURES)
def test_all_23_published_years_are_reproduced_within_a_tenth(ons: Example, measure: str):
    account, quantity = MEASURES[measure]
    rows = ons.run.published
    mine = rows[(rows.service == "All services") & (rows.account == account) & (rows.measure == quantity)]
    assert list(mine.period) == [str(year) for year in range(1998, 2021)]
    assert 0.001 < mine.difference.abs().max() < 0.10
    assert set(mine.within) == {1}


def test_the_published_table_says_what_the_account_says(ons: Example):
    figures = ons.run.productivity.set_index(["service", "period", "account"])
    assert len(ons.run.published) == 115
    for row in ons.run.published.itertuples():
        computed = figures.loc[(row.service, row.period, row.account), row.measure]
        assert row.computed == computed
        assert row.difference == computed - row.published


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")
def test_the_published_figures_are_those_of_the_publication(ons: Example):
    with (SHARED / "ons_psp_2020_totals.csv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    published = list(csv.DictReader(lines))
    values = {float(row["value"]) for row in ons.rows("published")}
    cells = {float(cell) for row in published for cell in row.values() if re.fullmatch(r"-?\d+(\.\d+)?", cell or "")}
    assert values <= cells


def test_compute_says_that_every_published_figure_is_reproduced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    ended = relprod("compute", FOLDER, "--out", "run", columns=160)
    assert ended.code == 0
    assert "115 of 115 published figures reproduced within tolerance; the largest difference is 0.09." in ended.out


@pytest.mark.parametrize(
    ("setting", "largest"),
    [('index = "paasche"', 2.5), ('index = "fisher"', 1.3), ('index = "tornqvist"', None), ('link = "fixed"', 4.3)],
)
def test_another_formula_or_link_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ons: Example, setting: str, largest: float):
    changed(tmp_path / "study", setting)
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    ended = relprod("compute", "study", "--out", "run")
    assert ended.code == 1
    assert ended.out == ""
    assert "RP063 published-not-reproduced" in ended.err
    assert "No run was written" in ended.err
    assert contents(tmp_path) == before
    assert not (tmp_path / "run").exists()
    missed = max(abs(float(number)) for number in re.findall(r"largest difference is ([-+][\d.]+),", " ".join(ended.err.split())))
    assert missed > 0.5
    if largest is not None:
        assert round(missed, 1) == largest
        assert f"up to {largest}" in ons.readme


def test_a_refused_run_can_be_looked_at_from_python(tmp_path: Path):
    folder = changed(tmp_path / "study", 'index = "paasche"')
    with pytest.raises(FindingsError, match="No run was written") as refused:
        rp.compute(folder, tmp_path / "run")
    assert set(refused.value.run.published.within) == {0, 1}
    assert {finding.code for finding in refused.value.findings if finding.is_error} == {"RP063"}
    assert not (tmp_path / "run").exists()


def test_the_readme_table_is_what_comes_out(ons: Example):
    table = re.findall(r"(?m)^\| ([a-z, -]+) \| (\d+) \| ([\d.]+) \| (\d{4}) \|$", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert [name for name, *_ in table] == list(MEASURES)
    rows = ons.run.published
    for name, figures, largest, year in table:
        account, quantity = MEASURES[name]
        mine = rows[(rows.account == account) & (rows.measure == quantity)].set_index("period")
        worst = mine.difference.abs()
        assert (len(mine), f"{worst.max():.2f}", worst.idxmax()) == (int(figures), largest, year)


def test_the_readme_sentence_is_what_comes_out(ons: Example):
    figures = ons.run.productivity.set_index(["service", "account", "period"]).loc["All services"]

    def growth(account: str, measure: str, since: str, until: str) -> str:
        column = figures.loc[account, measure]
        return f"{abs(100 * (column[until] / column[since] - 1)):.0f} %"

    adjusted, plain = "quality_adjusted", "activity"
    until_2019 = {
        (name, what): growth(name, what, "1997", "2019") for name in (adjusted, plain) for what in ("output", "input", "productivity")
    }
    in_2020 = {what: growth(adjusted, what, "2019", "2020") for what in ("output", "input", "productivity")}
    assert (
        f"From 1997 to 2019 output rose by {until_2019[adjusted, 'output']} with quality and by {until_2019[plain, 'output']} without, "
        f"inputs by {until_2019[plain, 'input']}: productivity rose by {until_2019[adjusted, 'productivity']} with quality, "
        f"and fell by {until_2019[plain, 'productivity']} without. In 2020 output fell by {in_2020['output']} "
        f"while inputs rose by {in_2020['input']}, and productivity fell by {in_2020['productivity']}."
    ) in ons.readme
    assert figures.loc[adjusted, "productivity"]["2019"] > 100 > figures.loc[plain, "productivity"]["2019"]
    assert figures.loc[adjusted, "output"]["2020"] < figures.loc[adjusted, "output"]["2019"]


def test_services_without_a_measure_of_output_stand_at_100(ons: Example):
    rows = ons.run.productivity
    marked = rows[rows["flags"].str.contains("output=input")]
    assert set(marked.service) == {"Police", "Defence", "Other government services"}
    assert marked.productivity.to_numpy() == pytest.approx(100, rel=3e-16)
    assert (marked.output == marked.input).all()
    assert len(marked) == 3 * 24 * 2


def test_the_share_of_services_set_equal_to_their_input(ons: Example):
    spent: dict[str, dict[str, float]] = {}
    for row in ons.rows("inputs"):
        spent.setdefault(row["period"], {})[row["service"]] = float(row["expenditure"])
    shares = [
        sum(by[name] for name in ("Police", "Defence", "Other government services")) / sum(by.values()) * 100 for by in spent.values()
    ]
    assert f"They are {min(shares):.0f} to {max(shares):.0f} % of expenditure." in ons.readme
