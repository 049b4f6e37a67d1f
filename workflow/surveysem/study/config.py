"""config.yaml: read, defaults filled in, every mistake against its schema worded for its author."""

import copy
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from surveysem.errors import describe, nearest
from surveysem.study.objects import StudyError

# Signs of Chinese typing that look like YAML's
WIDE = {"：": ": ", "，": ", ", "“": '"', "”": '"', "‘": "'", "’": "'", "【": "[", "】": "]",
        "［": "[", "］": "]", "｛": "{", "｝": "}", "＃": "#", "－": "-"}  # fmt: skip
SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"


class KeyTwice(yaml.MarkedYAMLError):
    """A mapping has a key twice."""


class UniqueKeys(yaml.SafeLoader):
    """YAML in which no mapping has a key twice (PyYAML would silently keep the last)."""

    def construct_mapping(self, node, deep=False):
        """The mapping, unless it has a key twice."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise KeyTwice(
                    problem=f"the key '{key.value}' stands there twice",
                    problem_mark=key.start_mark,
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_config(path: Path) -> dict:
    """The mapping in a config file. Raises StudyError with the line where it is no YAML."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        config = yaml.load(text, UniqueKeys)
    except (FileNotFoundError, NotADirectoryError):
        hint = "name a study's folder (STUDY=... for make, --directory for check)"
        raise StudyError([describe(str(path), "the file does not exist", hint=hint)]) from None
    except UnicodeDecodeError as error:
        raise StudyError(
            [describe(path.name, f"byte {error.start} is not UTF-8", hint="save it as UTF-8")]
        ) from None
    except yaml.YAMLError as error:
        raise StudyError([_no_yaml(path.name, text, error)]) from None
    except OSError as error:
        found = f"cannot be opened: {error.strerror}"
        raise StudyError([describe(path.name, found)]) from None
    except ValueError as error:  # PyYAML makes a date of whatever is written like one
        hint = "put what looks like a date between quotation marks"
        raise StudyError([describe(path.name, f"not YAML: {error}", hint=hint)]) from None
    if not isinstance(config, dict):
        raise StudyError([describe(path.name, "holds no keys", hint="see docs/config.md")])
    return config


def _no_yaml(shown: str, text: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"{shown}, line {mark.line + 1}" if mark else shown
    found = getattr(error, "problem", None) or str(error)
    if isinstance(error, KeyTwice):
        return describe(where, found, hint="keep one of the two")
    near = text.splitlines()[max(mark.line - 1, 0) : mark.line + 1] if mark else []
    wide = [sign for sign in WIDE if any(sign in line for line in near)]
    hint = "look for tabs, missing colons or unclosed brackets and quotation marks"
    if wide:
        hint = "; ".join(f"'{sign}' is a full-width sign: type '{WIDE[sign]}'" for sign in wide)
    return describe(where, f"not YAML: {found}", hint=hint)


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
    errors = list(Draft202012Validator(schema()).iter_errors(config))
    wrong = [list(e.absolute_path) for e in errors if e.validator == "type"]
    errors = [e for e in errors if e.validator != "enum" or list(e.absolute_path) not in wrong]
    return [_word(e) for e in sorted(errors, key=lambda e: list(map(str, e.absolute_path)))]


def usable(config: dict) -> dict:
    """The config without what violates the schema, so that the rest can be checked too.

    Places stay as they are: a wave that is none, or a file of one, becomes None; a name of a
    wave becomes text, whatever it is.
    """
    for _ in range(1000):
        errors = Draft202012Validator(schema()).iter_errors(config)
        error = next((e for e in errors if not _let_be(e)), None)
        if error is None:
            return config
        path = list(error.absolute_path)
        parent = config
        for part in path[:-1]:
            parent = parent[part]
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            for key in [k for k in error.instance if k not in known]:
                del error.instance[key]
        elif not path:
            config["waves"] = []
        elif path[0] == "waves" and error.validator == "required" and len(path) == 2:
            parent[path[-1]]["name"] = ""
        elif path[0] == "waves" and path[-1] == "name":
            parent["name"] = "" if error.instance is None else str(error.instance)
        elif path[0] == "waves" and isinstance(path[-1], int) and len(path) in (2, 4):
            parent[path[-1]] = None
        else:
            del parent[path[-1]]
            if path == ["waves"]:
                config["waves"] = []
    return {"waves": []}


def _let_be(error) -> bool:
    """Whether an error's place holds what `usable` puts there."""
    path = list(error.absolute_path)
    if path[:1] != ["waves"]:
        return False
    if len(path) == 1:
        return error.instance == []
    stub = error.instance is None and isinstance(path[-1], int)
    return stub or (path[-1] == "name" and isinstance(error.instance, str))


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


def _shown(value) -> str:
    """A value as its author may have typed it."""
    if isinstance(value, str):
        return repr(value)
    dumped = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1000)
    return dumped.strip().removesuffix("...").strip()


