"""The figures of a finished run: files, links, numbers."""

import csv
import re
from xml.etree import ElementTree

from surveysem.report.words import percent


def test_pages_link_the_figures_and_they_hold_the_numbers_of_the_tables(finished):
    folder = finished.folder / "results/report"
    names = {f"figures/{path.name}" for path in (folder / "figures").glob("[!.]*")}
    linked = set()
    for page in ("index.html", "zh.html"):
        text = (folder / page).read_text(encoding="utf-8")
        linked |= set(re.findall(r'href="(figures/[^"]*)"', text))
    assert linked == names
    stems = {"flow_t1", "flow_t2", *(f"answers_{k}" for k in ("QUA", "TRU", "LOY")), "loadings_loyal",
             "invariance_loyal", *(f"htmt_loyal_{g}" for g in ("all", "north", "south"))}  # fmt: skip
    assert {f"figures/{s}_{k}.svg" for s in stems for k in ("en", "zh")} <= names
    assert {f"figures/{s}_en.png" for s in stems} <= names
    with (finished.folder / "results/description/answers.csv").open(encoding="utf-8") as handle:
        rows = [r for r in csv.DictReader(handle) if (r["wave"], r["construct"]) == ("t2", "QUA")]
    picture = ElementTree.parse(folder / "figures/answers_QUA_zh.svg").getroot()
    said = [t.text for t in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert said[:4] == ["从不", "很少", "经常", "总是"]
    wanted = [
        percent(r["share"], 0) for r in rows if r["group"] != "all" and float(r["share"]) > 0.08
    ]
    shown = [text for text in said if text.isdigit()]
    assert len(wanted) > 15
    for value in set(wanted):
        assert shown.count(value) >= wanted.count(value), value
