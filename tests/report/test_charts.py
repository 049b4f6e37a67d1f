"""Layout of the pictures: what stands where, and nothing on top of another."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from surveysem.report import charts


def node(code, r2=""):
    return {"code": code, "name": f"Construct {code}", "r2": r2}


def edge(cause, effect, std="0.3", verdict="supported"):
    return {"from": cause, "to": effect, "std": std, "verdict": verdict, "label": "H1 <x> & y"}


def test_causes_stand_left_of_their_effects_and_outcomes_last():
    edges = [("A", "B"), ("B", "C"), ("A", "C"), ("D", "C"), ("A", "E")]
    columns = charts.layers(list("ABCDE"), edges)
    place = {n: k for k, column in enumerate(columns) for n in column}
    assert all(place[a] < place[b] for a, b in edges)
    assert place["A"] == place["D"] == 0
    assert place["C"] == place["E"] == len(columns) - 1
    assert ("A", "C", 1) in columns[1]  # passes between the constructs of the middle column
    assert ("A", "E", 1) in columns[1]


def test_each_construct_stands_once():
    columns = charts.layers(list("ABCD"), [("A", "B"), ("B", "C"), ("C", "D"), ("A", "D")])
    nodes = [n for column in columns for n in column if isinstance(n, str)]
    assert sorted(nodes) == list("ABCD")


def test_a_loop_is_drawn_and_not_walked_for_ever():
    svg = charts.path_diagram(
        [node("A"), node("B", "0.2")], [edge("A", "B"), edge("B", "A")], "t", "d"
    )
    assert svg.count("<ellipse") == 2
    assert svg.count("marker-end") == 2


def test_the_diagram_is_well_formed_and_says_everything():
    nodes = [node("A"), node("B", "0.25"), node("C", "")]
    edges = [edge("A", "B"), edge("B", "C", "-0.2", "opposite"), edge("A", "C", "", "not testable")]
    svg = charts.path_diagram(nodes, edges, "A <b> title", "described & done")
    root = ElementTree.fromstring(svg)
    assert root.find("title").text == "A <b> title"
    assert root.find("desc").text == "described & done"
    texts = ["".join(t.itertext()) for t in root.iter("text")]
    assert "Construct BR² .25" in texts
    assert any(t.startswith("−0.20") for t in texts)
    assert any(t.startswith("–") for t in texts)  # no estimate
    assert "H1 &lt;x&gt; &amp; y" in svg


def test_a_wider_arrow_is_a_larger_path():
    svg = charts.path_diagram(
        [node("A"), node("B"), node("C")], [edge("A", "B", "0.1"), edge("A", "C", "-0.6")], "t", "d"
    )
    small, large = (float(w) for w in re.findall(r'fill="none"[^>]*stroke-width="([\d.]+)"', svg))
    assert large > 2 * small


@pytest.mark.parametrize(
    ("verdict", "dash"), [("supported", ""), ("undecided", "7 5"), ("negligible", "2 4")]
)
def test_the_dash_tells_the_verdict_without_colour(verdict, dash):
    svg = charts.path_diagram([node("A"), node("B")], [edge("A", "B", verdict=verdict)], "t", "d")
    assert (f'stroke-dasharray="{dash}"' in svg) == bool(dash)


def test_constructs_do_not_overlap():
    names = [f"N{k}" for k in range(30)]
    edges = [(a, "OUT") for a in names]
    at, height = charts._places(charts.layers([*names, "OUT"], edges))
    column = sorted(y for (x, y) in (at[n] for n in names))
    assert min(b - a for a, b in pairwise(column)) > 2 * charts.RY
    assert max(column) + charts.RY < height


def interval(std="0.2", low="0.1", high="0.3", verdict="supported"):
    return {"std": std, "ci_lower": low, "ci_upper": high, "verdict": verdict}


def test_an_interval_stands_on_the_shared_scale():
    limits = charts.limits([interval(), interval("-0.3", "-0.42", "-0.1")])
    assert limits == pytest.approx((-0.5, 0.4)) or limits == pytest.approx((-0.5, 0.3))
    root = ElementTree.fromstring(charts.interval_svg(interval(), (-0.5, 0.5), 0.1, "a & b"))
    band = root.find("rect")
    middle = float(band.get("x")) + float(band.get("width")) / 2
    assert middle == pytest.approx(130, abs=0.1)  # zero stands in the middle of -0.5 to 0.5
    assert float(root.find("circle").get("cx")) == pytest.approx(8 + 244 * 0.7, abs=0.1)
    assert root.get("aria-label") == "a & b"


def test_without_an_estimate_only_the_zero_line_stands():
    svg = charts.interval_svg(interval("", "", "", "not testable"), (-0.5, 0.5), None, "x")
    assert svg.count("<line") == 1
    assert "<circle" not in svg


@pytest.mark.parametrize("verdict", charts.COLOUR)
def test_every_verdict_has_a_mark(verdict):
    svg = charts.interval_svg(interval(verdict=verdict), (-1, 1), 0.1, "x")
    ElementTree.fromstring(svg)
    assert charts.COLOUR[verdict] in svg


def test_long_names_are_wrapped_in_two_lines():
    assert charts._wrap("Short") == ["Short"]
    assert charts._wrap("Incentive and restraint of all") == ["Incentive and", "restraint of all"]
    assert charts._wrap("协同供给决策项目触发机制") == ["协同供给决策", "项目触发机制"]
