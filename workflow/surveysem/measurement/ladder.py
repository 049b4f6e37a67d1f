"""The ladder of measurement invariance: its levels, and the models of each, over groups or waves.

Sources: Meredith (1993); for ordinal items Wu and Estabrook (2016, Psychometrika 81,
1014-1045), whose order of levels and identification are followed: thresholds first, since
the scale of a latent response is only known through them; over waves Liu et al. (2017,
Psychological Methods 22, 486-506), with residuals of the same item correlated.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

import pandas as pd

from surveysem.asked import EVERYONE
from surveysem.measurement.categories import nothing_joined
from surveysem.models import Attempt, attempt, measurement_text
from surveysem.sem.result import Fit

EQUAL = {
    "configural": (),
    "thresholds": ("thresholds",),
    "metric": ("thresholds", "loadings"),
    "scalar": ("thresholds", "loadings", "intercepts"),
    "strict": ("thresholds", "loadings", "intercepts", "residuals"),
}


def levels(fewest: int | None = None) -> dict[str, tuple[str, ...]]:
    """Levels in order, each with the kinds of parameters that it holds equal.

    fewest: of the categories of ordinal items; None for continuous ones. With three, equal
    thresholds only change the scale: that level is the configural one, and left out. With
    two, nothing tells loadings and intercepts from thresholds and scale, which would take up
    any shift of an item: one level, called scalar, holds all four equal (Wu and Estabrook
    2016, propositions 7 to 15).
    """
    if fewest is None:
        return {level: equal[1:] for level, equal in EQUAL.items() if level != "thresholds"}
    if fewest == 2:
        return {"configural": (), "scalar": EQUAL["strict"]}
    left_out = ("thresholds",) if fewest == 3 else ()
    return {level: equal for level, equal in EQUAL.items() if level not in left_out}


def tested(steps: Mapping[str, Sequence[str]], level: str) -> tuple[str, ...]:
    """Kinds of parameters that a level holds equal and the level before does not."""
    return tuple(kind for kind in steps[level] if kind not in _held_before(steps, level))


def free_kinds(steps: Mapping[str, Sequence[str]], level: str) -> frozenset[str]:
    """Kinds of parameters that an item has free which contradicted a level: those that the
    level before does not hold equal."""
    return frozenset(EQUAL["strict"]) - frozenset(_held_before(steps, level))


def _held_before(steps: Mapping[str, Sequence[str]], level: str) -> Sequence[str]:
    """Kinds of parameters that the level before holds equal; none before the first."""
    before = {later: earlier for earlier, later in pairwise(steps)}
    return steps[before[level]] if level in before else ()


def _parameters(item: str, loads_on: Collection[str], cuts: int) -> dict[str, list[str]]:
    """Names of an item's measurement parameters by kind."""
    return {
        "thresholds": [f"{item}|t{k}" for k in range(1, cuts + 1)],
        "loadings": [f"{factor}=~{item}" for factor in loads_on],
        "intercepts": [f"{item}~1"],
        "residuals": [f"{item}~~{item}"],
    }


