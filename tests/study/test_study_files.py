"""docs/study-files.md says which columns have to be there; names that differ in case only are refused."""

import re

import pytest

from helpers import ROOT
from surveysem.study import check

FILES = ("responses", "constructs", "instrument", "hypotheses")


def needed() -> dict[str, list[str]]:
    """Columns that the documentation calls needed, by file."""
    text = (ROOT / "docs/study-files.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (\w+)\.csv.*\nNeeded columns: (.*?)\.$", text, flags=re.M)
    return {file: re.findall(r"`(\w+)`", names) for file, names in sections}


@pytest.mark.parametrize("file", FILES)
def test_needed_columns_are_those_without_which_a_file_is_refused(study, file):
    name = f"data/{file}.csv"
    rows = study.read(name)
    refused = []
    for column in rows[0]:
        kept = [other for other in rows[0] if other != column]
        study.write(name, [kept, *([row[other] for other in kept] for row in rows)])
        problems = check(study.folder)
        if any(f"{name}, row 1: the column '{column}' is missing" in p for p in problems):
            refused.append(column)
    assert sorted(refused) == sorted(needed()[file])


def test_names_in_other_case_are_not_other_names(study):
    study.edit("data/constructs.csv", "TRU,Construct TRU", "qua,Construct TRU")
    assert "data/constructs.csv, row 3, column code: 'qua' differs from 'QUA' (row 2) in case only" in (
        "\n".join(check(study.folder)))  # fmt: skip


def test_answer_scales_in_other_case_are_not_other_scales(study):
    study.edit("data/responses.csv", "fit,3,Always", "Fit,3,Always")
    assert "row 5, column scale: 'Fit' differs from 'fit' (row 2) in case only" in (
        "\n".join(check(study.folder)))  # fmt: skip
