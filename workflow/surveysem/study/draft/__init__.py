"""A study drafted from a survey tool's export: `python -m surveysem init EXPORT`.

Everything in it is a guess that its author confirms: the tables have a column `confirm`
that says what to look at, config.yaml has comments. Nothing is guessed that would change
results unseen: no item is reversed, and answers in an unknown order get no codes.
"""

import csv
import io
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from surveysem.errors import SurveySemError, describe
from surveysem.files import replace, write_text
from surveysem.intake.raw import RawTable
from surveysem.study.draft import roles, settings, tables
from surveysem.study.draft.answers import Seen, look
from surveysem.study.draft.scales import Guess, guess
from surveysem.study.draft.source import read_export, told

RAW = "data/raw"


# What is made anew by a run, and what must not leave the machine: the key behind respondents'
# pseudonyms, decisions that name respondents, and the answers themselves
IGNORED = """results/
logs/
.snakemake/
.surveysem/
data/overrides.csv
data/raw/
"""


def draft(export: Path, folder: Path) -> list[str]:
    """Write the study's files into `folder`; what to say to its author, at most ten lines.

    Raises SurveySemError, before anything is written, where a file is there already or the
    export holds nothing that looks like a scale.
    """
    table = read_export(export)
    target = folder / RAW / export.name
    texts, lines = texts_of(table, export.stem, f"{RAW}/{export.name}")
    there = [name for name in texts if (folder / name).exists()]
    if target.exists() and not target.samefile(export):
        there.append(f"{RAW}/{export.name}")
    if there:
        hint = "name another folder: --directory FOLDER; init writes over nothing"
        raise SurveySemError(describe(str(folder), f"has {', '.join(there)} already", hint=hint))
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        replace(target, lambda to: shutil.copyfile(export, to))
    for name, text in texts.items():
        write_text(text, folder / name)
    return [
        *lines,
        "Next:",
        "1. Confirm data/instrument.csv, responses.csv and constructs.csv: each row says what to check.",
        "2. Confirm config.yaml: who answered, groups, codes for no answer.",
        f"3. python -m surveysem check --directory {folder}   (says what is still wrong)",
        f"4. make STUDY={folder}   (scales first; the report is in results/report/)",
        "5. State hypotheses in data/hypotheses.csv (docs/study-files.md), then make again.",
    ]


def texts_of(table: RawTable, title: str, wave: str) -> tuple[dict[str, str], list[str]]:
    """Text of each file of the study, and what was found, in words."""
    seen = look(table)
    guesses = guess(seen)
    if not guesses:
        raise SurveySemError(_nothing(table, seen))
    items = [c for g in guesses for c in g.columns]
    others = [c for c in seen if c not in items]
    found = roles.guess_roles(table, others)
    asked, groups = {}, {}
    if "group" in found:
        groups = roles.group_labels(table, found["group"])
        asked = roles.asked_groups(table, found["group"], items)
    drafted = tables.rows(table, guesses, asked)
    config = settings.config_text(
        file=table.file,
        title=title,
        language=drafted.language,
        roles={role: c.name for role, c in found.items()},
        groups=groups,
        candidates=[] if groups else roles.candidates(table, others, list(found.values())),
        missing=_missing(guesses, {v for c in table.columns for v in c.missing}),
        ignored=_ignored(others, list(found.values()), guesses, list(drafted.items.values())),
        wave=wave,
        columns=told(table, drafted.items, {row[0]: row[2] for row in drafted.instrument[1:]}),
        strays=sum(n for g in guesses for c in g.columns for v, n in c.counts.items()
                   if not g.kind.has(v)),
    )  # fmt: skip
    texts = {
        "data/instrument.csv": _csv(drafted.instrument),
        "data/responses.csv": _csv(drafted.responses),
        "data/constructs.csv": _csv(drafted.constructs),
        "data/hypotheses.csv": _csv([tables.HYPOTHESES]),
        "config.yaml": config,
        ".gitignore": IGNORED,
    }
    scales = {row[0] for row in drafted.responses[1:]}
    lines = [
        f"{table.file}: {len(table.rows)} rows, {len(table.columns)} columns; "
        f"{len(drafted.items)} items in {len(guesses)} guessed constructs, "
        f"{len(scales)} answer scales; {_who(found)}.",
    ]
    left = [c.name for c in others if c not in found.values()]
    if left:
        more = f" and {len(left) - 6} more" if len(left) > 6 else ""
        names = ", ".join(" ".join(name.split())[:30] for name in left[:6])
        lines.append(f"Not taken as items: {names}{more}.")
    return texts, lines


def _who(found) -> str:
    named = [f"{role} is '{c.name}'" for role, c in found.items()]
    return ", ".join(named) if named else "no column found that says who answered"


def _nothing(table: RawTable, seen: Sequence[Seen]) -> str:
    return describe(
        table.file,
        f"none of its {len(seen)} columns looks like an item of a scale ({len(table.rows)} rows)",
        ["at least two columns that share 3 to 11 answers: whole numbers, value labels or words"],
        "fill the tables by hand (docs/study-files.md), or export codes or labels of the answers",
    )


def _missing(guesses: Sequence[Guess], declared: set[str]) -> list:
    """Values that stand for no answer, less those that the file declares missing itself and
    those that some scale has as an answer."""
    codes = {str(code) for g in guesses for code, _ in g.kind.steps.values()}
    values = dict.fromkeys(v for g in guesses for v in g.kind.missing if v not in codes | declared)
    return [int(v) if re.fullmatch(r"-?\d+", v) else v for v in values]


def _ignored(others, taken, guesses: Sequence[Guess], items: Sequence[str]) -> list[str]:
    """Columns that the check would take for forgotten items: answers that are all codes, or a
    name that differs from an item's only by its number."""
    codes = {str(code) for g in guesses for code, _ in g.kind.steps.values()}
    stems = {re.sub(r"\d+$", "", name).casefold() for name in items}
    return [
        c.name
        for c in others
        if c not in taken
        and not c.tool
        and (
            (c.counts and all(re.sub(r"\.0+$", "", v) in codes for v in c.counts))
            or (re.search(r"\d$", c.name) and re.sub(r"\d+$", "", c.name).casefold() in stems)
        )
    ]


def _csv(table: Sequence[Sequence]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue()
