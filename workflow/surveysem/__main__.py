"""python -m surveysem init | check | questionnaire | unlock | docs"""

import argparse
import os
import sys
from pathlib import Path

from surveysem.errors import SurveySemError


def main() -> int:
    """Command line of the package."""
    parser = argparse.ArgumentParser(prog="python -m surveysem")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("init", "draft a study from a survey tool's export"),
        ("check", "list everything that is wrong with a study's config and files"),
        ("questionnaire", "write the questionnaire that the instrument makes"),
        ("unlock", "remove a Snakemake lock whose process is dead"),
        ("docs", "write docs/config.md from the config schema"),
    ):
        command = commands.add_parser(name, help=about)
        if name == "init":
            command.add_argument("export", type=Path, help="the file with the answers")
        command.add_argument("--directory", type=Path, default=Path(), help="the study's folder")
    arguments = parser.parse_args()
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


def _init(arguments) -> int:
    from surveysem.study.draft import draft

    print("\n".join(draft(arguments.export, arguments.directory)))
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
