"""The same study gives the same bytes, whatever the order of its rows, its files, the machine's settings or the threads."""

from __future__ import annotations

import datetime as dt
import getpass
import gzip
import json
import os
import random
import shutil
import socket
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from cli.driving import EXAMPLES, contents, relprod_process

import relprod as rp

if TYPE_CHECKING:
    from collections.abc import Callable

LOCAL = EXAMPLES / "local-services"
ONS = EXAMPLES / "ons-public-services"
TABLES = ("activity", "inputs", "deflators", "quality", "controls")
FIGURES = {"productivity", "bridge", "contributions", "links", "failure_demand", "published"}


def figures(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every Parquet file of figures: all but the findings, which name lines and files."""
    return {name: content for name, content in contents(folder).items() if Path(name).stem in FIGURES and name.endswith(".parquet")}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    run = tmp_path_factory.mktemp("plain") / "run"
    rp.compute(LOCAL, run)
    found = figures(run)
    assert {Path(name).stem for name in found} == FIGURES - {"published"}
    return found


def split(folder: Path) -> None:
    """Split every table in three files and name them by a pattern or a list."""
    for table in TABLES:
        file = folder / f"{table}.csv"
        head, *rows = file.read_bytes().splitlines(keepends=True)
        file.unlink()
        for part in range(3):
            (folder / f"{table}_{part}.csv").write_bytes(head + b"".join(rows[part::3]))
    study = folder / "relprod.toml"
    text = study.read_text(encoding="utf-8")
    for table in TABLES[1:]:
        text = text.replace(f'{table} = "{table}.csv"', f'{table} = "{table}_*.csv"')
    listed = 'activity = ["activity_2.csv", "activity_0.csv", "activity_1.csv"]'
    study.write_text(text.replace('activity = "activity.csv"', listed), encoding="utf-8")


def shuffle(folder: Path) -> None:
    for table in TABLES:
        file = folder / f"{table}.csv"
        head, *rows = file.read_bytes().splitlines(keepends=True)
        random.Random(table).shuffle(rows)  # noqa: S311 - any order will do
        file.write_bytes(head + b"".join(rows))


def compress(folder: Path) -> None:
    for table in TABLES:
        file = folder / f"{table}.csv"
        (folder / f"{table}.csv.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    study = folder / "relprod.toml"
    study.write_text(study.read_text(encoding="utf-8").replace('.csv"', '.csv.gz"'), encoding="utf-8")


def parquet(folder: Path) -> None:
    for table in TABLES:
        file = folder / f"{table}.csv"
        columns = file.read_text(encoding="utf-8").splitlines()[0].split(",")
        options = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(columns, pyarrow.string()))
        pq.write_table(pyarrow.csv.read_csv(file, convert_options=options), folder / f"{table}.parquet")
        file.unlink()
    study = folder / "relprod.toml"
    study.write_text(study.read_text(encoding="utf-8").replace('.csv"', '.parquet"'), encoding="utf-8")


def line_ends(folder: Path) -> None:
    for table in TABLES:
        file = folder / f"{table}.csv"
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))


def byte_order_mark(folder: Path) -> None:
    for name in (*(f"{table}.csv" for table in TABLES), "relprod.toml"):
        file = folder / name
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())


def columns_in_another_order(folder: Path) -> None:
    for table in TABLES:
        file = folder / f"{table}.csv"
        lines = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()]
        assert len({len(line) for line in lines}) == 1
        file.write_text("".join(",".join(reversed(line)) + "\n" for line in lines), encoding="utf-8")


def another_encoding(folder: Path) -> None:
    for table in TABLES:
        file = folder / f"{table}.csv"
        file.write_bytes(file.read_text(encoding="utf-8").encode("utf-16"))
    study = folder / "relprod.toml"
    text = study.read_text(encoding="utf-8")
    for table in TABLES:
        text = text.replace(f'{table} = "{table}.csv"', f'{table} = {{ path = "{table}.csv", encoding = "utf-16" }}')
    study.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "change", [shuffle, split, compress, parquet, line_ends, byte_order_mark, columns_in_another_order, another_encoding]
)
def test_the_shape_of_the_files_moves_no_byte(tmp_path: Path, expected: dict[str, bytes], change: Callable[[Path], None]):
    folder = shutil.copytree(LOCAL, tmp_path / "study")
    before = contents(folder)
    change(folder)
    assert contents(folder) != before
    rp.compute(folder, tmp_path / "run")
    assert figures(tmp_path / "run") == expected


@pytest.mark.parametrize(
    "env",
    [
        {"TZ": "Pacific/Auckland", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0"},
        {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "4711", "PYTHONOPTIMIZE": "2"},
    ],
)
def test_settings_of_the_machine_move_no_byte(tmp_path: Path, expected: dict[str, bytes], env: dict[str, str]):
    (tmp_path / "elsewhere").mkdir()
    ended = relprod_process("compute", LOCAL, "--out", tmp_path / "run", "--quiet", cwd=tmp_path / "elsewhere", env=env)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert figures(tmp_path / "run") == expected


@pytest.mark.parametrize(("threads", "memory_limit"), [(1, None), (2, "256MB")])
def test_threads_and_memory_move_no_byte(tmp_path: Path, expected: dict[str, bytes], threads: int, memory_limit: str | None):
    rp.compute(LOCAL, tmp_path / "run", threads=threads, memory_limit=memory_limit)
    assert figures(tmp_path / "run") == expected


def test_the_working_folder_and_the_umask_move_no_byte(tmp_path: Path, expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(LOCAL, tmp_path / "study")
    monkeypatch.chdir(tmp_path / "study")
    mask = os.umask(0o077)
    try:
        rp.compute(".", "run")
    finally:
        os.umask(mask)
    assert figures(tmp_path / "study/run") == expected
    assert (tmp_path / "study/run").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "study/run/manifest.json").stat().st_mode & 0o777 == 0o600


def test_a_run_has_the_rights_that_the_umask_leaves(tmp_path: Path):
    mask = os.umask(0o027)
    try:
        rp.compute(LOCAL, tmp_path / "run")
    finally:
        os.umask(mask)
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o750
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "run").iterdir()} == {0o640}


@pytest.mark.parametrize("example", [LOCAL, ONS])
def test_two_runs_are_the_same_in_every_file_but_the_log(tmp_path: Path, example: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        rp.compute(example, tmp_path / name / "run")
    one, two = (contents(tmp_path / name / "run") for name in ("one", "two"))
    assert one.pop("run.log") != b""
    assert two.pop("run.log") != b""
    assert {"manifest.json", "findings.csv", "findings.parquet", "productivity.parquet"} <= one.keys()
    assert ("published.parquet" in one) is (example is ONS)
    assert one == two


def test_the_manifest_names_no_place_person_or_day(tmp_path: Path):
    folder = shutil.copytree(LOCAL, tmp_path / "study-of-someone")
    rp.compute(folder, tmp_path / "run-of-today")
    text = (tmp_path / "run-of-today/manifest.json").read_text(encoding="utf-8")
    today = dt.datetime.now(tz=dt.UTC).date()
    for forbidden in (str(tmp_path), "study-of-someone", "run-of-today", str(Path.home()) + "/", socket.gethostname(), today.isoformat()):
        assert forbidden not in text
    if getpass.getuser() != "root":  # a word of its own
        assert getpass.getuser() not in text
    for file in json.loads(text)["inputs"]:
        assert not Path(file["path"]).is_absolute()


def test_the_manifest_holds_no_absolute_path_even_where_the_study_does(tmp_path: Path):
    folder = shutil.copytree(LOCAL, tmp_path / "study")
    study = folder / "relprod.toml"
    text = study.read_text(encoding="utf-8").replace('"quality.csv"', f'"{(folder / "quality.csv").as_posix()}"')
    study.write_text(text, encoding="utf-8")
    run = rp.compute(folder)
    assert [file["path"] for file in run.manifest["inputs"]] == [f"{table}.csv" for table in TABLES]
    assert str(tmp_path) not in json.dumps(run.manifest)


def test_the_manifest_says_what_went_in_and_what_came_out(tmp_path: Path):
    run = rp.compute(LOCAL, tmp_path / "run")
    files = contents(tmp_path / "run")
    manifest = json.loads(files["manifest.json"])
    assert manifest == run.manifest
    for entry in manifest["inputs"]:
        content = (LOCAL / entry["path"]).read_bytes()
        assert (entry["bytes"], entry["sha256"]) == (len(content), sha256(content).hexdigest())
        assert entry["rows"] == len(content.splitlines()) - 1
    assert set(manifest["outputs"]) == {name for name in files if name.endswith(".parquet")}
    for name, entry in manifest["outputs"].items():
        assert entry["file_sha256"] == sha256(files[name]).hexdigest()
        assert entry["rows"] == run.tables[Path(name).stem].num_rows
    assert manifest["findings"] == {"error": 0, "warning": 1, "info": 1}


def test_parquet_is_tidy_sorted_and_described(tmp_path: Path):
    rp.compute(ONS, tmp_path / "run")
    for name, keys in {
        "productivity": ["service", "period", "account"],
        "bridge": ["service", "period", "since", "component"],
        "contributions": ["parent", "item", "period", "quantity", "account"],
        "links": ["parent", "period", "quantity", "account"],
        "published": ["service", "period", "account", "measure"],
    }.items():
        table = pq.read_table(tmp_path / "run" / f"{name}.parquet")
        rows = list(zip(*(table[key].to_pylist() for key in keys), strict=True))
        assert rows == sorted(rows)
        assert len(set(rows)) == len(rows) > 0
        assert b"pandas" not in (table.schema.metadata or {})
        assert all(field.metadata[b"description"] for field in table.schema)
