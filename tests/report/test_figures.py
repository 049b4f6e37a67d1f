"""The figures' layouts: every text on the sheet and on no other, shapes true to the numbers,
nothing said by colour alone; the same as SVG and as PNG."""

import io
import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import matplotlib.image
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from surveysem.report import bars, dotplot, heatmap, ladder, raster
from surveysem.report.bars import Bar, Question, Scale, diverging, on, reach, shades
from surveysem.report.dotplot import Line, Part, Point, dot_plot
from surveysem.report.heatmap import Cell, heat_map
from surveysem.report.ladder import Index, Lane, Rung, Value
from surveysem.report.shapes import PAPER, shorten, text_width, wrap
from surveysem.report.vector import svg

LONG = "Government agencies, foundations and <municipal> communities & others"
WORDY = "How much do you agree that everything in this very long wording has its own room? " * 2
CHINESE = "政府机关、基金会与事业单位及其他公共服务机构"
ANSWERS = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")


def bar(name="Group", shares=(0.1, 0.2, 0.3, 0.25, 0.15), words=""):
    texts = [f"{100 * s:.0f}" for s in shares]
    return Bar(name, () if words else shares, () if words else texts, "n = 1,234", words)


def bar_chart(groups=3, items=4, name="Group", wording="Wording", answers=ANSWERS):
    shares = [1 / len(answers)] * len(answers)
    questions = [Question(f"q{k}", wording, [bar(f"{name} {g}", shares) for g in range(groups)])
                 for k in range(items)]  # fmt: skip
    return diverging([Scale(answers, questions)], (0.8, 0.7), "T <1>", "Said & done")


def loadings(groups=2, items=5, parts=14, name="Group", wording="Wording"):
    point = Point(0.71, (0.62, 0.8), "0.71 [0.62, 0.80]")
    lines = [Line(f"q{k}", wording, [point] * groups) for k in range(items)]
    panels = [f"{name} {g}" for g in range(groups)]
    split = [Part(f"{name} part {p}", lines) for p in range(parts)]
    return dot_plot(panels, split, (0.5, 0.7), "T <1>", "&")


def matrix(k=14, name="Construct", code="C"):
    names = [(f"{code}{j}", f"{name} {j}") for j in range(k)]
    cells = {(a, b): Cell(0.9, ".90", "≤ .95", 2)
             for i, (a, _) in enumerate(names) for b, _ in names[:i]}  # fmt: skip
    return heat_map(names, cells, [(1, ".85 or more"), (2, ".90 or more")], "T <1>", "&")


def climb(name="equal loadings", change=0.004, limits=(None, -0.01), remark=""):
    full = Lane([Value(-change, f"−{change:.3f}"), Value(change, f"{change:.3f}")],
                ["Δχ²(54) = 117.1, p < .001", "rejected by the test"])  # fmt: skip
    freed = Lane([Value(-change / 9, ".000"), Value(0.0, ".000")], ["holds by the test"], True)
    rungs = [Rung("same items", "the start", [Lane((), ["CFI .981"])]),
             Rung(name, "holds but for q1", [full, freed], remark, passed=not remark)]  # fmt: skip
    texts = ["" if v is None else f"{v:.3f}" for v in limits]
    indices = [Index("ΔCFI", limits, texts, -1), Index("ΔRMSEA", (None, 0.01), ["", ".010"])]
    return ladder.ladder(rungs, indices, ("equal", "freed", "beyond"), "T <1>", "&")


DRAWINGS = {
    "bars": bar_chart,
    "bars, long": lambda: bar_chart(name=LONG, wording=WORDY, answers=[WORDY, *ANSWERS]),
    "bars, Chinese": lambda: bar_chart(name=CHINESE, wording=CHINESE * 3, answers=[CHINESE] * 7),
    "bars, one": lambda: bar_chart(1, 1, answers=("No", "Yes")),
    "bars, eleven codes": lambda: bar_chart(9, answers=[str(k) for k in range(11)]),
    "loadings": loadings,
    "loadings, one": lambda: loadings(1, 1, 1),
    "loadings, nine groups": lambda: loadings(9, 2, 2, LONG, WORDY),
    "loadings, Chinese": lambda: loadings(4, 2, 2, CHINESE, CHINESE * 4),
    "loadings, many": lambda: loadings(3, 5, 14, "Group", WORDY),
    "matrix": matrix,
    "matrix, two": lambda: matrix(2),
    "matrix, long": lambda: matrix(5, LONG, "CONSTRUCT_NAME_"),
    "ladder": climb,
    "ladder, worse": lambda: climb(LONG, 0.02, remark=WORDY),
    "ladder, Chinese": lambda: climb(CHINESE, 0.0, (None, None), remark=CHINESE * 3),
}


@pytest.fixture(params=DRAWINGS, name="d")
def drawing(request):
    return DRAWINGS[request.param]()


