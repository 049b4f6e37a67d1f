"""Fixtures that several test folders share."""

import os
from types import SimpleNamespace

import pytest
from hypothesis import settings

from helpers import Study

# As in the workflow: small matrices on several threads cost far more than they save.
os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)


# A busy machine is no failure: no test is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


RUNS = {name: k for k, name in enumerate(("workflow", "robustness", "study", "questionnaire"))}
NO_PARAMETERS = SimpleNamespace(params={})


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """What starts Snakemake first, since it takes longest; what one run serves goes to one worker.

    With --dist loadgroup a group is a worker's: a file (its fits are cached), or all tests
    of one finished study wherever they stand.
    """
    items.sort(key=lambda item: RUNS.get(item.path.parent.name, len(RUNS)))
    for item in items:
        given = getattr(item, "callspec", NO_PARAMETERS).params.values()
        asked = [*item.fixturenames, *(value for value in given if isinstance(value, str))]
        runs = [name for name in ("finished", "default", "leadership") if name in asked]
        item.add_marker(pytest.mark.xdist_group(runs[0] if runs else str(item.path)))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A small study that was run once on two cores. Tests must leave it as it is."""
    study = Study.make(tmp_path_factory.mktemp("finished") / "study")
    done = study.snakemake("--cores", "2")
    assert done.returncode == 0, done.stderr
    return study


@pytest.fixture
def study(tmp_path):
    """A small study of two groups and two waves in a folder of its own, not yet run."""
    return Study.make(tmp_path / "study")
