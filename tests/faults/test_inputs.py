"""What is recorded of a file is what was read of it: files that change, that are cut short, and that lie elsewhere."""

from __future__ import annotations

import gzip
import os
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli.small import ACTIVITY_ALONE, TABLES, small_study

import relprod as rp
from relprod.engine.duck import connection
from relprod.study import load_study
from relprod.tables import ahead, intake, reader
from relprod.tables.load import load_tables

if TYPE_CHECKING:
    from pathlib import Path

ACTIVITY = TABLES["activity"]
OTHER = ACTIVITY.replace("2021,110,", "2021,111,")
CONTACTS = "contact_id,person_id,service,activity,opened,closed\n" + "".join(
    f"c{number},p{number % 7},Parks,calls,2021-02-0{number % 9 + 1},2021-03-01\n" for number in range(50)
)
OTHER_CONTACTS = CONTACTS.replace("c7,p0", "c7,p9")
STUDY_OF_CONTACTS = ACTIVITY_ALONE.replace('"2020"\n', '"2020"\nextract_start = 2020-01-01\nextract_end = 2022-12-31\n').replace(
    'activity = "activity.csv"', 'activity = "activity.csv"\ncontacts = "contacts.csv"'
)


def loaded(folder: Path) -> tuple[list[str], dict[str, tuple[str, int]], dict[str, pa.Table]]:
    """Return the codes of errors, what is recorded of each file, and the tables of a study."""
    with connection() as con:
        found = load_tables(con, load_study(folder))
    codes = [finding.code for finding in found.errors]
    return codes, {file.path: (file.sha256, file.bytes) for file in found.files}, dict(found.tables)


def rewrite(path: Path, text: str) -> None:
    """Put other bytes of the same number in a file, and set the time of its change back to what it was."""
    before = path.stat()
    assert before.st_size == len(text)
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(path: Path, text: str) -> None:
    """Put another file in a file's place, of the same size and time."""
    before = path.stat()
    other = path.with_suffix(".new")
    other.write_text(text, encoding="utf-8")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [rewrite, replace])
@pytest.mark.parametrize("where", ["csv_layout", "csv_structure"])
@pytest.mark.parametrize("small", [True, False])
def test_a_table_that_changes_after_its_bytes_were_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change, where, small):
    path = small_study(tmp_path, study=ACTIVITY_ALONE) / "activity.csv"
    real = getattr(reader, where)

    def meanwhile(*arguments: object) -> object:
        change(path, OTHER)
        return real(*arguments)

    monkeypatch.setattr(reader, where, meanwhile)
    if not small:
        monkeypatch.setattr(intake, "_SMALL", 0)
    assert loaded(tmp_path)[0] == ["RP016"]


def test_a_small_table_is_recorded_as_it_was_read_even_if_nothing_tells_of_its_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = small_study(tmp_path, study=ACTIVITY_ALONE) / "activity.csv"
    real = reader.csv_layout

    def meanwhile(*arguments: object) -> object:
        path.write_text(OTHER, encoding="utf-8")
        return real(*arguments)

    monkeypatch.setattr(reader, "csv_layout", meanwhile)
    monkeypatch.setattr(reader, "_changed", lambda *_: [])
    codes, files, tables = loaded(tmp_path)
    assert codes == []
    assert files == {"activity.csv": (sha256(ACTIVITY.encode()).hexdigest(), len(ACTIVITY))}
    assert [int(volume) for volume in tables["activity"]["volume"].to_pylist()[:3]] == [100, 110, 120]


@pytest.mark.parametrize("change", [rewrite, replace])
@pytest.mark.parametrize("where", ["examined", "csv_layout", "csv_structure"])
def test_contacts_that_change_while_two_threads_read_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change, where):
    """Before the thread that takes the fingerprint begins, before the engine begins, and after both."""
    folder = small_study(tmp_path, {"contacts.csv": CONTACTS}, STUDY_OF_CONTACTS)
    module = ahead if where == "examined" else reader
    real = getattr(module, where)

    def meanwhile(*arguments: object) -> object:
        about = {getattr(each, name, "") for each in arguments for name in ("name", "table", "label")}
        if about & {"contacts", "contacts.csv"} and (folder / "contacts.csv").read_text(encoding="utf-8") == CONTACTS:
            change(folder / "contacts.csv", OTHER_CONTACTS)
        return real(*arguments)

    monkeypatch.setattr(module, where, meanwhile)
    assert loaded(folder)[0] == ["RP016"]


