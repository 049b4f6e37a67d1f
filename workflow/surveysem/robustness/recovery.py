"""Against the truth behind synthetic data: planted troubles found, true paths recovered."""

import numpy as np
import pandas as pd

TROUBLE_COLUMNS = ["wave", "trouble", "planted", "found", "share", "note"]
PATH_COLUMNS = ["model", "group", "wave", "fit", "lhs", "rhs", "true", "std", "ci_lower", "ci_upper",
                "covered", "same_sign"]  # fmt: skip
RULE_COLUMNS = ["wave", "trouble", "rule", "planted", "fired"]
BY_IMPORT = "impossible_code"  # found by intake, which sets the answer to missing


def troubles(truth: pd.DataFrame, fates: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """Planted troubles found, by wave and kind, and clean respondents wrongly excluded.

    truth: wave, row, trouble, column; of waves in `fates` alone, as config.yaml may leave some
    out. A trouble counts as found when its row is excluded; an impossible code when the import log
    holds it.
    """
    rows, truth = [], truth[truth["wave"].isin(set(fates["wave"]))]
    excluded = fates[fates["fate"] == "excluded"]
    for wave, planted in truth.groupby("wave", sort=True):
        out = set(excluded.loc[excluded["wave"] == wave, "row"])
        logged = log[(log["wave"] == wave) & (log["event"] == "invalid")]
        logged = set(zip(logged["row"].astype(int), logged["column"], strict=True))
        for kind, part in planted.groupby("trouble", sort=True):
            if kind == BY_IMPORT:
                found = sum((r.row, r.column) in logged for r in part.itertuples())
            else:
                found = int(part["row"].isin(out).sum())
            rows.append((wave, kind, len(part), found, found / len(part), ""))
        bad = set(planted.loc[planted["trouble"] != BY_IMPORT, "row"].astype(int))
        clean = fates[(fates["wave"] == wave) & ~fates["row"].isin(bad)]
        wrong = int((clean["fate"] == "excluded").sum())
        rows.append((wave, "clean_excluded", len(clean), wrong, wrong / len(clean), ""))
    return pd.DataFrame(rows, columns=TROUBLE_COLUMNS)


def troubles_by_rule(
    truth: pd.DataFrame, fates: pd.DataFrame, decisions: pd.DataFrame
) -> pd.DataFrame:
    """How many rows with each planted trouble, and how many clean ones, each rule fired for.

    truth: wave, row, trouble. An impossible code is intake's to find: its row counts as clean.
    Every pair of a trouble and a rule that fired at all has a row; what is missed is
    planted - fired.
    """
    planted = truth[truth["trouble"] != BY_IMPORT].drop_duplicates(["wave", "row"])
    kind = fates[["wave", "row"]].merge(planted[["wave", "row", "trouble"]], how="left")
    kind["trouble"] = kind["trouble"].fillna("clean")
    hits = decisions[["wave", "row", "rule"]].drop_duplicates().merge(kind, on=["wave", "row"])
    count = hits.groupby(["wave", "trouble", "rule"]).size().to_dict()
    rules = list(dict.fromkeys(decisions["rule"]))
    sizes = kind.groupby(["wave", "trouble"], sort=True).size()
    rows = [
        (wave, trouble, rule, n, count.get((wave, trouble, rule), 0))
        for (wave, trouble), n in sizes.items()
        for rule in rules
    ]
    return pd.DataFrame(rows, columns=RULE_COLUMNS)


def paths(truth: pd.DataFrame, estimated: pd.DataFrame) -> pd.DataFrame:
    """True and estimated standardised paths, with coverage and sign.

    truth: lhs, op, rhs, true; op '~' are paths of the theory's model, op 'total' the total
    effects that the headline model estimates.
    """
    op = np.where(estimated["fit"] == "theory", "~", "total")
    merged = estimated.assign(op=op).merge(truth, on=["lhs", "op", "rhs"])
    z = 1.959963984540054
    merged["ci_lower"] = merged["std"] - z * merged["std_se"]
    merged["ci_upper"] = merged["std"] + z * merged["std_se"]
    merged["covered"] = (
        (merged["ci_lower"] <= merged["true"]) & (merged["true"] <= merged["ci_upper"])
    ).astype(int)
    merged["same_sign"] = np.where(
        merged["true"] == 0, np.nan, (np.sign(merged["std"]) == np.sign(merged["true"]))
    )
    return merged[PATH_COLUMNS]
