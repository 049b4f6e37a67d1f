"""docs/config.md, made from the config schema."""

from collections.abc import Mapping

from surveysem.study.config import schema

HEAD = """# config.yaml

Made by `python -m surveysem docs` from `workflow/schemas/config.schema.yaml`; do not edit.
Every key but `waves` may be left out. Paths are relative to the study's folder. A text that
readers see may be one text, or one for each language: `{en: "...", zh: "..."}`.

| key | what it is | allowed | default |
|---|---|---|---|
"""


def config_page() -> str:
    """The page's text: one table row a key."""
    return HEAD + "\n".join(_rows(schema(), "")) + "\n"


def _rows(part: Mapping, path: str) -> list[str]:
    rows = []
    for key, child in part.get("properties", {}).items():
        full = f"{path}.{key}" if path else key
        default = (
            "" if "default" not in child or child["default"] == {} else repr_(child["default"])
        )
        about = " ".join(child.get("description", "").split()).replace("|", "\\|")
        rows.append(f"| `{full}` | {about} | {_allowed(child)} | {default} |")
        rows += _rows(child, full)
        rows += _rows(child.get("items", {}), f"{full}[]")
        extra = child.get("additionalProperties")
        if isinstance(extra, dict):
            rows += _rows(extra, f"{full}.NAME")
    return rows


def _allowed(part: Mapping) -> str:
    if "enum" in part:
        return ", ".join(repr_(value) for value in part["enum"])
    if "$ref" in part:
        return "text, or a text by language"
    names = {
        "object": "mapping",
        "array": "list",
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "true, false",
        "null": "null",
    }
    types = part.get("type", [])
    words = " or ".join(names[t] for t in ([types] if isinstance(types, str) else types))
    limits = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "above",
    }
    return ", ".join(
        [words, *(f"{text} {part[key]}" for key, text in limits.items() if key in part)]
    )


def repr_(value) -> str:
    """A default as YAML writes it."""
    words = {None: "null", True: "true", False: "false"}
    if isinstance(value, (bool, type(None))):
        return f"`{words[value]}`"
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`"
