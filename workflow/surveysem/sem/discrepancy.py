"""The maximum-likelihood discrepancy between observed and implied moments.

Source: Bollen (1989), Structural Equations with Latent Variables, eq. 4.67 and 7.133.
"""

import numpy as np

from surveysem.sem.implied import Implied
from surveysem.sem.moments import Moments


def ml(moments: Moments, im: Implied, *, means: bool) -> tuple[float, np.ndarray, np.ndarray]:
    """F = log|Sigma| + tr(Sigma^-1 T) - log|S| - p, with T = S + (ybar - mu)(ybar - mu)'.

    Returns F, dF/dSigma (p x p) and dF/dmu (p); F is infinite where Sigma is not
    positive definite.
    """
    p = len(im.sigma)
    try:
        R = im.R
    except np.linalg.LinAlgError:
        return np.inf, np.zeros((p, p)), np.zeros(p)
    W = R.T @ R
    T, d_mu = moments.cov, np.zeros(p)
    if means and moments.mean is not None:
        d = moments.mean - im.mu
        T = T + np.outer(d, d)
        d_mu = -2 * W @ d
    log_det = -2 * np.log(R.diagonal()).sum()
    F = log_det + float((W * T).sum()) - moments.log_det - p
    return F, W @ (im.sigma - T) @ W, d_mu
