"""The study file: what is filled in, what is refused, and in which words."""

from __future__ import annotations

import json
import os
import re
from datetime import date
from pathlib import Path

import pytest
from study.small import CONDITIONS, EXAMPLES, EXCLUSION, HEAD, study

from relprod.errors import StudyError
from relprod.study import load_study, parse_study
from relprod.study.exclusions import Condition
from relprod.study.parameters import parameters
from relprod.study.recorded import recorded_study

GOLDEN = Path(__file__).parents[1] / "golden" / "study"


def test_every_default_is_written_out():
    assert study().resolved() == {
        "study": {
            "title": "A study",
            "frequency": "quarter",
            "calendar": "financial-uk",
            "reference": "2023-24",
            "currency": "GBP",
            "extract_start": None,
            "extract_end": None,
        },
        "tables": {"activity": {"path": ["activity.csv"], "columns": {}, "date_format": None, "encoding": "utf-8"}},
        "exclusions": [],
        "output": {"index": "laspeyres", "link": "annual-overlap", "min_match": 0.9, "min_match_error": 0.5, "disclosure": "none"},
        "failure_demand": None,
        "contact_quality": None,
        "equity": None,
        "unpaid": None,
        "continuity": {"paid_minutes_input": None},
        "controls": {"tolerance": 0.01},
        "assumptions": {},
    }


def test_failure_demand_is_removed_whole_unless_it_says_otherwise():
    of_repeats = {
        "window_days": 28,
        "inclusive_end": True,
        "kinds": ["return", "chase"],
        "match_on": ["service"],
        "planned_activities": [],
        "placeholder_ids": [],
        "max_person_share": 0.01,
        "risk_days": [7, 14, 28, 91, 365],
    }
    for method, more in {"given": {}, "coded": {"audit": None}, "repeat": of_repeats}.items():
        resolved = study(f'[failure_demand]\nmethod = "{method}"\n').resolved()["failure_demand"]
        assert resolved == {"method": method, "removal": 1.0, **more}


def test_a_table_may_be_a_path_a_list_or_a_section():
    given = study('inputs = ["a.csv", "b_*.csv"]\n[tables.quality]\npath = "q.csv"\nencoding = "cp1252"\ncolumns = { value = "Score" }\n')
    assert given.tables["inputs"].path == ("a.csv", "b_*.csv")
    assert (given.tables["quality"].path, given.tables["quality"].encoding) == (("q.csv",), "cp1252")
    assert given.tables["quality"].columns == {"value": "Score"}


def test_a_study_lies_in_its_folder(tmp_path):
    (tmp_path / "relprod.toml").write_text(HEAD, encoding="utf-8")
    assert load_study(tmp_path).folder == load_study(tmp_path / "relprod.toml").folder == tmp_path
    assert load_study(tmp_path).file == "relprod.toml"


def test_a_byte_order_mark_is_tolerated(tmp_path):
    (tmp_path / "relprod.toml").write_text(HEAD, encoding="utf-8-sig")
    assert load_study(tmp_path).study.title == "A study"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_are_studies(path):
    made = load_study(path)
    assert all(parameter.documented for parameter in parameters(made))


def refused(text: str) -> str:
    with pytest.raises(StudyError) as caught:
        parse_study(text, folder=Path())
    return str(caught.value)


