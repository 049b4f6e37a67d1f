"""Settings that contradict each other, or that the data do not allow, refused by name."""

from numbers import Integral

from surveysem.sem.errors import DataError, NotAvailableError, ResamplingError
from surveysem.sem.settings import NO_POPULATION, SCALED, Settings

_OF_LIKELIHOOD = ("observed", "first_order", "robust_huber_white", "yuan_bentler_mplus")


def require_clusters(settings: Settings, clustered: bool, correction: str | None) -> None:
    """Raise NotAvailableError for what goes with clusters only, or does not know them."""
    if not clustered:
        _refuse_without_clusters(correction, settings.reference)
    elif settings.se == "standard" and settings.estimator != "WLS":
        # the weight of WLS is the inverse of the clustered Gamma
        name = settings.estimator
        raise NotAvailableError(
            f"standard errors of estimator {name} with se='standard' know no clusters\n"
            f"  hint: {'estimator MLR' if name == 'MLF' else 'leave out `se`'}, "
            "or leave out `cluster`"
        )


def require_two_level(estimator: str, missing: str, likelihood: str) -> None:
    """Raise NotAvailableError for an estimator that two-level models do not have."""
    asked = {
        f"estimator {estimator}": (estimator not in ("ML", "MLR"), "estimator='ML' or 'MLR'"),
        f"missing={missing!r}": (missing != "listwise", "missing='listwise'"),
        f"likelihood={likelihood!r}": (likelihood != "normal", "likelihood='normal'"),
    }
    for name, (is_asked, hint) in asked.items():
        if is_asked:
            raise NotAvailableError(
                f"{name} is not available for two-level models\n  hint: {hint}, "
                "or a model of one level with `cluster`"
            )


def require_two_level_inference(settings: Settings) -> None:
    """Raise NotAvailableError for errors or a test that two-level models do not have."""
    for name, value, allowed in (
        ("se", settings.se, ("standard", "robust_huber_white", "none")),
        ("test", settings.test, ("standard", "yuan_bentler_mplus", "none")),
    ):
        if value not in allowed:
            raise NotAvailableError(
                f"{name}={value!r} is not available for two-level models (they have: "
                f"{', '.join(allowed)})\n  hint: estimator='MLR' is robust"
            )


def _refuse_without_clusters(cluster_correction: str | None, reference: str) -> None:
    for name, given in (
        ("cluster_correction", cluster_correction is not None),
        ("reference='t'", reference == "t"),
    ):
        if given:
            raise NotAvailableError(
                f"{name} belongs to cluster-robust errors, and there are no clusters\n"
                f"  hint: name their column in `cluster`, or leave out {name.split('=')[0]}"
            )


def require_draws(settings: Settings) -> None:
    """Raise where draws are asked for that cannot be made, or arguments of draws for nothing."""
    seed, draws = settings.seed, settings.bootstrap
    what = "test='bollen_stine'" if settings.test == "bollen_stine" else "se='bootstrap'"
    if not settings.resampled:
        for name, given in (("seed", seed is not None), ("bootstrap", draws != 1000)):
            if given:
                raise ResamplingError(
                    f"{name} belongs to se='bootstrap' and test='bollen_stine', and neither is "
                    "asked for\n  hint: leave it out, or add se='bootstrap'"
                )
        return
    if settings.least_squares and settings.test == "bollen_stine":
        raise NotAvailableError(
            f"{what} does not go with estimator {settings.estimator}: {NO_POPULATION}"
        )
    if seed is None:
        raise ResamplingError(
            f"{what} draws at random and there is no seed\n"
            "  hint: seed=1, or any whole number; the same one gives the same draws"
        )
    require_seed(seed)
    if isinstance(draws, bool) or not isinstance(draws, Integral) or draws < 2:
        raise ResamplingError(f"bootstrap={draws!r}\n  hint: a whole number, such as 2000")


def require_seed(seed: object) -> None:
    """Raise ResamplingError unless a seed is a whole number from 0 on."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise ResamplingError(f"seed={seed!r}\n  hint: a whole number from 0 on, such as 1")


def require_of_squares(estimator: str, information: object, se: object, test: object) -> None:
    """Raise NotAvailableError for what needs a likelihood, which least squares do not have."""
    asked = {"information": information, "se": se, "test": test}
    for argument, value in asked.items():
        if value in _OF_LIKELIHOOD:
            raise NotAvailableError(
                f"{argument}={value!r} does not go with estimator {estimator}: least squares have "
                "no likelihood\n"
                f"  hint: leave `{argument}` out"
            )


def require_consistent(settings: Settings) -> None:
    """Raise NotAvailableError for arguments that contradict each other (lavaan refuses most)."""
    s = settings
    if s.incomplete and (s.se == "robust_sem" or s.test in SCALED[:3]):
        raise NotAvailableError(
            f"se={s.se!r} with test={s.test!r} needs complete rows, and missing='fiml' has others\n"
            "  hint: estimator='MLR', or missing='listwise'"
        )
    if s.least_squares and s.likelihood == "wishart":
        raise NotAvailableError(
            f"likelihood='wishart' does not go with estimator {s.estimator}: least squares has no "
            "likelihood\n  hint: leave it out"
        )
    if s.information == "first_order" and (s.se.startswith("robust") or s.test in SCALED):
        raise NotAvailableError(
            f"information='first_order' does not go with se={s.se!r} and test={s.test!r}\n"
            "  hint: information='observed', or se='standard' and test='standard'"
        )


def require_rows(settings: Settings, given: bool) -> None:
    """Raise DataError where the settings need raw data and only moments were given."""
    if settings.missing != "listwise" and not given and not settings.least_squares:
        raise DataError(
            f"missing={settings.missing!r} needs the rows with missing answers\n"
            "  hint: give data= in place of sample_cov"
        )
    if settings.robust and not given:
        raise DataError(
            f"estimator {settings.estimator} with se={settings.se!r} and test={settings.test!r} "
            "needs the rows behind the moments\n"
            "  hint: give data= in place of sample_cov, or estimator='ML'"
        )
