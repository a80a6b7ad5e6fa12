"""Verify names what differs, each in the right one of three answers."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli.driving import relprod

import relprod as rp
from relprod.audit.verify import verify
from relprod.run.folder import load_manifest
from relprod.run.manifest import file_sha256, manifest_text, output_entry
from relprod.run.parquet import read_parquet, write_parquet

EXAMPLES = ("council-contacts", "local-services", "ons-public-services")


def said(found):
    """What each answer is, and where it sees a difference."""
    return {answer.question: (answer.holds, sorted({each.where for each in answer.differences})) for answer in found.answers}


ALL_WELL = {"inputs": (True, []), "study": (True, []), "figures": (True, [])}


def with_figure_changed(file, column, by):
    table = read_parquet(file)
    values = table[column].to_pylist()
    place = next(number for number, value in enumerate(values) if value is not None)
    values[place] = type(values[place])(by(values[place]))
    at = table.column_names.index(column)
    write_parquet(table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type)), file)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_run_verifies_byte_for_byte(computed, name):
    found = verify(computed[name] / "run")
    assert said(found) == ALL_WELL
    assert "from the inputs, byte for byte" in found.figures.says
    assert found.holds


def test_threads_and_memory_make_no_difference(computed):
    assert verify(computed["council-contacts"] / "run", threads=1, memory_limit="300MB").holds


def test_the_inputs_may_lie_elsewhere(computed, tmp_path):
    run = shutil.copytree(computed["local-services"] / "run", tmp_path / "away")
    assert said(verify(run)) == {"inputs": (None, []), "study": (None, []), "figures": (True, [])}
    assert verify(run, computed["local-services"]).holds
    shutil.copytree(computed["local-services"], tmp_path / "given", ignore=shutil.ignore_patterns("run", "relprod.toml"))
    found = verify(run, tmp_path / "given", computed["local-services"] / "relprod.toml")
    assert found.holds


def test_inputs_of_other_folders_are_known_by_their_names(computed, tmp_path):
    study = tmp_path / "study"
    (tmp_path / "data").mkdir()
    shutil.copytree(computed["local-services"], study, ignore=shutil.ignore_patterns("run"))
    shutil.move(study / "activity.csv", tmp_path / "data" / "activity.csv")
    text = (study / "relprod.toml").read_text(encoding="utf-8").replace('"activity.csv"', '"../data/activity.csv"')
    (study / "relprod.toml").write_text(text, encoding="utf-8")
    rp.compute(study, study / "run")
    assert verify(study / "run").holds
    flat = tmp_path / "flat"
    flat.mkdir()
    for file in (*study.glob("*.csv"), tmp_path / "data" / "activity.csv"):
        shutil.copyfile(file, flat / file.name)
    assert verify(study / "run", flat, study / "relprod.toml").holds


def test_one_byte_of_an_input_is_the_inputs_alone(copy_of):
    folder = copy_of("local-services")
    file = folder / "activity.csv"
    content = bytearray(file.read_bytes())
    place = next(number for number, byte in enumerate(content) if chr(byte).isdigit() and number > 200)
    content[place] = ord("1") if content[place] != ord("1") else ord("2")
    file.write_bytes(content)
    found = verify(folder / "run")
    assert said(found) == {"inputs": (False, ["activity.csv"]), "study": (True, []), "figures": (True, [])}
    assert "from the cells that the run holds" in found.figures.says


def test_files_that_went_or_came_are_named(copy_of):
    folder = copy_of("council-contacts")
    (folder / "contacts_2022-23.csv").unlink()
    shutil.copyfile(folder / "contacts_2023-24.csv", folder / "contacts_2099-00.csv")
    found = verify(folder / "run")
    assert said(found)["inputs"] == (False, ["contacts_2022-23.csv", "contacts_2099-00.csv"])
    assert [each.what.partition(",")[0] for each in found.inputs.differences] == [
        "is not there (table contacts)",
        "is found by the study's paths today",
    ]
    assert found.figures.holds


def test_one_key_of_the_study_is_the_study_alone(copy_of):
    folder = copy_of("local-services")
    file = folder / "relprod.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('link = "annual-overlap"', 'link = "fixed"'), encoding="utf-8")
    found = verify(folder / "run")
    assert said(found) == {"inputs": (True, []), "study": (False, ["output.link"]), "figures": (True, [])}
    assert found.study.differences[0].what == "was 'annual-overlap', and is 'fixed'"


def test_a_study_file_that_is_broken_is_the_study_alone(copy_of):
    folder = copy_of("local-services")
    (folder / "relprod.toml").write_text("[study\n", encoding="utf-8")
    assert said(verify(folder / "run")) == {"inputs": (True, []), "study": (False, ["relprod.toml"]), "figures": (True, [])}


@pytest.mark.parametrize(
    ("table", "column"),
    [("productivity", "output"), ("bridge", "factor"), ("links", "matched_share"), ("continuity", "upc"), ("unpaid", "hours")],
)
def test_one_figure_of_the_run_is_the_figures_alone(copy_of, table, column):
    folder = copy_of("council-contacts")
    with_figure_changed(folder / "run" / f"{table}.parquet", column, lambda value: value + 1)
    found = verify(folder / "run")
    assert said(found) == {"inputs": (True, []), "study": (True, []), "figures": (False, [f"{table}.parquet"])}
    assert f"{column} is " in found.figures.differences[-1].what


def test_a_figure_changed_together_with_the_manifest_does_not_come_out_again(copy_of):
    folder = copy_of("local-services")
    file = folder / "run" / "productivity.parquet"
    with_figure_changed(file, "productivity", lambda value: value + 1)
    manifest = load_manifest(folder / "run")
    manifest["outputs"][file.name] = output_entry(file, read_parquet(file))
    (folder / "run" / "manifest.json").write_text(manifest_text(manifest), encoding="utf-8")
    found = verify(folder / "run")
    assert said(found) == {"inputs": (True, []), "study": (True, []), "figures": (False, ["productivity.parquet"])}
    assert "comes out otherwise from the inputs" in found.figures.differences[0].what


def test_a_table_that_is_gone_broken_or_too_many_is_named(copy_of):
    folder = copy_of("local-services")
    run = folder / "run"
    (run / "links.parquet").unlink()
    (run / "bridge.parquet").write_bytes(b"PAR1 nothing")
    shutil.copyfile(run / "productivity.parquet", run / "equity.parquet")
    (run / "findings.csv").write_text("nothing\n", encoding="utf-8")
    found = verify(run)
    assert said(found)["figures"] == (False, ["bridge.parquet", "equity.parquet", "findings.csv", "links.parquet"])


def test_a_manifest_that_was_changed_is_named(copy_of):
    run = copy_of("local-services") / "run"
    manifest = load_manifest(run)
    manifest["findings"]["warning"] = 0
    manifest["assumptions"][0]["source"] = "somebody else"
    (run / "manifest.json").write_text(manifest_text(manifest), encoding="utf-8")
    found = verify(run)
    assert said(found)["figures"] == (False, ["manifest.json"])
    assert {each.what for each in found.figures.differences} == {
        "'assumptions' is not what comes out again",
        "'findings' is not what comes out again",
    }


def test_files_packed_by_another_version_are_compared_by_their_content(copy_of):
    run = copy_of("local-services") / "run"
    manifest = load_manifest(run)
    for name in manifest["outputs"]:
        table = read_parquet(run / name)
        pq.write_table(table, run / name, compression="snappy")
        manifest["outputs"][name]["file_sha256"] = file_sha256(run / name)
    manifest["libraries"]["pyarrow"] = "20.0.0"
    (run / "manifest.json").write_text(manifest_text(manifest), encoding="utf-8")
    found = verify(run)
    assert found.holds
    assert "SHA-256 of their content" in found.figures.says
    assert "Computed then with pyarrow 20.0.0; now with pyarrow " in found.figures.says


def test_tables_given_as_frames_cannot_be_compared(computed, tmp_path):
    study = rp.load_study(computed["local-services"])
    frame = pd.read_csv(computed["local-services"] / "activity.csv", dtype=str)
    rp.compute(study, tmp_path / "run", tables={"activity": frame})
    found = verify(tmp_path / "run", computed["local-services"])
    assert said(found) == {"inputs": (None, []), "study": (True, []), "figures": (True, [])}
    assert "activity" in found.inputs.says


def test_a_sample_finds_what_it_draws(copy_of):
    folder = copy_of("council-contacts")
    found = verify(folder / "run", sample=150, seed=7)
    assert said(found) == ALL_WELL
    assert found.figures.says == verify(folder / "run", sample=150, seed=7).figures.says
    assert "150 figures drawn (seed 7)" in found.figures.says
    file = folder / "run" / "productivity.parquet"
    table = read_parquet(file)
    at = table.column_names.index("output")
    halved = pa.array([value / 2 for value in table["output"].to_pylist()])
    write_parquet(table.set_column(at, table.schema.field(at), halved), file)
    wrong = verify(folder / "run", sample=150, seed=7).figures
    assert not wrong.holds
    assert any("and comes out as" in each.what for each in wrong.differences)


def test_a_sample_adds_up_the_lines(copy_of):
    """Cells that do not add up are found even where the run is changed consistently: figures, cells and manifest."""
    folder = copy_of("local-services")
    text = (folder / "activity.csv").read_text(encoding="utf-8")
    rows = text.splitlines()
    names = rows[0].split(",")
    at = names.index("volume")
    fields = rows[-1].split(",")
    fields[at] = str(int(fields[at]) + 5)
    (folder / "activity.csv").write_text("\n".join([*rows[:-1], ",".join(fields)]) + "\n", encoding="utf-8")
    changed = rp.compute(folder, folder / "other")
    (folder / "activity.csv").write_text(text, encoding="utf-8")
    manifest = {**load_manifest(folder / "other"), "inputs": load_manifest(folder / "run")["inputs"]}
    (folder / "other" / "manifest.json").write_text(manifest_text(manifest), encoding="utf-8")
    found = verify(folder / "other", sample=5_000)
    assert said(found) == {"inputs": (True, []), "study": (True, []), "figures": (False, ["activity"])}
    assert changed.manifest["inputs"] != manifest["inputs"]


def test_the_command_ends_with_5_unless_all_is_well(computed, copy_of, tmp_path):
    well = relprod("verify", computed["local-services"] / "run")
    assert (well.code, well.err) == (0, "")
    assert well.out.splitlines()[-1] == "Verified: same inputs, same study, same figures."
    folder = copy_of("local-services")
    (folder / "inputs.csv").unlink()
    ended = relprod("verify", folder / "run", "--format", "json")
    assert ended.code == 5
    answers = json.loads(ended.out)
    assert answers["verified"] is False
    assert answers["inputs"]["differences"] == [{"where": "inputs.csv", "what": "is not there (table inputs)"}]
    assert answers["study"]["holds"] is answers["figures"]["holds"] is True
    away = shutil.copytree(computed["local-services"] / "run", tmp_path / "elsewhere")
    assert relprod("verify", away).code == 5
    assert relprod("verify", tmp_path / "nothing").code == 4