def _word(error) -> str:
    path = _path(error.absolute_path)
    where = f"config.yaml, {path}" if path else "config.yaml"
    allowed = error.schema
    if error.validator == "additionalProperties":
        known = list(allowed.get("properties", {}))
        unknown = [key for key in error.instance if key not in known]
        key = unknown[0]
        full = f"{path}.{key}" if path else str(key)
        close = {name: nearest(str(name), known) for name in unknown}
        meant = {
            name: f"did you mean '{c}'?" if c else "remove the key" for name, c in close.items()
        }
        more = f" (also unknown: {', '.join(map(str, unknown[1:]))})" if unknown[1:] else ""
        hint = meant[key]
        if more:
            hint = "; ".join(f"{name}: {words}" for name, words in meant.items())
        return describe(f"config.yaml, {full}", f"unknown key{more}", known, hint)
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return describe(
            where, f"the key '{missing[0]}' is missing", hint=_about(allowed, missing[0])
        )
    if error.validator == "pattern" or "pattern" in allowed:
        return describe(
            where,
            f"{_shown(error.instance)} is not a usable name",
            ["a letter, then letters, digits or underscores"],
            f"for example w{re.sub(r'[^A-Za-z0-9]+', '_', str(error.instance)).strip('_')}; put the "
            "wording into `label:`"
            if path.endswith("name")
            else "",
        )
    if error.validator in ("type", "oneOf"):
        wanted = error.validator_value if error.validator == "type" else ["string", "object"]
        wanted = [wanted] if isinstance(wanted, str) else wanted
        return describe(
            where,
            f"{_shown(error.instance)} has the wrong type",
            [" or ".join(_TYPES[name] for name in wanted)],
            _quoting_hint(error.instance, wanted, path),
        )
    if error.validator == "enum":
        close = nearest(str(error.instance), error.validator_value)
        return describe(
            where,
            f"{_shown(error.instance)} is not allowed",
            error.validator_value,
            f"did you mean '{close}'?" if close else "",
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
            f"{_shown(error.instance)} is out of range",
            [f"{limits[error.validator]} {error.validator_value}"],
        )
    if error.validator == "uniqueItems":
        return describe(
            where, f"an entry stands in {_shown(error.instance)} twice", hint="remove one"
        )
    return describe(where, error.message)


def _about(part: Mapping, key: str) -> str:
    description = part.get("properties", {}).get(key, {}).get("description", "")
    return f"{key}: {description}" if description else ""


def _quoting_hint(value, wanted: list[str], path: str) -> str:
    if isinstance(value, str) and re.fullmatch(r"waves\[\d+\](\.files\[\d+\])?", path):
        return f"write {{{'file' if 'files' in path else 'name: w1, file'}: {value}}}"
    if isinstance(value, (str, int, float)) and "array" in wanted:
        return f"write a list: [{_shown(value) if not isinstance(value, str) else value}]"
    if isinstance(value, str) and ("number" in wanted or "integer" in wanted):
        return "write the number without quotation marks"
    if isinstance(value, (int, float)) and not isinstance(value, bool) and "string" in wanted:
        return f"put it between quotation marks: '{value}'"
    if value is None:
        return "write a value"
    if isinstance(value, float) and wanted == ["integer"]:
        return f"write a number without decimals: {value:.0f}"
    if isinstance(value, bool) and "string" in wanted:
        return "put the text between quotation marks (yes, no, on and off mean true or false)"
    return ""
