"""A first look at a wave's file: its header, its groups, its unlisted columns."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from surveysem.errors import describe
from surveysem.intake import rows
from surveysem.intake.answers import ANSWERED, INVALID, read_answer


@dataclass(frozen=True, slots=True)
class Look:
    """header: columns in order. levels: group value to its first row. coded: unlisted
    columns whose every answer is one of the codes that items allow. empty: columns without
    any answer. rows: data rows."""

    header: tuple[str, ...]
    levels: dict[str, int]
    coded: tuple[str, ...]
    empty: tuple[str, ...]
    rows: int


def look(
    path: Path, shown: str, group: str | None, listed: Collection[str], codes: Collection[int]
) -> tuple[Look | None, list[str]]:
    """Read a CSV file once without keeping it. Returns None with problems if it is unusable."""
    try:
        header, numbered = rows.read(path, shown)
    except FileNotFoundError:
        folder = path.parent
        there = sorted(p.name for p in folder.iterdir())[:10] if folder.is_dir() else []
        hint = f"the folder has: {', '.join(there)}" if there else "check the path in config.yaml"
        return None, [describe(shown, "the file does not exist", hint=hint)]
    except IsADirectoryError:
        return None, [describe(shown, "is a folder, not a file")]
    except rows.RowsError as error:
        return None, [str(error)]
    return _look(header, numbered, shown, group, listed, codes)


def _look(header, numbered, shown, group, listed, codes) -> tuple[Look | None, list[str]]:
    doubled = sorted({name for name in header if header.count(name) > 1})
    if not any(header):
        return None, [describe(shown, "the file is empty", hint="row 1 has to name the columns")]
    if numbered and not any(name in listed for name in header):
        return None, [
            describe(
                f"{shown}, row 1",
                f"no column of the study has one of these names: {', '.join(header[:5])}, ...",
                hint="row 1 has to name the columns, as the instrument and respondents do",
            )
        ]
    if doubled:
        return None, [
            describe(
                f"{shown}, row 1",
                f"the column '{doubled[0]}' stands there {header.count(doubled[0])} times",
                hint="rename or remove the others",
            )
        ]
    at = header.index(group) if group in header else None
    candidates = {k: False for k, name in enumerate(header) if name and name not in listed}
    unseen = dict.fromkeys(k for k, name in enumerate(header) if name)
    levels: dict[str, int] = {}
    read = lru_cache(lambda cell: read_answer(cell, codes, {}, ())[1])
    wrong = rows.uneven(header, numbered, shown)
    if wrong:
        return None, [wrong]
    for number, row in numbered:
        if at is not None and at < len(row) and row[at].strip():
            levels.setdefault(row[at].strip(), number)
        for k in [k for k in unseen if k < len(row) and row[k].strip()]:
            del unseen[k]
        for k in list(candidates):
            status = read(row[k] if k < len(row) else "")
            if status == INVALID:
                del candidates[k]
            elif status == ANSWERED:
                candidates[k] = True
    if not numbered:
        return None, [describe(shown, "the file has a header and no answers")]
    coded = tuple(header[k] for k, seen in candidates.items() if seen)
    empty = tuple(header[k] for k in unseen)
    return Look(tuple(header), levels, coded, empty, len(numbered)), []
