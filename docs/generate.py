"""Write docs/reference from what the program itself is made of: models, table schemas, rules and the command line.

    python docs/generate.py

A page that differs from what this gives fails a test. Sentences that have no other home are here. It is long because pages share how they
write types, keys and cells in words, and each page is one function.
"""

from __future__ import annotations

import inspect
import json
import re
import types
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic_core import PydanticUndefined
from typer.testing import CliRunner

from relprod.cli.commands import NOT_VERIFIED, USAGE, app
from relprod.cli.main import BUG
from relprod.errors import FindingsError, InputUnreadable, StudyError
from relprod.run.folder import FINDINGS_CSV, LOG, MANIFEST
from relprod.run.schemas import run_table_json, run_table_names
from relprod.study.exclusions import Exclusion
from relprod.study.model import TABLE_NAMES, Assumption, Study, TableSource, models_in
from relprod.study.parameters import parameter_names
from relprod.tables.rules import RULES
from relprod.tables.schema import table_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from relprod.tables.schema import Column, TableSchema

REFERENCE = Path(__file__).resolve().parent / "reference"
WIDTH = 80
MADE = "<!-- Made by docs/generate.py: change the program or that script, not this page. -->"
MANIFEST_KEYS: Mapping[str, str] = {
    "relprod": "Version of relprod.",
    "method": "Version of the method. It moves only when the same study and the same data would give other figures.",
    "engine": "Where the SQL ran.",
    "python": "Version of Python.",
    "libraries": "Versions of the libraries that read, compute and write.",
    "study": "The study file with every default written out.",
    "tables": "Version of the schema of each table that was read.",
    "inputs": "Every file that was read: table, path relative to the study, bytes, SHA-256, and rows. A table given as a frame, from "
    "Python, is not listed.",
    "frames": "Tables that were given as frames, from Python, and are in no file.",
    "assumptions": "Every parameter in force: name, term (its name in the field), value, origin (`study`, `default` or `data`: a "
    "column of a table), meaning, source, reason, owner, signed_off, quality, and where in the account it enters.",
    "findings": "How many errors, warnings and notes there were. There are no errors in a run that was written.",
    "outputs": "Every Parquet file: `file_sha256` of its bytes, `content_sha256` of its content, and rows.",
}
MANIFEST_KEYS_AT_TIMES: Mapping[str, str] = {
    "disclosure": "Only where small counts are not shown. `rule`, how many cells are `suppressed`, and which tables are `left_out`.",
    "exclusions": "Only where the study leaves rows out. Every entry: table, conditions in words (`where`), reason, owner, and rows.",
}

_COLUMN_KINDS = {
    "service": "service or path",
    "period": "period",
    "period-or-year": "period or year",
    "text": "text",
    "identifier": "text",
    "exact": "number",
    "float": "number",
    "boolean": "yes or no",
    "datetime": "date, or date and time",
}
_WORDS = {str: "text", float: "number", int: "whole number", bool: "true or false", date: "date"}
_TUPLES = {str: "text, or a list of texts"}
_LIMITS = {"ge": "at least {}", "le": "at most {}", "gt": "more than {}", "lt": "less than {}"}
_CONDITIONS = """\
`where` names columns of the table, by relprod's names, and what each must hold:

| written | holds for |
| --- | --- |
| `area = "E01"`, `minutes = 0`, `resolved = false`, `opened = 2024-01-01` | that value; of a date with a time, any time of that day |
| `area = ["E01", "E02"]` | any of these values |
| `opened = { from = 2024-01-01, to = 2024-01-07 }` | all between, both ends included, one of which may be absent |
| `closed = { missing = true }`, `closed = { missing = false }` | empty cells; filled cells |

Values are read as those of the table are: a period in any of its spellings, a choice in any capitals, text without blanks at its ends. \
From and to are for numbers, dates and periods. A service means that service and all below it, as in control totals. \
A year means every period in it. `group` of a contact is the one looked up by its area, where it has none of its own. \
The columns `contact_id`, `person_id` and `worker_id` take only `{ missing = … }`, because the manifest of every run would \
hold the identifiers that are written here.

Rows that are left out take no part in figures, in checks across rows, or in control totals. Each entry is told as a finding \
(RP080) with the number of rows and the first lines, and again in the summary, the manifest and the table \
[`exclusions`](run-folder.md#exclusions). A row that fits several entries is counted with the first. An entry that fits no row is a \
warning (RP081)."""
_SEVERITY = {"error": "error: no figures are written", "warning": "warning", "info": "note"}
_SCOPES = {
    "file": "Files: can each be found, opened and taken apart",
    "record": "Records: is each cell what its column holds",
    "integrity": "Rows and tables together",
    "figures": "Figures: what to know before relying on one",
}


