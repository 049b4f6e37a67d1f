"""Draw the demonstration survey: waves of respondents, their answers, their mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from surveysem.demo import exports
from surveysem.demo.population import Population, implied_correlations, true_paths
from surveysem.study.objects import Item
from surveysem.tables import write_csv

FIRST_ROW = 2  # of answers in a plain table: the header is row 1
TROUBLE_COLUMNS = ["wave", "row", "trouble", "column", "value"]


@dataclass
class _Person:
    """One respondent over the waves: who, where, and what stays the same."""

    id: str
    group: str
    project: int
    factors: np.ndarray
    items: np.ndarray


class Survey:
    """Draws waves one after another; everything random comes from one generator."""

    def __init__(self, population: Population, items: Mapping[str, Item]):
        self.population, self.settings = population, population.settings
        self.rng = np.random.default_rng(self.settings["seed"])
        self.items = [i for i in items.values() if not i.optional]
        self.substance = [i for i in self.items if not i.check]
        self.root = np.linalg.cholesky(population.S + 1e-12 * np.eye(len(population.S)))
        self.total = np.linalg.inv(np.eye(len(population.B)) - population.B)
        self.loadings = self._loadings()
        self.thresholds = self._thresholds()
        self.shared = self._shared_parts()
        self.count = dict.fromkeys(self.settings["groups"], 0)
        self.panel: list[_Person] = []

    def _loadings(self) -> dict[str, float]:
        bounds = self.settings["loadings"]
        return {
            i.name: (-1.0 if i.reverse else 1.0)
            * round(float(self.rng.uniform(*bounds["reversed" if i.reverse else "keyed"])), 2)
            for i in self.substance
        }

    def _thresholds(self) -> dict[str, np.ndarray]:
        base, spread = self.settings["thresholds"]["base"], self.settings["thresholds"]["spread"]
        return {
            i.name: np.round(np.array(base) + self.rng.uniform(-spread, spread), 2)
            for i in self.substance
        }

    def _shared_parts(self) -> dict[str, np.ndarray]:
        """What districts and projects add to everyone in them, and which lies in which."""
        s, k = self.settings, len(self.root)
        return {
            "district_of": self.rng.integers(0, s["districts"], s["projects"]),
            "district": self.rng.standard_normal((s["districts"], k)),
            "project": self.rng.standard_normal((s["projects"], k)),
        }

    def truth(self) -> pd.DataFrame:
        """Table item, construct, loading (standardised), thresholds."""
        return pd.DataFrame(
            [
                (i.name, i.construct, self.loadings[i.name], *self.thresholds[i.name])
                for i in self.substance
            ],
            columns=["item", "construct", "loading", "t1", "t2", "t3", "t4"],
        )

    def wave(self, wave: Mapping) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The raw file of one wave, and the troubles planted in it (by row of the file)."""
        self._renew_panel()
        people = self.panel
        latent = self._latent(wave)
        answers = self._answers(people, latent)
        frame = self._frame(people, answers)
        left = self._leave_missing(frame)
        return self._plant(frame, wave["name"], left)

    def _renew_panel(self) -> None:
        """Drop-out, then fresh recruits up to each group's size, in shuffled order."""
        kept = []
        for person in self.panel:
            if self.rng.random() >= self.settings["groups"][person.group]["dropout"]:
                kept.append(person)
        for group, entry in self.settings["groups"].items():
            size = int(entry["size"] + self.rng.integers(-12, 13))
            have = sum(p.group == group for p in kept)
            for _ in range(max(size - have, 0)):
                self.count[group] += 1
                kept.append(
                    _Person(
                        id=f"{entry['prefix']}{self.count[group]:04d}",
                        group=group,
                        project=int(self.rng.integers(0, self.settings["projects"])),
                        factors=self.rng.standard_normal(len(self.root)),
                        items=self.rng.standard_normal(len(self.substance)),
                    )
                )
        self.panel = [kept[k] for k in self.rng.permutation(len(kept))]

    def _latent(self, wave: Mapping) -> np.ndarray:
        """Factors of all respondents in this wave, n x k, with group means and wave shifts."""
        share, stay = self.settings["variance_shares"], self.settings["stability"]
        scores = []
        for person in self.panel:
            fresh = self.rng.standard_normal(len(self.root))
            person.factors = stay * person.factors + np.sqrt(1 - stay**2) * fresh
            district = self.shared["district"][self.shared["district_of"][person.project]]
            z = (
                np.sqrt(share["respondent"]) * person.factors
                + np.sqrt(share["project"]) * self.shared["project"][person.project]
                + np.sqrt(share["district"]) * district
            )
            eta = self.total @ (self.root @ z)
            means = self.settings["groups"][person.group]["means"]
            for k, name in enumerate(self.population.names):
                eta[k] += means.get(name, 0.0) + wave["shifts"].get(name, 0.0)
            scores.append(eta)
        return np.array(scores)

    def _answers(self, people, latent: np.ndarray) -> np.ndarray:
        """Codes of the substantive items, n x p; the marker scale has a factor of its own."""
        at = {name: k for k, name in enumerate(self.population.names)}
        stable = self.settings["item_stability"]
        others = {
            c: self.rng.standard_normal(len(people))
            for c in dict.fromkeys(i.construct for i in self.substance if i.construct not in at)
        }
        noise = self.rng.standard_normal((len(people), len(self.substance)))
        kept = np.array([p.items for p in people])
        unique = np.sqrt(stable) * kept + np.sqrt(1 - stable) * noise
        groups = np.array([p.group for p in people])
        out = np.empty(noise.shape, dtype=int)
        for k, item in enumerate(self.substance):
            factor = (
                latent[:, at[item.construct]] if item.construct in at else others[item.construct]
            )
            loading = self.loadings[item.name]
            response = loading * factor + np.sqrt(1 - loading**2) * unique[:, k]
            for entry in self.settings["noninvariant"]:
                if entry["item"] == item.name:
                    response = response - entry["shift"] * (groups == entry["group"])
            cut = np.searchsorted(self.thresholds[item.name], response)
            out[:, k] = np.array(item.codes)[cut]
        return out

    def _frame(self, people, answers: np.ndarray) -> pd.DataFrame:
        """The survey tool's table: who, where, how long, then answers as text."""
        n = len(people)
        short = self.rng.random(n) < self.settings["missing"]["short_form"]
        pace = self.settings["seconds_per_item"]
        frame = pd.DataFrame(
            {
                "respondent": [p.id for p in people],
                "stakeholder": [p.group for p in people],
                "project": [f"prj{p.project + 1:03d}" for p in people],
                "district": [f"d{self.shared['district_of'][p.project] + 1:02d}" for p in people],
                "form": np.where(short, "short", "full"),
                "seconds": 0,
            }
        )
        codes = dict(zip([i.name for i in self.substance], answers.T, strict=True))
        for item in self.items:
            if item.check:
                slip = self.rng.random(n) < self.settings["honest_slip"]
                right = self.rng.choice(item.passes, n)
                wrong = self.rng.choice([c for c in item.codes if c not in item.passes], n)
                codes[item.name] = np.where(slip, wrong, right)
            frame[item.name] = [str(c) for c in codes[item.name]]
        per_item = np.exp(self.rng.normal(np.log(pace["median"]), pace["sigma"], n))
        asked = np.zeros(n)
        for item in self.items:
            silent = ~self._asked(frame, item)
            frame.loc[silent, item.name] = ""
            asked += ~silent
        frame["seconds"] = np.round(per_item * asked).astype(int)
        return frame

    def _asked(self, frame: pd.DataFrame, item: Item) -> pd.Series:
        asked = pd.Series(True, index=frame.index)
        if item.groups:
            asked &= frame["stakeholder"].isin(item.groups)
        if item.forms:
            asked &= frame["form"].isin(item.forms)
        return asked

    def _leave_missing(self, frame: pd.DataFrame) -> list[tuple[int, str, str, str]]:
        """Unplanned missing answers: skipped items, break-offs, blank groups. Returns the
        marks (row, trouble, column, value) of the last two."""
        m, names, marks = self.settings["missing"], [i.name for i in self.substance], []
        for row in frame.index:
            asked = [n for n in names if frame.at[row, n] != ""]
            if self.rng.random() < m["skippers"]:
                skipped = self.rng.choice(asked, self.rng.integers(1, 6), replace=False)
                frame.loc[row, list(skipped)] = ""
            if self.rng.random() < m["break_off"]:
                every = [i.name for i in self.items if frame.at[row, i.name] != ""]
                frame.loc[row, every[len(every) // 3 :]] = ""
                marks.append((row, "break_off", every[len(every) // 3], ""))
            elif self.rng.random() < m["no_group"]:
                frame.at[row, "stakeholder"] = ""
                marks.append((row, "no_group", "stakeholder", ""))
        return marks

    def _plant(self, frame: pd.DataFrame, wave: str, marks) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Troubles in rows that are otherwise clean; copies are put in at random places."""
        plan, marks = self.settings["troubles"], list(marks)
        fine = frame.index.difference([mark[0] for mark in marks])
        picked = iter(self.rng.choice(fine, sum(plan.values()), replace=False))
        for kind, number in plan.items():
            for _ in range(number):
                row = int(next(picked))
                column, value = getattr(self, f"_{kind}")(frame, row)
                marks.append((row, kind, column, value))
        order = list(frame.index)
        for row in (row for row, kind, _, _ in marks if kind == "duplicate"):
            at = order.index(row)  # a copy (-row - 1) comes later than its original
            order.insert(int(self.rng.integers(at + 1, len(order) + 1)), -row - 1)
        rows, where = [], {}
        for number, key in enumerate(order, start=FIRST_ROW):
            rows.append(frame.loc[key if key >= 0 else -key - 1])
            where[key] = number
        table = [
            (wave, where[-row - 1 if kind == "duplicate" else row], kind, column, value)
            for row, kind, column, value in marks
        ]
        planted = pd.DataFrame(table, columns=TROUBLE_COLUMNS).sort_values(["row", "trouble"])
        return pd.DataFrame(rows), planted

    def _answered(self, frame, row) -> list[Item]:
        return [i for i in self.items if frame.at[row, i.name] != ""]

    def _duplicate(self, frame, row) -> tuple[str, str]:
        return "", frame.at[row, "respondent"]

    def _straight_liner(self, frame, row) -> tuple[str, str]:
        """One answer from top to bottom, attention check included."""
        code = str(self.rng.choice([3, 4, 5]))
        for item in self._answered(frame, row):
            frame.at[row, item.name] = code
        return "", code

    def _random_answers(self, frame, row) -> None:
        for item in self._answered(frame, row):
            frame.at[row, item.name] = str(self.rng.choice(item.codes))

    def _speeder(self, frame, row) -> tuple[str, str]:
        """Random answers in less than 1.5 seconds an item."""
        self._random_answers(frame, row)
        asked = len(self._answered(frame, row))
        frame.at[row, "seconds"] = int(asked * self.rng.uniform(0.6, 1.5))
        return "seconds", str(frame.at[row, "seconds"])

    def _inattentive(self, frame, row) -> tuple[str, str]:
        """Random answers at a normal pace; every check fails."""
        self._random_answers(frame, row)
        for item in (i for i in self.items if i.check):
            wrong = [c for c in item.codes if c not in item.passes]
            frame.at[row, item.name] = str(self.rng.choice(wrong))
        return "", ""

    def _impossible_code(self, frame, row) -> tuple[str, str]:
        """One answer that no one can give."""
        item = self.rng.choice([i.name for i in self._answered(frame, row) if not i.check])
        value = str(self.rng.choice(["0", "6", "7", "55"]))
        frame.at[row, item] = value
        return str(item), value


def write_survey(survey: Survey, folder: Path, texts: Mapping) -> None:
    """Write each wave as its tool exports it, and truth/ with the values behind them.

    texts: answer scale to code to text by language.
    """
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    planted = []
    for number, wave in enumerate(survey.settings["waves"], start=1):
        frame, troubles = survey.wave(wave)
        first = exports.write(
            wave["tool"],
            frame.reset_index(drop=True),
            folder / exports.file_name(number, wave["tool"]),
            items=exports.ordered(survey.items, frame),
            words=exports.Words(
                texts, survey.settings["questions"], survey.settings["group_labels"]
            ),
            start=wave["start"],
            rng=np.random.default_rng([survey.settings["seed"], number]),
        )
        planted.append(troubles.assign(row=troubles["row"] + first - FIRST_ROW))
    write_csv(pd.concat(planted), truth / "troubles.csv")
    write_csv(true_paths(survey.population), truth / "paths.csv")
    write_csv(survey.truth(), truth / "items.csv")
    correlations = implied_correlations(survey.population)
    write_csv(correlations.rename_axis("factor").reset_index(), truth / "correlations.csv")