def test_parquet_that_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = [line.split(",") for line in ACTIVITY.splitlines()]
    table = pa.table({name: [row[at] for row in rows[1:]] for at, name in enumerate(rows[0])})
    path = small_study(tmp_path, study=ACTIVITY_ALONE.replace("activity.csv", "activity.parquet")) / "activity.parquet"
    pq.write_table(table, path)
    real = reader.parquet_reader

    def meanwhile(file: Path) -> object:
        content = path.read_bytes()
        path.write_bytes(content)
        return real(file)

    assert loaded(tmp_path)[0] == []
    monkeypatch.setattr(reader, "parquet_reader", meanwhile)
    assert loaded(tmp_path)[0] == ["RP016"]


@pytest.mark.parametrize("kind", ["csv.gz", "parquet"])
def test_a_file_cut_short_anywhere(tmp_path: Path, kind: str):
    folder = small_study(tmp_path, study=ACTIVITY_ALONE.replace("activity.csv", f"activity.{kind}"))
    path = folder / f"activity.{kind}"
    if kind == "parquet":
        rows = [line.split(",") for line in ACTIVITY.splitlines()]
        pq.write_table(pa.table({name: [row[at] for row in rows[1:]] for at, name in enumerate(rows[0])}), path)
    else:
        path.write_bytes(gzip.compress(ACTIVITY.encode()))
    content = path.read_bytes()
    for length in range(0, len(content), len(content) // 12):
        path.write_bytes(content[:length])
        assert loaded(folder)[0][0] in {"RP004", "RP008"}, length


def test_a_link_is_recorded_under_its_own_name_and_with_the_bytes_it_leads_to(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere" / "of-somebody.csv"
    elsewhere.parent.mkdir()
    elsewhere.write_text(ACTIVITY, encoding="utf-8")
    folder = small_study(tmp_path / "study", {"activity.csv": None}, ACTIVITY_ALONE)
    (folder / "activity.csv").symlink_to(elsewhere)
    run = rp.compute(folder)
    assert [(file["path"], file["sha256"]) for file in run.manifest["inputs"]] == [("activity.csv", sha256(ACTIVITY.encode()).hexdigest())]
    assert "elsewhere" not in str(run.manifest)


def test_a_link_to_nothing(tmp_path: Path):
    folder = small_study(tmp_path, {"activity.csv": None}, ACTIVITY_ALONE)
    (folder / "activity.csv").symlink_to("nowhere.csv")
    assert loaded(folder)[0] == ["RP001"]


def test_a_link_that_leads_elsewhere_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = small_study(tmp_path, {"activity.csv": None, "one.csv": ACTIVITY, "two.csv": OTHER}, ACTIVITY_ALONE)
    (folder / "activity.csv").symlink_to("one.csv")
    real = reader.csv_structure

    def meanwhile(*arguments: object) -> object:
        (folder / "activity.csv").unlink()
        (folder / "activity.csv").symlink_to("two.csv")
        return real(*arguments)

    monkeypatch.setattr(reader, "csv_structure", meanwhile)
    assert loaded(folder)[0] == ["RP016"]


def test_tables_above_the_study_are_recorded_relative_to_it(tmp_path: Path):
    folder = small_study(
        tmp_path / "a/b/study", {"activity.csv": None}, ACTIVITY_ALONE.replace('"activity.csv"', '"../../data/activity.csv"')
    )
    (tmp_path / "a/data").mkdir()
    (tmp_path / "a/data/activity.csv").write_text(ACTIVITY, encoding="utf-8")
    run = rp.compute(folder)
    assert [file["path"] for file in run.manifest["inputs"]] == ["../../data/activity.csv"]
    assert run.manifest["study"]["tables"]["activity"]["path"] == ["../../data/activity.csv"]
    assert str(tmp_path) not in str(run.manifest)
