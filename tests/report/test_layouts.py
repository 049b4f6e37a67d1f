"""Shapes true to the numbers: bars, loadings, matrix, ladder; nothing said by colour alone."""

import re
from itertools import pairwise

import pytest

from drawings import ANSWERS, bar, climb, extent, matrix, true_width
from surveysem.report import bars, dotplot, heatmap, ladder
from surveysem.report.bars import Question, Scale, diverging, on, reach, shades
from surveysem.report.dotplot import Line, Part, Point, dot_plot
from surveysem.report.heatmap import Cell, heat_map
from surveysem.report.ladder import Index, Lane, Rung
from surveysem.report.shapes import PAPER

# Bars ---------------------------------------------------------------------------------------


def pieces(d):
    """Boxes of bars by row, from left to right, legend left out."""
    rows = {}
    for box in d.boxes:
        if box.height == bars.BAR:
            rows.setdefault(round(box.y, 3), []).append(box)
    return [sorted(row, key=lambda b: b.x) for row in rows.values()]


SHARES = [
    (0.1, 0.2, 0.3, 0.25, 0.15),
    (0.1, 0.2, 0.3, 0.4),
    (0.0, 0.0, 1.0),
    (1.0, 0.0),
    (0.0, 0.5, 0.0, 0.5, 0.0),
]


@pytest.mark.parametrize("shares", SHARES)
def test_a_bar_is_as_long_as_its_shares_and_split_in_the_middle(shares):
    """Its pieces touch, add up to 100 %, and lie left and right of the line by their place."""
    ends = (1.0, 1.0)
    scale = Scale([f"a{k}" for k in shares], [Question("q", "", [bar(shares=shares)])])
    d = diverging([scale], ends, "t", "d")
    [row] = pieces(d)
    unit = bars.BARS / sum(ends)
    assert sum(box.width for box in row) == pytest.approx(unit)
    assert [box.width for box in row] == pytest.approx([s * unit for s in shares if s])
    for a, b in pairwise(row):
        assert a.x + a.width == pytest.approx(b.x)
    line = d.width - bars.EDGE - bars.COUNTS - 8 - bars.BARS / 2
    assert line - row[0].x == pytest.approx(reach(shares)[0] * unit)
    assert sum(reach(shares)) == pytest.approx(1.0)


def test_reach():
    assert reach((0.1, 0.2, 0.3, 0.25, 0.15)) == pytest.approx((0.45, 0.55))
    assert reach((0.1, 0.2, 0.3, 0.4)) == pytest.approx((0.3, 0.7))


def test_numbers_stand_in_their_pieces_or_not_at_all():
    shares = (0.01, 0.29, 0.03, 0.66, 0.01)
    d = diverging([Scale(ANSWERS, [Question("q", "", [bar(shares=shares)])])], (0.8, 0.7), "t", "d")
    [row] = pieces(d)
    inside = [(box, label.text) for box in row for label in d.labels
              if box.y < label.y < box.y + box.height and box.x < label.x < box.x + box.width]  # fmt: skip
    assert [text for _, text in inside] == ["29", "66"]
    for box, text in inside:
        assert true_width(text, bars.SMALL) < box.width


def test_a_group_without_answers_has_words_and_no_bar():
    question = Question("q", "", [bar("A", words="not asked"), bar("B")])
    d = diverging([Scale(ANSWERS, [question])], (0.8, 0.7), "t", "d")
    assert len(pieces(d)) == 1
    assert "not asked" in [label.text for label in d.labels]
    nothing = diverging([Scale(ANSWERS, [Question("q", "", [bar("A", words="no answers")])])],
                        (0.8, 0.7), "t", "d")  # fmt: skip
    assert pieces(nothing) == []