WRONG = {
    "not-toml": "[study\ntitle = 1\n",
    "text-without-quotes": HEAD.replace('"A study"', "A study"),
    "a-key-twice": HEAD + 'activity = "again.csv"\n',
    "nothing-at-all": "",
    "no-tables": HEAD.split("[tables]", maxsplit=1)[0],
    "no-reference": HEAD.replace('reference = "2023-24"\n', ""),
    "empty-title": HEAD.replace('"A study"', '""'),
    "title-a-number": HEAD.replace('"A study"', "7"),
    "unknown-section": HEAD + "[outputs]\nindex = 1\n",
    "unknown-key": HEAD.replace("calendar =", "calender ="),
    "unknown-key-far-from-any": HEAD + "[output]\nzzz = 1\n",
    "unknown-key-of-a-table": HEAD + '[tables.inputs]\npath = "a.csv"\nencodign = "utf-8"\n',
    "unknown-key-of-an-assumption": HEAD + '[assumptions."output.index"]\nsourc = "x"\n',
    "misspelt-value": HEAD + '[output]\nindex = "laspeyre"\n',
    "value-far-from-any": HEAD + '[output]\nlink = "q"\n',
    "wrong-frequency": HEAD.replace('"quarter"', '"weekly"'),
    "reference-of-another-calendar": HEAD.replace('"2023-24"', '"2023"'),
    "reference-unreadable": HEAD.replace('"2023-24"', '"last year"'),
    "share-above-one": HEAD + "[output]\nmin_match = 90\n",
    "share-below-zero": HEAD + '[failure_demand]\nmethod = "given"\nremoval = -0.1\n',
    "number-as-text": HEAD + '[output]\nmin_match = "0.9"\n',
    "unknown-disclosure-rule": HEAD + '[output]\ndisclosure = "nhs2018"\n',
    "negative-tolerance": HEAD + "[controls]\ntolerance = -1\n",
    "no-method": HEAD + "[failure_demand]\nremoval = 0.5\n",
    "key-of-another-method": HEAD + '[failure_demand]\nmethod = "given"\nwindow_days = 28\n',
    "audit-of-another-method": HEAD
    + '[failure_demand]\nmethod = "repeat"\n[failure_demand.audit]\nsensitivity = 0.9\nspecificity = 0.9\nsample_size = 100\n',
    "audit-no-better-than-chance": HEAD
    + '[failure_demand]\nmethod = "coded"\n[failure_demand.audit]\nsensitivity = 0.3\nspecificity = 0.7\nsample_size = 100\n',
    "kind-unknown": HEAD + '[failure_demand]\nmethod = "repeat"\nkinds = ["retrun"]\n',
    "no-kinds": HEAD + '[failure_demand]\nmethod = "repeat"\nkinds = []\n',
    "window-below-zero": HEAD + '[failure_demand]\nmethod = "repeat"\nwindow_days = -1\n',
    "no-aversion": HEAD + '[equity]\noutcome = "resolved"\n',
    "no-output-side": HEAD + "[unpaid]\n",
    "no-attribution": HEAD + "[contact_quality]\n",
    "families-count-twice": HEAD + '[contact_quality]\nattribution = 1\n[unpaid]\noutput_side = "hours"\n',
    "method-unknown": HEAD + '[failure_demand]\nmethod = "gven"\n',
    "exclusions-in-single-brackets": HEAD + '[exclusions]\nactivity = "exclusions.csv"\n',
    "exclusion-of-no-table": HEAD + EXCLUSION.replace("contacts", "contcats"),
    "exclusion-without-reason-and-owner": HEAD + '[[exclusions]]\ntable = "contacts"\nwhere = { area = "E01" }\nowner = " "\n',
    "exclusion-without-conditions": HEAD + EXCLUSION + "where = {}\n",
    "exclusion-whose-conditions-are-text": HEAD + EXCLUSION + 'where = "area"\n',
    "exclusion-with-an-unknown-key": HEAD + EXCLUSION + 'where = { area = "E01" }\nwhen = 1\n',
    "exclusion-of-people": HEAD + EXCLUSION + 'where = { person_id = ["A1", "A2"], contact_id = { from = "A1" } }\n',
    "exclusion-with-values-of-the-wrong-kind": HEAD
    + EXCLUSION
    + """\
[exclusions.where]
aera = "E01"
opened = "2024-01-01"
closed = 2024-01-01T10:00:00
minutes = "5"
outcome_before = nan
outcome_after = true
resolved = "yes"
area = 1
group = ""
activity = []
demand = ["value", "falure"]
service = "Care > > North"
""",
    "exclusion-with-spans-that-are-wrong": HEAD
    + EXCLUSION.replace("contacts", "unit_costs")
    + """\
[exclusions.where]
unit_cost = { form = 1 }
activity = { from = "A", to = "B" }
service = { missing = true, from = 1 }
""",
    "exclusion-with-spans-of-the-wrong-kind": HEAD
    + EXCLUSION
    + """\
[exclusions.where]
opened = { from = "2024-01-01", to = 2024-01-01 }
minutes = { from = 5, to = 4 }
area = {}
worker_id = { missing = "yes" }
""",
    "exclusion-with-periods-that-are-wrong": HEAD
    + EXCLUSION.replace("contacts", "activity")
    + 'where = { period = ["2024-25 Q1", "2024"] }\n'
    + EXCLUSION.replace("contacts", "unit_costs")
    + 'where = { period = { from = "2024-25", to = "2023-24 Q4" } }\n',
    "the-second-exclusion": HEAD + EXCLUSION + 'where = { area = "E01" }\n' + EXCLUSION + "where = { area = 7 }\n",
    "unknown-table": HEAD + 'actvity = "a.csv"\n',
    "unknown-table-far-from-any": HEAD + 'zzz = "a.csv"\n',
    "path-empty": HEAD.replace('"activity.csv"', '" "'),
    "path-a-number": HEAD.replace('"activity.csv"', "7"),
    "table-without-path": HEAD + '[tables.inputs]\nencoding = "utf-8"\n',
    "unknown-encoding": HEAD + '[tables.inputs]\npath = "a.csv"\nencoding = "utf-9"\n',
    "unknown-assumption": HEAD + '[assumptions."output.indx"]\nsource = "x"\n',
    "assumption-without-quotes": HEAD + '[assumptions.output.index]\nsource = "x"\n',
    "assumption-of-poor-quality": HEAD + '[assumptions."output.index"]\nquality = "yellow"\n',
    "date-as-text": HEAD + '[assumptions."output.index"]\nsigned_off = "2025-01-01"\n',
    "section-is-a-value": HEAD.replace("[study]", "output = 3\n[study]"),
    "several-at-once": HEAD.replace("calendar =", "calender =")
    + '[output]\nindex = "laspeyre"\nmin_match = 7\n[exclusions]\nactivity = "x"\n',
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_these_words(name):
    file = GOLDEN / f"{name}.txt"
    message = refused(WRONG[name]) + "\n"
    if os.environ.get("RELPROD_UPDATE_GOLDEN") == "1":
        file.write_text(message, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == message


def test_every_golden_message_has_a_test():
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(WRONG)


@pytest.mark.parametrize("name", WRONG)
def test_every_line_of_a_message_names_a_line_of_the_file(name):
    for line in refused(WRONG[name]).splitlines():
        found = re.match(r"relprod\.toml:(\d+): ", line) or re.match(r"relprod\.toml: .*\(at line (\d+), column \d+\)", line)
        assert found
        assert int(found[1]) <= max(1, WRONG[name].count("\n"))


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        (HEAD + '\n\n[output]\n# a comment\nmin_match = 0.9\nindex = "laspeyre"\n', 'index = "laspeyre"'),
        (HEAD + '[output]\nlink = "fixed"\n\n[controls]\n\ntolerance = -1\n', "tolerance = -1"),
        (HEAD + '[tables.inputs]\npath = "a.csv"\nencodign = "x"\n', 'encodign = "x"'),
        (HEAD + '[assumptions."output.index"]\nsource = "x"\n[assumptions."output.lnk"]\nsource = "y"\n', '[assumptions."output.lnk"]'),
        (HEAD + "\n\n\n[exclusions]\nactivity = 1\n", "[exclusions]"),
        ("# first\n" + HEAD.replace('reference = "2023-24"\n', ""), "[study]"),
        (HEAD + '[failure_demand]\nmethod = "given"\nwindow_days = 3\n', "window_days = 3"),
        (WRONG["audit-of-another-method"], "[failure_demand.audit]"),
        (WRONG["audit-no-better-than-chance"], "[failure_demand.audit]"),
        (WRONG["no-aversion"], "[equity]"),
        (WRONG["no-output-side"], "[unpaid]"),
        (WRONG["the-second-exclusion"], "where = { area = 7 }"),
        (WRONG["exclusion-of-no-table"].replace("contcats", "contacts"), "[[exclusions]]"),
        (HEAD + EXCLUSION + '[exclusions.where]\narea = "E01"\n# more\ngroup = 7\n', "group = 7"),
    ],
)
def test_the_line_is_the_one_on_which_it_stands(text, needle):
    (message,) = refused(text).splitlines()
    assert message.split(": ")[0] == f"relprod.toml:{text.splitlines().index(needle) + 1}"


