"""A study drafted from survey tools' exports: `python -m surveysem init EXPORT ...`.

Everything in it is a guess that its author confirms: the tables have a column `confirm`
that says what to look at, config.yaml has comments. Nothing is guessed that would change
results unseen: no item is reversed, and answers in an unknown order get no codes.
"""

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from surveysem.errors import SurveySemError, describe
from surveysem.files import replace, write_text
from surveysem.intake.raw import RawTable
from surveysem.study.draft import left, roles, settings, strays, tables, waves
from surveysem.study.draft.answers import Seen
from surveysem.study.draft.pooled import Pooled, pool
from surveysem.study.draft.source import Export, read_exports
from surveysem.study.draft.waves import RAW, Wave
from surveysem.study.draft.who import Who, asked, find, remarks, renamed

COLUMNS = "data/draft_columns.csv"
# What is made anew by a run, and what must not leave the machine: the key behind respondents'
# pseudonyms, decisions that name respondents, and the answers themselves
IGNORED = """results/
logs/
.snakemake/
.surveysem/
data/overrides.csv
data/raw/
"""


def draft(
    paths: Sequence[Path], folder: Path, entry: Mapping | None = None, form: Path | None = None
) -> list[str]:
    """Write the study's files into `folder`; what to say to its author.

    paths: the exports, a wave each, in order of time. entry: format, options, dialect, where, as
    on a wave in config.yaml, for all of them. form: their XLSForm. Raises SurveySemError, before
    anything is written, where a file is there already or the exports hold nothing that looks like
    a scale.
    """
    exports = read_exports(paths, entry, form)
    texts, lines = texts_of(exports, paths[0].stem)
    raw = {source: folder / RAW / source.name for source in (*paths, *([form] if form else []))}
    there = [name for name in texts if (folder / name).exists()]
    there += [f"{RAW}/{to.name}" for source, to in raw.items()
              if to.exists() and not to.samefile(source)]  # fmt: skip
    if there:
        hint = "name another folder: --directory FOLDER; init writes over nothing"
        raise SurveySemError(describe(str(folder), f"has {', '.join(there)} already", hint=hint))
    (folder / RAW).mkdir(parents=True, exist_ok=True)
    for source, target in raw.items():
        if not target.exists():
            replace(target, lambda to, source=source: shutil.copyfile(source, to))
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


def texts_of(exports: Sequence[Export], title: str) -> tuple[dict[str, str], list[str]]:
    """Text of each file of the study, and what was found, in words."""
    pooled = pool(exports)
    if not pooled.guesses:
        raise SurveySemError(_nothing(exports, pooled))
    raw = [export.table for export in exports]
    files = [table.file for table in raw]
    who = find(raw, pooled)
    drafted = tables.rows(raw, pooled, asked(who, raw, pooled))
    made, idle = waves.waves_of(exports, pooled, drafted.items, who.id)
    used = _used(pooled, drafted, who, made)
    texts = {row[0]: row[2] for row in drafted.instrument[1:]}
    entries = waves.entries(made, exports, pooled, drafted.items, texts, renamed(who, raw, pooled))
    config = settings.config_text(
        files=files,
        title=title,
        language=drafted.language,
        respondents=settings.respondents(
            who.names, who.groups, remarks(who, raw), _candidates(who, raw[0], pooled, used)
        )
        + settings.panel(waves.shared(made, who.id), len(raw)),
        waves=entries,
        idle=idle,
        intake=strays.lines(pooled, raw, used, drafted.items.values()),
    )
    out = {
        "data/instrument.csv": _csv(drafted.instrument),
        "data/responses.csv": _csv(drafted.responses),
        "data/constructs.csv": _csv(drafted.constructs),
        "data/hypotheses.csv": _csv([tables.HYPOTHESES]),
        COLUMNS: _csv(left.rows(files, pooled.seen, used)),
        "config.yaml": config,
        ".gitignore": IGNORED,
    }
    lines = [
        *_found(raw, pooled, drafted, who),
        *waves.lines(made, idle, len(drafted.items)),
        *(waves.repeated(made, who.id, pooled) if who.id else waves.unclear_ids(made[0], pooled)),
    ]
    unused = left.lines(pooled.seen, used)
    if unused:
        count = sum(map(len, pooled.seen)) - len(used)
        lines.append(f"{count} columns are not used ({COLUMNS} lists each):")
        lines += [f"  {text}" for text in unused]
    return out, lines


def _used(
    pooled: Pooled, drafted: tables.Drafted, who: Who, made: Sequence[Wave]
) -> dict[Seen, str]:
    """Column to what the study uses it as."""
    construct = {row[0]: row[1] for row in drafted.instrument[1:]}
    used = {
        c: f"item {drafted.items[item]} of {construct[drafted.items[item]]}"
        for item, places in pooled.places.items()
        for c in places
        if c
    }
    where = {(w.export, name) for w in made for name in w.where}
    for k, (others, columns) in enumerate(zip(pooled.others, who.columns, strict=True)):
        used |= {c: f"respondents.{role}" for role, c in columns.items() if c}
        used |= {c: "waves[].where" for c in others if (k, c.name) in where}
    return used


def _candidates(who: Who, table: RawTable, pooled: Pooled, used: Mapping[Seen, str]) -> list[str]:
    """Columns that could be a group, where none was found."""
    free = [c for c in pooled.others[0] if c not in used and not c.tool]
    return [] if who.groups else roles.candidates(table, free)


def _found(raw: Sequence[RawTable], pooled: Pooled, drafted: tables.Drafted, who: Who) -> list[str]:
    scales = {row[0] for row in drafted.responses[1:]}
    named = ", ".join(
        f"{role} is recorded by the tool" if name == f"({role})" else f"{role} is '{name}'"
        for role, name in who.names.items()
    )
    *files, last = [f"{t.file}: {len(t.rows)} rows, {len(t.columns)} columns" for t in raw]
    return [
        *(f"{text}." for text in files),
        f"{last}; {len(drafted.items)} items in {len(pooled.guesses)} guessed constructs, "
        f"{len(scales)} answer scales; {named or 'no column found that says who answered'}.",
    ]


def _nothing(exports: Sequence[Export], pooled: Pooled) -> str:
    table = exports[0].table
    few = " (a scale shows in the answers of several)" if len(table.rows) < 3 else ""
    return describe(
        table.file,
        f"none of its {len(pooled.seen[0])} columns looks like an item of a scale; it has "
        f"{len(table.rows)} row(s){few}. {'; '.join(left.lines(pooled.seen[:1], {}))}",
        ["columns with 3 to 11 answers: whole numbers, value labels or words in a known order"],
        "fill the tables by hand (docs/study-files.md), or export codes or labels of the answers",
    )


def _csv(table: Sequence[Sequence]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue()
