"""The population model behind the demonstration data, and what it implies."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml


@dataclass(frozen=True)
class Population:
    """Standardised latent model. names: k factors. B: k x k paths. S: k x k covariances of
    causes and disturbances. settings: the rest of population.yaml."""

    names: tuple[str, ...]
    B: np.ndarray
    S: np.ndarray
    settings: Mapping


def read(path: Path) -> Population:
    """Population from its YAML file.

    Raises ValueError where a disturbance variance would not be positive.
    """
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    causes = settings["factors"]["order"]
    names = (*causes, *settings["paths"])
    at = {name: k for k, name in enumerate(names)}
    B, S = np.zeros((len(names),) * 2), np.eye(len(names))
    for k, row in enumerate(settings["factors"]["correlations"]):
        S[k, : len(row)] = S[: len(row), k] = row
    for outcome, terms in settings["paths"].items():
        for cause, size in terms.items():
            B[at[outcome], at[cause]] = size
    return Population(names, B, _disturbances(B, S, len(causes), names, at, settings), settings)


def _disturbances(B, S, causes: int, names, at, settings) -> np.ndarray:
    """Disturbance variances that give every outcome unit variance, one after another."""
    S = S.copy()
    extra = {
        tuple(at[n] for n in pair.split("~")): r
        for pair, r in settings["disturbance_correlations"].items()
    }
    for k in range(causes, len(names)):
        S[k, k] = 0.0
    for _ in range(len(names)):  # outcomes feed each other along a chain at most this long
        total = np.linalg.inv(np.eye(len(names)) - B)
        V = total @ S @ total.T
        for k in range(causes, len(names)):
            S[k, k] += 1 - V[k, k]
        for (a, b), r in extra.items():
            S[a, b] = S[b, a] = r * np.sqrt(max(S[a, a] * S[b, b], 0.0))
    if np.linalg.eigvalsh(S)[0] <= 0:
        raise ValueError("the population's paths explain more than all of an outcome's variance")
    return S


def implied_correlations(population: Population) -> pd.DataFrame:
    """Correlations of all factors, k x k."""
    total = np.linalg.inv(np.eye(len(population.names)) - population.B)
    V = total @ population.S @ total.T
    return pd.DataFrame(V, population.names, population.names)


def true_paths(population: Population) -> pd.DataFrame:
    """Table lhs, op, rhs, true: standardised paths, and total effects of the causes."""
    rows = [
        (outcome, "~", cause, float(size))
        for outcome, terms in population.settings["paths"].items()
        for cause, size in terms.items()
    ]
    total = np.linalg.inv(np.eye(len(population.names)) - population.B)
    at = {name: k for k, name in enumerate(population.names)}
    for outcome in population.settings["paths"]:
        for cause in population.settings["factors"]["order"]:
            rows.append((outcome, "total", cause, float(total[at[outcome], at[cause]])))
    return pd.DataFrame(rows, columns=["lhs", "op", "rhs", "true"])