def luminance(colour) -> float:
    """Of WCAG 2.2."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a, b) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("k", range(2, 12))
def test_shades_tell_answers_apart_in_grey_and_letters_can_be_read_on_them(k):
    """To each side darker towards the end, so that with the line in the middle grey suffices."""
    found = shades(k)
    assert len(set(found)) == k
    left, right = found[: k // 2], found[k // 2 + k % 2 :]
    for side in (left[::-1], right):
        light = [luminance(colour) for colour in side]
        assert light == sorted(light, reverse=True)
    if k <= 7:
        assert all(contrast(a, b) > 1.25 for side in (left, right) for a, b in pairwise(side))
    assert all(contrast(colour, on(colour)) >= 4.0 for colour in found)


# Loadings -----------------------------------------------------------------------------------


def test_points_lie_by_their_values_and_low_ones_are_hollow():
    values = (-0.2, 0.1, 0.49, 0.5, 0.7, 1.0)
    lines = [
        Line(f"q{k}", "", [Point(v, (v - 0.1, v + 0.1), f"{v}")]) for k, v in enumerate(values)
    ]
    d = dot_plot(["A"], [Part("p", lines)], (0.5, 0.7), "t", "d")
    assert [m.filled for m in d.marks] == [False, False, False, True, True, True]
    places = [m.x for m in d.marks]
    unit = (places[5] - places[1]) / 0.9
    assert [p - places[1] for p in places] == pytest.approx([unit * (v - 0.1) for v in values])
    spans = [w.points for w in d.ways if w.stroke == 1.6]
    assert [b[0] - a[0] for a, b in spans] == pytest.approx([0.2 * unit] * 6)


def test_a_huge_interval_ends_in_an_arrow_and_widens_no_scale():
    far = Point(0.5, (-9.0, 9.0), "0.50 [−9.00, 9.00]")
    d = dot_plot(["A"], [Part("p", [Line("q", "", [far])])], (0.5, 0.7), "t", "d")
    assert dotplot.limits([far]) == (dotplot.LOWEST, dotplot.HIGHEST)
    assert sum(len(w.points) == 3 for w in d.ways) == 2


def test_what_has_no_value_has_words_and_what_is_not_there_nothing():
    lines = [Line("q", "", [Point(None, None, "no value"), None])]
    d = dot_plot(["A", "B"], [Part("p", lines)], (0.5, 0.7), "t", "d")
    assert d.marks == []
    assert [label.text for label in d.labels].count("no value") == 1


# Matrix -------------------------------------------------------------------------------------


def test_the_matrix_is_the_lower_triangle_and_frames_count_limits():
    names = [(c, c) for c in "abcd"]
    cells = {("b", "a"): Cell(0.2, ".20", "≤ .30"), ("c", "a"): Cell(0.84, ".84", "≤ .86", 1),
             ("c", "b"): Cell(0.91, ".91", "≤ .95", 2), ("d", "a"): Cell(None, "–", "")}  # fmt: skip
    d = heat_map(names, cells, [], "t", "d")
    assert len(d.boxes) == 6
    frames = [w for w in d.ways if len(w.points) == 5]
    assert len(frames) == 1 + 2
    texts = [label.text for label in d.labels]
    assert {".20", "≤ .30", ".84", "≤ .86", ".91", "≤ .95", "–"} <= set(texts)
    assert texts.count("a") == 2  # its name and its column
    [dashed] = [b for b in d.boxes if b.style.dashes and b.x == min(x.x for x in d.boxes)]
    assert dashed.style.fill == PAPER


def test_frames_and_numbers_keep_apart():
    d = matrix(3)
    frames = [w.points for w in d.ways if len(w.points) == 5]
    for label in d.labels:
        left, right, top, bottom = extent(label)
        for (x1, y1), _b, (x2, y2), *_rest in frames:
            if label.text in (".90", "≤ .95") and x1 < label.x < x2 and y1 < label.y < y2:
                assert x1 + 1 < left < right < x2 - 1
                assert y1 + 1 < top < bottom < y2 - 1


def test_the_matrix_darkens_with_the_value_and_stays_readable():
    values = [k / 20 for k in range(21)]
    colours = [heatmap._shade(v) for v in values]
    light = [luminance(c) for c in colours]
    assert light == sorted(light, reverse=True)
    assert heatmap._shade(1.3) == colours[-1]
    assert all(contrast(c, on(c)) >= 4.0 for c in colours)


# Ladder -------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [0.0001, 0.004, 0.0099, 0.0101, 0.02])
def test_changes_lie_on_their_side_of_the_limit(change):
    d = climb(change=change)
    lines = [w.points[0][0] for w in d.ways if w.dashes][:2]  # of the two indices
    full = [m for m in d.marks if m.sides == 0][:2]
    assert (full[0].x < lines[0]) == (change > 0.01)
    assert (full[1].x > lines[1]) == (change > 0.01)
    freed = [m for m in d.marks if m.sides == 4]
    assert all(not m.filled for m in freed)
    for label in d.labels:
        if re.fullmatch(r"−?0?\.\d{3}", label.text) and label.size == ladder.SMALL:
            left, right, *_ = extent(label)
            above = any(abs(m.y - 9 - label.y) < 0.1 for m in d.marks)
            assert above or not any(left < line < right for line in lines)


def test_a_level_that_fails_or_lacks_has_a_dashed_box():
    assert sum(b.style is ladder.DASHED for b in climb().boxes) == 0
    assert sum(b.style is ladder.DASHED for b in climb(remark="fails").boxes) == 1
    lacking = [Rung("a", "start", [Lane((), ["CFI .9"])]), Rung("b", "not computed", [Lane((), ())],
               "no convergence", passed=False)]  # fmt: skip
    d = ladder.ladder(
        lacking, [Index("ΔCFI", (None, None), ("", ""), -1)], ("e", "f", "b"), "t", "d"
    )
    assert "no convergence" in [label.text for label in d.labels]
    assert sum(b.style is ladder.DASHED for b in d.boxes) == 1