def pages() -> dict[str, str]:
    """Return the text of every generated page, by its file name in docs/reference."""
    makers = {
        "commands.md": commands_page,
        "findings.md": findings_page,
        "run-folder.md": run_folder_page,
        "study-file.md": study_file_page,
        "tables.md": tables_page,
    }
    return {name: "\n\n".join((MADE, *make())) + "\n" for name, make in makers.items()}


def commands_page() -> Iterator[str]:
    """Yield the page of the commands: the help of each, and what the exit codes mean."""
    yield "# Commands"
    yield (
        "Each command says this itself when it is given `--help`. STUDY is a `relprod.toml` or the folder that holds one; RUN is a "
        "folder that `relprod compute` has written."
    )
    yield "## Exit codes"
    yield _markdown_table(
        ("code", "means"),
        (
            ("0", "Done. There may be warnings and notes."),
            (str(FindingsError.exit_code), "The data hold errors, or a published figure is not reproduced. No run was written."),
            (str(USAGE), "Wrong use: a command, option, service or period that there is none of."),
            (str(StudyError.exit_code), "The study file is not there, or something in it is wrong."),
            (str(InputUnreadable.exit_code), "A file cannot be read, or the run cannot be written, or a folder holds no run."),
            (str(NOT_VERIFIED), "`verify`: not every question about a run was answered with yes."),
            (str(BUG), "A bug of ours. What is printed holds none of your data."),
        ),
    )
    yield (
        "Results go to standard output; messages, progress, and the findings that stop `compute` go to standard error. Nothing is ever "
        "asked. Colour is used only in a terminal, and not where `NO_COLOR` is set. Tables fill the terminal; elsewhere they are 80 "
        "columns wide, or as wide as `COLUMNS` says."
    )
    yield "## relprod"
    yield _fenced(help_text())
    for name in command_names():
        yield f"## relprod {name}"
        yield _fenced(help_text(name))


def command_names() -> tuple[str, ...]:
    """Return the names of the commands in the order in which the help lists them."""
    group: Any = typer.main.get_command(app)
    return tuple(group.commands)


def help_text(*command: str) -> str:
    """Return what `relprod COMMAND --help` prints at a fixed width."""
    result = CliRunner().invoke(app, [*command, "--help"], prog_name="relprod", terminal_width=WIDTH, catch_exceptions=False)
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines())


def findings_page() -> Iterator[str]:
    """Yield the page of the findings: every rule with its explanation."""
    yield "# Findings"
    yield (
        "What `relprod validate` and `relprod compute` say of the data and the figures. With an **error** nothing is written. A "
        "**warning** should be looked at before a figure is used. A **note** (`info` in files) says what was done. "
        "`relprod explain RP021` prints the same as this page. `validate` looks at files, records, tables and control totals; the other "
        "findings about figures come from `compute`."
    )
    for scope, heading in _SCOPES.items():
        yield f"## {heading}"
        rules = [rule for rule in RULES.values() if rule.scope == scope]
        yield _markdown_table(
            ("code", "name", "kind"),
            (
                (f"[{rule.code}](#{anchor(f'{rule.code} {rule.name}')})", rule.name, _SEVERITY[rule.severity].split(":")[0])
                for rule in rules
            ),
        )
        for rule in rules:
            yield f"### {rule.code} {rule.name}"
            yield f"*{_SEVERITY[rule.severity].capitalize()}.*"
            yield rule.explain().replace("What to do:", "**What to do:**")


