"""What all sections of a page share: language, names, tables, the wave and rows in the lead."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from surveysem.report import words
from surveysem.report.tables import Row, Table, unique


@dataclass
class Context:
    """One page in one language.

    plan: the study's names (surveysem.study.plans.report). tables: the stages' tables by
    name. figures: names of the files that stand beside the page.
    """

    language: str
    plan: Mapping
    tables: Mapping[str, Table]
    figures: Collection[str] = ()
    _: words.Translate = field(init=False)

    def __post_init__(self):
        self._ = words.translator(self.language)

    @property
    def wave(self) -> str:
        """The latest wave: the one of the headline rows."""
        return list(self.plan["waves"])[-1]

    def text(self, texts: Mapping[str, str]) -> str:
        """A text of the study in the page's language."""
        return words.pick(texts, self.language)

    def wave_name(self, wave: str) -> str:
        """Label of a wave."""
        return self.text(self.plan["waves"][wave]["label"])

    def group_name(self, group: str) -> str:
        """Label of a group; 'all' are all groups together, '' is not known."""
        if group in self.plan["groups"]:
            return self.text(self.plan["groups"][group])
        if group == "all":
            return self._("All together")
        return group or self._("Not given")

    def name(self, code: str) -> str:
        """Name of a construct (with its facet), a group, or else the code itself."""
        base, _sep, facet = code.partition(":")
        if base in self.plan["constructs"]:
            label = self.text(self.plan["constructs"][base]["name"]) or base
            return f"{label} ({facet})" if facet else label
        return self.group_name(code) if code in self.plan["groups"] else code

    def named(self, rows: Iterable[Row], key: str = "scale") -> str:
        """The scales (or what `key` names) of some rows with their groups, the first few of them."""
        names = unique(f"{self.name(r[key])} ({self.group_name(r['group'])})" for r in rows)
        return words.first(names, self._)

    def running(self, code: str) -> str:
        """Name of a construct within a sentence: no capital for an ordinary English noun."""
        name = self.name(code)
        plain = self.language == "en" and name[:1].isupper() and name[1:2].islower()
        return name[:1].lower() + name[1:] if plain else name

    def claim(self, hypothesis: str) -> str:
        """A hypothesis as names and arrows."""
        h = self.plan["hypotheses"][hypothesis]
        ends = [
            words.join([self.name(c) for c in part], self._)
            for part in (h["from"], *[[v] for v in h["via"]], h["to"])
            if part
        ]
        claim = " → ".join(ends)
        return ": ".join(part for part in (claim, h["contrast"]) if part)

    def sign(self, hypothesis: str) -> str:
        """The hypothesised direction in a word."""
        h = self.plan["hypotheses"][hypothesis]
        if h["kind"] in ("equality", "rival"):
            return "–"
        words_of = {"+": self._("positive"), "-": self._("negative"), "0": self._("either")}
        return words_of.get(h["sign"], "–")

    def headline(self) -> list[Row]:
        """Headline rows of all hypotheses, in the order of the hypotheses' file."""
        return self.tables["hypotheses"].where(headline="1")

    @property
    def whole(self) -> str:
        """Name of the rows that concern all respondents."""
        groups = list(self.plan["groups"])
        return "all" if len(groups) > 1 else groups[0]

    def lead_group(self, model: str) -> str:
        """Group of a model's headline rows."""
        groups = self.plan["models"][model]["groups"]
        return groups[0] if len(groups) == 1 else "all"

    def groups_in_words(self, model: str) -> str:
        """The groups of a model, joined."""
        groups = self.plan["models"][model]["groups"]
        return " + ".join(self.group_name(g) for g in groups)
