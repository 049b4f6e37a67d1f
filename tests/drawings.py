"""Drawings of every kind for tests, ordinary and odd, and where their texts really lie."""

from surveysem.report import ladder, raster
from surveysem.report.bars import Bar, Question, Scale, diverging
from surveysem.report.dotplot import Line, Part, Point, dot_plot
from surveysem.report.heatmap import Cell, heat_map
from surveysem.report.ladder import Index, Lane, Rung, Value

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


def true_width(text, size, bold=False) -> float:
    """In matplotlib's own font, which is wide; a Chinese character is as wide as high."""
    latin = "".join(ch for ch in text if ord(ch) <= 0x2E80)
    wide = raster._letters(raster.LATIN, 100, bold).getlength(latin) / 100
    return size * (wide + len(text) - len(latin))


def extent(label) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a label."""
    wide = true_width(label.text, label.size, label.bold)
    left = label.x - wide * {"start": 0, "middle": 0.5, "end": 1}[label.anchor]
    return left, left + wide, label.y - 0.72 * label.size, label.y