def run_folder_page() -> Iterator[str]:
    """Yield the page of the run folder: its files, the manifest's keys, and the columns of each table."""
    yield "# Run folder"
    yield (
        "`relprod compute STUDY --out DIR` writes the folder `DIR`. It appears whole or not at all, and a run that is there already is "
        "replaced only with `--force`. The same study and the same data give the same bytes in every file but `run.log`, with the same "
        "versions of relprod, Python and the libraries that the manifest names."
    )
    tables = [(name, run_table_json(name)) for name in run_table_names()]
    yield _markdown_table(
        ("file", "holds"),
        (
            *((f"[`{name}.parquet`](#{anchor(name)})", data["description"]) for name, data in tables),
            (f"`{FINDINGS_CSV}`", "The table `findings` again, to open in a spreadsheet."),
            (f"[`{MANIFEST}`](#{anchor('manifest.json')})", "What was asked, of which files, with which versions, and what came out."),
            (f"`{LOG}`", "How many seconds each stage took. It is different every time."),
        ),
    )
    yield (
        "`productivity`, `bridge`, `contributions`, `links` and `findings` are always there. `failure_demand`, `unpaid`, and `equity` "
        "with `equity_groups`, are there where the study has the section of that name; `published` where it has that table; `continuity` "
        "where it has the table `contacts`; `exclusions` where it leaves rows out, `suppressed` where small counts are not "
        "shown. With contacts, `repeat_risk` is there with "
        '`method = "repeat"`, and `repeat_origins` where besides `match_on` does not hold `service`.'
    )
    yield (
        "`activity_cells` and `input_cells`, with contacts `contact_cells` and `contact_outcomes`, and `quality_readings`, "
        "`group_outcomes` and `unpaid_cells` for the tables of the study, are what the account was computed from: all of it but "
        "`continuity`, `repeat_risk` and `repeat_origins` can be computed again from these, by someone who may not see a row "
        "about a person."
    )
    yield (
        "Parquet keeps the type of every column and its description. pandas reads it with `pandas.read_parquet`; R, Power BI "
        "and DuckDB read it too. `relprod show RUN --format csv` gives the table `productivity` as CSV. Rows are sorted by the key."
    )
    yield "## manifest.json"
    yield (
        "JSON, with keys in alphabetical order. It holds no time, and no name of a machine or of whoever ran it. Paths of inputs are "
        "relative to the study."
    )
    yield _markdown_table(("key", "holds"), ((f"`{key}`", text) for key, text in {**MANIFEST_KEYS, **MANIFEST_KEYS_AT_TIMES}.items()))
    yield (
        "`content_sha256` is a digest of names, types, order and values, so that it stays the same where another version of a Parquet "
        "writer packs the same figures into other bytes."
    )
    for name, data in tables:
        yield f"## {name}"
        yield f"{data['description']} Key: {_names(data['primaryKey'])}."
        yield _markdown_table(
            ("column", "type", "meaning"), ((f"`{field['name']}`", _parquet_type(field), field["description"]) for field in data["fields"])
        )


def study_file_page() -> Iterator[str]:
    """Yield the page of the study file: every section and every key."""
    yield "# Study file"
    yield (
        "A study is a text file named `relprod.toml`. It says what is asked for, where the tables are, and why each parameter has its "
        "value. It is written in [TOML](https://toml.io): `[section]`, then one `key = value` a line, text in quotation marks, and "
        "anything after `#` is a comment. A key or a section that is misspelt is refused, and the "
        "message says on which line. [The example that `relprod init` makes](../../examples/local-services/relprod.toml) explains itself "
        "line by line. `relprod schema study` prints the same as JSON Schema, which many editors can use to check the file as you type."
    )
    yield (
        "A key marked *parameter* moves figures. `relprod assumptions` lists it with its source, and a parameter that the study sets "
        "without a source is a finding (RP070)."
    )
    for section, field in Study.model_fields.items():
        yield from _section(section, field)
    yield "## Periods"
    yield (
        "Years are written `2016-17` (financial-uk) or `2016` (calendar); quarters `2016-17 Q1` or `2016 Q1`; months `2016-04` in both "
        "calendars. `2016-17Q1`, `2016Q1`, `2016-Q1` and `2016/17` are read too. `2016-17 Q1` is April to June 2016. In a monthly study "
        "`2011-12` is December 2011, so the financial year is written `2011/12`."
    )


def _section(name: str, field: FieldInfo) -> Iterator[str]:
    """Yield what there is to say of one section of the study file."""
    if name == "tables":
        yield "## [tables]"
        yield (
            'Where the tables are. A table whose columns have relprod\'s names needs one line: `activity = "activity.csv"`, or a list of '
            "files. Otherwise it has a section of its own, `[tables.activity]`, with these keys. The tables are "
            f"{_names(TABLE_NAMES)}: see [tables](tables.md)."
        )
        yield _keys(TableSource)
        return
    if name == "assumptions":
        yield '## [assumptions."section.key"]'
        yield (
            'Why a parameter has its value, one section each, such as `[assumptions."output.index"]`. It can be written for any of '
            f'{_names(parameter_names())}, and for a column of a table, such as `"quality.attribution"`.'
        )
        yield _keys(Assumption)
        return
    if name == "exclusions":
        yield "## [[exclusions]]"
        yield f"{inspect.cleandoc(Exclusion.__doc__ or '')} Each entry begins with a line `[[exclusions]]`, and has these keys:"
        yield _keys(Exclusion)
        yield _CONDITIONS
        return
    model = next(iter(models_in(field)))
    yield f"## [{name}]"
    off = " Where the section is absent, this adjustment is not made." if field.default is None else ""
    yield f"{(model.__doc__ or '').strip()}{off}"
    yield _keys(model)
    for key, inner in model.model_fields.items():
        for below in models_in(inner):
            yield f"## [{name}.{key}]"
            yield (below.__doc__ or "").strip()
            yield _keys(below)


def _keys(model: type[BaseModel]) -> str:
    """Return the table of the keys of a section."""
    return _markdown_table(
        ("key", "holds", "if left out", "meaning"),
        ((f"`{name}`", _holds(field), _default(field), _meaning(field)) for name, field in model.model_fields.items()),
    )


