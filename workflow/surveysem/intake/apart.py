"""A first look in a process of its own, at formats whose libraries may crash.

ReadStat and calamine are compiled code: a damaged file can end the whole process (a
segmentation fault, an allocation that fails), which nothing in Python can catch, and xlrd
follows a circle of sectors for ever. Only looks are made apart: a job reads a file when its
look has succeeded.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from surveysem.errors import SurveySemError, describe
from surveysem.intake.rows import RowsError

FORMATS = ("xlsx", "xls", "ods", "sav", "zsav", "dta")
PATIENCE = 60  # seconds for any file, and one more for each
BYTES_A_SECOND = 100_000  # a tenth of the slowest reader's pace
REFUSED = 3  # exit code of a look that ends in a message


def look(path: Path, shown: str, options: Mapping, kind: str) -> dict:
    """The fields of look.Look of a file. Raises RowsError, for a crash too."""
    package = str(Path(__file__).parents[2])
    told = os.environ.get("PYTHONPATH")
    seconds = PATIENCE + path.stat().st_size // BYTES_A_SECOND
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps([str(path), shown, dict(options)], default=str),
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join([package, told] if told else [package])},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise RowsError(_given_up(shown, kind, f"was not done after {seconds} s")) from None
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        raise RowsError(_given_up(shown, kind, f"crashed on it ({name})"))
    if done.returncode == REFUSED:
        raise RowsError(json.loads(done.stdout))
    if done.returncode:
        raise RuntimeError(f"the look at {shown} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def _given_up(shown: str, kind: str, how: str) -> str:
    return describe(
        shown,
        f"the library that reads {kind} {how}",
        hint="the file is damaged, or too large for this machine's memory: export it again, as "
        "CSV UTF-8 if that is possible",
    )


def main() -> int:
    """The child: a file on standard input, its look or the message on standard output."""
    from dataclasses import asdict

    from surveysem.intake.export import read
    from surveysem.intake.look import of_table

    path, shown, options = json.load(sys.stdin)
    try:
        found = asdict(of_table(read(Path(path), shown, options)))
    except SurveySemError as error:
        print(json.dumps(str(error)))
        return REFUSED
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
