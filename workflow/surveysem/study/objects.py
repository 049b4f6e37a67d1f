"""The study's objects: frozen, validated once, read by everyone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from surveysem.errors import SurveySemError

EVERYONE = "all"  # the group label of pooled results, and of a study without groups
KINDS = ("total", "path", "indirect", "within", "contrast", "equality", "rival")
TIERS = ("headline", "asserted", "derived", "exploratory")


def texts(value: str | Mapping[str, str]) -> dict[str, str]:
    """Text by language; '*' holds a text that serves every language."""
    return {"*": value} if isinstance(value, str) else dict(value)


class StudyError(SurveySemError):
    """One or several mistakes in the study's files; `problems` holds a text for each."""

    def __init__(self, problems: Sequence[str]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Item:
    """One question. groups and forms: who was asked; empty means everyone.

    codes: the allowed answers in order. labels: answer label (normalised) to code, over
    all languages. check: '' or the family of flags that a wrong answer raises; passes:
    the codes that pass. optional: no file needs to have it. line: of the instrument's file.
    """

    name: str
    construct: str
    text: Mapping[str, str]
    groups: tuple[str, ...]
    reverse: bool
    facet: str
    scale: str
    codes: tuple[int, ...]
    labels: Mapping[str, int]
    forms: tuple[str, ...]
    check: str
    passes: tuple[int, ...]
    optional: bool
    line: int = 0

    def asked_of(self, groups: Sequence[str]) -> bool:
        """Whether all of `groups` were asked."""
        return not self.groups or set(groups) <= set(self.groups)


@dataclass(frozen=True, slots=True)
class Construct:
    """What a set of items measures. name: by language."""

    code: str
    name: Mapping[str, str]
    role: str
    facets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One claim. causes: `from`; via: mediators in order; sign: '+', '-' or '0' (left open).

    sesoi: the smallest standardised effect of interest, or None.
    """

    id: str
    tier: str
    kind: str
    causes: tuple[str, ...]
    via: tuple[str, ...]
    outcomes: tuple[str, ...]
    sign: str
    contrast: str
    status: str
    clause: str
    groups: tuple[str, ...]
    design: str
    sesoi: float | None


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a wave. options: how it is read (see intake.export). columns: item or role
    to the positions of its columns. how: name, text, config or tool. fixed: role to the value
    that all its rows have."""

    file: str
    options: Mapping
    columns: Mapping[str, tuple[int, ...]]
    how: Mapping[str, str]
    fixed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wave:
    """One survey wave. label: by language. without: items that it did not ask. reworded: items
    with other words than before. changed: items with other answers than the instrument's,
    as they were asked. levels: groups found. named: what a file calls a group, to the group."""

    name: str
    label: Mapping[str, str]
    sources: tuple[Source, ...]
    without: tuple[str, ...] = ()
    reworded: tuple[str, ...] = ()
    changed: Mapping[str, Item] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def inputs(self) -> list[str]:
        """All files that are read for it: exports, and XLSForms beside them."""
        forms = [
            str(Path(source.file).parent / source.options["xlsform"])
            for source in self.sources
            if source.options.get("xlsform")
        ]
        return [*(source.file for source in self.sources), *forms]

    @property
    def file(self) -> str:
        """Its files, in words."""
        return ", ".join(source.file for source in self.sources)


@dataclass(frozen=True, slots=True)
class Margin:
    """One row of the population margins. kind: 'share' or 'count'.

    wave, group: '' for all waves, and for all groups together. line: of the file.
    """

    variable: str
    level: str
    kind: str
    value: float
    wave: str
    group: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Override:
    """A researcher's decision about one respondent, or one row (0: the respondent is named).

    line: of the overrides' file. respondent: the id, hashed as intake does.
    """

    line: int
    wave: str
    respondent: str
    row: int
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Model:
    """One structural model; groups in order, (EVERYONE,) where the study has none.

    syntax: the user's model text, or None for the model that the hypotheses make.
    """

    name: str
    groups: tuple[str, ...]
    estimator: str
    syntax: str | None


@dataclass(frozen=True)
class Study:
    """The whole study. config: the completed config, for the report and the run's record.

    items: those that some wave has. groups: label by language of each group. pseudonyms: which
    key makes them (see privacy.pseudonyms). margins: of the population, to rake to. answers:
    label by language of each code of each answer scale.
    """

    config: Mapping
    languages: tuple[str, ...]
    items: Mapping[str, Item]
    constructs: Mapping[str, Construct]
    hypotheses: Mapping[str, Hypothesis]
    waves: Mapping[str, Wave]
    groups: Mapping[str, Mapping[str, str]]
    models: Mapping[str, Model]
    pseudonyms: Mapping[str, str]
    margins: tuple[Margin, ...] = ()
    overrides: tuple[Override, ...] = ()
    answers: Mapping[str, Mapping[int, Mapping[str, str]]] = field(default_factory=dict)

    @property
    def truth(self) -> str | None:
        """Folder with the truth behind synthetic data, or None."""
        return self.config["study"]["truth"]

    @property
    def grouped(self) -> bool:
        """Whether respondents are of several stakeholder groups."""
        return list(self.groups) != [EVERYONE]

    def items_of(self, wave: Wave) -> dict[str, Item]:
        """The items as a wave asked them, those that it did not ask left out."""
        return {
            name: wave.changed.get(name, item)
            for name, item in self.items.items()
            if name not in wave.without
        }

    def scale_items(self, construct: str, groups: Sequence[str], wave: Wave) -> tuple[Item, ...]:
        """Items of a construct that all of `groups` were asked in a wave."""
        named = () if tuple(groups) == (EVERYONE,) else groups
        return tuple(
            item
            for item in self.items.values()
            if item.construct == construct
            and not item.check
            and item.asked_of(named)
            and item.name not in wave.without
        )
