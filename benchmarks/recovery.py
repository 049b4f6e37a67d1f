"""Does the engine find a known truth again? Bias and coverage over many simulated samples.

    python benchmarks/recovery.py [--draws 500] [--cores 2] [--only NAME]

A structural model of 8 factors and 30 items, 460 respondents (as many as answer a wave of
the default study), with one indirect effect. For every free parameter of the unstandardised
and of the standardised solution and the indirect effect: the mean estimate against the
truth, and how many of the 95 % intervals hold it. A parameter passes where its bias is
below 2 % or below 5 % of its standard error, or no larger than chance makes it (the 99 %
limit of the mean of the draws); and where its coverage lies within the 99 % binomial band
around .95. docs/engine.md holds the table.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np
import pandas as pd

from surveysem.sem import Mar, fit, population, simulate

ROWS, ITEMS = 460, {1: 4, 2: 4, 3: 4, 4: 4, 5: 4, 6: 4, 7: 3, 8: 3}
CUTS = [-1.4, -0.6, 0.2, 1.1]
PATHS = {
    "f4": {"f1": 0.4, "f2": 0.25},
    "f5": {"f2": 0.3, "f3": 0.3},
    "f6": {"f1": 0.2, "f3": 0.3, "f4": 0.25},
    "f7": {"f4": 0.4, "f5": 0.25, "f1": 0.15},
    "f8": {"f6": 0.3, "f7": 0.35, "f5": 0.15},
}
LABELS = {("f4", "f1"): "a", ("f7", "f4"): "b"}


def text(*, values: bool) -> str:
    """The model; with values a population of unit total variances."""
    lines, item = [], 0
    for f, size in ITEMS.items():
        names = [f"y{item + k + 1}" for k in range(size)]
        loadings = [f"{0.8 - 0.1 * (k % 3):.1f}*" if values else "" for k in range(size)]
        lines.append(f"f{f} =~ " + " + ".join(a + b for a, b in zip(loadings, names, strict=True)))
        item += size
    for y, effects in PATHS.items():
        terms = [
            (f"{b}*" if values else f"{LABELS[y, x]}*" if (y, x) in LABELS else "") + x
            for x, b in effects.items()
        ]
        lines.append(f"{y} ~ " + " + ".join(terms))
    if values:
        lines += ["f1 ~~ 0.3*f2 + 0.3*f3", "f2 ~~ 0.3*f3", "f1 ~~ 1*f1", "f2 ~~ 1*f2", "f3 ~~ 1*f3"]
        return "\n".join(lines)
    return "\n".join([*lines, "indirect := a*b"])


NAMES = [f"y{k}" for k in range(1, 31)]
HOLES = {name: Mar(0.2, on="y1") for name in NAMES[4:]}
CASES = {  # arguments of simulate, arguments of fit
    "ML": ({}, {}),
    "MLR, skew 1, kurtosis 2": ({"skew": 1.0, "kurtosis": 2.0}, {"estimator": "MLR"}),
    "FIML, 20 % MAR": ({"missing": HOLES}, {"missing": "fiml"}),
    "WLSMV, 5 categories": (
        {"thresholds": dict.fromkeys(NAMES, CUTS)},
        {"estimator": "WLSMV", "ordered": NAMES},
    ),
}


def solution(found) -> pd.DataFrame:
    """Estimates and standard errors, unstandardised and standardised, by name."""
    frames = []
    for kind, frame in (("", found.parameters), (" (std)", found.standardized())):
        name = frame["lhs"] + " " + frame["op"] + " " + frame["rhs"] + kind
        frames.append(pd.DataFrame({"est": frame["est"], "se": frame["se"]}).set_axis(name))
    return pd.concat(frames)


def truth() -> pd.Series:
    """The values in the population, by name."""
    moments = population(text(values=True), standardized=True)
    names = list(moments.observed)
    cov, mean = pd.DataFrame(moments.cov[0], names, names), pd.Series(moments.mean[0], names)
    exact = fit(
        text(values=False),
        sample_cov=cov,
        sample_mean=mean,
        sample_nobs=10**6,
        likelihood="wishart",
    )
    found = solution(exact)["est"]
    for name in names:
        for k, cut in enumerate(CUTS, start=1):
            found[f"{name} | t{k}"] = found[f"{name} | t{k} (std)"] = cut
    return found


def draw(case: str, seed: int) -> pd.DataFrame | None:
    """Solution of one sample; None where it is not admissible."""
    sampled, arguments = CASES[case]
    data = simulate(text(values=True), ROWS, seed, standardized=True, **sampled)
    found = fit(text(values=False), data, **arguments)
    return solution(found) if found.converged and found.admissible else None


def study(case: str, draws: int, cores: int) -> None:
    """Print one row of the table, and the parameters that fail."""
    with ProcessPoolExecutor(cores) as pool:
        found = list(pool.map(draw, [case] * draws, range(draws), chunksize=8))
    kept = [frame for frame in found if frame is not None]
    est = np.array([frame["est"] for frame in kept])
    se = np.array([frame["se"] for frame in kept])
    names = kept[0].index
    true = truth().reindex(names).to_numpy()
    free = (np.median(se, axis=0) > 1e-6) & ~np.isnan(true)
    est, se, true, names = est[:, free], se[:, free], true[free], names[free]
    n = len(est)
    spread, bias = est.std(axis=0, ddof=1), est.mean(axis=0) - true
    with np.errstate(divide="ignore"):
        relative = np.abs(bias / true)
    small = (relative < 0.02) | (np.abs(bias) < 0.05 * spread)
    chance = np.abs(bias) < 2.576 * spread / np.sqrt(n)
    coverage = (np.abs(est - true) < 1.959964 * se).mean(axis=0)
    band = 2.576 * np.sqrt(0.95 * 0.05 / n)
    outside = np.abs(coverage - 0.95) > band
    paths = np.array([" ~ " in name or ":=" in name for name in names])
    print(
        f"| {case} | {n} of {draws} | {free.sum()} | {100 * np.median(relative):.2f} % "
        f"| {100 * relative[paths].max():.1f} % | {(~small).sum()} | {(~small & ~chance).sum()} "
        f"| {np.mean(se, axis=0)[paths].mean() / spread[paths].mean():.3f} "
        f"| {coverage.mean():.3f} | {coverage.min():.3f} to {coverage.max():.3f} | {outside.sum()} |",
        flush=True,
    )
    for k in np.flatnonzero((~small & ~chance) | outside):
        print(
            f"    {names[k]}: true {true[k]:.3f}, bias {bias[k]:+.4f} (chance "
            f"{2.576 * spread[k] / np.sqrt(n):.4f}), coverage {coverage[k]:.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    print(
        "| case | admissible | parameters | median relative bias | largest of a path | bias above "
        "2 % and 5 % of se | of these beyond chance | se / spread | mean coverage | range | "
        "outside the band |\n" + "|---" * 11 + "|"
    )
    for case in CASES:
        if chosen.only in case:
            study(case, chosen.draws, chosen.cores)


if __name__ == "__main__":
    main()
