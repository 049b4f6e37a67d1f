"""Several rows of one respondent in one wave: occasions that should be waves, or answers given twice."""

from collections.abc import Mapping, Sequence

from surveysem.errors import describe
from surveysem.intake.look import Repeats
from surveysem.study.objects import Study, Wave
from surveysem.study.sources import File

MANY = 0.05  # share of a wave's rows: fewer may well be people who answered twice


def contradictions(full: Mapping, files: Sequence[File]) -> list[str]:
    """Problems of waves in which the tool itself says that rows of one respondent are occasions.

    Cleaning would keep one row an id and lose the others; where it is told to keep them
    (`cleaning.duplicates: false`), rows are what the study counts.
    """
    if not full["cleaning"]["duplicates"]:
        return []
    return [
        describe(
            f"{file.where}.file: {file.name}",
            f"{_several(found)}; they are occasions, told apart by {_values(found)}",
            hint=f"a wave for each: {where_of(found)} (docs/exports.md; init drafts them so). To "
            "count each row as a respondent: cleaning.duplicates: false",
        )
        for file in files
        if (found := file.look.repeats)
    ]


def where_of(found: Repeats) -> str:
    """The key of a wave that tells one occasion from the others, to be pasted."""
    parts = [f"{name}: {values[0] if values else ''}" for name, values in found.columns.items()]
    return f"where: {{{', '.join(parts)}}}"


def _several(found: Repeats) -> str:
    whose = "1 respondent has" if found.ids == 1 else f"{found.ids} respondents have"
    return f"{whose} several rows ({found.rows} beyond the first)"


def _values(found: Repeats) -> str:
    return "; ".join(
        f"{name} ({', '.join(values)}, ...)" if values else name
        for name, values in found.columns.items()
    )


def notes(study: Study, wave: Wave, raws: Sequence) -> list[str]:
    """What to say of a wave that has many ids several times; raws: its files as RawTables.

    Few are people who answered twice, which is cleaning's business.
    """
    import numpy as np

    from surveysem.intake import repeats

    parts = [_ids(raw, source.columns.get("id", ())) for raw, source in
             zip(raws, wave.sources, strict=True)]  # fmt: skip
    ids = np.concatenate(parts)
    found = repeats.counted(ids)
    if found is None or found[1] < MANY * len(ids) or any(file.occasions for file in raws):
        return []
    counted, rows, _ = found
    if rows > sum(part[1] for own in parts if (part := repeats.counted(own))):
        return [_alike(wave, counted, rows)]
    told = []
    for raw, source, own in zip(raws, wave.sources, parts, strict=True):
        taken = {k for name, at in source.columns.items() if name in study.items for k in at}
        taken |= set(source.columns.get("id", ())) | set(raw.roles.values())
        free = [k for k, column in enumerate(raw.columns) if column.name and k not in taken]
        telling = repeats.telling(raw, own, free)
        if telling:
            told.append(_note(study, wave, source.file, telling))
    return told


def _ids(raw, columns: Sequence[int]):
    import numpy as np

    out = np.full(len(raw.rows), "", dtype=object)
    for k in columns:
        out = np.where(out == "", raw.cells[k].astype(object).to_numpy(), out)
    return out


def _note(study: Study, wave: Wave, file: str, found: Repeats) -> str:
    kept = study.config["cleaning"]["duplicates"]
    does = "cleaning keeps one row an id" if kept else "each row counts as a respondent"
    if not found.columns:
        hint = "no column tells them apart; are the ids right (respondents.id)?"
    else:
        names = ", ".join(list(found.columns)[:3])
        first = Repeats(found.ids, found.rows, dict(list(found.columns.items())[:1]))
        hint = (
            f"if they are occasions, told apart by {names}, each is a wave of its own: "
            f"{where_of(first)}; if people answered twice, all is well"
        )
    return describe(f"note: {file}, wave {wave.name}", f"{_several(found)}; {does}", hint=hint)


def _alike(wave: Wave, ids: int, rows: int) -> str:
    return describe(
        f"note: wave {wave.name}",
        f"{ids} ids stand in several of its files ({rows} rows beyond the first)",
        hint="cleaning keeps one row an id: if they are different people, number them apart in the "
        "files, or leave respondents.id out",
    )
