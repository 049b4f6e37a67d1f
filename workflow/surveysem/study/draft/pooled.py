"""One instrument from several exports: the items of the first, found again in the others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from surveysem.errors import SurveySemError, describe
from surveysem.intake.columns import match
from surveysem.study.draft import ranks
from surveysem.study.draft.answers import MOST, Kind, Seen, look
from surveysem.study.draft.scales import Guess, alike, guess, joint, stem
from surveysem.study.draft.source import Export

# Which kind of answers says most, where an item has different ones in different files
BEST = ("labelled", "known", "numbered", "numbers", "texts")


@dataclass(frozen=True, slots=True)
class Pooled:
    """guesses: the constructs, items of later files that the earlier ones lack included. places:
    for each of their items its column in each export, None where it has none. seen: the columns
    of each export. others: those of them that are no items."""

    guesses: tuple[Guess, ...]
    places: Mapping[Seen, tuple[Seen | None, ...]]
    seen: tuple[tuple[Seen, ...], ...]
    others: tuple[tuple[Seen, ...], ...]

    @property
    def items(self) -> list[Seen]:
        """All items in the order of the guesses."""
        return [c for g in self.guesses for c in g.columns]


def pool(exports: Sequence[Export]) -> Pooled:
    """Guess constructs over all exports. Raises SurveySemError for an export without any item of
    the first one."""
    seen = [ranks.without_ranks(e.table, look(e.table, k)) for k, e in enumerate(exports)]
    guesses = guess(seen[0])
    places: dict[Seen, list[Seen | None]] = {c: [c] for g in guesses for c in g.columns}
    known = {c.name for c in seen[0]} if guesses else set()
    for k in range(1, len(exports)):
        again = _again(list(places), exports[k], seen[k])
        if places and not again:
            raise SurveySemError(_another(exports, k, len(places)))
        for c, columns in places.items():
            columns.append(again.get(c))
        taken = set(again.values())
        new = guess([c for c in seen[k] if c not in taken and c.name not in known], alone=False)
        guesses = _with(guesses, new, again)
        places |= {c: [None] * k + [c] for g in new for c in g.columns}
        known |= {c.name for c in seen[k]}
    return Pooled(
        tuple(replace(g, kind=_kind(g, places)) for g in guesses),
        {c: tuple(columns) for c, columns in places.items()},
        tuple(map(tuple, seen)),
        tuple(
            tuple(c for c in own if c not in {columns[k] for columns in places.values()})
            for k, own in enumerate(seen)
        ),
    )


def _again(items: Sequence[Seen], export: Export, seen: Sequence[Seen]) -> dict[Seen, Seen]:
    """Items of earlier files to their columns in a later one, found as intake finds them."""
    names = [c.name for c in export.table.columns]
    labels = [c.label for c in export.table.columns]
    stems = [c.stem for c in export.table.columns]
    # a name that stands there twice says nothing: such an item is found by its question alone
    often = Counter(c.name for c in items)
    keys = {c: c.name if often[c.name] == 1 else f"column {k} of its file" for k, c in
            enumerate(items)}  # fmt: skip
    wanted = {key: [c.question] for c, key in keys.items()}
    found = match(names, labels, wanted, {}, file="", where="", stems=stems).columns
    claims = Counter(found.values())
    by_number = {(c.at,): c for c in seen}
    return {
        c: by_number[found[key]]
        for c, key in keys.items()
        if claims[found.get(key)] == 1 and found[key] in by_number
    }


def _with(
    guesses: Sequence[Guess], new: Sequence[Guess], again: Mapping[Seen, Seen]
) -> list[Guess]:
    """Further constructs; further items of a known one (same name, same answers) join it.

    again: items of the known ones to their columns in the file of the new ones.
    """
    out = list(guesses)
    for g in new:
        name = g.name or stem(g.columns[0].name)
        for k, old in enumerate(out):
            there = [c for item in old.columns if (c := again.get(item)) and c.kind]
            if name and old.name == name and alike(there or old.columns, g.columns[0]):
                out[k] = replace(old, columns=(*old.columns, *g.columns))
                break
        else:
            out.append(g)
    return out


def _kind(g: Guess, places: Mapping[Seen, Sequence[Seen | None]]) -> Kind:
    """The answers of a construct over all files: those that say most, for all of them mean the
    same; what does not fit is named among the items' other values."""
    kinds = [c.kind for item in g.columns for c in places[item] if c and c.kind]
    best = min((kind.how for kind in kinds), key=BEST.index)
    fitting = [kind for kind in kinds if kind.how == best]
    if best in ("labelled", "known"):
        kind = fitting[0]
    else:
        kind = joint(fitting)
        kind = kind if len(kind.steps) <= MOST else fitting[0]
    missing = dict.fromkeys(v for kind in kinds for v in kind.missing)
    return replace(kind, missing=tuple(missing))


def _another(exports: Sequence[Export], k: int, items: int) -> str:
    return describe(
        exports[k].path.name,
        f"none of the {items} items of {exports[0].path.name} is there, by name or question",
        hint="in another language: draft from one file, add the questions in the other language to "
        "the instrument (a column such as zh), then the wave (docs/adding-a-wave.md); another "
        "questionnaire: a study of its own",
    )