@dataclass(frozen=True, slots=True)
class Place:
    """A group or wave (member) in a fit: names of the factor and the item there, the number of
    the group whose rows of the table it has, and the respondents."""

    member: str
    factor: str
    item: str
    group: int
    table: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Groups:
    """A measurement model over groups of respondents.

    table: respondents x (items and `by`). factors: construct to items. members: the groups
    in order, the first one the reference. by: the column that tells them apart. changed:
    items that are never held equal. log: what categories.ready left out or joined.
    """

    table: pd.DataFrame
    factors: Mapping[str, Sequence[str]]
    members: Sequence[str]
    estimator: str
    by: str = "group"
    changed: Collection[str] = ()
    log: pd.DataFrame = field(default_factory=nothing_joined)

    @property
    def steps(self) -> dict[str, tuple[str, ...]]:
        """Levels of this model with what each holds equal."""
        return levels(
            min(map(self._categories, self._items), default=None) if self._ordinal else None
        )

    def fit(
        self, level: str, freed: Mapping[str, str] | None = None, after: Fit | None = None
    ) -> Attempt:
        """The model of a level; freed: items that differ, each with the level it contradicts."""
        held, steps = self.steps[level], self.steps
        free = {item: free_kinds(steps, at) for item, at in (freed or {}).items()}
        free |= dict.fromkeys([*self.changed, *self._alone], frozenset(held))
        partial = [
            name
            for item, kinds in free.items()
            for kind, names in self._parameters(item).items()
            for name in names
            if kind in kinds.intersection(held)
        ]
        text = measurement_text(self.factors, ordinal=self._ordinal)
        return attempt(
            text, self.table, self.members, estimator=self.estimator, equal=held, by=self.by,
            after=after, group_partial=partial, std_lv=True, id_cat="wu_estabrook",
        )  # fmt: skip

    def places(self, construct: str, item: str | None = None) -> list[Place]:
        """Where the construct is measured, by the items or by one that was asked there."""
        return [
            Place(member, construct, item or "", g, self.table.loc[self.table[self.by] == member])
            for g, member in enumerate(self.members, start=1)
        ]

    def rows(self, fit: Fit, level: str, item: str) -> list[int]:
        """Rows of a fit that the release of an item at a level would let go."""
        kinds = tested(self.steps, level)
        names = {name for kind in kinds for name in self._parameters(item)[kind]}
        return [k for k, r in enumerate(fit.table.rows) if r.group > 1 and r.name in names]

    @property
    def _items(self) -> list[str]:
        return [item for items in self.factors.values() for item in items]

    @property
    def _alone(self) -> list[str]:
        """Ordinal items that are all there is of their construct: nothing tells their thresholds
        from its mean, or their loading from its variance, so that nothing is held equal."""
        return [
            i for items in self.factors.values() for i in items if len(items) == 1 and self._ordinal
        ]

    @property
    def _ordinal(self) -> bool:
        return self.estimator == "WLSMV"

    def _categories(self, item: str) -> int:
        return self.table[item].nunique()

    def _parameters(self, item: str) -> dict[str, list[str]]:
        loads_on = [factor for factor, items in self.factors.items() if item in items]
        return _parameters(item, loads_on, self._categories(item) - 1 if self._ordinal else 0)


