"""Monte Carlo intervals of functions of the parameters."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveysem.errors import nearest
from surveysem.sem import definitions
from surveysem.sem.errors import ModelError, ResamplingError
from surveysem.sem.expressions import Expression
from surveysem.sem.resample import symmetric_root

if TYPE_CHECKING:
    from surveysem.sem.result import Fit


def monte_carlo(
    fit: "Fit",
    draws: int,
    seed: int,
    expressions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Intervals of defined parameters, the free ones drawn from their normal approximation.

    MacKinnon, Lockwood and Williams (2004); Preacher and Selig (2012). expressions: name
    to text over the labels, such as {"indirect": "a*b"}; default the model's `:=`. One may
    use those before it.

    Columns name, expression, est, se, pvalue, ci_lower, ci_upper: se is the draws' standard
    deviation, the interval their quantiles, pvalue twice the share beyond zero, (count +
    1) / (draws + 1) (Davison and Hinkley 1997, eq. 4.11). Raises ModelError for an unknown
    label, ResamplingError without expressions, without standard errors, or for fewer than
    two draws.
    """
    if expressions is None:
        defined = list(fit.table.defined)
    else:
        defined = [(name, Expression(text)) for name, text in expressions.items()]
    if not defined:
        raise ResamplingError(
            "the model has no defined parameters\n  hint: add one by `:=`, or give expressions="
        )
    if draws < 2:
        raise ResamplingError(f"draws={draws!r}\n  hint: a whole number, such as 100000")
    values = _draw(fit, draws, seed, defined)
    est = definitions.evaluate(fit.table, fit.values[None], defined)[0]
    drawn = definitions.evaluate(fit.table, values, defined)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    side = np.minimum((drawn <= 0).sum(axis=0), (drawn >= 0).sum(axis=0))
    return pd.DataFrame(
        {
            "name": [name for name, _ in defined],
            "expression": [e.text.replace(" ", "") for _, e in defined],
            "est": est,
            "se": drawn.std(axis=0, ddof=1),
            "pvalue": np.minimum(2 * (side + 1) / (draws + 1), 1.0),
            "ci_lower": low,
            "ci_upper": high,
        }
    )


def _draw(fit: "Fit", draws: int, seed: int, defined: list) -> np.ndarray:
    """Values of all rows, draws x r; only those rows vary whose label is used."""
    known = definitions.labels(fit.table)
    names: set[str] = set()
    for name, expression in defined:
        for label in expression.names:
            if label in known or label in names:
                continue
            close = nearest(label, [*known, *names])
            raise ModelError(
                f"'{name}' uses '{label}', which is no label of the model\n  hint: "
                + (f"did you mean {close!r}?" if close else "label a parameter: y ~ a*x")
            )
        names.add(name)
    used = sorted({known[n] for _, e in defined for n in e.names if n in known})
    covariance = fit.vcov()[np.ix_(used, used)]
    if not np.isfinite(covariance).all():
        raise ResamplingError(
            "the fit has no standard errors\n  hint: fit with se other than 'none', and see problems"
        )
    out = np.tile(fit.values, (draws, 1))
    normal = np.random.default_rng(seed).standard_normal((draws, len(used)))
    out[:, used] += normal @ symmetric_root(covariance)
    return out
