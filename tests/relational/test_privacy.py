"""Nothing that a row of contacts says about a person leaves relprod: not in a run, not in a message, not in the trace of a bug.

No value of `contact_id`, `person_id`, `worker_id` or `area`, no value of a column that is not read, and no malformed value of any
column of contacts is in a file of a run, on a screen, in an exception or in the trace of a bug. What may be there are the names of
services, activities and groups, because figures are about these; names of columns; counts; and the numbers of lines.
"""

from __future__ import annotations

import sys
import tempfile
import traceback

import pandas as pd
import pyarrow.parquet as pq
import pytest

import relprod
from relprod.cli.main import main
from relprod.errors import FindingsError

from .making import contacts, contacts_frame, frames, text_of

CANARY = "Xanthippe"
PERSONAL = ("contact_id", "person_id", "worker_id", "area")
TYPED = ("opened", "closed", "demand", "resolved", "minutes", "outcome_before", "outcome_after")
SECTIONS = {
    "failure_demand": {"method": "repeat", "removal": 0.5, "match_on": ["area"], "placeholder_ids": ["UNKNOWN"]},
    "contact_quality": {"attribution": 0.5},
    "equity": {"aversion": 1.0},
}


def singing():
    """Return contacts in whose every text about a person there is a canary."""
    rows = contacts(31, 60, ("Housing",))
    frame = contacts_frame(rows)
    for column in PERSONAL:
        frame[column] = [f"{CANARY} {column} {number % 9}" for number in range(len(frame))]
    frame["contact_id"] = [f"{CANARY}{number}" for number in range(len(frame))]
    frame["case_notes"] = [f"{CANARY} notes {number}" for number in range(len(frame))]
    frame.loc[frame.index[:3], "person_id"] = [None, CANARY.upper(), f"{CANARY.lower()}"]
    return frame


@pytest.fixture
def folder(tmp_path):
    """A study on disk with such contacts; `area` is in no table of areas, so that there is something to find."""
    made = tmp_path / "study"
    made.mkdir()
    for name, table in frames(contacts(31, 60, ("Housing",)), services=("Housing",)).items():
        table.to_csv(made / f"{name}.csv", index=False)
    singing().to_csv(made / "contacts.csv", index=False)
    pd.DataFrame({"area": ["A1"], "group": ["1"]}).to_csv(made / "areas.csv", index=False)
    head = {"title": "T", "frequency": "quarter", "calendar": "financial-uk", "reference": "2023-24"}
    names = ("contacts", "unit_costs", "inputs", "areas")
    text = text_of({"study": head, "tables": {name: f"{name}.csv" for name in names}, **SECTIONS})
    (made / "relprod.toml").write_text(
        text.replace("[tables]", "extract_start = 2023-01-01\nextract_end = 2024-12-31\n[tables]"), encoding="utf-8"
    )
    return made


def sings(text):
    return CANARY.casefold() in text.casefold()


def test_the_canary_is_in_the_extract(folder):
    assert all(sings(str(value)) for column in PERSONAL for value in singing()[column].dropna())
    assert sings((folder / "contacts.csv").read_text(encoding="utf-8"))


def texts_of(run_folder):
    """Yield name and content of every file of a run; of Parquet, every value, and the bytes as they are."""
    for path in sorted(run_folder.iterdir()):
        yield path.name, path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            yield path.name, str(table.to_pylist()) + str(table.schema.metadata) + str([field.metadata for field in table.schema])


@pytest.mark.parametrize("match_on", [["area"], []])
def test_no_file_of_a_run_holds_a_person(folder, match_on):
    text = (folder / "relprod.toml").read_text(encoding="utf-8")
    assert '["area"]' in text
    (folder / "relprod.toml").write_text(text.replace('["area"]', str(match_on).replace("'", '"')), encoding="utf-8")
    out = folder / "run"
    run = relprod.compute(folder, out)
    assert {"RP012", "RP074", "RP078"} <= set(run.tables["findings"]["code"].to_pylist())
    texts = list(texts_of(out))
    assert len(texts) > 15
    assert [name for name, content in texts if sings(content)] == []
    assert not sings(str({name: table.to_pylist() for name, table in run.tables.items()}))


