"""config.yaml of a draft: short, with a comment wherever something was guessed."""

from collections.abc import Mapping, Sequence

import yaml

TEMPLATE = """\
# Drafted from {file}: everything here is a guess to confirm. Each key: docs/config.md
study:
  title: {title}                 # the report's title
languages: [{language}]                 # of the report: en, zh

respondents:
{respondents}
waves:
  - {{name: w1, file: {wave}{columns}}}   # adding a wave is adding such a line

intake:
  on_invalid: error              # or missing: impossible answers count as missing, logged
{strays}{intake}
models:
  main: {{}}                       # from hypotheses.csv; until it has rows, scales are examined

seed: 1
"""


def flow(value) -> str:
    """A value as YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6)
    return text.strip().removesuffix("...").strip()


def config_text(
    *,
    file: str,
    title: str,
    language: str,
    roles: Mapping[str, str],
    groups: Mapping[str, str],
    candidates: Sequence[str],
    missing: Sequence,
    ignored: Sequence[str],
    wave: str,
    columns: Mapping[str, int],
    strays: int,
) -> str:
    """The file's text. roles: role to column; missing: declared missing codes; ignored:
    columns that look like items; columns: item to column where they are called otherwise;
    strays: number of answers that no scale has."""
    about = {
        "id": "identifies a respondent; hashed at intake",
        "group": "stakeholder group; tables and models are given for each",
        "duration": "seconds taken to answer",
    }
    lines = []
    for role, text in about.items():
        if role in roles:
            lines.append(f"  {role}: {flow(roles[role])}   # confirm: {text}")
        else:
            lines.append(f"  # {role}: COLUMN   # none found: {text}")
        if role == "group" and role in roles:
            lines.append("  groups:                        # in the order of tables: code: label")
            lines += [f"    {flow(str(g))}: {flow(str(label))}" for g, label in groups.items()]
    if candidates:
        lines.append(f"  # columns that could be a group: {flow(list(candidates[:8]))[1:-1]}")
    intake = []
    if missing:
        intake.append(f"  missing_codes: {flow(list(missing))}   # confirm: stand for no answer")
    if ignored:
        intake.append(f"  ignore_columns: {flow(list(ignored))}   # confirm: look like items")
    told = f"  # {strays} answer(s) are on no scale (column confirm of the instrument names them)\n"
    return TEMPLATE.format(
        columns=f", columns: {flow(dict(columns))}" if columns else "",
        strays=told if strays else "",
        file=" ".join(file.split()),
        title=flow(title),
        language=language,
        respondents="\n".join(lines) + "\n",
        wave=flow({"f": wave})[4:-1],
        intake="".join(line + "\n" for line in intake),
    )
