"""The language on models and texts that nobody wrote: hypothesis makes them."""

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from surveysem.sem import SurveySemError
from surveysem.sem.syntax import parse
from surveysem.sem.table import build

QUICK = settings(max_examples=100, deadline=None)
NUMBERS = st.integers(-30, 30).map(lambda k: k / 10)
LABELS = st.sampled_from(["a", "b", "路径", "p.1"])


@st.composite
def modifiers(draw, groups):
    """Text before a variable: a value, a label, a start, bounds, or nothing."""
    one = draw(st.sampled_from(["", "", "", "fixed", "free", "start", "label", "labels", "bounds"]))
    if one == "fixed":
        return f"{draw(NUMBERS):g}*"
    if one == "start":
        return f"start({draw(NUMBERS):g})*"
    if one == "label":
        return f"{draw(LABELS)}*"
    if one == "labels":
        return f"c({', '.join(f'q{draw(st.integers(1, 9))}' for _ in range(groups))})*"
    if one == "bounds":
        lower = draw(NUMBERS)
        return f"lower({lower:g})*upper({lower + 2:g})*"
    return {"": "", "free": "NA*"}[one]


@st.composite
def models(draw):
    """Formulas as (left, operator, [(modifier, right), ...]), and arguments of `build`."""
    groups = draw(st.integers(1, 3))

    def formula(left, op, right):
        return left, op, [(draw(modifiers(groups)), x) for x in right]

    items = draw(st.permutations(["题1", "x2", "x.3", "x4", "x5", "x6", "x7", "x8"]))
    parts = [formula("f", "=~", items[:3]), formula("信任", "=~", items[3:6])]
    structure = draw(st.sampled_from([[], [("f", ["信任"])], [("信任", ["f", "z"])]]))
    parts += [formula(left, "~", right) for left, right in structure]
    pairs = draw(st.lists(st.sampled_from([(0, 1), (1, 4), (2, 6), (5, 5)]), unique=True))
    parts += [formula(items[i], "~~", [items[j]]) for i, j in pairs]
    parts += [formula(x, "~", ["1"]) for x in draw(st.sets(st.sampled_from(items[:6]), max_size=2))]
    ordered = {x: 3 for x in draw(st.sets(st.sampled_from(items[:5])))}
    parts += [
        formula(x, "|", [f"t{k}" for k in sorted(draw(st.sets(st.integers(1, 3), min_size=1)))])
        for x in sorted(ordered)
    ]
    arguments = {
        "groups": groups,
        "ordered": ordered,
        "parameterization": "theta",
        "model_type": draw(st.sampled_from(["sem", "growth"])),
        "std_lv": draw(st.booleans()),
        "meanstructure": draw(st.booleans()),
        "id_cat": draw(st.sampled_from(["lavaan", "wu_estabrook"])),
        "group_equal": draw(
            st.sets(st.sampled_from(["loadings", "intercepts", "thresholds", "residuals"]))
        ),
    }
    return parts, arguments


def plain(parts) -> str:
    """A formula a line."""
    return "\n".join(
        f"{left} {op} {' + '.join(m + x for m, x in right)}" for left, op, right in parts
    )


def loosely(parts, draw) -> str:
    """The same, with other spaces, line ends, comments and terms in formulas of their own."""
    text = []
    for left, op, right in parts:
        apart = op != "=~" and draw(st.booleans())
        for piece in [[term] for term in right] if apart else [right]:
            space = draw(st.sampled_from(["", " ", "\t", "  "]))
            plus = draw(st.sampled_from(["+", " + ", " +\n   ", "\n + ", " + # more\n"]))
            terms = plus.join((m + x).replace("*", f"{space}*{space}") for m, x in piece)
            end = draw(st.sampled_from(["\n", ";", " ; ", "\n\n", "  # said\n", "!\n", "\r\n"]))
            text.append(f"{space}{left}{space}{op}{space}{terms}{end}")
    return "".join(text)


def built(text, arguments):
    """A model's table, or the error's words."""
    try:
        return build(text, **arguments)
    except SurveySemError as error:
        return str(error).split(": ", 1)[1]


@QUICK
@given(models(), st.data())
def test_how_a_model_is_laid_out_does_not_matter(model, data):
    parts, arguments = model
    one, other = plain(parts), loosely(parts, data.draw)
    assert built(one, arguments) == built(other, arguments)


@QUICK
@given(models())
def test_a_table_written_out_in_full_is_the_same_table(model):
    parts, arguments = model
    try:
        table = build(plain(parts), **arguments)
    except SurveySemError:
        return
    again = build(written_out(table), **arguments | {"group_equal": (), "id_cat": "lavaan"})
    assert (table.observed, table.latent) == (again.observed, again.latent)
    assert settings_of(table) == settings_of(again)


def settings_of(table) -> dict:
    """Everything that a row says, by its name and group."""
    return {
        (r.name, r.group): (r.value, r.label, r.start, r.lower, r.upper, r.exogenous)
        for r in table.rows
    }


def written_out(table) -> str:
    """Model text that states every row but the moments of covariates and scaling factors."""
    rows: dict[tuple[str, str, str], list] = {}
    for r in table.rows:
        if not r.exogenous and r.op != "~*~":
            rows.setdefault((r.lhs, r.op, r.rhs), []).append(r)
    lines = []
    for (lhs, op, rhs), members in rows.items():
        parts = [f"c({', '.join('NA' if r.value is None else repr(r.value) for r in members)})"]
        if any(r.label for r in members):
            parts.append(f"c({', '.join(r.label or 'NA' for r in members)})")
        for kind in ("start", "lower", "upper"):
            given = [getattr(r, kind) for r in members]
            if None not in given:
                parts.append(f"{kind}({', '.join(map(repr, given))})")
        op, rhs = ("~", "1") if op == "~1" else (op, rhs)
        lines.append(f"{lhs} {op} {'*'.join([*parts, rhs])}")
    return "\n".join(lines)


WORDS = ["f", "x1", "t1", "=~", "~", "~~", "~*~", "|", ":=", "==", "<", ">", "<~", "+", "*", "?",
         "1", "0.5", "-2", "1e9", "1e999", "NA", "c(", "start(", "equal(", "lower(", "(", ")",
         ",", ":", ";", "\n", "#", "!", '"', "'", "^", "/", "group:", "level:", "efa(", "sqrt(",
         "．", "＝", "～", "题", " ", "a*", "\x00", "\\", "e+", ".p1."]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet=string.printable, max_size=60),
        st.lists(st.sampled_from(WORDS), max_size=25).map("".join),
        st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
    )
)
def test_any_text_is_a_table_or_one_error(text):
    for read in (parse, build, lambda t: build(t, groups=2, ordered={"x1": 2, "t1": 1})):
        try:
            read(text)
        except SurveySemError:
            continue
