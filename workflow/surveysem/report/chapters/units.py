"""Sections on what respondents share: clusters, projects, and what others say of these."""

from surveysem.report import words
from surveysem.report.blocks import Column, Section
from surveysem.report.context import Context
from surveysem.report.privacy import shown, table_by_group
from surveysem.report.tables import Row, unique
from surveysem.report.words import count, interval, number, p_value, percent


def clusters(c: Context) -> Section:
    """Intraclass correlations and design effects of the latest wave."""
    _, found = c._, c.tables["clusters"]
    rows = [r for r in found.where(wave=c.wave) if r["icc"]]
    scales = [r for r in shown(c, rows, counts=("n",)) if r["kind"] == "scale"]
    if not found.rows:
        answer = _("config.yaml names no cluster (`respondents.cluster`).")
    elif not scales:
        answer = _("The clusters of this wave say nothing: see the CSV for the reasons.")
    else:
        top = max(scales, key=lambda r: float(r["deff"]))
        answer = _("Clusters inflate the variance of a scale's mean by a factor of up to {deff} "
                   "({scale}, {group}: ICC(1) = {icc} {interval}).").format(
            deff=number(top["deff"]), scale=c.name(top["name"]), group=c.group_name(top["group"]),
            icc=number(top["icc"], bounded=True),
            interval=interval(top["ci_lower"], top["ci_upper"], bounded=True),
        )  # fmt: skip
    scarce = any(r["note"] == "few_clusters" for r in scales)
    columns = [
        Column(_("Scale"), lambda r: c.name(r["name"]) if r["kind"] == "scale" else r["name"]),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column("n", lambda r: count(r["n"]), True),
        Column(_("Clusters"), lambda r: count(r["clusters"]), True),
        Column(_("Sizes"), lambda r: f"{r['size_min']} – {r['size_max']}", True),
        Column("ICC(1)", lambda r: number(r["icc"], 3, bounded=True), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"], 3, bounded=True), True),
        Column(_("Design effect"), lambda r: number(r["deff"]), True),
    ]
    few = _("Fewer than 50 clusters: intervals and cluster-robust errors are somewhat too narrow "
            "(Maas & Hox, 2005).") if scarce else ""  # fmt: skip
    by_item = [r for r in rows if r["kind"] == "item"]
    blocks = [
        table_by_group(c, _("Scales in clusters"), columns, [r for r in rows if r["kind"] == "scale"],
                       counts=("n",), note=few, folded=True),
        table_by_group(c, _("Items in clusters"),
                       [Column(_("Item"), lambda r: r["name"]), *columns[1:]], by_item,
                       counts=("n",), folded=True),
    ]  # fmt: skip
    return Section(
        "clusters",
        _("Are respondents of the same cluster alike?"),
        answer,
        [b for b in blocks if b.rows],
        meta=_("{wave} · respondents whose cluster is known").format(wave=c.wave_name(c.wave))
        if rows
        else "",
        how=_(
            "ICC(1) is the share of the variance that lies between clusters; below zero means none. "
            "The design effect 1 + (m − 1) ICC(1), with m the size of the cluster of an average "
            "respondent (Kish, 1987), says by how much the variance of a mean is larger than that "
            "of as many independent respondents; tests that ignore clusters are too optimistic by "
            "its root."
        )
        if found.rows
        else "",
        links=[(_("clusters"), found.link)],
        rule="description_wave · surveysem.description.clusters.cluster_table",
    )


def agreement(c: Context) -> Section:
    """Whether answers may be averaged over the respondents of a project."""
    _, found = c._, c.tables["agreement"]
    rows = found.where(wave=c.wave)
    judged = [r for r in shown(c, rows, counts=("n",)) if r["earned"] != ""]
    earned = [r for r in judged if r["earned"] == "1"]
    if not found.rows:
        answer = _("config.yaml names no project (`respondents.project`): nothing is averaged.")
    elif not judged:
        answer = _("It cannot be said: {reason}.").format(
            reason=words.listed(unique(_why(r["note"], _) for r in rows), _))  # fmt: skip
    elif not earned:
        answer = _("No: averages over a project's respondents are not earned for any scale.")
    else:
        answer = _("Averages over a project's respondents are earned for {n} of {all} scales and "
                   "groups: {scales}.").format(
            n=len(earned), all=len(judged), scales=c.named(earned))  # fmt: skip
    columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Group"), lambda r: c.group_name(r["group"])),
        Column("n", lambda r: count(r["n"]), True),
        Column(_("Projects"), lambda r: count(r["projects"]), True),
        Column(_("Respondents each"), lambda r: number(r["raters"], 1), True),
        Column("rwg", lambda r: number(r["rwg_uniform"], bounded=True), True),
        Column(_("% ≥ .70"), lambda r: percent(r["rwg_uniform_share"], 0), True),
        Column(_("rwg (skewed)"), lambda r: number(r["rwg_skewed"], bounded=True), True),
        Column(_("% ≥ .70"), lambda r: percent(r["rwg_skewed_share"], 0), True),
        Column("ICC(1)", lambda r: number(r["icc1"], bounded=True), True),
        Column("95 % CI", lambda r: interval(r["icc1_lower"], r["icc1_upper"], bounded=True), True),
        Column("ICC(2)", lambda r: number(r["icc2"], bounded=True), True),
        Column("p", lambda r: p_value(r["p"]).removeprefix("= "), True),
        Column(_("Averaging"), lambda r: _verdict(r, _)),
    ]
    return Section(
        "agreement",
        _("May answers be averaged over a project?"),
        answer,
        [
            table_by_group(
                c, _("Agreement within projects"), columns, rows, counts=("n",), folded=True
            )
        ]
        if rows
        else [],
        meta=_("{wave} · projects with two respondents or more").format(wave=c.wave_name(c.wave))
        if rows
        else "",
        how=_(
            "rwg(j) compares the variance within a project with that of answers without agreement "
            "(James, Demaree & Wolf, 1984): medians over projects, once against evenly spread "
            "answers, once against slightly skewed ones (LeBreton & Senter, 2008), since most "
            "people agree with most statements anyway. ICC(1) says whether projects differ, ICC(2) "
            "how reliable a project's mean is (Bliese, 2000). Averaging is called earned where "
            "both medians reach .70, ICC(1) is .05 or more and significant, and ICC(2) reaches "
            ".70: conventions, not laws."
        )
        if found.rows
        else "",
        links=[(_("agreement"), found.link)],
        rule="description_wave · surveysem.description.agreement.agreement_table",
    )


