"""The JSON Schema of the study file, for editors: it accepts what is accepted and refuses what is refused."""

from __future__ import annotations

import json
import tomllib

import pytest
from study.small import CONDITIONS, EXAMPLES, EXCLUSION, study

from relprod.study import Study, load_study


def schema_errors(value: object, schema: dict, root: dict, where: str = "") -> list[str]:
    """Return where a value breaks a schema, by the few keywords that pydantic writes for a study."""
    if "$ref" in schema:
        return schema_errors(value, root["$defs"][schema["$ref"].rsplit("/", maxsplit=1)[-1]], root, where)
    if "anyOf" in schema:
        tried = [schema_errors(value, each, root, where) for each in schema["anyOf"]]
        return [] if any(not each for each in tried) else min(tried, key=len)
    types = {
        "object": dict,
        "array": (list, tuple),
        "string": str,
        "number": (int, float),
        "null": type(None),
        "boolean": bool,
        "integer": int,
    }
    kind = schema.get("type")
    if kind and not isinstance(value, types[kind]):
        return [f"{where}: not {kind}"]
    errors = [f"{where}: not one of {schema['enum']}"] if "enum" in schema and value not in schema["enum"] else []
    if isinstance(value, dict):
        errors += [f"{where}: lacks {name}" for name in schema.get("required", ()) if name not in value]
        for name, each in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
            if inner is False:
                errors.append(f"{where}.{name}: not known")
            elif isinstance(inner, dict):
                errors += schema_errors(each, inner, root, f"{where}.{name}")
    if isinstance(value, (list, tuple)):
        errors += [
            error for number, each in enumerate(value) for error in schema_errors(each, schema.get("items", {}), root, f"{where}[{number}]")
        ]
    return errors


@pytest.fixture(scope="module")
def schema() -> dict:
    return Study.model_json_schema()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_json_schema_accepts_the_examples_resolved(path, schema):
    resolved = load_study(path).resolved()
    assert schema_errors(resolved, schema, schema) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_json_schema_accepts_the_examples_as_written(path, schema):
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    with_dates_as_text = json.loads(json.dumps(data, default=str))
    assert schema_errors(with_dates_as_text, schema, schema) == []


def test_the_json_schema_accepts_exclusions(schema):
    resolved = study(EXCLUSION + CONDITIONS).resolved()
    assert schema_errors(resolved, schema, schema) == []


def test_the_json_schema_refuses_what_is_refused(schema):
    resolved = study().resolved()
    wrong = {**resolved, "outputs": {}, "output": {**resolved["output"], "index": "laspeyre"}}
    assert schema_errors(wrong, schema, schema) == [
        ".output.index: not one of ['laspeyres', 'paasche', 'fisher', 'tornqvist', 'walsh']",
        ".outputs: not known",
    ]
