"""Answers to scales, drawn from a model: what several test files use."""

import numpy as np
import pandas as pd


def likert(n: int, loadings, categories: int = 5, seed: int = 1) -> pd.DataFrame:
    """Answers 1, 2, ... of n respondents to items q1, q2, ... of one factor."""
    rng = np.random.default_rng(seed)
    lam = np.asarray(loadings, dtype=float)
    y = rng.standard_normal((n, 1)) * lam + rng.standard_normal((n, len(lam))) * np.sqrt(1 - lam**2)
    codes = 1.0 + np.digitize(y, np.linspace(-1.5, 1.5, categories - 1))
    return pd.DataFrame(codes, columns=[f"q{j + 1}" for j in range(len(lam))])


def by_statistic(coefficients) -> dict:
    """Coefficients by their name."""
    return {c.statistic: c for c in coefficients}


def jackknife_error(statistic, answers: np.ndarray, size: int = 1) -> np.ndarray:
    """Standard errors of statistics from leaving out `size` rows after the other."""
    starts = range(0, len(answers), size)
    left_out = np.array([statistic(np.delete(answers, slice(i, i + size), axis=0)) for i in starts])
    g = len(left_out)
    return np.sqrt((g - 1) / g * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
