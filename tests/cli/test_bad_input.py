"""Bad input, from the file to the screen: the exit code, the finding with its file, line and column, and nothing written."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli.driving import contents, relprod
from cli.small import ACTIVITY_ALONE, STUDY, TABLES, replaced, small_study

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = TABLES["activity"].splitlines()[0]
ACTIVITY = TABLES["activity"]
LINE_3 = "Care > Home,visits,2021,110,11,25\n"


@dataclass(frozen=True)
class Bad:
    """What is spoilt, and what must be said of it."""

    changed: Mapping[str, str | bytes | None]
    code: str
    says: tuple[str, ...]
    exit: int = 1
    study: str = field(default=STUDY)


def first(old: str, new: str) -> dict[str, str | bytes | None]:
    """Replace the first time that a text is in the activity table."""
    assert old in ACTIVITY
    return {"activity.csv": ACTIVITY.replace(old, new, 1)}


BAD = {
    "missing column": Bad(first("volume", "volumes"), "RP010", ("activity.csv:1", "There is no column 'volume'", "'volumes'")),
    "duplicated column": Bad(first("unit_cost", "volume"), "RP011", ("activity.csv:1", "'volume' is there 2 times")),
    "row too long": Bad(first("110,11,25", "110,11,25,extra"), "RP013", ("activity.csv:3", "more cells")),
    "row too short": Bad(first(LINE_3, "Care > Home,visits,2021\n"), "RP013", ("activity.csv:3", "fewer cells")),
    "words for a number": Bad(first("2021,110,", "2021,abc,"), "RP021", ("activity.csv:3, column volume", "'abc'")),
    "negative volume": Bad(first("2021,110,", "2021,-110,"), "RP033", ("activity.csv:3, column volume",)),
    "blank mandatory cell": Bad(first("visits,2021", ",2021"), "RP020", ("activity.csv:3, column activity",)),
    "number as a spreadsheet shows it": Bad(
        first("Care > Home,visits,2021", "1.23E+09,visits,2021"), "RP028", ("activity.csv:3, column service",)
    ),
    "spreadsheet error": Bad(first("visits,2021", "#REF!,2021"), "RP029", ("activity.csv:3, column activity",)),
    "broken path": Bad(first("Care > Home,visits,2021", "Care > ,visits,2021"), "RP035", ("activity.csv:3, column service",)),
    "failure beyond volume": Bad(first("110,11,25", "110,11,111"), "RP038", ("activity.csv:3, column failure_volume",)),
    "unit_cost and cost": Bad(
        {"activity.csv": HEAD + ",cost\n" + "".join(line + ",7\n" for line in ACTIVITY.splitlines()[1:])},
        "RP036",
        ("activity.csv:2, column unit_cost (also lines 3, 4, 5 and 6, and 4 more)",),
    ),
    "no period": Bad(first("visits,2021", "visits,soon"), "RP030", ("activity.csv:3, column period", "'soon'")),
    "other calendar": Bad(first("visits,2021", "visits,2021-22"), "RP031", ("activity.csv:3, column period", "'2021-22'")),
    "other frequency": Bad(first("visits,2021", "visits,2021 Q1"), "RP032", ("activity.csv:3, column period", "'2021 Q1'")),
    "same key twice": Bad(first(LINE_3, LINE_3 * 2), "RP040", ("activity.csv:4", "Rows that agree in")),
    "unknown service": Bad(replaced("quality", "Care > Home,2021", "Care > Hme,2021"), "RP041", ("quality.csv:3", "Care > Hme")),
    "unknown deflator": Bad(
        replaced("inputs", "620,,prices", "620,,price"), "RP042", ("inputs.csv:6, column deflator", "(did you mean 'prices'?)")
    ),
    "deflator missing": Bad(replaced("deflators", "prices,2021,103\n", ""), "RP042", ("inputs.csv:6, column deflator", "in 2021")),
    "reference not in the data": Bad({}, "RP046", ("relprod.toml", "2019"), study=STUDY.replace('"2020"', '"2019"')),
    "wrong encoding": Bad({"activity.csv": ACTIVITY.replace("Parks", "Pärks").encode("cp1252")}, "RP006", ("activity.csv:8", "0xE4")),
    "NUL": Bad({"activity.csv": ACTIVITY.replace("110", "1\x0010").encode()}, "RP007", ("activity.csv:3",)),
    "quotation mark left open": Bad(first("Care > Home,visits,2021", '"Care > Home,visits,2021'), "RP014", ("activity.csv:3",)),
    "semicolons": Bad({"activity.csv": ACTIVITY.replace(",", ";")}, "RP017", ("activity.csv:1", "semicolon")),
    "empty file": Bad({"activity.csv": b""}, "RP004", ("activity.csv",)),
    "header alone": Bad({"activity.csv": HEAD + "\n"}, "RP015", ("activity.csv",)),
    "the same file twice": Bad(
        {"activity2.csv": ACTIVITY}, "RP019", ("activity2.csv",), study=STUDY.replace('"activity.csv"', '"activity*.csv"')
    ),
    "missing file": Bad({"activity.csv": None, "activty.csv": ACTIVITY}, "RP001", ("'activity.csv'", "'activty.csv'"), 4),
    "pattern without files": Bad({}, "RP001", ("'activity_*.csv'",), 4, STUDY.replace('"activity.csv"', '"activity_*.csv"')),
    "workbook": Bad({"activity.xlsx": b"PK\x03\x04"}, "RP003", ("activity.xlsx",), 4, STUDY.replace("activity.csv", "activity.xlsx")),
    "half a gzip": Bad(
        {"activity.csv.gz": gzip.compress(ACTIVITY.encode())[:-20]},
        "RP008",
        ("activity.csv.gz",),
        4,
        STUDY.replace("activity.csv", "activity.csv.gz"),
    ),
    "no Parquet": Bad({"activity.parquet": b"PAR1"}, "RP008", ("activity.parquet",), 4, STUDY.replace("activity.csv", "activity.parquet")),
    "mapping of no column": Bad(
        {},
        "RP018",
        ("relprod.toml", "'volum'"),
        study=STUDY.replace('"activity.csv"', '{ path = "activity.csv", columns = { volum = "x" } }'),
    ),
    "control total": Bad(
        {"controls.csv": "table,column,service,period,total\ninputs,expenditure,,2021,2000\n"},
        "RP064",
        ("controls.csv:2, column total", "1,770.00", "2,000.00"),
        study=STUDY.replace('inputs = "inputs.csv"', 'inputs = "inputs.csv"\ncontrols = "controls.csv"'),
    ),
    "published figure": Bad(
        {"published.csv": "service,period,account,measure,value,tolerance\nAll services,2021,activity,output,150,0.1\n"},
        "RP063",
        ("150.00", "2021"),
        study=STUDY.replace('inputs = "inputs.csv"', 'inputs = "inputs.csv"\npublished = "published.csv"'),
    ),
    "everything renamed": Bad(
        {"activity.csv": ACTIVITY.replace("visits,2021", "Visits,2021").replace("visits,2022", "Visits,2022")},
        "RP061",
        ("Care > Home", "2021"),
        study=STUDY.replace("[failure_demand]", "[output]\nmin_match = 0.9\nmin_match_error = 0.6\n\n[failure_demand]"),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    bad = BAD[name]
    small_study(tmp_path, bad.changed, ACTIVITY_ALONE if bad.study is STUDY and set(bad.changed) == {"activity.csv"} else bad.study)
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    ended = relprod("compute", "--out", "run", columns=1000)
    assert (ended.code, ended.out) == (bad.exit, "")
    assert f"error {bad.code} " in ended.err
    for text in bad.says:
        assert text in ended.err
    assert "No run was written." in ended.err
    assert str(tmp_path) not in ended.err
    assert "Traceback" not in ended.err
    assert contents(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(before)


def test_a_folder_in_place_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    small_study(tmp_path, {"activity.csv": None})
    (tmp_path / "activity.csv").mkdir()
    monkeypatch.chdir(tmp_path)
    ended = relprod("compute", "--out", "run", columns=1000)
    assert ended.code == 4
    assert "error RP002 " in ended.err
    assert "it is a folder; to read the files in it, add a pattern such as /*.csv" in ended.err
    assert not Path("run").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read(tmp_path: Path):
    small_study(tmp_path)
    (tmp_path / "activity.csv").chmod(0)
    ended = relprod("compute", tmp_path, "--out", tmp_path / "run", columns=1000)
    assert ended.code == 4
    assert "you have no permission to read it" in ended.err


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wrong = {
        **first("2021,110,", "2021,abc,"),
        **replaced("inputs", "1150", "-1150"),
        **replaced("deflators", "103", "0"),
        "quality.csv": None,
    }
    small_study(tmp_path, wrong)
    monkeypatch.chdir(tmp_path)
    ended = relprod("compute", "--out", "run", columns=1000)
    assert ended.code == 4
    for place in ("activity.csv:3, column volume", "inputs.csv:3, column expenditure", "deflators.csv:3, column index", "'quality.csv'"):
        assert place in ended.err
    assert "4 errors." in ended.err


ACCEPTED = {
    "pounds and commas": (first("2022,120,12,", '2022,120,"£1,234.50",'), "RP022"),
    "commas in thousands": (first("2022,120,", '2022,"1,120",'), "RP022"),
    "zero cost": (first("100,10,20", "100,0,20"), None),
    "further column": (
        {
            "deflators.csv": TABLES["deflators"]
            .replace("index\n", "index,note\n")
            .replace("00\n", "00,x\n")
            .replace("3\n", "3,y\n")
            .replace("7.5\n", "7.5,z\n")
        },
        "RP012",
    ),
    "empty rows at the end": ({"activity.csv": ACTIVITY + ",,,,,\n,,,,,\n"}, "RP009"),
    "quality that stops": (replaced("quality", "Care > Home,2022,content,0.90,higher,1,0.5\n", ""), "RP047"),
    "gap in the periods": (first("Care > Home,reviews,2021,44,5,4\n", ""), "RP044"),
    "a file of one table without rows": ({"activity2.csv": HEAD + "\n"}, "RP005"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_accepted_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    changed, code = ACCEPTED[name]
    text = ACTIVITY_ALONE if set(changed) <= {"activity.csv", "activity2.csv"} else STUDY
    small_study(tmp_path, changed, text.replace('"activity.csv"', '"activity*.csv"'))
    monkeypatch.chdir(tmp_path)
    ended = relprod("compute", "--out", "run")
    assert (ended.code, ended.err) == (0, "Run written to 'run'. 'relprod show run' prints this again.\n")
    lines = Path("run/findings.csv").read_text(encoding="utf-8").splitlines()
    assert ",error," not in "\n".join(lines)
    if code is not None:
        assert [line for line in lines if line.startswith(f"{code},")] != []


WRONG_STUDIES = {
    "unknown key": (
        STUDY.replace("reference =", "refrence ="),
        ("[study] refrence: there is no such key; did you mean 'reference'?", "relprod.toml:5"),
    ),
    "unknown section": (STUDY + "\n[outputs]\nindex = 1\n", ("outputs", "did you mean 'output'?")),
    "unknown table": (
        STUDY.replace("deflators =", "deflater ="),
        ("[tables] deflater: there is no table of this name; did you mean 'deflators'?", "relprod.toml:10"),
    ),
    "misspelt value": (
        STUDY.replace('calendar = "calendar"', 'calendar = "calender"'),
        ("'calender' is not allowed; did you mean 'calendar'?", "relprod.toml:4"),
    ),
    "missing key": (STUDY.replace('title = "Small"\n', ""), ("[study] title: is required and is not there",)),
    "reference of another calendar": (STUDY.replace('"2020"', '"2020-21"'), ("reference: '2020-21' is a period of the financial year",)),
    "not TOML": (STUDY.replace('"Small"', "Small"), ("the study file is not valid TOML", "Text needs quotation marks")),
    "assumption of nothing": (
        STUDY.replace('"study.reference"', '"study.refrence"'),
        ("study.refrence", "did you mean 'study.reference'?"),
    ),
    "a section to come": (
        STUDY + '\n[exclusions]\nactivity = "left-out.csv"\n',
        ("[exclusions]", "should be written [[exclusions]], in two brackets"),
    ),
    "an unknown encoding": (
        STUDY.replace('"activity.csv"', '{ path = "activity.csv", encoding = "utf8000" }'),
        ("'utf8000' is not an encoding",),
    ),
    "a share beyond one": (
        STUDY.replace('method = "given"', 'method = "given"\nremoval = 1.5'),
        ("[failure_demand] removal: should be less than or equal to 1",),
    ),
}


@pytest.mark.parametrize("name", WRONG_STUDIES)
@pytest.mark.parametrize("command", ["compute", "validate"])
def test_a_wrong_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, command: str):
    text, said = WRONG_STUDIES[name]
    small_study(tmp_path, study=text)
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    ended = relprod(command)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("relprod.toml")
    for part in said:
        assert part in ended.err
    assert contents(tmp_path) == before


def with_contacts(dates: str = "") -> str:
    """Return the study with a table of contacts and these lines on the days that it covers."""
    dated = STUDY.replace('reference = "2020"\n', f'reference = "2020"\n{dates}')
    return dated.replace('activity = "activity.csv"', 'activity = "activity.csv"\ncontacts = "contacts.csv"')


@pytest.mark.parametrize(
    ("dates", "missing"),
    [
        ("", "'extract_start' and 'extract_end'"),
        ("extract_start = 2020-01-01\n", "'extract_end'"),
        ("extract_end = 2022-12-31\n", "'extract_start'"),
    ],
)
@pytest.mark.parametrize("command", [("compute", "--out", "run"), ("validate",)])
def test_contacts_without_the_days_they_cover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], dates: str, missing: str
):
    contacts = "contact_id,person_id,service,activity,opened,closed\n1,2,Other,calls,2020-02-01,2020-02-03\n"
    small_study(tmp_path, {"contacts.csv": contacts}, with_contacts(dates))
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    ended = relprod(*command, columns=1000)
    said = ended.err + ended.out
    assert ended.code == 1
    assert "error RP071 " in said
    assert "relprod.toml" in said.split("RP071")[1]
    assert missing in said.split("RP071")[1]
    assert contents(tmp_path) == before
    assert not Path("run").exists()


def test_a_study_that_is_not_text(tmp_path: Path):
    (tmp_path / "relprod.toml").write_bytes('[study]\ntitle = "Förderung"\n'.encode("latin-1"))
    ended = relprod("compute", tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == "relprod.toml:2: the study file is not UTF-8 text. Save it again with the encoding UTF-8.\n"
