# Posterior means of factors from ordinal answers, two ways that share nothing with the engine's grid:
#
#   Rscript generate_posterior.R
#
# writes posterior.json beside this file: lavaan's estimates of three models of five-point answers (bifactor.csv of
# ../../reliability), and for some rows the factors' means and standard deviations given the answers
# - by R's adaptive integrate(), one factor inside the other,
# - by the box that the answers are in: E(eta | box) is the slope at zero of log P(box shifted by t cov(eta, y*)), where
#   P is mvtnorm's (Miwa's algorithm). It needs no values of the factors at all, and is good to about 1e-4;
#   of the answers to up to four items, since its cost grows with them.

suppressMessages({
  library(lavaan)
  library(mvtnorm)
  library(jsonlite)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
data <- read.csv(file.path(here, "..", "..", "reliability", "bifactor.csv"))[paste0("b", 1:6)]
rows <- as.matrix(data[c(1:5, 40, 77, 222), ])
rows[2, 1] <- NA
rows[3, 4:6] <- NA

density <- function(eta, y, m) { # of the answers y and values of the factors, one a row of eta
  ends <- cbind(-Inf, m$thresholds, Inf)
  precision <- solve(m$cov)
  out <- exp(-rowSums((eta %*% precision) * eta) / 2)
  for (j in which(!is.na(y))) {
    at <- as.vector(eta %*% m$loadings[j, ])
    sd <- sqrt(m$residuals[j])
    out <- out * (pnorm((ends[j, y[j] + 1] - at) / sd) - pnorm((ends[j, y[j]] - at) / sd))
  }
  out
}
inside <- function(f) integrate(f, -8, 8, rel.tol = 1e-9, abs.tol = 1e-14, subdivisions = 300)$value
over <- function(f, factors) { # integral over all factors of f of a matrix, one row a point
  if (factors == 1) return(inside(function(a) f(cbind(a))))
  inside(function(every) sapply(every, function(a) inside(function(b) f(cbind(a, b)))))
}
by_integral <- function(y, m) {
  k <- ncol(m$loadings)
  total <- over(function(eta) density(eta, y, m), k)
  moment <- function(j, power) over(function(eta) eta[, j]^power * density(eta, y, m), k) / total
  mean <- sapply(seq_len(k), moment, power = 1)
  list(mean = I(mean), sd = I(sqrt(sapply(seq_len(k), moment, power = 2) - mean^2)))
}
by_box <- function(y, m) {
  seen <- which(!is.na(y))
  L <- m$loadings[seen, , drop = FALSE]
  sigma <- L %*% m$cov %*% t(L) + diag(m$residuals[seen], length(seen))
  ends <- cbind(-8, m$thresholds, 8) # Miwa's algorithm wants finite ends
  lower <- ends[cbind(seen, y[seen])]
  upper <- ends[cbind(seen, y[seen] + 1)]
  logp <- function(shift) log(pmvnorm(lower - shift, upper - shift, sigma = sigma, algorithm = Miwa(steps = 256)))
  h <- .02
  I(sapply(seq_len(ncol(L)), function(j) {
    shift <- as.vector(L %*% m$cov[, j])
    (8 * (logp(h * shift) - logp(-h * shift)) - (logp(2 * h * shift) - logp(-2 * h * shift))) / (12 * h)
  }))
}
some <- function(y) replace(y, setdiff(seq_along(y), c(1, 2, 4, 5)), NA)
case <- function(model, parameterization = "delta") {
  fit <- cfa(model, data, ordered = names(data), std.lv = TRUE, parameterization = parameterization)
  e <- lavInspect(fit, "est")
  m <- list(loadings = unclass(e$lambda), residuals = diag(e$theta), cov = unclass(e$psi),
            thresholds = matrix(e$tau, ncol = 4, byrow = TRUE))
  rows <- rows[, rownames(e$lambda)]
  list(model = model, loadings = unname(m$loadings), residuals = I(unname(m$residuals)), cov = unname(m$cov),
       thresholds = m$thresholds, integral = lapply(seq_len(nrow(rows)), function(i) by_integral(rows[i, ], m)),
       box = lapply(seq_len(nrow(rows)), function(i) by_box(some(rows[i, ]), m)))
}
write_json(
  list(
    lavaan = as.character(packageVersion("lavaan")), mvtnorm = as.character(packageVersion("mvtnorm")),
    answers = unname(rows),
    one = case("f =~ b1 + b2 + b3"), one_theta = case("f =~ b1 + b2 + b3 + b4 + b5 + b6", "theta"),
    two = case("f =~ b1 + b2 + b3\ng =~ b4 + b5 + b6")
  ),
  file.path(here, "posterior.json"), auto_unbox = TRUE, digits = NA, na = "null"
)
