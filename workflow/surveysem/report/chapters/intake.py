"""Chapter intake: what came in."""

from collections.abc import Callable, Sequence

from surveysem.report import words
from surveysem.report.blocks import Block, Column, Section, table
from surveysem.report.context import Context
from surveysem.report.tables import Row, unique

READ_AS = ("format", "dialect", "encoding", "delimiter", "sheet")
# Events of the import log that the other columns and tables show
COUNTED = ("answered", "unanswered", "declared_missing", "not_asked", "invalid", "not_in_wave",
           "answered_not_asked", "column_dropped", "column_matched", "reworded", "other_responses")  # fmt: skip


def intake(c: Context) -> list[Section]:
    """Files read and as what, answers that could not be used, what changed between waves."""
    return [_files(c), _changes(c)]


def _files(c: Context) -> Section:
    _, log = c._, c.tables["import_log"]
    invalid = [r for r in log.rows if r["event"] == "invalid"]
    rows = []
    for wave in c.plan["waves"]:
        of_wave = [r for r in log.rows if r["wave"] == wave and r["file"]]
        for file in unique(r["file"] for r in of_wave):
            mine = [r for r in of_wave if r["file"] == file]
            said = [(r["event"], r["value"].split(":")[0]) for r in mine if r["event"] in READ_AS]
            found = {what: value for what, value in said if value != "plain"}
            dropped = unique(r["column"] for r in mine if r["event"] == "column_dropped")
            rows.append(
                {
                    "wave": c.wave_name(wave),
                    "file": file,
                    "read": ", ".join(found[what] for what in READ_AS if what in found),
                    "invalid": sum(r["event"] == "invalid" for r in mine),
                    "unasked": sum(r["event"] == "answered_not_asked" for r in mine),
                    "dropped": words.listed(dropped, _) or "–",
                }
            )
    columns = [
        Column(_("Wave"), lambda r: r["wave"]),
        Column(_("File"), lambda r: r["file"]),
        Column(_("Read as"), lambda r: r["read"]),
        Column(_("Impossible answers"), lambda r: r["invalid"], True),
        Column(_("Answers not asked for"), lambda r: r["unasked"], True),
        Column(_("Columns left out"), lambda r: r["dropped"]),
    ]
    answer = (
        _("{n} answers lie outside the allowed codes; they count as missing and are logged.")
        if invalid
        else _("Every answer is one of the allowed codes.")
    ).format(n=len(invalid))
    key = (
        _("Respondents' ids are replaced by keyed hashes; the key is a published one, since the "
          "data are synthetic.")
        if c.plan["pseudonyms"] == "published"
        else _("Respondents' ids are replaced by keyed hashes; the key stays in the study's folder.")
    )  # fmt: skip
    return Section(
        "import",
        _("What did the survey tool export?"),
        answer,
        [table(_("Files"), columns, rows), *_matched(c), *_declared(c), *_remarks(c)],
        meta=key,
        links=[(_("import log"), log.link)],
        rule="intake_wave · surveysem.intake.wave.import_wave",
    )


def _folded(c: Context, title: str, columns: Sequence[Column], rows: Sequence[Row]) -> list[Block]:
    if not rows:
        return []
    first = Column(c._("Wave"), lambda r: c.wave_name(r["wave"]))
    return [table(title, [first, *columns], rows, folded=True)]


def _events(c: Context, keep: Callable[[str], bool]) -> list[Row]:
    return [r for r in c.tables["import_log"].rows if keep(r["event"])]


def _matched(c: Context) -> list[Block]:
    """Items and roles whose column has another name."""
    columns = [
        Column(c._("Item or role"), lambda r: r["column"]),
        Column(c._("Column"), lambda r: r["value"]),
    ]
    rows = _events(c, lambda event: event == "column_matched")
    return _folded(c, c._("Columns of another name"), columns, rows)


def _declared(c: Context) -> list[Block]:
    """Declared missing answers by reason."""
    counts: dict[tuple[str, str], int] = {}
    for r in _events(c, lambda event: event == "declared_missing"):
        counts[r["wave"], r["value"]] = counts.get((r["wave"], r["value"]), 0) + int(r["count"])
    rows = [{"wave": wave, "reason": reason, "n": n} for (wave, reason), n in counts.items()]
    columns = [
        Column(c._("Reason"), lambda r: r["reason"]),
        Column(c._("Answers"), lambda r: r["n"], True),
    ]
    return _folded(c, c._("Answers declared missing"), columns, rows)


def _remarks(c: Context) -> list[Block]:
    """What else was found out about the files."""
    columns = [
        Column(c._("File"), lambda r: r["file"]),
        Column(c._("Finding"), lambda r: f"{r['event']}: {r['value']}"),
    ]
    rows = _events(c, lambda event: event not in COUNTED)
    return _folded(c, c._("What was found out about the files"), columns, rows)


def _changes(c: Context) -> Section:
    """Items that were not the same in every wave, and what that rules out."""
    _ = c._
    several = len(c.plan["waves"]) > 1
    kinds = {
        "not_in_wave": (_("not asked"), _("comparisons of this item with other waves")),
        "reworded": (_("asked in other words"), _("differences of its means between waves")),
        "other_responses": (_("other answer categories"),
                            _("differences of its means and thresholds between waves")),
    }  # fmt: skip
    rows = [
        {**r, "change": kinds[r["event"]][0], "out": kinds[r["event"]][1]}
        for r in _events(c, lambda event: event in kinds)
    ]
    asked_in = {(r["wave"], r["column"]) for r in _events(c, lambda event: event == "answered")}
    rows = [
        r for r in rows if r["event"] != "not_in_wave" or (r["wave"], r["column"]) not in asked_in
    ]
    columns = [
        Column(_("Item"), lambda r: r["column"]),
        Column(_("Change"), lambda r: r["change"]),
        Column(_("What it rules out"), lambda r: r["out"]),
    ]
    if not rows:
        answer = (
            _("Every wave asked the same items with the same answers.")
            if several
            else _("There is one wave.")
        )
    else:
        answer = _("{n} items were not the same in every wave.").format(
            n=len({r["column"] for r in rows})
        )
    return Section(
        "changes",
        _("Did the waves ask the same?"),
        answer,
        _folded(c, _("Changes between waves"), columns, rows),
        rule="intake_wave · surveysem.intake.wave.import_wave",
    )