def true_width(text, size, bold=False) -> float:
    """In matplotlib's own font, which is wide; a Chinese character is as wide as high."""
    font = FontProperties(family=raster.LATIN, weight="bold" if bold else "normal")
    latin = "".join(ch for ch in text if ord(ch) <= 0x2E80).replace("$", "S")
    wide = TextPath((0, 0), latin, size=size, prop=font).get_extents().width if latin.strip() else 0
    return wide + size * (len(text) - len(latin))


def extent(label) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a label."""
    wide = true_width(label.text, label.size, label.bold)
    left = label.x - wide * {"start": 0, "middle": 0.5, "end": 1}[label.anchor]
    return left, left + wide, label.y - 0.72 * label.size, label.y


def test_every_text_and_shape_lies_on_the_sheet(d):
    for label in d.labels:
        left, right, top, bottom = extent(label)
        assert 0 < left <= right < d.width, label
        assert 0 < top < bottom < d.height, label
    for box in d.boxes:
        assert 0 < box.x <= box.x + box.width < d.width, box
        assert 0 < box.y < box.y + box.height < d.height, box
    for x, y in [(m.x, m.y) for m in d.marks] + [p for w in d.ways for p in w.points]:
        assert 0 < x < d.width, (x, y)
        assert 0 < y < d.height, (x, y)


def test_no_text_lies_on_another(d):
    places = sorted((extent(label) for label in d.labels if label.text), key=lambda e: e[2])
    for a, b in combinations(places, 2):
        if b[2] >= a[3]:
            continue  # below it
        assert a[1] <= b[0] or b[1] <= a[0], (a, b)


def test_the_svg_says_everything_and_escapes_it(d):
    for alone in (False, True):
        root = ElementTree.fromstring(svg(d, alone=alone))
        names = {child.tag.split("}")[-1]: child.text for child in list(root)[:3]}
        assert names["title"] == "T <1>"
        assert names["desc"] == d.description
        said = [t.text or "" for t in root.iter() if t.tag.endswith("text")]
        assert said == [label.text for label in d.labels]
        assert root.get("role") == "img"
    assert "http" not in svg(d)


def test_the_png_is_the_same_picture():
    """As large, the same bytes each time; filled boxes have their colour where they lie."""
    d = bar_chart(2, 2)
    data = raster.png(d)
    assert data == raster.png(d)
    pixels = matplotlib.image.imread(io.BytesIO(data), format="png")[..., :3]
    assert pixels.shape[:2] == pytest.approx(
        (d.height * raster.SCALE, d.width * raster.SCALE), abs=2
    )
    for box in d.boxes:
        x, y = (box.x + 2) * raster.SCALE, (box.y + 3) * raster.SCALE
        fill = [int(box.style.fill[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        assert pixels[int(y), int(x)] == pytest.approx(fill, abs=0.02), box


@pytest.mark.parametrize("maker", [loadings, matrix, climb])
def test_each_picture_can_be_a_png(maker):
    d = maker()
    pixels = matplotlib.image.imread(io.BytesIO(raster.png(d)), format="png")
    assert pixels.shape[1] == pytest.approx(d.width * raster.SCALE, abs=2)


def test_widths_are_not_below_those_of_a_wide_font():
    for bold in (False, True):
        for code in range(33, 127):
            word = chr(code) * 8
            assert text_width(word, 12, bold=bold) >= 0.97 * true_width(word, 12, bold), word
        for text in (LONG, WORDY, "0.71 [0.62, 0.80]", "Δχ²(54) = 117.1, p < .001"):
            assert text_width(text, 12, bold=bold) >= true_width(text, 12, bold), text


@pytest.mark.parametrize("text", [LONG, WORDY, CHINESE, "a b", "−0.1 (x)"])
def test_a_text_fits_into_its_own_width(text):
    text = text.strip()
    assert wrap(text, text_width(text, 12), 12) == [text]
    assert shorten(text, text_width(text, 12), 12) == text


def test_shorten():
    assert shorten("short", 100, 10) == "short"
    cut = shorten(LONG, 100, 10)
    assert cut.endswith("…")
    assert LONG.startswith(cut[:-1])
    assert text_width(cut, 10) <= 100


@pytest.mark.skipif(not raster._packaged(), reason="noto-cjk-sans-otc is not installed")
def test_chinese_letters_come_from_the_packaged_font(monkeypatch):
    """So that they do not depend on the machine's fonts."""
    monkeypatch.setattr(raster, "_fonts", lambda: ())
    assert raster.families("回答 abc") == [raster.LATIN, raster.FACE]
    d = bar_chart(1, 1, CHINESE, CHINESE)
    empty = bar_chart(1, 1, " ", " ")
    ink = [int((matplotlib.image.imread(io.BytesIO(raster.png(x)), format="png")[:, :700, 0] < 0.5).sum())
           for x in (d, empty)]  # fmt: skip
    assert ink[0] > 1.5 * ink[1]


def test_a_machine_without_the_package_uses_its_own_fonts(monkeypatch):
    monkeypatch.setattr(raster, "PACKAGE", "no_such_package_of_fonts")
    raster._packaged.cache_clear()
    try:
        assert raster._packaged() == ()
    finally:
        raster._packaged.cache_clear()


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
