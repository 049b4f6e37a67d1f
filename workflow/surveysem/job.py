"""What every job of the workflow shares: its errors, its random numbers."""

import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from surveysem.errors import SurveySemError


@contextmanager
def plain_errors() -> Iterator[None]:
    """Print a user's mistake once, as it is worded, and end the job without a traceback."""
    try:
        yield
    except SurveySemError as error:
        print(f"\n{error}\n", file=sys.stderr)
        sys.exit(1)


def generator(seed: int, *name: str) -> np.random.Generator:
    """Random numbers that depend on the study's seed and the job's name only."""
    return np.random.default_rng([seed, *(zlib.crc32(part.encode()) for part in name)])