def ran(monkeypatch, capsys, *arguments):
    """Run the command line in this process; return exit code and all that it printed."""
    monkeypatch.setattr(sys, "argv", ["relprod", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        main()
    printed = capsys.readouterr()
    return caught.value.code, printed.out + printed.err


@pytest.mark.parametrize("command", ["validate", "compute"])
def test_no_output_of_a_good_run_holds_a_person(folder, monkeypatch, capsys, command):
    options = ["--out", folder / "run"] if command == "compute" else []
    code, printed = ran(monkeypatch, capsys, command, folder, *options)
    assert code in {0, None}
    assert "RP074" in printed
    assert not sings(printed)


FORMATS = {"validate": ("text", "json", "jsonl", "github"), "show": ("text", "json", "csv"), "assumptions": ("text", "json", "csv")}


def test_no_format_of_any_output_holds_a_person(folder, monkeypatch, capsys):
    relprod.compute(folder, folder / "run")
    for command, formats in FORMATS.items():
        for name in formats:
            where = folder / "run" if command == "show" else folder
            code, printed = ran(monkeypatch, capsys, command, where, "--format", name)
            assert (command, name, code in {0, None}, len(printed) > 100, sings(printed)) == (command, name, True, True, False)


@pytest.mark.parametrize("format_", FORMATS["validate"])
def test_no_format_of_errors_holds_a_person(folder, monkeypatch, capsys, format_):
    """Every typed column wrong at once, a contact twice, one without a person, and rows cut short or too long."""
    frame = singing()
    for at, column in enumerate(TYPED):
        frame.loc[frame.index[at], column] = f"{CANARY} {at}"
    text = pd.concat([frame, frame.tail(2)]).to_csv(index=False)
    (folder / "contacts.csv").write_text(f"{text}{CANARY},{CANARY}\n{','.join([CANARY] * 40)}\n", encoding="utf-8")
    code, printed = ran(monkeypatch, capsys, "validate", folder, "--format", format_)
    assert code == 1
    assert all(rule in printed for rule in ("RP013", "RP021", "RP026"))
    assert not sings(printed)


AWKWARD = {
    "no column names": lambda text: text.split("\n", 1)[1],
    "a quotation mark left open": lambda text: text.replace(f"{CANARY}5,", f'"{CANARY}5,'),
    "a NUL byte": lambda text: text.replace(f"{CANARY}5,", f"{CANARY}5\0,"),
    "semicolons": lambda text: text.replace(",", ";"),
    "one line": lambda text: text.replace("\n", ","),
    "a control character": lambda text: text.replace("Housing", f"{CANARY[:0]}Housing\x1b", 1),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_no_awkward_file_gives_a_person_away(folder, monkeypatch, capsys, name):
    file = folder / "contacts.csv"
    text = file.read_text(encoding="utf-8")
    assert AWKWARD[name](text) != text
    file.write_text(AWKWARD[name](text), encoding="utf-8")
    for format_ in FORMATS["validate"]:
        code, printed = ran(monkeypatch, capsys, "validate", folder, "--format", format_)
        assert code == 1
        assert not sings(printed)


@pytest.mark.parametrize("column", TYPED)
def test_a_wrong_value_is_named_by_its_line_and_not_by_what_it_is(folder, monkeypatch, capsys, column):
    frame = singing()
    frame.loc[frame.index[4], column] = CANARY
    frame.to_csv(folder / "contacts.csv", index=False)
    code, printed = ran(monkeypatch, capsys, "compute", folder, "--out", folder / "run")
    assert code == 1
    assert f"contacts.csv:6, column {column}" in " ".join(printed.split())
    assert not sings(printed)
    assert not (folder / "run").exists()


def broken_extracts():
    frame = singing()
    yield "a contact twice", pd.concat([frame, frame.head(2)])
    yield "no service", frame.assign(service=[None, *frame["service"][1:]])
    yield "no contact_id", frame.assign(contact_id=[None, *frame["contact_id"][1:]])
    yield "closed before opened", frame.assign(closed=["2001-01-01", *frame["closed"][1:]])
    yield "a column missing", frame.drop(columns="opened")


@pytest.mark.parametrize(("name", "frame"), list(broken_extracts()), ids=lambda value: value if isinstance(value, str) else "")
def test_no_refusal_holds_a_person(folder, monkeypatch, capsys, name, frame):
    frame.to_csv(folder / "contacts.csv", index=False)
    code, printed = ran(monkeypatch, capsys, "compute", folder, "--out", folder / "run")
    assert (name, code) in {(name, 1), (name, 4)}
    assert not sings(printed)
    with pytest.raises(FindingsError) as caught:
        relprod.compute(folder)
    assert not sings("".join(traceback.format_exception(caught.value)) + repr(caught.value.findings))


BUGS = (
    "relprod.run.measure.load_tables",
    "relprod.run.measure.contact_measures",
    "relprod.run.compute.figures_of",
    "relprod.run.compute.write_run",
)


@pytest.mark.parametrize("where", BUGS)
def test_no_trace_of_a_bug_of_ours_holds_a_person(folder, monkeypatch, capsys, where):
    def fails(*_arguments, **_settings):
        row = f"{CANARY} was here"
        raise ValueError(row)

    scratch = folder.parent / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    before = sorted(folder.iterdir())
    monkeypatch.setattr(where, fails)
    code, printed = ran(monkeypatch, capsys, "compute", folder, "--out", folder / "run")
    assert code == 70
    assert "ValueError" in printed
    assert not sings(printed)
    assert sorted(folder.iterdir()) == before
    assert list(scratch.iterdir()) == []


def test_no_chain_of_errors_of_a_bug_holds_a_person(folder, monkeypatch, capsys):
    """Neither of the error that it came from, nor of notes added to it, nor of what was at hand."""

    def fails(*_arguments, **_settings):
        person = f"{CANARY} in a variable"
        try:
            raise KeyError(person)  # noqa: TRY301 - as it might be
        except KeyError as cause:
            error = RuntimeError(person)
            error.add_note(person)
            raise error from cause

    monkeypatch.setattr("relprod.run.compute.figures_of", fails)
    code, printed = ran(monkeypatch, capsys, "compute", folder, "--out", folder / "run")
    assert code == 70
    assert "error of its own (RuntimeError)" in printed
    assert not sings(printed)


def test_nothing_is_left_in_the_folder_for_temporary_files(folder, monkeypatch):
    scratch = folder.parent / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    relprod.compute(folder, folder / "run")
    assert list(scratch.iterdir()) == []


def test_an_error_of_the_engine_names_no_person(folder, monkeypatch, capsys):
    """A conversion that fails in SQL quotes the value it failed on."""
    from relprod.records import relations  # noqa: PLC0415 - replaced below

    monkeypatch.setattr(relations, "sql_text", lambda _name: "SELECT CAST(person_id AS INTEGER) AS person FROM contacts")
    code, printed = ran(monkeypatch, capsys, "compute", folder, "--out", folder / "run")
    assert code == 70
    assert not sings(printed)
    assert "relprod stopped because of an error of its own (ConversionException)" in " ".join(printed.split())
