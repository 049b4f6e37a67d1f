"""With and without the respondents whom signs of careless answering exclude, side by side."""

import pandas as pd

KEYS = ["model", "wave", "group", "name"]
VALUES = ["n", "est", "ci_lower", "ci_upper", "verdict"]
COLUMNS = ["kind", *KEYS, "headline", *VALUES, *(f"with_{v}" for v in VALUES), "difference",
           "changed"]  # fmt: skip


def side_by_side(
    verdicts: pd.DataFrame,
    verdicts_with: pd.DataFrame,
    scales: pd.DataFrame,
    scales_with: pd.DataFrame,
) -> pd.DataFrame:
    """COLUMNS, one row for each hypothesis (model, group, wave) that either analysis tests and
    for each alpha (group, wave) that either has.

    verdicts, scales: hypotheses.csv and scales.csv of the analysed respondents; the same `_with`
    the careless ones. est: of hypotheses standardised. difference: with - without. changed: 1
    where the verdict is another one.
    """
    rows = pd.concat(
        [
            _pair(_of_hypotheses(verdicts), _of_hypotheses(verdicts_with)).assign(kind="verdict"),
            _pair(_of_scales(scales), _of_scales(scales_with)).assign(kind="alpha"),
        ],
        ignore_index=True,
    )
    rows["difference"] = rows["with_est"] - rows["est"]
    rows["changed"] = (rows["verdict"] != rows["with_verdict"]).astype(int)
    known = rows["est"].notna() | rows["with_est"].notna()
    return rows.loc[known, COLUMNS].reset_index(drop=True)


def _pair(without: pd.DataFrame, within: pd.DataFrame) -> pd.DataFrame:
    """Two tables on their common keys, in the order of the first."""
    within = within[[*KEYS, *VALUES]].rename(columns={v: f"with_{v}" for v in VALUES})
    return without.merge(within, on=KEYS, how="left", validate="one_to_one")


def _of_hypotheses(table: pd.DataFrame) -> pd.DataFrame:
    named = table.rename(columns={"hypothesis": "name"})
    return named.assign(est=named["std"])[[*KEYS, "headline", *VALUES]]


def _of_scales(table: pd.DataFrame) -> pd.DataFrame:
    alphas = table[table["statistic"] == "alpha"].rename(columns={"scale": "name"})
    return alphas.assign(model="", headline=0, verdict="")[[*KEYS, "headline", *VALUES]]
