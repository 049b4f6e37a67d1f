"""The waves of a draft: a file each, or an occasion each where a file holds several."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveysem.intake import repeats
from surveysem.intake.raw import RawTable
from surveysem.study.draft import occasions, roles
from surveysem.study.draft.answers import Seen
from surveysem.study.draft.pooled import Pooled
from surveysem.study.draft.source import Export, told
from surveysem.study.occasions import MANY

RAW = "data/raw"


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """A wave of a draft. export: number of its file. label: '' where it needs none. without: items
    that it did not ask."""

    name: str
    label: str
    export: int
    where: Mapping
    table: RawTable
    without: tuple[str, ...]


def waves_of(
    exports: Sequence[Export], pooled: Pooled, names: Mapping[Seen, str], id_name: str
) -> tuple[list[Wave], list[str]]:
    """The waves, and what occasions were left out since nobody answered an item.

    names: of the items. id_name: column of respondents' ids, '' if none is known.
    """
    found, idle = [], []
    for k, export in enumerate(exports):
        parts = occasions.split(export.table, column(export.table, id_name))
        for part in parts:
            without = tuple(
                name for c, name in names.items()
                if (own := pooled.places[c][k]) is None or not _answered(part.table, own.at)
            )  # fmt: skip
            if len(parts) > 1 and len(without) == len(names):
                idle.append(f"{part.label or 'without a name'} ({len(part.table.rows)} rows)")
                continue
            label = part.label or (export.path.stem if len(exports) > 1 else "")
            name = f"w{len(found) + 1}"
            found.append(Wave(name, label, k, part.where, part.table, without))
    return found, idle


def column(table: RawTable, name: str) -> int | None:
    """Number of the one column of this name."""
    at = [k for k, c in enumerate(table.columns) if name and c.name == name]
    return at[0] if len(at) == 1 else None


def _answered(table: RawTable, at: int) -> bool:
    return bool((table.cells[at] != "").any())


def entries(
    waves: Sequence[Wave],
    exports: Sequence[Export],
    pooled: Pooled,
    names: Mapping[Seen, str],
    texts: Mapping[str, str],
    roles: Sequence[Mapping],
) -> list[dict]:
    """The waves as config.yaml has them. names: of the items; texts: their wording. roles: for
    each export the columns of roles that it calls otherwise."""
    out = []
    for wave in waves:
        export = exports[wave.export]
        entry = {"name": wave.name, "label": wave.label, "file": f"{RAW}/{export.path.name}"}
        entry |= export.entry
        entry["where"] = {**export.entry.get("where", {}), **wave.where}
        places = {
            own.at: name for c, name in names.items() if (own := pooled.places[c][wave.export])
        }
        entry["columns"] = {**told(export.table, places, texts), **roles[wave.export]}
        entry["without"] = list(wave.without)
        out.append({key: value for key, value in entry.items() if value})
    return out


def lines(waves: Sequence[Wave], idle: Sequence[str], items: int) -> list[str]:
    """What to say of several waves."""
    out = []
    if len(waves) > 1 or idle:
        told_by = {column for wave in waves for column in wave.where}
        by = f" (by {', '.join(sorted(told_by))})" if told_by else ""
        named = [f"{w.name} {w.label}: {len(w.table.rows)} rows" for w in waves]
        out.append(f"{len(waves)} waves{by}: {'; '.join(named)}.")
    if idle:
        out.append(f"No item was answered in {', '.join(idle)}: no waves.")
    lacking: dict[tuple[str, ...], list[str]] = {}
    for wave in waves if len(waves) > 1 else ():
        lacking.setdefault(wave.without, []).append(wave.name)
    for names, of in lacking.items():
        if names:
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            verb = "lacks" if len(of) == 1 else "lack"
            shown = ", ".join(names[:8])
            out.append(f"{', '.join(of)} {verb} {len(names)} of {items} items: {shown}{more}.")
    return out


def shared(waves: Sequence[Wave], id_name: str) -> int:
    """How many ids stand in more than one wave."""
    count: Counter[str] = Counter()
    for wave in waves:
        at = column(wave.table, id_name)
        if at is not None:
            count.update(set(wave.table.cells[at].astype(object)) - {""})
    return sum(times > 1 for times in count.values())


def repeated(waves: Sequence[Wave], id_name: str, pooled: Pooled) -> list[str]:
    """What to say of waves in which ids stand several times."""
    out = []
    for wave in waves:
        at = column(wave.table, id_name)
        found = None if at is None else _telling(wave, at, pooled)
        if found is None:
            continue
        text = f"{wave.name}: {found.rows} rows have an id that stands there before"
        if found.rows >= MANY * len(wave.table.rows) and found.columns:
            text += (
                f"; are they occasions, told apart by {_some(found)}? Then a wave each, by where:"
            )
        out.append(f"{text}; cleaning keeps the first of each id.")
    return out


def unclear_ids(wave: Wave, pooled: Pooled) -> list[str]:
    """What to say of columns named like an id that stand there too often for one, if something
    tells their rows apart."""
    rows, out = len(wave.table.rows), []
    for c in pooled.others[wave.export]:
        found = _telling(wave, c.at, pooled) if roles.ID.fullmatch(c.name) else None
        if found and found.columns:
            out.append(
                f"{c.name} has {len(c.counts)} values in {rows} rows, which {_some(found)} tells "
                "apart: are they occasions of respondents? Then respondents.id, and a wave each, by "
                "where:."
            )
    return out


def _telling(wave: Wave, at: int, pooled: Pooled) -> repeats.Repeats | None:
    """What tells rows with the same value of column `at` apart, items aside."""
    ids = wave.table.cells[at].astype(object).to_numpy()
    items = {own.at for c in pooled.items if (own := pooled.places[c][wave.export])}
    taken = {at, *items, *wave.table.roles.values()}
    free = [k for k, c in enumerate(wave.table.columns) if c.name and k not in taken]
    return repeats.telling(wave.table, ids, free)


def _some(found: repeats.Repeats) -> str:
    return ", ".join(" ".join(name.split())[:40] for name in list(found.columns)[:3])
