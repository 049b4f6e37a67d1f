"""The study as its files describe it: config, instrument, constructs, hypotheses.

The only code that knows the formats of these files. Imports nothing heavy, since every
run of Snakemake passes through here.
"""

from surveysem.study.checking import check
from surveysem.study.config import read_config
from surveysem.study.load import load
from surveysem.study.objects import Construct, Hypothesis, Item, Model, Study, StudyError, Wave

__all__ = [
    "Construct",
    "Hypothesis",
    "Item",
    "Model",
    "Study",
    "StudyError",
    "Wave",
    "check",
    "load",
    "read_config",
]
