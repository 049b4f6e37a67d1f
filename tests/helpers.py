"""A small study to run the workflow on, with names that no shipped study has."""

import csv
import hashlib
import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from surveysem.__main__ import main

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CONSTRUCTS = {"QUA": "服务质量", "TRU": "信任", "LOY": "忠诚"}
PATHS = {"TRU": {"QUA": 0.6}, "LOY": {"QUA": 0.3, "TRU": 0.4}}


@dataclass
class Study:
    """A study's folder, and what a user does with it."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, waves: int = 2, n: int = 160, seed: int = 1) -> "Study":
        """Write a study: three constructs of three items, two groups, a panel."""
        (folder / "data" / "raw").mkdir(parents=True)
        study = cls(folder)
        study.write("data/responses.csv", [["scale", "code", "en", "zh"]] + [
            ["fit", k, word, zh] for k, (word, zh) in enumerate(
                [("Never", "从不"), ("Rarely", "很少"), ("Often", "经常"), ("Always", "总是")])])  # fmt: skip
        study.write("data/constructs.csv", [["code", "name_en", "name_zh", "role"]] + [
            [code, f"Construct {code}", zh, "antecedent"] for code, zh in CONSTRUCTS.items()])  # fmt: skip
        study.write("data/instrument.csv", [["item", "construct", "en", "groups", "reverse", "responses"]] + [
            [f"{code.lower()}{k}", code, f"Item {k} of {code}", "", int(k == 3), "fit"]
            for code in CONSTRUCTS for k in (1, 2, 3)])  # fmt: skip
        study.write("data/hypotheses.csv", [
            ["id", "tier", "kind", "from", "via", "to", "sign", "contrast", "groups", "design", "sesoi"],
            ["T1", "headline", "total", "QUA", "", "LOY", "+", "", "", "any", "0.1"],
            ["P1", "asserted", "path", "QUA", "", "TRU", "+", "", "", "any", "0.1"],
            ["P2", "asserted", "path", "TRU", "", "LOY", "+", "", "", "any", "0.1"],
            ["P3", "asserted", "path", "QUA", "", "LOY", "-", "", "", "any", "0.1"],
            ["I1", "derived", "indirect", "QUA", "TRU", "LOY", "+", "", "", "any", "0.03"],
            ["W1", "exploratory", "within", "QUA", "", "LOY", "+", "", "", "panel>=3", "0.1"],
        ])  # fmt: skip
        key = folder / ".surveysem" / "respondent.key"  # one key, so that runs can be compared
        key.parent.mkdir()
        key.write_text("a key for tests\n", encoding="utf-8")
        rng = np.random.default_rng(seed)
        for k in range(1, waves + 1):
            study.add_wave_file(f"data/raw/t{k}.csv", rng, n)
        study.config = {
            "study": {"title": {"en": "A <small> study", "zh": "小型研究"}},
            "languages": ["en", "zh"],
            "respondents": {"id": "who", "group": "side", "panel": True},
            "waves": [{"name": f"t{k}", "file": f"data/raw/t{k}.csv"} for k in range(1, waves + 1)],
            "models": {"loyal": {"groups": ["north", "south"], "estimator": "ML"}},
            "verdicts": {"draws": 2000},
            "seed": 7,
        }
        return study

    def add_wave_file(self, name: str, rng: np.random.Generator, n: int) -> None:
        """Write a wave's raw file of n respondents a group."""
        rows = [["who", "side", *(f"{c.lower()}{k}" for c in CONSTRUCTS for k in (1, 2, 3))]]
        for side in ("north", "south"):
            for person in range(n):
                qua = rng.standard_normal()
                tru = 0.6 * qua + 0.8 * rng.standard_normal()
                loy = 0.3 * qua + 0.4 * tru + 0.77 * rng.standard_normal()
                row = [f"{side[0]}{person}", side]
                for factor in (qua, tru, loy):
                    for item in (1, 2, 3):
                        response = (1 if item < 3 else -1) * 0.8 * factor
                        response += 0.6 * rng.standard_normal()
                        row.append(int(np.searchsorted([-0.9, 0.0, 0.9], response)))
                rows.append(row)
        self.write(name, rows)

    def write(self, name: str, rows) -> None:
        """Write a CSV file."""
        with open(self.folder / name, "w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, lineterminator="\n").writerows(rows)

    def read(self, name: str) -> list[dict[str, str]]:
        """Rows of a CSV file."""
        with open(self.folder / name, encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))

    def edit(self, name: str, old: str, new: str, count: int = 1) -> None:
        """Replace text in a file; it has to be there."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        (self.folder / name).write_text(text.replace(old, new, count), encoding="utf-8")

    @property
    def config(self) -> dict:
        """config.yaml as a mapping; assigning to it writes the file."""
        return yaml.safe_load((self.folder / "config.yaml").read_text(encoding="utf-8"))

    @config.setter
    def config(self, value: dict) -> None:
        text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False)
        (self.folder / "config.yaml").write_text(text, encoding="utf-8")

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run the workflow as a user does."""
        return run([BIN / "snakemake", "--directory", self.folder, *arguments])

    def check(self) -> subprocess.CompletedProcess:
        """What `python -m surveysem check` does, in this process: its start takes a second."""
        words = ["check", "--directory", str(self.folder)]
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main(words)
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    def jobs(self) -> dict[str, int]:
        """Jobs by rule that a dry run would start ('all' left out)."""
        done = self.snakemake("-n", "--quiet", "host", "reason")
        assert done.returncode == 0, done.stderr
        table = done.stdout + done.stderr
        found = dict(re.findall(r"^(\w+)\s+(\d+)$", table.split("Job stats:")[-1], flags=re.M))
        return {rule: int(n) for rule, n in found.items() if rule not in ("all", "total")}

    def results(self) -> dict[str, str]:
        """Checksum of every file under results/, by name."""
        return checksums(self.folder / "results")


def checksums(folder: Path) -> dict[str, str]:
    """Checksum of every file below a folder, by name relative to it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(command, **options) -> subprocess.CompletedProcess:
    """Run a command in the project's folder and capture what it prints."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        **options,
    )
