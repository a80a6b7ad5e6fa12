"""The command line: help, exit codes, what goes to which stream, and how little is imported to answer at once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from cli.driving import EXAMPLES, assert_golden, contents, relprod
from cli.small import ACTIVITY_ALONE, STUDY, small_study

from relprod.resources import schemas_folder
from relprod.run.schemas import run_table_names
from relprod.study.model import TABLE_NAMES
from relprod.tables.rules import RULES

COMMANDS = ("init", "validate", "compute", "show", "verify", "trace", "diff", "assumptions", "explain", "schema")
ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


# Help


@pytest.mark.parametrize("command", [None, *COMMANDS])
@pytest.mark.parametrize("columns", [80, 160])
def test_help(command: str | None, columns: int):
    ended = relprod(*filter(None, [command]), "--help", columns=columns)
    assert (ended.code, ended.err) == (0, "")
    assert max(map(len, ended.out.splitlines())) <= columns
    assert "\x1b" not in ended.out
    assert_golden(f"cli/help-{command or 'relprod'}-{columns}.txt", ended.out)


def test_the_commands_are_those_of_the_design():
    listed = re.findall(r"(?m)^  (\w+)  ", relprod("--help").out.split("Commands:")[1])
    assert tuple(listed) == COMMANDS


def test_every_command_has_help_and_docs():
    docs = "\n".join(path.read_text(encoding="utf-8") for path in [README, *sorted((ROOT / "docs").rglob("*.md"))])
    for command in COMMANDS:
        text = relprod(command, "--help").out
        options = text.split("Options:")[1]
        assert not re.findall(r"(?m)^  (--[\w-]+)(?: <[^>]*>)?\s*$(?!\n {10,})", options), "an option without help"
        if len(docs.splitlines()) > 50:
            assert f"relprod {command}" in docs, f"'relprod {command}' is in neither README.md nor docs"


def test_no_arguments_print_the_help():
    ended = relprod()
    assert "Usage: relprod" in ended.out + ended.err
    assert ended.code == 2


def test_version():
    ended = relprod("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"relprod {version('relprod')}\n", "")


HEAVY = {"pandas", "pyarrow", "duckdb", "pandera", "rich", "numpy", "pydantic"}
HELP_AND_WHAT_IS_IMPORTED = f"""
import sys
sys.argv = ["relprod", "--help"]
from relprod.cli.main import main
try:
    main()
finally:
    print(sorted({HEAVY} & sys.modules.keys()), file=sys.stderr)
