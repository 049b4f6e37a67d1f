"""What a call of `fit` asks for, with defaults filled in as lavaan fills them."""

from dataclasses import dataclass, replace

NO_POPULATION = (
    "no transformation of categories or weighted moments makes a model hold that keeps the "
    "answers what they are\n"
    "  hint: its scaled tests (scaled_shifted); or simulate() from the model, and refit"
)

SCALED = ("satorra_bentler", "scaled_shifted", "mean_var_adjusted", "yuan_bentler_mplus")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is estimated and tested.

    se: standard (inverse information), robust_sem (Satorra and Bentler 1994),
    robust_huber_white (sandwich of scores), two_stage and robust_two_stage (see twostage.py),
    bootstrap, none. information: the bread of each; in two stages that of the saturated moments.
    auxiliary: variables outside the model that inform about missing answers.
    bootstrap, seed: draws of se="bootstrap" and test="bollen_stine", and the randomness of
    these; None without them.
    cluster_correction, reference: see clusters.py.
    """

    estimator: str
    missing: str
    likelihood: str
    information: str
    se: str
    test: str
    auxiliary: tuple[str, ...] = ()
    bootstrap: int = 1000
    seed: int | None = None
    cluster_correction: str = "cr1"
    reference: str = "normal"

    def without_bootstrap(self) -> "Settings":
        """The same without what takes draws: what a draw's own fit has."""
        se = "none" if self.se == "bootstrap" else self.se
        test = "standard" if self.test == "bollen_stine" else self.test
        return replace(self, se=se, test=test, seed=None)

    @property
    def least_squares(self) -> bool:
        """Whether the moments are fitted by least squares, as those of ordinal data are."""
        return self.estimator.startswith(("WLS", "DWLS", "ULS"))

    @property
    def weight(self) -> str:
        """Weight of least squares: full (WLS), diagonal (DWLS and WLSM...), identity (ULS...)."""
        if self.estimator == "WLS":
            return "full"
        return "identity" if self.estimator.startswith("ULS") else "diagonal"

    @property
    def incomplete(self) -> bool:
        """Whether the likelihood is that of rows with missing answers."""
        return self.missing == "fiml"

    @property
    def two_stage(self) -> bool:
        """Whether the model is fitted to saturated moments of rows with missing answers."""
        return self.missing.endswith("two_stage")

    @property
    def robust(self) -> bool:
        """Whether single rows are needed, beyond their moments."""
        rows = (
            self.least_squares or self.se.startswith("robust") or self.information == "first_order"
        )
        return rows or self.test in SCALED or self.resampled

    @property
    def resampled(self) -> bool:
        """Whether standard errors or the test take draws of the rows."""
        return self.se == "bootstrap" or self.test == "bollen_stine"
