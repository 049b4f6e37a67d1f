"""What became of the draws of a bootstrap."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tally:
    """How many draws were asked for, and how many of them were no good for which reason.

    failed: no model can be fitted (a singular covariance matrix, an empty group or
    category). not_converged: the optimiser ended without a minimum. inadmissible: a
    negative variance, or latent correlations that no variables can have; these are kept
    in where `kept_inadmissible`. reasons: why draws failed and how many for each, the most
    frequent first, where that is known.
    """

    requested: int
    failed: int
    not_converged: int
    inadmissible: int
    kept_inadmissible: bool = False
    reasons: tuple[tuple[str, int], ...] = field(default=(), compare=False)

    @property
    def note(self) -> str:
        """What was left out and why, in words; empty where nothing was."""
        reasons = {"could not be fitted": self.failed, "did not converge": self.not_converged}
        if not self.kept_inadmissible:
            reasons["were inadmissible"] = self.inadmissible
        out = sum(reasons.values())
        said = ", ".join(f"{count} {reason}" for reason, count in reasons.items() if count)
        if self.reasons:
            why = [f"{count} because {reason}" for reason, count in self.reasons[:3]]
            said += f" ({'; '.join([*why, *['and so on'] * (len(self.reasons) > 3)])})"
        note = [f"{out} of {self.requested} draws left out: {said}"] if out else []
        if self.kept_inadmissible and self.inadmissible:
            note.append(f"{self.inadmissible} inadmissible draws are in")
        return "; ".join(note)
