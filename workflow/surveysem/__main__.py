"""python -m surveysem check | unlock | docs"""

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Command line of the package."""
    parser = argparse.ArgumentParser(prog="python -m surveysem")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("check", "list everything that is wrong with a study's config and files"),
        ("unlock", "remove a Snakemake lock whose process is dead"),
        ("docs", "write docs/config.md from the config schema"),
    ):
        command = commands.add_parser(name, help=about)
        command.add_argument("--directory", type=Path, default=Path(), help="the study's folder")
    arguments = parser.parse_args()
    return {"check": _check, "unlock": _unlock, "docs": _docs}[arguments.command](
        arguments.directory
    )


def _check(folder: Path) -> int:
    from surveysem.study import check

    problems = check(folder)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problem(s)." if problems else "Nothing is wrong.")
    return 1 if problems else 0


def _unlock(folder: Path) -> int:
    from surveysem.lock import unlock

    message = unlock(folder)
    if message:
        print(message, file=sys.stderr)
    return 0


def _docs(folder: Path) -> int:
    from surveysem.study.docs import config_page

    (folder / "docs" / "config.md").write_text(config_page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
