"""The way of the rows received, as pages may show it: numbers of flow.csv, small groups apart."""

from dataclasses import dataclass

from surveysem.report.context import Context
from surveysem.report.privacy import always_shown, is_small, size
from surveysem.report.tables import unique


@dataclass(frozen=True, slots=True)
class Stream:
    """What became of the rows of one group (or of all: '*') in a wave.

    out: (step of flow.csv, rows that it excluded), in order, without those that excluded none.
    received = analysed + the sum of out.
    """

    group: str
    received: int
    out: tuple[tuple[str, int], ...]
    analysed: int


ALL = "*"


def _stream(c: Context, wave: str, group: str) -> Stream:
    rows = c.tables["flow"].where(wave=wave, group=group)
    lost = ((r["step"], int(r["n_in"]) - int(r["n_out"])) for r in rows)
    received, analysed = (size(c, wave, group, step) for step in ("received", "analysed"))
    return Stream(group, received, tuple((step, n) for step, n in lost if n), analysed)


def streams(c: Context, wave: str) -> list[Stream]:
    """One a group that has rows in a wave and may be shown, unknown group ('') last."""
    groups = [g for g in (*c.plan["groups"], "") if c.tables["flow"].where(wave=wave, group=g)]
    found = [_stream(c, wave, g) for g in groups if not is_small(c, wave, g)]
    return [s for s in found if s.received]


def together(c: Context, wave: str) -> Stream | None:
    """All groups of a wave; None where the total would tell a small group's numbers."""
    found = streams(c, wave)
    if any(is_small(c, wave, g) for g in c.plan["groups"]):
        return None
    steps = unique(r["step"] for r in c.tables["flow"].where(wave=wave))
    lost = ((step, sum(dict(s.out).get(step, 0) for s in found)) for step in steps)
    out = tuple((step, n) for step, n in lost if n)
    return Stream(ALL, sum(s.received for s in found), out, sum(s.analysed for s in found))


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows over all waves: received, analysed, analysed by group; whole: whether those of small
    groups are in it."""

    received: int
    analysed: int
    groups: tuple[tuple[str, int], ...]
    whole: bool


def counts(c: Context) -> Counts:
    """Rows over all waves, of the groups that are small in none."""
    groups = always_shown(c)
    by_step = {
        step: {g: sum(size(c, w, g, step) for w in c.plan["waves"]) for g in (*groups, "")}
        for step in ("received", "analysed")
    }
    received, analysed = by_step["received"], by_step["analysed"]
    return Counts(
        received=sum(received.values()),
        analysed=sum(analysed.values()),
        groups=tuple((g, analysed[g]) for g in groups),
        whole=len(groups) == len(c.plan["groups"]),
    )
