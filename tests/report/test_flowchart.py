"""The flow diagram: every number of flow.csv once, nothing on top of another, both formats."""

import io
import re
from itertools import combinations
from xml.etree import ElementTree

import matplotlib.image
import pytest

from surveysem.report import flowchart, raster
from surveysem.report.flowchart import COLUMN, Panel, flow_diagram
from surveysem.report.shapes import wrap
from surveysem.report.vector import svg


def panel(name="Group <a> & co", reasons=2, why="Respondent already in this wave") -> Panel:
    return Panel(
        name=name, received="received n = 30", excluded="Excluded n = 9",
        reasons=[(str(k), f"{why} {k}") for k in range(reasons)], analysed="analysed n = 21",
    )  # fmt: skip


TOTAL = ("Wave 1", "received n = 60", "analysed n = 42")


def drawing(n, total=TOTAL, **more):
    panels = [panel(f"Group {k}", reasons=k % 3 + 1, **more) for k in range(n)]
    return flow_diagram(panels, total, "Title <1>", "Said & done")


def overlap(a, b) -> bool:
    return (
        a.x < b.x + b.width
        and b.x < a.x + a.width
        and a.y < b.y + b.height
        and b.y < a.y + a.height
    )


@pytest.mark.parametrize("n", [1, 2, 4, 5, 9])
@pytest.mark.parametrize("total", [TOTAL, None])
def test_boxes_lie_on_the_sheet_and_not_on_each_other(n, total):
    d = drawing(n, total)
    assert len(d.boxes) == 3 * n + (2 if total else 0)
    assert not [(a, b) for a, b in combinations(d.boxes, 2) if overlap(a, b)]
    for box in d.boxes:
        assert 0 < box.x < box.x + box.width < d.width
        assert 0 < box.y < box.y + box.height < d.height


LONG = "Government agencies, foundations and municipal communities"


def test_every_text_lies_in_a_box():
    """By the true width of letters in a wide font; long names and reasons are wrapped."""
    why = "Just the answers of some other respondent of this very wave"
    panels = [panel(LONG[:k], 2, why[:k]) for k in range(10, len(LONG))]
    d = flow_diagram(panels, (LONG, *TOTAL[1:]), "t", "d")
    for label in d.labels:
        font = raster._letters(raster.LATIN, 100, label.bold)
        wide = font.getlength(label.text) * label.size / 100
        left = {"start": label.x, "middle": label.x - wide / 2, "end": label.x - wide}[label.anchor]
        assert any(
            b.x <= left and left + wide <= b.x + b.width and b.y < label.y < b.y + b.height
            for b in d.boxes
        ), label


def test_chinese_names_and_reasons_lie_in_a_box():
    """A character is as wide as it is high."""
    one = panel(
        "政府机关、基金会与事业单位及其他公共服务机构", why="回答与另一位受访者完全相同" * 2
    )
    d = flow_diagram([one], None, "t", "d")
    for label in d.labels:
        wide = sum(label.size * (1.0 if ord(ch) > 0x2E80 else 0.7) for ch in label.text)
        left = {"start": label.x, "middle": label.x - wide / 2, "end": label.x - wide}[label.anchor]
        assert any(b.x <= left and left + wide <= b.x + b.width for b in d.boxes), label


@pytest.mark.parametrize("n", [1, 2, 4, 5, 9])
def test_every_column_is_joined_to_both_totals(n):
    """Following the ways from the box above leads to every column, and from each to that below."""
    d = drawing(n)
    ends = {p for way in d.ways for p in (way.points[0], way.points[-1])}
    top, bottom = [b for b in d.boxes if b.style is flowchart.TOTAL]
    middle = d.width / 2
    assert (middle, top.y + top.height) in ends
    assert (middle, bottom.y) in ends
    main = [b for b in d.boxes if b.style is flowchart.MAIN]
    for received, analysed in zip(main[::2], main[1::2], strict=True):
        assert (received.x + COLUMN / 2, received.y) in ends
        assert (analysed.x + COLUMN / 2, analysed.y + analysed.height) in ends
    reached, grown = [], [w for w in d.ways if (middle, top.y + top.height) in w.points]
    while grown:
        reached += grown
        grown = [w for w in d.ways if w not in reached and any(touch(w, r) for r in reached)]
    assert {w for w in d.ways if w.arrow and w.points[-1] in
            {(b.x + COLUMN / 2, b.y) for b in main[::2]}} <= set(reached)  # fmt: skip


