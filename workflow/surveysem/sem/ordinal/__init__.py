"""Ordered and mixed data: thresholds and correlations, with their asymptotic covariance."""

from surveysem.sem.ordinal.moments import OrdinalMoments, influence, ordinal_moments

__all__ = ["OrdinalMoments", "influence", "ordinal_moments"]
