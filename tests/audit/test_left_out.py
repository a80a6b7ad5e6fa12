"""Rows left out on declared grounds go down to their lines, and a run with such rows verifies."""

from __future__ import annotations

import csv
import json

import pytest
from cli.driving import relprod

import relprod as rp
from relprod.audit.verify import verify

ENTRY = """
[[exclusions]]
table = "{table}"
where = {where}
reason = "Why"
owner = "Who"
"""


@pytest.fixture
def folder(copy_of):
    """The example of contacts, with rows of two tables left out, and its run."""
    place = copy_of("council-contacts")
    study = place / "relprod.toml"
    entries = [
        ("contacts", '{ opened = { from = 2024-05-01, to = 2024-05-03 }, activity = ["Enquiry", "Assessment"] }'),
        ("unpaid", '{ period = "2023-24 Q1", contributor = "volunteer" }'),
    ]
    text = study.read_text(encoding="utf-8") + "".join(ENTRY.format(table=table, where=where) for table, where in entries)
    study.write_text(text, encoding="utf-8")
    rp.compute(place, place / "run", force=True)
    return place


def test_a_run_with_rows_left_out_verifies(folder):
    assert verify(folder / "run").holds
    assert verify(folder / "run", sample=100).holds


def test_the_rows_left_out_are_listed(folder, tmp_path):
    target = tmp_path / "lines.csv"
    ended = relprod("trace", folder / "run", "--exclusion", 1, "--rows", target)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert " ".join(lines[:2]).startswith("Exclusion 1: contacts where activity is 'Enquiry' or 'Assessment' and opened is from 2024-05-01")
    assert lines[-1].endswith("as many as the run recorded.")
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == rp.load_run(folder / "run").manifest["exclusions"][0]["rows"] > 5
    source = (folder / "contacts_2024-25.csv").read_text(encoding="utf-8").splitlines()
    for row in rows:
        cells = next(csv.reader([source[int(row["line"]) - 1]]))
        assert cells[3] in {"Enquiry", "Assessment"}
        assert cells[4][:10] in {"01/05/2024", "02/05/2024", "03/05/2024"}
        assert cells[0] not in ended.out


def test_as_json_and_markdown(folder):
    found = json.loads(relprod("trace", folder / "run", "--exclusion", 2, "--format", "json").out)
    assert (found["table"], found["rows"], found["adds_up"]) == ("unpaid", len(found["lines"]), True)
    assert found["where"] == "period is '2023-24 Q1' and contributor is 'volunteer'"
    page = relprod("trace", folder / "run", "--exclusion", 2, "--format", "markdown").out
    assert page.startswith("# Exclusion 2: unpaid where period is '2023-24 Q1'")
    assert "- unpaid.csv:" in page


def test_without_the_inputs_the_words_are_told(folder, tmp_path):
    (folder / "unpaid.csv").unlink()
    ended = relprod("trace", folder / "run", "--exclusion", 2)
    assert ended.code == 0
    assert "Reason: Why" in ended.out
    assert "the inputs are not those that were used: unpaid.csv" in " ".join(ended.out.split())
    refused = relprod("trace", folder / "run", "--exclusion", 2, "--rows", tmp_path / "lines.csv")
    assert (refused.code, (tmp_path / "lines.csv").exists()) == (2, False)


def test_an_exclusion_that_is_not_there(computed, folder):
    assert relprod("trace", folder / "run", "--exclusion", 3).err == (
        "There is no exclusion 3: the study of this run has 2 sections [[exclusions]].\n"
    )
    none = relprod("trace", computed["local-services"] / "run", "--exclusion", 1)
    assert (none.code, none.err) == (2, "There is no exclusion 1: the study of this run leaves nothing out: it has no [[exclusions]].\n")
