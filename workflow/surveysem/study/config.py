"""config.yaml against its schema: defaults filled in, every mistake worded for its author."""

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from surveysem.errors import describe, nearest

SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"


@cache
def schema() -> dict:
    """The config schema."""
    return yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))


def complete(config: Mapping) -> dict:
    """The config with every default filled in, in the schema's order of keys."""
    return _fill(copy.deepcopy(dict(config)), schema())


def _fill(value, part: Mapping):
    if isinstance(value, dict) and part.get("type") == "object":
        properties = part.get("properties", {})
        ordered = {}
        for key, child in properties.items():
            if key in value:
                given = {} if value[key] is None and child.get("type") == "object" else value[key]
                ordered[key] = _fill(given, child)
            elif "default" in child:
                ordered[key] = _fill(copy.deepcopy(child["default"]), child)
        extra = part.get("additionalProperties")
        for key in (k for k in value if k not in properties):
            given = value[key]
            if isinstance(extra, dict) and extra.get("type") == "object":
                given = _fill({} if given is None else given, extra)
            ordered[key] = given
        return ordered
    if isinstance(value, list) and isinstance(part.get("items"), dict):
        return [_fill(entry, part["items"]) for entry in value]
    return value


def problems(config: Mapping) -> list[str]:
    """All violations of the schema, worded: key path, what was found, what is allowed."""
    errors = Draft202012Validator(schema()).iter_errors(config)
    return [_word(e) for e in sorted(errors, key=lambda e: list(map(str, e.absolute_path)))]


def _path(parts) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


_TYPES = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _word(error) -> str:
    path = _path(error.absolute_path)
    where = f"config.yaml, {path}" if path else "config.yaml"
    allowed = error.schema
    if error.validator == "additionalProperties":
        known = list(allowed.get("properties", {}))
        unknown = [key for key in error.instance if key not in known]
        key = unknown[0]
        full = f"{path}.{key}" if path else str(key)
        close = nearest(str(key), known)
        more = f" (also unknown: {', '.join(map(str, unknown[1:]))})" if unknown[1:] else ""
        return describe(
            f"config.yaml, {full}",
            f"unknown key{more}",
            known,
            f"did you mean '{close}'?" if close else "remove the key",
        )
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return describe(
            where, f"the key '{missing[0]}' is missing", hint=_about(allowed, missing[0])
        )
    if error.validator in ("type", "oneOf"):
        wanted = error.validator_value if error.validator == "type" else ["string", "object"]
        wanted = [wanted] if isinstance(wanted, str) else wanted
        return describe(
            where,
            f"{error.instance!r} has the wrong type",
            [" or ".join(_TYPES[name] for name in wanted)],
            _quoting_hint(error.instance, wanted),
        )
    if error.validator == "enum":
        close = nearest(str(error.instance), error.validator_value)
        return describe(
            where,
            f"{error.instance!r} is not allowed",
            error.validator_value,
            f"did you mean '{close}'?" if close else "",
        )
    if error.validator == "pattern":
        return describe(
            where,
            f"{error.instance!r} is not a usable name",
            ["a letter, then letters, digits or underscores"],
            "put the wording into `label:`" if path.endswith("name") else "",
        )
    limits = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "minItems": "at least this many entries:",
        "minProperties": "at least this many entries:",
    }
    if error.validator in limits:
        return describe(
            where,
            f"{error.instance!r} is out of range",
            [f"{limits[error.validator]} {error.validator_value}"],
        )
    if error.validator == "uniqueItems":
        return describe(where, f"an entry stands in {error.instance!r} twice", hint="remove one")
    return describe(where, error.message)


def _about(part: Mapping, key: str) -> str:
    description = part.get("properties", {}).get(key, {}).get("description", "")
    return f"{key}: {description}" if description else ""


def _quoting_hint(value, wanted: list[str]) -> str:
    if isinstance(value, str) and ("number" in wanted or "integer" in wanted):
        return "write the number without quotation marks"
    if isinstance(value, str) and "array" in wanted:
        return f"write a list: [{value}]"
    if isinstance(value, (int, float)) and not isinstance(value, bool) and "string" in wanted:
        return f"put it between quotation marks: '{value}'"
    if isinstance(value, bool) and "string" in wanted:
        return "put the text between quotation marks (yes, no, on and off mean true or false)"
    return ""
