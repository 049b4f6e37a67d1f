"""What the files show of respondents' columns: levels of margins, answers that let take part.

Looked at before anything runs; what cleaning leaves of it only the jobs know.
"""

from collections.abc import Iterable, Mapping, Sequence

from surveysem.errors import describe, nearest
from surveysem.study.grouping import Grouping
from surveysem.study.objects import Margin
from surveysem.study.sampling import column_of
from surveysem.study.sources import File, numbered
from surveysem.text import answer_key


def values_of(files: Iterable[File], role: str, groups: Grouping) -> set[str] | None:
    """Values of a role or extra column in some files, as intake makes them; None where a file
    has more than a look keeps."""
    found: set[str] = set()
    for file in files:
        if role in file.fixed:
            found.add(str(file.fixed[role]))
            continue
        for column in (file.look.columns[k] for k in file.matched.get(role, ())):
            if column.many:
                return None
            for text in column.firsts:
                word = groups.named.get(text, text) if role == "group" else column.values.get(text)
                found.add((word or text).strip())
    return found


def allowed_answers(full: Mapping, files: Sequence[File], groups: Grouping) -> list[str]:
    """Words where nobody in a file gave an answer that consent or eligibility asks for."""
    problems = []
    for key in ("consent", "eligible"):
        for name, allowed in full["cleaning"][key].items():
            wanted = {answer_key(answer) for answer in allowed}
            for file in files:
                found = values_of([file], name, groups)
                if not found or wanted & {answer_key(value) for value in found}:
                    continue
                close = nearest(str(allowed[0]), found)
                problems.append(
                    describe(
                        f"config.yaml, cleaning.{key}.{name}",
                        f"no row of {file.name} has {' or '.join(map(repr, map(str, allowed)))}, "
                        "so that nobody would be left",
                        sorted(found),
                        f"did you mean '{close}'?"
                        if close
                        else "name answers as the file has them",
                    )
                )
    return problems


def margins(
    full: Mapping, files: Sequence[File], groups: Grouping, rows: Sequence[Margin]
) -> list[str]:
    """Words for levels of the margins that nobody has, and of the files that have no margin.

    files: those of the waves whose files are all known.
    """
    nobody: dict[Margin, dict[str, set[str]]] = {}
    no_margin: dict[tuple[str, str], list[str]] = {}
    for k, entry in numbered(full):
        own = [file for file in files if file.wave == k]
        here = [m for m in rows if m.wave in ("", entry["name"]) and own]
        here = [m for m in here if not m.group or m.group in groups.levels.get(k, ())]
        for variable in dict.fromkeys(m.variable for m in here):
            column = column_of(full, variable)
            found = values_of(own, column, groups)
            if not found:
                continue
            targets = [m for m in here if m.variable == variable]
            for m in targets:
                if m.value > 0 and m.level not in found:
                    nobody.setdefault(m, {})[entry["name"]] = found
            by_group = {m.group for m in targets}
            if "" in by_group or by_group >= set(groups.levels.get(k, ())):
                for level in found - {m.level for m in targets} - _excluded(full, column, found):
                    no_margin.setdefault((variable, level), []).append(entry["name"])
    return _words(full["weights"]["margins"], nobody, no_margin, rows)


def _excluded(full: Mapping, column: str, found: Iterable[str]) -> set[str]:
    """Values that consent or eligibility excludes."""
    asked = [full["cleaning"][key].get(column) for key in ("consent", "eligible")]
    keys = [{answer_key(answer) for answer in allowed} for allowed in asked if allowed]
    return {value for value in found if any(answer_key(value) not in key for key in keys)}


def _words(file: str, nobody: Mapping, no_margin: dict, rows: Sequence[Margin]) -> list[str]:
    problems = []
    for m, by_wave in nobody.items():
        found = sorted(set().union(*by_wave.values()))
        close = nearest(m.level, [level for level in found if (m.variable, level) in no_margin])
        if close:
            no_margin.pop((m.variable, close))
        problems.append(
            describe(
                f"{file}, row {m.line}, column level",
                f"no respondent of {', '.join(by_wave)} has the {m.variable} '{m.level}'",
                found,
                f"did you mean '{close}'?" if close else
                "raking cannot make up for nobody: merge it with another level",
            )
        )  # fmt: skip
    for (variable, level), waves in sorted(no_margin.items()):
        known = dict.fromkeys(m.level for m in rows if m.variable == variable)
        problems.append(
            describe(
                file,
                f"respondents of {', '.join(waves)} have the {variable} '{level}', which has no "
                "margin",
                known,
                "add the level (with a share of 0 where cleaning excludes all who have it), or "
                "merge levels in the data and in the file",
            )
        )
    return problems
