"""What every job of the workflow shares: its log, its errors, its random numbers."""

import sys
import traceback
import warnings
import zlib
from collections.abc import Callable

from surveysem.errors import SurveySemError
from surveysem.files import write_text


def run(main: Callable, job) -> None:
    """Run a script's `main(job)` and write its log: warnings, and what went wrong.

    A user's mistake is printed once, as it is worded, and ends the job without a
    traceback; anything else is a bug and shows where it happened.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            main(job)
            end = "done"
        except SurveySemError as error:
            end = str(error)
            print(f"\n{error}\n", file=sys.stderr)
            sys.exit(1)
        except Exception:
            end = traceback.format_exc()
            raise
        finally:
            lines = [f"{w.category.__name__}: {w.message}" for w in caught]
            if job.log:
                write_text("\n".join([*lines, end]) + "\n", job.log[0])


def generator(seed: int, *name: str):
    """Random numbers (numpy Generator) that depend on the study's seed and the job's name."""
    import numpy as np

    return np.random.default_rng([seed, *(zlib.crc32(part.encode()) for part in name)])