def test_all_that_is_wrong_is_said_at_once():
    assert len(refused(WRONG["several-at-once"]).splitlines()) == 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda folder: folder / "none",
            "There is no study file at 'none'. A study is a file named relprod.toml; 'relprod init DIR' makes one that runs.",
        ),
        (
            lambda folder: folder,
            "There is no study file at 'relprod.toml'. A study is a file named relprod.toml; 'relprod init DIR' makes one that runs.",
        ),
    ],
)
def test_no_study_file(tmp_path, monkeypatch, make, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError) as caught:
        load_study(make(Path()))
    assert str(caught.value) == message


def test_a_study_file_that_is_not_utf_8(tmp_path):
    (tmp_path / "relprod.toml").write_bytes(HEAD.replace("A study", "Caf\u00e9").encode("cp1252"))
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path)
    assert str(caught.value) == "relprod.toml:2: the study file is not UTF-8 text. Save it again with the encoding UTF-8."


# Rows that are left out


def test_an_exclusion_says_what_a_row_must_hold():
    (entry,) = study(EXCLUSION + CONDITIONS).exclusions
    assert entry.conditions == (
        Condition("service", ("Care", "Housing > North")),
        Condition("opened", low=date(2024, 1, 1), high=date(2024, 1, 7)),
        Condition("closed", (date(2024, 1, 3),)),
        Condition("minutes", high=0.5),
        Condition("resolved", (False,)),
        Condition("person_id", missing=True),
    )


def test_exclusions_come_out_of_the_manifest_as_they_went_in():
    written = study(EXCLUSION + CONDITIONS + EXCLUSION.replace("contacts", "activity") + 'where = { period = "2023-24" }\n')
    recorded = recorded_study(json.loads(json.dumps(written.resolved())), [])
    assert recorded.resolved() == written.resolved()
    assert [entry.conditions for entry in recorded.exclusions] == [entry.conditions for entry in written.exclusions]


def test_a_recorded_date_that_is_none_is_refused():
    resolved = study(EXCLUSION + "where = { opened = 2024-01-01 }\n").resolved()
    resolved["exclusions"][0]["where"]["opened"] = "yesterday"
    with pytest.raises(StudyError, match=r"exclusions\.0\.where\.opened"):
        recorded_study(resolved, [])
