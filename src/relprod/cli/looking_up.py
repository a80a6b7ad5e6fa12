"""The commands that look something up: what a finding means, what a table or the study file looks like."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from relprod.cli.app import app, usage


@app.command()
def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="A code such as RP021. Without one, all are listed.", show_default=False)
    ] = None,
) -> None:
    """Explain a finding: what it is, why it matters, what to do."""
    from relprod.tables.rules import RULES

    if code is None:
        print("\n".join(f"{rule.code}  {rule.severity:<8} {rule.name}" for rule in RULES.values()))
        return
    rule = RULES.get(code.upper())
    if rule is None:
        usage(f"There is no finding '{code}'. 'relprod explain' lists them all.")
    print(f"{rule.code} {rule.name} ({rule.severity}, {rule.scope})\n\n{rule.explain()}")


@app.command()
def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="'study', a table, or a table of a run. Without one, all are listed.", show_default=False),
    ] = None,
) -> None:
    """Print the schema of the study file (JSON Schema) or of a table (Table Schema), for editors and other programs."""
    from relprod.run.schemas import run_table_json, run_table_names
    from relprod.tables.schema import table_json, table_names

    of_run = {f"run.{table}": table for table in run_table_names()}
    if name is None:
        print(f"study\n\nTables of a study: {', '.join(table_names())}\nTables of a run: {', '.join(of_run)}")
    elif name == "study":
        from relprod.study.model import Study

        print(json.dumps(Study.model_json_schema(), indent=2))
    elif name in table_names():
        print(json.dumps(table_json(name), indent=2, ensure_ascii=False))
    elif name in of_run or name in run_table_names():
        print(json.dumps(run_table_json(of_run.get(name, name)), indent=2, ensure_ascii=False))
    else:
        from relprod.study.spelling import did_you_mean

        usage(f"There is no schema '{name}'{did_you_mean(name, ['study', *table_names(), *of_run])}")
