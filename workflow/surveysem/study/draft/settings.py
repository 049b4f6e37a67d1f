"""config.yaml of a draft: short, with a comment wherever something was guessed."""

from collections.abc import Mapping, Sequence

import yaml

TEMPLATE = """\
# Drafted from {files}: everything here is a guess to confirm. Each key: docs/config.md
study:
  title: {title}                 # the report's title
languages: [{language}]                 # of the report: en, zh

respondents:
{respondents}
waves:                           # in order of time; adding a wave is adding such a line
{waves}
intake:
  on_invalid: error              # or missing: impossible answers count as missing, logged
{intake}
models:
  main: {{}}                       # from hypotheses.csv; until it has rows, scales are examined

seed: 1
"""
_ABOUT = {
    "id": "identifies a respondent; hashed at intake",
    "group": "stakeholder group; tables and models are given for each",
    "duration": "seconds taken to answer",
}


def flow(value) -> str:
    """A value as YAML on one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False
    )
    return text.strip().removesuffix("...").strip()


def config_text(
    *,
    files: Sequence[str],
    title: str,
    language: str,
    respondents: Sequence[str],
    waves: Sequence[Mapping],
    idle: Sequence[str],
    intake: Sequence[str],
) -> str:
    """The file's text. respondents, intake: lines under these keys. idle: what makes no wave."""
    entries = [f"- {flow(dict(wave))}" for wave in waves]
    if idle:
        entries.append(f"# no item was answered in {', '.join(map(_one_line, idle))}")
    return TEMPLATE.format(
        files=", ".join(map(_one_line, files)),
        title=flow(title),
        language=language,
        respondents=_indented(respondents),
        waves=_indented(entries),
        intake=_indented(intake),
    )


def respondents(
    names: Mapping[str, str],
    groups: Mapping[str, str],
    remarks: Mapping[str, str],
    candidates: Sequence[str],
) -> list[str]:
    """Lines under `respondents:`. names: role to column. groups: label of each; remarks: on some
    of them. candidates: columns that could be a group."""
    lines = []
    for role, text in _ABOUT.items():
        name = names.get(role)
        if name is None:
            lines.append(f"# {role}: COLUMN   # none found: {text}")
        elif name == f"({role})":  # made by the dialect, which intake finds by itself
            lines.append(f"# {role}: COLUMN   # what the survey tool recorded is taken: {text}")
        else:
            lines.append(f"{role}: {flow(name)}   # confirm: {text}")
    if groups:
        lines.append("groups:                        # in the order of tables: code: label")
    for group, label in groups.items():
        told = f"   # {_one_line(remarks[group])}" if group in remarks else ""
        lines.append(f"  {flow(str(group))}: {flow(str(label))}{told}")
    if candidates:
        more = f" and {len(candidates) - 8} more" if len(candidates) > 8 else ""
        shown = flow([_one_line(name) for name in candidates[:8]])[1:-1]
        lines.append(f"# columns that could be a group: {shown}{more}")
    return lines


def panel(shared: int, files: int) -> list[str]:
    """The line on whether waves share respondents. shared: ids that stand in several waves; of
    several files each may number its respondents from 1."""
    if not shared:
        return []
    if files == 1:
        return [f"panel: true   # {shared} ids stand in several waves"]
    return [f"# panel: true   # {shared} ids stand in several waves: are they the same people?"]


def _indented(lines: Sequence[str]) -> str:
    return "".join(f"  {line}\n" for line in lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())
