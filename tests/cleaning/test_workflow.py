"""Cleaning as a study runs it: extra columns, pseudonyms and overrides from config to results."""

import pytest


@pytest.fixture
def cleaned(study):
    """The small study with consent and device columns and overrides, run up to cleaning."""
    for wave in ("t1", "t2"):
        rows = [list(r.values()) for r in study.read(f"data/raw/{wave}.csv")]
        header = [*study.read(f"data/raw/{wave}.csv")[0], "Do you agree?", "ip"]
        more = [["yes", f"10.0.0.{k}"] for k in range(len(rows))]
        more[0], more[2] = ["no", "10.0.0.0"], ["Yes", "10.0.0.1"]  # rows 2 and 4 of the file
        table = [header, *(row + extra for row, extra in zip(rows, more, strict=True))]
        study.write(f"data/raw/{wave}.csv", table)
    study.write("data/overrides.csv", [["wave", "respondent", "decision", "reason"],
                                       ["t1", "n9", "drop", "asked us to"]])  # fmt: skip
    config = study.config
    config["respondents"]["extra"] = {"agree": "Do you agree?", "device": "ip"}
    config["cleaning"] = {"consent": {"agree": ["yes"]}, "same_person": ["device"],
                          "overrides": "data/overrides.csv"}  # fmt: skip
    study.config = config
    done = study.snakemake("--cores", "1", "results/cleaning/fates.csv")
    assert done.returncode == 0, done.stderr
    return study


def test_from_config_to_fates(cleaned):
    fates = cleaned.read("results/cleaning/fates.csv")
    first = {
        (r["wave"], r["row"]): (r["first_rule"], r["reason"]) for r in fates if r["first_rule"]
    }
    for key, expected in {
        ("t1", "2"): ("consent", ""), ("t1", "4"): ("same_person", ""),
        ("t1", "11"): ("override", "asked us to"), ("t2", "2"): ("consent", ""),
    }.items():  # fmt: skip
        assert first[key] == expected
    assert ("t2", "11") not in first
    for path in (cleaned.folder / "results").rglob("*"):
        if path.is_file():
            assert b"10.0.0." not in path.read_bytes(), path
