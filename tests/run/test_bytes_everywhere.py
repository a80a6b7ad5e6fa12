"""Every file of a run but its log is the same, byte for byte, on any machine, for any user, at any time; contacts too."""

from __future__ import annotations

import ast
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from cli.driving import EXAMPLES, contents

import relprod as rp
from relprod.run.starter import start_study

SOURCE = Path(rp.__file__).parent
LOCAL = EXAMPLES / "local-services"
CLOCKS = {"run/progress.py": {"perf_counter"}, "tables/reader.py": {"monotonic"}}
"""Where time is told to people and in run.log, and the only clocks that are read for it."""
SEEDED = ("synthetic/", "audit/sample.py")
"""Where chance comes from a seed that is given."""
OTHER = os.environ.get("RELPROD_OTHER_PYTHON")

PROGRAM = """
import os, sys
os.umask({umask})
if {uid} is not None:
    os.setgid({uid}); os.setuid({uid})
import time
if {later}:
    time.time = lambda: 3_821_000_000.0
import relprod
relprod.compute({study!r}, {out!r}, threads={threads}, memory_limit={memory!r})
"""
PLACES = {
    "one thread, at home": {"threads": 1},
    "two threads, little memory, another time zone and language": {
        "threads": 2,
        "memory": "256MB",
        "env": {"TZ": "Pacific/Auckland", "LC_ALL": "de_DE.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "4711"},
    },
    "another umask, in 2091": {"umask": 0o077, "later": True, "env": {"PYTHONHASHSEED": "1", "TZ": "America/St_Johns"}},
}


def told(folder: Path) -> dict[str, bytes]:
    """Return the files of a run but the log."""
    return {name: content for name, content in contents(folder).items() if name != "run.log"}


def figures(folder: Path) -> dict[str, bytes]:
    """Return the Parquet files but the findings, which hold names of files and lines."""
    return {name: content for name, content in contents(folder).items() if name.endswith(".parquet") and name != "findings.parquet"}


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study with contacts."""
    folder = tmp_path_factory.mktemp("council") / "study"
    start_study(folder, "council-contacts", 3_000)
    return folder


def computed(study: Path, out: Path, python: str = sys.executable, **how: object) -> dict[str, bytes]:
    """Compute a study in a process of its own, in an empty working folder, and return what was written."""
    out.parent.mkdir(exist_ok=True)
    values = {"umask": 0o022, "uid": None, "later": False, "threads": None, "memory": None, **how}
    program = PROGRAM.format(study=str(study), out=str(out), **{name: value for name, value in values.items() if name != "env"})
    env = {**os.environ, "PYTHONPATH": str(SOURCE.parent), **(how.get("env") or {})}
    done = subprocess.run(  # noqa: S603 - our own program
        [python, "-c", program], env=env, cwd=out.parent, capture_output=True, check=False, text=True
    )
    if how.get("uid") is not None and ("ModuleNotFoundError" in done.stderr or "Permission" in done.stderr):
        pytest.skip("another user may not read this installation")
    assert done.returncode == 0, done.stderr
    return told(out)


def test_no_place_or_time_moves_a_byte(council: Path, tmp_path: Path):
    for study in (council, LOCAL):
        rp.compute(study, tmp_path / study.name)
        expected = told(tmp_path / study.name)
        assert {"manifest.json", "findings.csv", "findings.parquet", "productivity.parquet"} <= expected.keys()
        for number, how in enumerate(PLACES.values()):
            if study is LOCAL and number == 0:
                continue
            assert computed(study, tmp_path / f"{study.name} {number}" / "run", **how) == expected


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_no_user_moves_a_byte(council: Path, tmp_path: Path):
    rp.compute(council, tmp_path / "run")
    for folder in (council.parent, tmp_path):
        for each in (folder, *list(folder.parents)[: len(folder.parents) - 2]):
            each.chmod(each.stat().st_mode | 0o055)
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 65534, 65534)
    assert computed(
        council, tmp_path / "theirs" / "run", uid=65534, env={"HOME": "/nonexistent", "TMPDIR": str(tmp_path / "theirs")}
    ) == told(tmp_path / "run")


@pytest.mark.skipif(OTHER is None, reason="RELPROD_OTHER_PYTHON names no other interpreter with relprod's dependencies")
def test_no_version_of_python_moves_a_figure(council: Path, tmp_path: Path):
    """With the same version of pyarrow, which writes the files. The manifest names all versions, and nothing else in it moves."""
    for study in (council, LOCAL):
        rp.compute(study, tmp_path / study.name)
        expected = told(tmp_path / study.name)
        found = computed(study, tmp_path / f"other {study.name}" / "run", python=str(OTHER))
        manifests = [json.loads(files.pop("manifest.json")) for files in (expected, found)]
        assert found == expected
        assert manifests[0].pop("python") != manifests[1].pop("python")
        assert [manifest.pop("libraries")["pyarrow"] for manifest in manifests] == [pa.__version__] * 2
        assert manifests[0] == manifests[1]


def test_neither_order_nor_number_of_files_moves_a_figure_of_contacts(council: Path, tmp_path: Path):
    rp.compute(council, tmp_path / "run")
    expected = figures(tmp_path / "run")
    assert len(expected) > 10
    changed = tmp_path / "changed"
    changed.mkdir()
    for name, content in contents(council).items():
        (changed / name).write_bytes(content)
    files = sorted(changed.glob("contacts_*.csv"))
    head = files[0].read_bytes().splitlines(keepends=True)[0]
    rows = [row for file in files for row in file.read_bytes().splitlines(keepends=True)[1:]]
    random.Random(7).shuffle(rows)  # noqa: S311 - any order will do
    for file in files:
        file.unlink()
    for part in range(5):
        (changed / f"contacts_{part}.csv").write_bytes(head + b"".join(rows[part::5]))
    rp.compute(changed, tmp_path / "other", threads=2)
    assert figures(tmp_path / "other") == expected


def test_no_module_reads_a_clock():
    """Or chance, or the name of the machine or of the user; what is made by chance comes from a seed."""
    clocks = {"time", "perf_counter", "monotonic", "now", "today", "utcnow", "time_ns", "monotonic_ns", "localtime", "gmtime"}
    others = {"gethostname", "getuser", "getlogin", "uuid1", "uuid4", "urandom", "token_hex", "getnode"}
    modules = {"secrets", "uuid", "socket", "getpass", "random"}
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks | others:
                found.setdefault(name, set()).add(node.func.attr)
            if isinstance(node, ast.Import | ast.ImportFrom) and not name.startswith(SEEDED):
                imported = {alias.name for alias in node.names} | {getattr(node, "module", None)}
                found.setdefault(name, set()).update(imported & modules)
    assert {name: calls for name, calls in found.items() if calls} == CLOCKS


def test_no_sql_reads_a_clock_or_chance():
    texts = [path.read_text(encoding="utf-8").casefold() for path in SOURCE.rglob("*.sql")]
    assert len(texts) > 3
    for word in ("current_date", "current_timestamp", "now(", "today(", "random(", "uuid("):
        assert [text for text in texts if word in text] == []
