"""python -m surveysem init | check | questionnaire | unlock | docs"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from surveysem.errors import SurveySemError


def main(words: Sequence[str] | None = None) -> int:
    """Command line of the package: what it ends with. words: sys.argv's if None."""
    parser = argparse.ArgumentParser(prog="python -m surveysem")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("init", "draft a study from survey tools' exports"),
        ("check", "list everything that is wrong with a study's config and files"),
        ("questionnaire", "write the questionnaire that the instrument makes"),
        ("unlock", "remove a Snakemake lock whose process is dead"),
        ("docs", "write docs/config.md from the config schema"),
    ):
        command = commands.add_parser(name, help=about)
        if name == "init":
            _options_of_init(command)
        command.add_argument("--directory", type=Path, default=Path(), help="the study's folder")
    arguments = parser.parse_args(words)
    run = {
        "init": _init,
        "check": _check,
        "questionnaire": _questionnaire,
        "unlock": _unlock,
        "docs": _docs,
    }[arguments.command]
    try:
        return run(arguments)
    except SurveySemError as error:
        print(error, file=sys.stderr)
        return 1


def _options_of_init(command: argparse.ArgumentParser) -> None:
    """The exports and how they are read: named as the keys of a wave in config.yaml."""
    add = command.add_argument
    add("exports", type=Path, nargs="+", metavar="EXPORT", help="file with the answers, one a wave")
    add("--format", help="csv, xlsx, xls, ods, sav, zsav, dta or parquet; else found out")
    add("--dialect", help="the survey tool, such as qualtrics or wenjuanxing; else found out")
    add("--sheet", help="name or number (from 1) of a workbook's sheet")
    add("--encoding", help="of a text file, for example gb18030; else found out")
    add("--delimiter", help="what separates the cells of a text file; else found out")
    add("--header", help="number of the row with the columns' names; false where the file has none")
    add("--where", action="append", default=[], metavar="COLUMN=VALUE",
        help="only the rows with this value; again for another column, or for a further value")  # fmt: skip
    add("--xlsform", type=Path, metavar="FORM", help="XLSForm of a KoboToolbox or ODK export")


def _init(arguments) -> int:
    from surveysem.study.draft import draft
    from surveysem.study.draft.source import entry_of

    entry = entry_of(vars(arguments))
    paths = arguments.exports
    print("\n".join(draft(paths, arguments.directory, entry, arguments.xlsform)))
    return 0


def _check(arguments) -> int:
    from surveysem.study.checking import examine

    problems, notes = examine(arguments.directory)
    for text in (*problems, *notes):
        print(text)
    print(f"{len(problems)} problem(s)." if problems else "Nothing is wrong.")
    return 1 if problems else 0


def _questionnaire(arguments) -> int:
    from surveysem.questionnaire.files import FOLDER, write
    from surveysem.study import fielding

    for path in write(fielding.read(arguments.directory), arguments.directory / FOLDER):
        print(path)
    return 0


def _unlock(arguments) -> int:
    from surveysem.lock import unlock

    message = unlock(arguments.directory)
    if message:
        print(message, file=sys.stderr)
    return 0


def _docs(arguments) -> int:
    from surveysem.study.docs import config_page

    page = arguments.directory / "docs" / "config.md"
    page.write_text(config_page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `check | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
