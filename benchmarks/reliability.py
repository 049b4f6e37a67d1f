"""Do the intervals of reliability cover what they should? Run by hand.

    python benchmarks/reliability.py [replications]

Answers are drawn from one-factor and bifactor models; a coefficient's true value is that of a
sample of 200,000. Prints the share of 95 % intervals that hold it, with the share of samples that
give one; and how often equal alphas are called different at 5 %.
"""

import sys
from collections import defaultdict

import numpy as np
from scipy import stats

from surveysem.job import generator
from surveysem.reliability import compare, resample
from surveysem.reliability.classical import alpha_interval, alpha_of
from surveysem.reliability.wave import scale_coefficients

LARGE = 200_000
UNEQUAL = np.array([0.8, 0.75, 0.7, 0.6, 0.5])
GENERAL, GROUP = np.full(9, 0.6), np.repeat(np.eye(3), 3, axis=0) * 0.45


def answers(rng, n, general, group=None, cuts=(-1.5, -0.5, 0.5, 1.5), missing=0.0):
    """n x k answers 0, 1, ... cut from normal responses; a share of them is missing at random."""
    group = np.zeros((len(general), 1)) if group is None else group
    unique = np.sqrt(1 - general**2 - (group**2).sum(axis=1))
    y = rng.standard_normal((n, 1)) * general + rng.standard_normal((n, group.shape[1])) @ group.T
    x = np.digitize(y + rng.standard_normal(y.shape) * unique, cuts).astype(float)
    x[rng.random(x.shape) < missing] = np.nan
    return x


def coefficients(x, rng, draws=500, facets=None):
    """Coefficients of answers by name."""
    names = [f"q{j}" for j in range(x.shape[1])]
    top = int(np.nanmax(x)) + 1
    told = {"categories": [top] * len(names), "facets_of": facets or {}, "draws": draws}
    return {c.statistic: c for c in scale_coefficients(x, names, rng=rng, **told)}


def coverage(title, replications, n, draw, **more):
    """Print coverage of every coefficient of samples of n that draw(rng, n) gives."""
    rng = generator(1, title)
    truth = coefficients(draw(rng, LARGE), rng, draws=2, **more)
    inside, given = defaultdict(list), defaultdict(int)
    for _ in range(replications):
        for name, c in coefficients(draw(rng, n), rng, **more).items():
            if np.isfinite(c.lower):
                given[name] += 1
                inside[name].append(c.lower <= truth[name].est <= c.upper)
    print(f"\n{title}, n = {n}")
    for name, hits in inside.items():
        share = given[name] / replications
        print(f"  {name:24} {truth[name].est:.3f}  covered {np.mean(hits):.3f}  of {share:.3f}")


def feldt_p(pair, sizes):
    """Two-sided p of Feldt's (1969) F with n - 1 degrees of freedom."""
    p = stats.f.cdf((1 - pair[1]) / (1 - pair[0]), sizes[1] - 1, sizes[0] - 1)
    return 2 * min(p, 1 - p)


def levels(replications, items, sizes=(100, 150)):
    """Print how often equal alphas of independent groups are called different."""
    rng = generator(1, "levels", str(items))
    hw, feldt, covered = [], [], []
    for _ in range(replications):
        found = [float(alpha_of(np.cov(answers(rng, n, np.full(items, 0.7)).T))) for n in sizes]
        hw.append(compare.equal_alphas(found, sizes, items)[2] < 0.05)
        feldt.append(feldt_p(found, sizes) < 0.05)
        bounds = [(a, *alpha_interval(a, n, items)) for a, n in zip(found, sizes, strict=True)]
        lower, upper = compare.difference_interval(*bounds)
        covered.append(lower <= 0 <= upper)
    print(
        f"  {items} items: Hakstian & Whalen {np.mean(hw):.3f}, Feldt's F {np.mean(feldt):.3f}, "
        f"interval of the difference covers {np.mean(covered):.3f}"
    )


def panel(replications, n=200, stays=0.7, draws=500):
    """Print how often the interval of a difference between two waves of a panel holds zero."""
    rng = generator(1, "panel")
    covered = []
    for _ in range(replications):
        trait = rng.standard_normal((n, 1)) * 0.7
        waves = [
            np.digitize(trait + rng.standard_normal((n, 5)) * 0.714, (-1.5, -0.5, 0.5, 1.5))
            for _ in range(2)
        ]
        seen = [np.flatnonzero(rng.random(n) < stays) for _ in waves]
        drawn = []
        for times in resample.counts(n, draws, rng):
            a, b = (
                alpha_of(resample.weighted_covariances(x[s].astype(float), times[:, s]))
                for x, s in zip(waves, seen, strict=True)
            )
            drawn.append(b - a)
        lower, upper = resample.percentile_interval(np.concatenate(drawn))
        covered.append(lower <= 0 <= upper)
    print(f"\npanel, {n} respondents, {stays:.0%} in each wave: covered {np.mean(covered):.3f}")


def main(replications: int) -> None:
    """All checks."""
    for n in (100, 400):
        coverage("five answers", replications, n, lambda r, m: answers(r, m, UNEQUAL))
    coverage(
        "five answers, a tenth missing", replications, 200,
        lambda r, m: answers(r, m, UNEQUAL, missing=0.1),
    )  # fmt: skip
    coverage(
        "three skewed answers", replications, 200,
        lambda r, m: answers(r, m, UNEQUAL, cuts=(0.6, 1.3)),
    )  # fmt: skip
    facets = {f: [f"q{j}" for j in range(3 * k, 3 * k + 3)] for k, f in enumerate("abc")}
    coverage(
        "general factor and three facets", max(50, replications // 5), 400,
        lambda r, m: answers(r, m, GENERAL, GROUP), facets=facets,
    )  # fmt: skip
    print("\nequal alphas called different at 5 %")
    for items in (2, 3, 5, 10):
        levels(5 * replications, items)
    panel(replications)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
