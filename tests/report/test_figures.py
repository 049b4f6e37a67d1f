"""Figures of every kind: every text on the sheet and on no other; the same as SVG and as PNG."""

import io
from itertools import combinations
from xml.etree import ElementTree

import matplotlib.image
import pytest

from drawings import (
    CHINESE,
    DRAWINGS,
    LONG,
    WORDY,
    bar_chart,
    climb,
    extent,
    loadings,
    matrix,
    true_width,
)
from surveysem.report import raster
from surveysem.report.shapes import shorten, text_width, wrap
from surveysem.report.vector import svg


@pytest.fixture(params=DRAWINGS, name="d")
def drawing(request):
    return DRAWINGS[request.param]()


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