def touch(a, b) -> bool:
    """Whether an end of one way lies on the other."""

    def on(point, way) -> bool:
        (x1, y1), (x2, y2) = way.points[0], way.points[-1]
        x, y = point
        return min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2)

    return any(on(p, b) for p in a.points) or any(on(p, a) for p in b.points)


def test_the_svg_is_well_formed_and_says_everything():
    root = ElementTree.fromstring(svg(flow_diagram([panel()], None, "T <1>", "a & b")))
    assert root.find("title").text == "T <1>"
    assert root.find("desc").text == "a & b"
    assert [t.text for t in root.iter("text")] == [
        "Group <a> & co", "received n = 30", "Excluded n = 9",
        "0", "Respondent already in", "this wave 0", "1", "Respondent already in", "this wave 1",
        "Group <a> & co", "analysed n = 21",
    ]  # fmt: skip


def test_as_a_file_the_svg_stands_alone():
    text = svg(drawing(2), alone=True)
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "class=" not in text


def test_what_is_left_out_differs_without_colour():
    """Its box has a dashed outline, and its text says so; greys alone are used."""
    text = svg(drawing(1))
    assert text.count("stroke-dasharray") == 1
    colours = set(re.findall(r"#([0-9a-f]{6})", text))
    for colour in colours:
        r, g, b = (int(colour[k : k + 2], 16) for k in (0, 2, 4))
        assert max(r, g, b) - min(r, g, b) <= 24, colour


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["short"]),
        ("one two three", ["one two", "three"]),
        ("回答来自另一位受访者", ["回答来自", "另一位受", "访者"]),
        ("", [""]),
        ("indivisible", ["indivi", "sible"]),
    ],
)
def test_wrap(text, lines):
    assert wrap(text, 45, 10) == lines


def test_the_png_is_the_same_picture():
    """Its size is the sheet's; boxes are drawn where they lie; the same bytes each time."""
    d = drawing(2)
    data = raster.png(d)
    assert data == raster.png(d)
    pixels = matplotlib.image.imread(io.BytesIO(data), format="png")[..., :3]
    assert pixels.shape[0] == pytest.approx(d.height * raster.SCALE, abs=2)
    assert pixels.shape[1] == pytest.approx(d.width * raster.SCALE, abs=2)
    for box in d.boxes:
        edge = int((box.y + box.height / 2) * raster.SCALE), int(box.x * raster.SCALE)
        around = pixels[edge[0] - 40 : edge[0] + 40, edge[1] - 4 : edge[1] + 5]
        assert around.min() < 0.3, box  # its outline
    assert pixels[0].min() == 1.0  # the margin is white


def test_characters_that_no_font_has_leave_no_png(monkeypatch):
    """Rather none than one of empty boxes."""
    d = flow_diagram([panel("组别")], None, "t", "d")
    monkeypatch.setattr(raster, "_packaged", lambda: ())
    monkeypatch.setattr(raster, "_fonts", lambda: ())
    assert raster.families("abc") == [raster.LATIN]
    assert raster.families("组别") is None
    assert raster.png(d) is None


def test_a_font_with_all_characters_stands_beside_the_latin_one(monkeypatch):
    from matplotlib import font_manager

    monkeypatch.setattr(raster, "_packaged", lambda: ())
    serif = font_manager.findfont("DejaVu Serif")
    monkeypatch.setattr(raster, "_fonts", lambda: (("DejaVu Serif", serif, 0),))
    only_serif = {chr(k) for k in raster_charmap(serif)} - {
        chr(k) for k in raster_charmap(font_manager.findfont(raster.LATIN))
    }
    letter = min(only_serif)
    assert raster.families(f"a{letter}") == [raster.LATIN, "DejaVu Serif"]


def raster_charmap(file):
    from matplotlib.ft2font import FT2Font

    return FT2Font(file).get_charmap()
