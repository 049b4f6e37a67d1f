"""A first look at an export: what checks and plans need of it, kept so that it is read once.

Reading a large file takes seconds, and every `snakemake` needs to know the same few things:
so they lie in a file of the study's .snakemake folder, by the export's size and time.
"""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path

from surveysem.files import write_text
from surveysem.intake import apart
from surveysem.intake.formats import recognise

# What a wave's entry in the config may say of how its file is to be read (see export.read)
OPTIONS = ("format", "options", "dialect", "xlsform", "where")
# What a survey tool records beside answers that a wave's `columns` may point to; it goes with the
# options under the key `told`.
TOLD = ("started", "submitted", "finished", "language")
LIMIT = 200  # distinct values of a column that a look keeps: more are no coded answers


@dataclass(frozen=True, slots=True)
class Repeats:
    """Several rows of one respondent. ids: how many respondents have them. rows: how many there
    are beyond each respondent's first. columns: those that tell them apart, each with some of its
    values; few different values first."""

    ids: int
    rows: int
    columns: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One column. label, values, missing, stem, private: as in raw.Column. firsts: each distinct text
    and the first row that has it, all of them unless `many`. answered: rows that are not empty. tool:
    whether it is the survey tool's own, not a question."""

    name: str
    label: str
    values: Mapping[str, str]
    missing: Mapping[str, str]
    firsts: Mapping[str, int]
    many: bool
    answered: int
    tool: bool = False
    stem: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """columns of the file; rows: how many hold answers. roles, findings: as in raw.RawTable.
    repeats: what the tool itself says of several rows of one respondent."""

    columns: tuple[Seen, ...]
    rows: int
    roles: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[tuple[str, str], ...] = ()
    repeats: Repeats | None = None

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    @property
    def labels(self) -> list[str]:
        """Question texts of the columns."""
        return [column.label for column in self.columns]

    @property
    def stems(self) -> list[str]:
        """What the question texts of several columns share."""
        return [column.stem for column in self.columns]


def look(path: Path, shown: str, options: Mapping, cache: Path | None) -> Look:
    """What `export.read` makes of a file, in short. cache: folder for looks, None for none.

    Raises RowsError and its kin for a file that cannot be read.
    """
    kept = cache / f"{_name(path, shown, options)}.json" if cache else None
    if kept and kept.is_file():
        try:
            return _loaded(json.loads(kept.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError):
            kept.unlink(missing_ok=True)
    kind, _ = recognise(path, shown, options.get("format"))
    if kind in apart.FORMATS:
        found = _loaded(apart.look(path, shown, options, kind))
    else:
        from surveysem.intake.export import read  # pandas: only where a file is really read

        found = of_table(read(path, shown, options))
    if kept:
        with contextlib.suppress(OSError):  # where nothing can be kept, it is looked at again
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_text(json.dumps(asdict(found), ensure_ascii=False), kept)
    return found


def form_of(path: Path, options: Mapping) -> list[Path]:
    """The XLSForm that is read beside an export, if the options name one that is there."""
    form = path.parent / (options.get("xlsform") or "")
    return [form] if options.get("xlsform") and form.is_file() else []


def _name(path: Path, shown: str, options: Mapping) -> str:
    """A name that changes with the files, with how they are read, and with the code that reads."""
    files = [path, *form_of(path, options)]
    stats = [(stat.st_size, stat.st_mtime_ns) for stat in (file.stat() for file in files)]
    own = sorted(Path(__file__).parent.rglob("*.py"))
    code = blake2b(b"".join(file.read_bytes() for file in own), digest_size=8).hexdigest()
    words = [shown, stats, sorted(options.items()), code]
    return blake2b(repr(words).encode(), digest_size=12).hexdigest()


def _loaded(kept: dict) -> Look:
    return Look(
        columns=tuple(Seen(**column) for column in kept["columns"]),
        rows=kept["rows"],
        roles=kept["roles"],
        findings=tuple((what, found) for what, found in kept["findings"]),
        repeats=Repeats(**kept["repeats"]) if kept["repeats"] else None,
    )


def of_table(table) -> Look:
    """The look of a raw.RawTable."""
    import numpy as np

    from surveysem.intake import repeats

    columns = []
    for k, column in enumerate(table.columns):
        answers = table.cells[k].cat
        codes, texts = answers.codes.to_numpy(), answers.categories
        first = np.full(len(texts), -1)
        first[codes[::-1]] = table.rows[::-1]  # the last one written is the first row
        there = [
            (str(text), int(row))
            for text, row in zip(texts, first, strict=True)
            if text and row >= 0
        ]
        there.sort(key=lambda pair: pair[1])
        empty = texts.get_loc("") if "" in texts else -2
        columns.append(
            Seen(
                name=column.name,
                label=column.label,
                values=dict(column.values),
                missing=dict(column.missing),
                firsts=dict(there[:LIMIT]),
                many=len(there) > LIMIT,
                answered=int((codes != empty).sum()),
                tool=column.tool,
                stem=column.stem,
                private=column.private,
            )
        )
    return Look(
        tuple(columns), len(table.rows), dict(table.roles), table.findings, repeats.by_tool(table)
    )