def _holds(field: FieldInfo) -> str:
    """Return what a key may hold, in words, with its limits."""
    limits = [
        words.format(_plain(getattr(each, name))) for each in field.metadata for name, words in _LIMITS.items() if hasattr(each, name)
    ]
    return ", ".join([_type_in_words(field.annotation), *limits])


def _type_in_words(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    """Return what a type means to somebody who writes TOML."""
    origin, options = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f'`"{option}"`' for option in options)
    if origin in {types.UnionType, Union}:
        return next(_type_in_words(option) for option in options if option is not type(None))
    if origin is Annotated:
        return _type_in_words(options[0])
    if origin is tuple:
        return _TUPLES.get(options[0]) or f"list of {_type_in_words(options[0])}s".replace("`s", "`")
    if origin is dict:
        return "`{ column = … }`" if Any in options else '`{ ours = "theirs" }`'
    return _WORDS.get(annotation, "section of its own")


def _default(field: FieldInfo) -> str:
    """Return what stands where a key is left out."""
    if field.is_required():
        return "**required**"
    value = field.default
    if value is None or value is PydanticUndefined:
        return "none"
    return f"`{json.dumps(value, default=str)}`"


def _meaning(field: FieldInfo) -> str:
    """Return the description of a key, and for a parameter where its default comes from."""
    extra = field.json_schema_extra
    if not isinstance(extra, dict) or not extra.get("parameter"):
        return field.description or ""
    source = "" if field.is_required() else f" Source of the default: {extra['source']}."
    return f"{field.description} *Parameter.*{source}"


def tables_page() -> Iterator[str]:
    """Yield the page of the tables: every column of each."""
    yield "# Tables"
    yield (
        "The tables that a study can name, as CSV, gzipped CSV or Parquet. Columns are found by name, in any order; a column that is "
        "called something else in the file is mapped in the [study file](study-file.md#tables). Further columns are left out, and named "
        "once in a note. A column marked **yes** must be in the file, with every cell filled in unless the text says otherwise. "
        "`relprod schema activity` prints the same as [Table Schema](https://specs.frictionlessdata.io/table-schema/) JSON."
    )
    yield _markdown_table(
        ("table", "holds"),
        ((f"[`{name}`](#{anchor(name)})", table_schema(name).description) for name in TABLE_NAMES),
    )
    for name in TABLE_NAMES:
        yield from _table(table_schema(name))


def _table(schema: TableSchema) -> Iterator[str]:
    yield f"## {schema.name}"
    yield " ".join(filter(None, (schema.description, _key_in_words(schema), _pairs_in_words(schema))))
    yield _markdown_table(
        ("column", "needed", "holds", "if empty", "meaning"),
        (
            (f"`{column.name}`", "**yes**" if column.required else "", _cell(column), _if_empty(column), column.description)
            for column in schema.columns
        ),
    )


def _key_in_words(schema: TableSchema) -> str:
    return f"No two rows may agree in {_names(schema.key)}."


def _pairs_in_words(schema: TableSchema) -> str:
    if schema.at_most_one_of:
        return f"A row fills in at most one of {_names(schema.at_most_one_of)}."
    return f"A row fills in exactly one of {_names(schema.exactly_one_of)}." if schema.exactly_one_of else ""


def _cell(column: Column) -> str:
    """Return what a cell holds: its kind, its unit and its limits."""
    if column.choices:
        return ", ".join(f"`{choice}`" for choice in column.choices)
    limits = (
        (column.minimum, "from {}" if column.kind == "datetime" else "at least {}"),
        (column.maximum, "to {}" if column.kind == "datetime" else "at most {}"),
        (column.exclusive_minimum, "more than {}"),
        (column.exclusive_maximum, "less than {}"),
        (column.at_most, "at most `{}`"),
        (column.not_before, "not before `{}`"),
    )
    unit = f" ({column.unit})" if column.unit else ""
    words = [text.format(_plain(value)) for value, text in limits if value is not None]
    return ", ".join([_COLUMN_KINDS[column.kind] + unit, *words])


def _if_empty(column: Column) -> str:
    return "" if column.default is None else f"taken as {_plain(column.default)}"


def _plain(value: object) -> str:
    """Return a limit or a default as people write it: 1 and not 1.0."""
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _parquet_type(field: Mapping[str, Any]) -> str:
    if "relprod:decimal" in field:
        precision, scale = field["relprod:decimal"]
        return f"decimal({precision}, {scale})"
    return {"string": "string", "number": "double", "integer": "int64"}[field["type"]]


def anchor(heading: str) -> str:
    """Return the anchor that a heading has where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _names(names: Iterable[str]) -> str:
    """Return names as code, separated by commas, the last by "and"."""
    shown = [f"`{name}`" for name in names]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _fenced(text: str) -> str:
    return f"```text\n{text}\n```"


def _markdown_table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
