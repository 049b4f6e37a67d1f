"""The second engine: what semopy says, what is compared, and failures in words."""

import numpy as np
import pandas as pd
import pytest

from reference_data import FOLDER, frozen
from surveysem.robustness import engines
from surveysem.robustness.engines import COLUMNS, TOLERANCE, compare, first_fit_text, second_fit
from surveysem.sem import fit

THEIRS = frozen("measurement", "schools")["schools"]["Pasteur"]
HS = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
STRUCTURE = HS + "speed ~ visual + textual\n"


@pytest.fixture(scope="module")
def schools() -> pd.DataFrame:
    path = FOLDER / "measurement" / "holzinger_swineford.csv"
    return pd.read_csv(path).rename(columns={"school": "group"})


def compared(table, texts, groups=("Pasteur", "Grant-White")):
    rows = compare(table, texts, model="m", wave="w", groups=list(groups))
    assert rows.columns.tolist() == COLUMNS
    return rows


def test_semopys_chi_square_is_lavaans(schools):
    """Chi-square is n times semopy's objective: against the frozen lavaan value."""
    data = schools[schools["group"] == "Pasteur"].drop(columns="group")
    _, chisq = second_fit(first_fit_text(fit(HS, data)), data)
    assert chisq == pytest.approx(THEIRS["measures"]["chisq"], rel=1e-4)


def test_both_engines_agree(schools):
    rows = compared(schools, {"cfa": HS, "theory": STRUCTURE})
    assert len(rows) == 2 * 2 * 3
    assert set(rows["note"]) == {""}
    assert (rows["difference"] == (rows["est"] - rows["second"]).abs()).all()
    gaps = rows.groupby("statistic")["difference"].max()
    assert gaps["estimate"] < TOLERANCE["estimate"]
    assert gaps["se"] < TOLERANCE["se"]
    assert rows["n"].tolist() == [156] * 3 + [145] * 3 + [156] * 3 + [145] * 3


def test_the_row_shows_the_pair_that_differs_most(schools, monkeypatch):
    """A second engine that is off by .3 in one loading is caught, with both figures."""

    def shifted(text, data):
        table, chisq = second_fit(text, data)
        table.loc[(table["lhs"] == "x6") & (table["rhs"] == "textual"), "est"] += 0.3
        return table, chisq

    monkeypatch.setattr(engines, "second_fit", shifted)
    rows = compared(schools, {"cfa": HS}, ["Pasteur"]).set_index("statistic")
    assert rows.loc["estimate", "note"] == "beyond tolerance"
    assert rows.loc["estimate", "difference"] == pytest.approx(0.3, abs=0.005)
    assert rows.loc["se", "note"] == ""


def test_a_model_that_we_cannot_fit_is_not_compared(schools):
    rows = compared(schools.assign(x5=1.0), {"cfa": HS}, ["Pasteur"])
    assert rows["statistic"].tolist() == ["not_computed"]
    assert rows["note"].item().startswith("not_fitted")


def test_a_failure_of_the_second_engine_is_named(schools, monkeypatch):
    def broken(text, data):
        raise np.linalg.LinAlgError("singular")

    monkeypatch.setattr(engines, "second_fit", broken)
    rows = compared(schools, {"cfa": HS}, ["Pasteur"])
    assert rows["statistic"].tolist() == ["not_computed"]
    assert rows["note"].item() == "semopy failed: LinAlgError"
