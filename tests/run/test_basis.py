"""The account comes out again, to the bit, from the cells that a run holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import relprod
from relprod.errors import OutputError
from relprod.resources import examples_folder
from relprod.run.basis import BASIS, basis_tables, measured_from
from relprod.run.compute import account_tables
from relprod.run.figures import figures_of
from relprod.run.parquet import content_sha256
from relprod.run.schemas import run_table_json
from relprod.study.load import load_study
from relprod.study.recorded import recorded_study

if TYPE_CHECKING:
    from relprod.run.model import Run

EXAMPLES = ("ons-public-services", "local-services", "council-contacts")


@pytest.fixture(scope="module", params=EXAMPLES)
def run(request: pytest.FixtureRequest) -> Run:
    return relprod.compute(examples_folder() / request.param)


def test_the_recorded_study_is_the_study(run: Run):
    study = recorded_study(run.manifest["study"], run.manifest["assumptions"])
    assert study.resolved() == run.manifest["study"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_recorded_study_knows_its_defaults(example: str):
    study = load_study(examples_folder() / example)
    run = relprod.compute(study)
    recorded = recorded_study(run.manifest["study"], run.manifest["assumptions"], study.folder)
    again = relprod.compute(recorded)
    assert again.manifest["assumptions"] == run.manifest["assumptions"]
    assert {name: content_sha256(table) for name, table in again.tables.items()} == {
        name: content_sha256(table) for name, table in run.tables.items()
    }


def test_the_account_comes_out_again_from_the_cells(run: Run):
    study = recorded_study(run.manifest["study"], run.manifest["assumptions"])
    measured = measured_from({name: run.tables[name] for name in BASIS if name in run.tables}, study)
    found = dict(account_tables(study, measured, figures_of(study, measured)))
    assert {"productivity", "bridge", "contributions", "links"} <= found.keys()
    assert {name: content_sha256(table) for name, table in found.items()} == {name: content_sha256(run.tables[name]) for name in found}


def test_the_cells_come_out_of_themselves(run: Run):
    study = recorded_study(run.manifest["study"], run.manifest["assumptions"])
    again = dict(basis_tables(measured_from(run.tables, study), study.scheme))
    assert again.keys() == {name for name in BASIS if name in run.tables}
    assert all(table.equals(run.tables[name]) for name, table in again.items())


def test_cells_are_sorted_by_a_key_without_doubles(run: Run):
    for name in BASIS:
        if name in run.tables:
            keys = list(zip(*(run.tables[name][column].to_pylist() for column in run_table_json(name)["primaryKey"]), strict=True))
            assert len(set(keys)) == len(keys) > 0


def test_a_run_without_cells_says_so():
    study = load_study(examples_folder() / "local-services")
    with pytest.raises(OutputError, match="does not hold the cells"):
        measured_from({"productivity": pa.table({})}, study)