@dataclass(frozen=True, slots=True)
class Waves:
    """Measurement of one construct over the waves of a panel; residuals of an item correlate.

    table: respondents x items, named by `column`. items: of the construct. count: of the
    waves, in order. absent, changed: (item, wave from 1) pairs; an absent one was not asked,
    a changed one in other words or with other answers, and is never held equal. log: what
    categories.ready left out or joined.
    """

    table: pd.DataFrame
    construct: str
    items: Sequence[str]
    count: int
    estimator: str
    absent: Collection[tuple[str, int]] = field(default=frozenset())
    changed: Collection[tuple[str, int]] = field(default=frozenset())
    log: pd.DataFrame = field(default_factory=nothing_joined)

    @property
    def factors(self) -> dict[str, Sequence[str]]:
        """The construct with its items."""
        return {self.construct: self.items}

    @property
    def steps(self) -> dict[str, tuple[str, ...]]:
        """Levels of this model with what each holds equal."""
        names = [column(item, wave) for item in self.items for wave in self.asked(item)]
        return levels(min(self.table[n].nunique() for n in names) if self._ordinal else None)

    def asked(self, item: str) -> list[int]:
        """Waves that asked an item."""
        return [w for w in range(1, self.count + 1) if (item, w) not in self.absent]

    def fit(
        self, level: str, freed: Mapping[str, str] | None = None, after: Fit | None = None
    ) -> Attempt:
        """The model of a level; freed: items that differ, each with the level it contradicts."""
        text = self.text(self.steps[level], freed)
        return attempt(
            text, self.table, [EVERYONE], estimator=self.estimator, after=after, std_lv=True,
            **({} if after or self._ordinal else {"meanstructure": True}),
        )  # fmt: skip

    def places(self, construct: str, item: str | None = None) -> list[Place]:
        """Where the construct is measured, by the items or by one that was asked there."""
        waves = self.asked(item) if item else range(1, self.count + 1)
        return [
            Place(str(w), column(construct, w), column(item, w) if item else "", 1, self.table)
            for w in waves
        ]

    def rows(self, fit: Fit, level: str, item: str) -> list[int]:
        """Rows of a fit that the release of an item at a level would let go."""
        kinds, names = tested(self.steps, level), set()
        for wave in self.asked(item)[1:]:
            if (item, wave) not in self.changed:
                name, factor = column(item, wave), column(self.construct, wave)
                own = _parameters(name, [factor], self._cuts(name))
                names |= {n for kind in kinds for n in own[kind]}
        return [k for k, row in enumerate(fit.table.rows) if row.name in names]

    def text(self, held: Sequence[str], freed: Mapping[str, str] | None = None) -> str:
        """Model text in which the kinds of parameters in `held` are equal over waves.

        Identified as by Wu and Estabrook: mean 0 and variance 1 of the factor in the first
        wave, and free in a later one where equal parameters identify them.
        """

        free = {item: free_kinds(self.steps, at) for item, at in (freed or {}).items()}

        def same(item: str, wave: int) -> frozenset[str]:
            """Kinds of an item's parameters that are the same in a wave as in the others."""
            own = () if (item, wave) in self.changed else held
            return frozenset(own) - free.get(item, frozenset())

        lines = []
        for wave in range(1, self.count + 1):
            items = [item for item in self.items if wave in self.asked(item)]
            if not items:
                continue
            factor = column(self.construct, wave)
            terms = [
                ("l." + item + "*" if "loadings" in same(item, wave) else "") + column(item, wave)
                for item in items
            ]
            shared = frozenset().union(*(same(item, wave) for item in items)) if wave > 1 else ()
            lines += [
                f"{factor} =~ {' + '.join(terms)}",
                f"{factor} ~~ {'NA' if 'loadings' in shared else '1'}*{factor}",
                f"{factor} ~ {'NA' if 'intercepts' in shared else '0'}*1",
            ]
            for item in items:
                make = self._ordinal_lines if self._ordinal else _continuous_lines
                lines += make(item, wave, same(item, wave))
        for item in self.items:
            pairs = combinations(self.asked(item), 2)
            lines += [f"{column(item, a)} ~~ {column(item, b)}" for a, b in pairs]
        return "\n".join(lines) + "\n"

    def _ordinal_lines(self, item: str, wave: int, same: frozenset[str]) -> list[str]:
        name, later = column(item, wave), wave != self.asked(item)[0]
        cuts, equal = self._cuts(name), "thresholds" in same
        terms = [f"{f'c{k}.{item}*' if equal else ''}t{k}" for k in range(1, cuts + 1)]
        moved = later and equal and "intercepts" not in same
        scaled = later and equal and (cuts >= 2 or "intercepts" in same)
        return [
            f"{name} | {' + '.join(terms)}",
            f"{name} ~ {'NA' if moved else '0'}*1",
            f"{name} ~~ {'NA' if scaled and 'residuals' not in same else '1'}*{name}",
        ]

    @property
    def _ordinal(self) -> bool:
        return self.estimator == "WLSMV"

    def _cuts(self, name: str) -> int:
        return self.table[name].nunique() - 1 if self._ordinal else 0


def column(name: str, wave: int) -> str:
    """Name of an item's answers, or of a construct, in a wave (from 1)."""
    return f"{name}.{wave}"


def _continuous_lines(item: str, wave: int, same: frozenset[str]) -> list[str]:
    name = column(item, wave)
    return [
        f"{name} ~ {f'i.{item}' if 'intercepts' in same else 'NA'}*1",
        f"{name} ~~ {f'r.{item}*' if 'residuals' in same else ''}{name}",
    ]