"""


def test_help_imports_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", HELP_AND_WHAT_IS_IMPORTED], capture_output=True, check=True, timeout=60)  # noqa: S603 - our own program
    assert done.stdout.startswith(b"Usage: relprod")
    assert done.stderr == b"[]\n"


# init


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("example", ["local-services", "ons-public-services"])
def test_init_makes_a_study_that_runs(example: str):
    ended = relprod("init", "new/folder", "--example", example)
    assert (ended.code, ended.out) == (0, "")
    assert_golden(f"cli/init-{example}.txt", ended.err)
    made = contents(Path("new/folder"))
    assert made == contents(EXAMPLES / example)
    assert {"relprod.toml", "README.md"} <= made.keys()
    assert relprod("validate", "new/folder").code == 0


@pytest.mark.usefixtures("here")
def test_init_is_for_local_services_by_default():
    assert relprod("init", "study").code == 0
    assert contents(Path("study")) == contents(EXAMPLES / "local-services")


@pytest.mark.usefixtures("here")
def test_init_leaves_what_is_there_alone():
    Path("full").mkdir()
    Path("full/mine.txt").write_text("mine", encoding="utf-8")
    Path("file").write_text("mine", encoding="utf-8")
    Path("empty").mkdir()
    for target in ("full", "file"):
        ended = relprod("init", target)
        assert (ended.code, ended.out) == (4, "")
        assert ended.err == f"'{target}' is there already and holds something; it is left alone. Name a new folder.\n"
    assert contents(Path("full")) == {"mine.txt": b"mine"}
    assert relprod("init", "empty").code == 0


@pytest.mark.usefixtures("here")
def test_init_of_an_example_that_there_is_none_of():
    ended = relprod("init", "study", "--example", "local-service")
    assert ended.code == 2
    assert ended.err == "There is no example 'local-service'; did you mean 'local-services'?\n"
    assert not Path("study").exists()


@pytest.mark.parametrize("arguments", [("init", "study", "--example", "nope"), ("compute", "--engine", "spark")])
def test_an_option_that_there_is_none_of_is_wrong_usage(here: Path, arguments: tuple[str, ...]):
    small_study(here)
    assert relprod(*arguments).code == 2


# show


FILTERS = {
    "all": (),
    "service": ("--service", "Care"),
    "total": ("--service", "All services"),
    "period": ("--period", "2021"),
    "account": ("--account", "activity"),
    "every": ("--service", "Care > Home", "--period", "2022", "--account", "quality_adjusted"),
}


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("format_", ["text", "json", "csv"])
def test_show(run: Path, filters: str, format_: str):
    ended = relprod("show", run, *FILTERS[filters], "--format", format_)
    assert (ended.code, ended.err) == (0, "")
    assert_golden(f"cli/show-{filters}.{ {'text': 'txt'}.get(format_, format_) }", ended.out)


def test_show_is_text_unless_told(run: Path):
    assert relprod("show", run) == relprod("show", run, "--format", "text")


def test_a_service_may_be_named_by_its_last_part(run: Path):
    assert relprod("show", run, "--service", "home") == relprod("show", run, "--service", "Care > Home")


def test_filters_leave_the_figures_that_they_name(run: Path):
    figures = json.loads(relprod("show", run, *FILTERS["every"], "--format", "json").out)
    assert [(row["service"], row["period"], row["account"]) for row in figures["productivity"]] == [
        ("Care > Home", "2022", "quality_adjusted")
    ]
    assert {(row["service"], row["period"]) for row in figures["bridge"]} == {("Care > Home", "2022")}
    below = json.loads(relprod("show", run, *FILTERS["service"], "--format", "json").out)
    assert {row["service"] for row in below["productivity"]} == {"Care", "Care > Home"}
    everything = json.loads(relprod("show", run, "--format", "json").out)
    assert {row["service"] for row in everything["productivity"]} == {"All services", "Care", "Care > Home", "Parks"}
    assert len(everything["productivity"]) == 4 * 3 * 3


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--service", "Car", "The run has no service 'Car'; there are: Care, Care > Home, Parks, All services."),
        ("--period", "2023", "The run has no period '2023'; there are: 2020, 2021, 2022."),
        ("--period", "Q1", "The run has no period 'Q1'; there are: 2020, 2021, 2022."),
        ("--account", "extended", "The run has no account 'extended'; there are: activity, quality_adjusted, value_demand."),
    ],
)
@pytest.mark.parametrize("format_", ["text", "json", "csv"])
def test_a_filter_that_names_nothing_is_wrong_usage(run: Path, option: str, value: str, said: str, format_: str):
    ended = relprod("show", run, option, value, "--format", format_)
    assert (ended.code, ended.out, ended.err) == (2, "", f"{said}\n")


# validate


SPOILT = {
    "activity.csv": (
        "service,activity,period,volume,unit_cost,failure_volume,note\n"
        'Care > Home,visits,2020,100,10,20,"a, b"\n'
        "Care > Home,visits,2021,abc,11,25,\n"
        "Care > Home,visits,2022,-5,12,,\n"
        "Parks,cuts,2020,30,20,,\n"
        "Parks,cuts,2021,27,21,,\n"
        "Parks,cuts,2021-22,33,22,,\n"
    )
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("format_", ["text", "json", "jsonl", "github"])
def test_validate(here: Path, format_: str):
    small_study(here, SPOILT, ACTIVITY_ALONE)
    before = contents(here)
    ended = relprod("validate", "--format", format_)
    assert (ended.code, ended.err) == (1, "")
    assert contents(here) == before
    assert_golden(f"cli/validate-{format_}.txt", ended.out)


def test_validate_says_the_same_in_every_format(here: Path):
    small_study(here, SPOILT, ACTIVITY_ALONE)
    as_json = json.loads(relprod("validate", "--format", "json").out)
    as_lines = [json.loads(line) for line in relprod("validate", "--format", "jsonl").out.splitlines()]
    assert as_lines == as_json
    assert {(each["code"], each["line"], each["column"]) for each in as_json if each["severity"] == "error"} == {
        ("RP021", 3, "volume"),
        ("RP033", 4, "volume"),
        ("RP031", 7, "period"),
    }
    text = relprod("validate").out
    assert all(each["code"] in text for each in as_json)
    assert len(relprod("validate", "--format", "github").out.splitlines()) == len(as_json)


def test_validate_in_order(here: Path):
    small_study(here, study=ACTIVITY_ALONE)
    ended = relprod("validate")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.rstrip() == "Nothing found: the tables are in order."
    assert relprod("validate", "--format", "json").out == "[]\n"
    assert relprod("validate", "--format", "jsonl").out == relprod("validate", "--format", "github").out == ""


# assumptions


@pytest.mark.parametrize("format_", ["text", "json", "csv", "markdown"])
def test_assumptions(here: Path, run: Path, format_: str):
    small_study(here, study=STUDY.replace('[assumptions."failure_demand.method"]\nsource = "Call coding"\n', ""))
    ended = relprod("assumptions", "--format", format_)
    assert (ended.code, ended.err) == (0, "")
    suffix = {"text": "txt", "markdown": "md"}.get(format_, format_)
    assert_golden(f"cli/assumptions.{suffix}", ended.out)
    of_run = relprod("assumptions", run, "--format", format_)
    assert of_run.code == 0
    assert_golden(f"cli/assumptions-of-run.{suffix}", of_run.out)


def test_assumptions_of_a_study_and_of_its_run_are_the_same(run: Path):
    study = run.parent / "study"
    assert relprod("assumptions", run) == relprod("assumptions", run, "--sensitivity") == relprod("assumptions", study, "--sensitivity")
    assert relprod("assumptions", run, "--no-sensitivity") == relprod("assumptions", study)


def test_assumptions_need_a_study_to_have_its_inputs_only_for_what_moves(here: Path):
    small_study(here, {"activity.csv": None})
    assert relprod("assumptions").code == 0
    ended = relprod("assumptions", "--sensitivity")
    assert (ended.code, ended.out) == (4, "")
    assert "RP001" in ended.err
    ended = relprod("assumptions", "--inputs", here)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == ("--inputs says where the files of a run are, and '.' is no run. A study says itself where they are.\n")


# explain and schema


def test_explain_every_code():
    texts = [relprod("explain", code) for code in RULES]
    assert all((ended.code, ended.err) == (0, "") for ended in texts)
    for code, ended in zip(RULES, texts, strict=True):
        assert ended.out.startswith(f"{code} {RULES[code].name} ({RULES[code].severity}, {RULES[code].scope})\n\n")
        assert "What to do:" in ended.out
        assert max(map(len, ended.out.splitlines())) <= 140
    assert relprod("explain", "rp021") == relprod("explain", "RP021")
    assert_golden("cli/explain-RP021.txt", relprod("explain", "RP021").out)


def test_explain_lists_every_code():
    lines = relprod("explain").out.splitlines()
    assert [line.split()[:3] for line in lines] == [[rule.code, rule.severity, rule.name] for rule in RULES.values()]


def test_explain_a_code_that_there_is_none_of():
    ended = relprod("explain", "RP999")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "There is no finding 'RP999'. 'relprod explain' lists them all.\n"


@pytest.mark.parametrize("name", sorted({*TABLE_NAMES, *run_table_names()}))
def test_schema_of_a_table(name: str):
    ended = relprod("schema", name)
    assert (ended.code, ended.err) == (0, "")
    folder = schemas_folder() if name in TABLE_NAMES else schemas_folder() / "run"
    assert json.loads(ended.out) == json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def test_schema_of_the_study():
    schema = json.loads(relprod("schema", "study").out)
    assert set(schema["properties"]) == {
        "study",
        "tables",
        "exclusions",
        "output",
        "failure_demand",
        "contact_quality",
        "equity",
        "unpaid",
        "continuity",
        "controls",
        "assumptions",
    }
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["OutputSection"]["properties"]["index"]["enum"] == ["laspeyres", "paasche", "fisher", "tornqvist", "walsh"]


def test_schema_without_a_name_and_with_a_wrong_one():
    assert_golden("cli/schema.txt", relprod("schema").out)
    ended = relprod("schema", "actvity")
    assert (ended.code, ended.out, ended.err) == (2, "", "There is no schema 'actvity'; did you mean 'activity'?\n")


def test_workflow_commands_name_files_from_the_working_folder(here: Path):
    small_study(here / "accounts/2025", SPOILT, ACTIVITY_ALONE)
    assert "::error file=accounts/2025/activity.csv,line=3," in relprod("validate", "accounts/2025", "--format", "github").out