def _why(note: str, _) -> str:
    return {
        "nobody": _("nobody answered the scale and named a project"),
        "singles": _("each project has one respondent only"),
        "one_project": _("there is one project only"),
        "constant": _("answers do not differ within projects"),
    }.get(note, note)


def _verdict(r: Row, _) -> str:
    if r["earned"] == "":
        return _why(r["note"], _)
    lacking = {
        "rwg_uniform": "rwg",
        "rwg_skewed": _("rwg (skewed)"),
        "icc1": "ICC(1)",
        "icc2": "ICC(2)",
    }
    if r["earned"] == "1":
        return _("earned")
    return _("not earned: {what}").format(
        what=words.listed([lacking[k] for k in r["lacking"].split(";")], _)
    )


def informants(c: Context) -> Section:
    """Whether two groups say the same of a project."""
    _, found = c._, c.tables["informants"]
    every = found.where(wave=c.wave)
    rows = [
        {**r, "pearson": p}
        for r in every
        if r["statistic"] == "icc_a1" and r["est"]
        and (p := found.one(wave=c.wave, scale=r["scale"], first=r["first"], second=r["second"],
                            statistic="pearson"))
    ]  # fmt: skip
    kept = shown(c, rows, groups=("first", "second"))
    if kept:
        top = max(kept, key=lambda r: float(r["est"]))
        answer = _("Two groups agree most on {scale} ({first}, {second}): ICC(A,1) = {icc} "
                   "{interval}.").format(
            scale=c.name(top["scale"]), first=c.group_name(top["first"]),
            second=c.group_name(top["second"]), icc=number(top["est"], bounded=True),
            interval=interval(top["ci_lower"], top["ci_upper"], bounded=True),
        )  # fmt: skip
        low = [r for r in kept if float(r["est"]) < 0.50]
        answer += " " + _("Below .50: {n} of {all} comparisons.").format(n=len(low), all=len(kept))
    else:
        answer = _("No two groups judge enough of the same projects.")
    columns = [
        Column(_("Scale"), lambda r: c.name(r["scale"])),
        Column(_("Groups"), lambda r: f"{c.group_name(r['first'])} / {c.group_name(r['second'])}"),
        Column(_("Projects"), lambda r: count(r["projects"]), True),
        Column("M", lambda r: f"{number(r['mean_first'])} / {number(r['mean_second'])}", True),
        Column("r", lambda r: number(r["pearson"]["est"], bounded=True), True),
        Column("ICC(A,1)", lambda r: number(r["est"], bounded=True), True),
        Column("95 % CI", lambda r: interval(r["ci_lower"], r["ci_upper"], bounded=True), True),
    ]
    profile = [
        *columns[1:3],
        Column(_("Median"), lambda r: number(r["est"], bounded=True), True),
        Column(_("Quartiles"), lambda r: interval(r["q1"], r["q3"], bounded=True), True),
    ]
    profiles = [r for r in every if r["statistic"] == "profile" and r["est"]]
    blocks = [
        table_by_group(c, _("Agreement of groups on projects"), columns, rows,
                       groups=("first", "second"), folded=True),
        table_by_group(c, _("Similarity of profiles over the scales"), profile, profiles,
                       groups=("first", "second"), folded=True),
    ]  # fmt: skip
    return Section(
        "informants",
        _("Do the groups say the same of a project?"),
        answer,
        [b for b in blocks if b.rows],
        meta=_("{wave} · means of each group about each project").format(wave=c.wave_name(c.wave)),
        how=_(
            "r says whether both groups put the projects in the same order; ICC(A,1) also whether "
            "on the same level (McGraw & Wong, 1996). Answers of groups that agree little are not "
            "averaged (Podsakoff, MacKenzie & Podsakoff, 2012). Profiles: the correlation over the "
            "scales, for each project, of what is distinctive of it (Furr, 2008). Means of few "
            "respondents are unreliable, which lowers all of these."
        ),
        links=[(_("informants"), found.link)],
        rule="description_wave · surveysem.description.informants.informant_table",
    )
