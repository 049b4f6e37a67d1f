"""The report's chapters, one module a stage, in the order in which a reader meets them."""

from surveysem.report.blocks import Section
from surveysem.report.chapters import (
    cleaning,
    description,
    intake,
    measurement,
    reliability,
    robustness,
    structure,
)
from surveysem.report.context import Context


def chapters(c: Context) -> list[tuple[str, str, list[Section]]]:
    """Anchor, title and sections of each chapter; the answers come before what backs them."""
    _ = c._
    return [
        ("structure", _("What do the data say of each hypothesis?"), structure.structure(c)),
        ("intake", _("What came in?"), intake.intake(c)),
        ("cleaning", _("Which answers count?"), cleaning.cleaning(c)),
        ("description", _("Who answered what?"), description.description(c)),
        ("reliability", _("Do the scales hang together?"), reliability.reliability(c)),
        (
            "measurement",
            _("Do the scales measure distinct things, alike in every group?"),
            measurement.measurement(c),
        ),
        ("robustness", _("Would another analysis say the same?"), robustness.robustness(c)),
    ]
