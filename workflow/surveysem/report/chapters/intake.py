"""Chapter intake: what came in."""

from surveysem.report import words
from surveysem.report.blocks import Column, Section, table
from surveysem.report.context import Context
from surveysem.report.tables import unique


def intake(c: Context) -> list[Section]:
    """Files read, answers that could not be used, columns left out."""
    _, log = c._, c.tables["import_log"]
    waves, rows = list(c.plan["waves"]), []
    invalid = [r for r in log.rows if r["event"] == "invalid"]
    for wave in waves:
        mine = [r for r in log.rows if r["wave"] == wave]
        dropped = unique(r["column"] for r in mine if r["event"] == "column_dropped")
        rows.append(
            {
                "wave": c.wave_name(wave),
                "file": c.plan["waves"][wave]["file"],
                "invalid": sum(r["event"] == "invalid" for r in mine),
                "unasked": sum(r["event"] == "answered_not_asked" for r in mine),
                "dropped": words.listed(dropped, _) or "–",
            }
        )
    columns = [
        Column(_("Wave"), lambda r: r["wave"]),
        Column(_("File"), lambda r: r["file"]),
        Column(_("Impossible answers"), lambda r: r["invalid"], True),
        Column(_("Answers not asked for"), lambda r: r["unasked"], True),
        Column(_("Columns left out"), lambda r: r["dropped"]),
    ]
    answer = (
        _("{n} answers lie outside the allowed codes; they count as missing and are logged.")
        if invalid
        else _("Every answer is one of the allowed codes.")
    ).format(n=len(invalid))
    return [
        Section(
            "import",
            _("What did the survey tool export?"),
            answer,
            [table(_("Files"), columns, rows)],
            links=[(_("import log"), log.link)],
            rule="intake_wave · surveysem.intake.wave.import_wave",
        )
    ]
