# Frozen results of lavaan and semTools for the tests of coefficients of factor models:
#
#   Rscript generate_factor.R
#
# writes factor.json and bifactor.csv beside this file. Data: examples/leadership/data/raw/lq2002.csv,
# tests/reference/sem/hs.csv, and bifactor.csv, which is simulated here.

suppressMessages({
  library(lavaan)
  library(semTools)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
leadership <- read.csv(file.path(here, "../../../examples/leadership/data/raw/lq2002.csv"))

SCALES <- list(
  LEAD = sprintf("LEAD%02d", 1:11),
  TSIG = sprintf("TSIG%02d", 1:3),
  HOSTILE = sprintf("HOSTIL%02d", 1:5)
)

# The answer in row i and column j is missing where i + 7 j is a multiple of 17.
holes <- function(x) {
  x[outer(seq_len(nrow(x)), seq_len(ncol(x)), function(i, j) (i + 7 * j) %% 17 == 0)] <- NA
  x
}

quiet <- function(call) suppressMessages(suppressWarnings(call))

# Derivatives of a function of a vector by central differences with one extrapolation.
slope <- function(f, x) {
  sapply(seq_along(x), function(k) {
    step <- function(h) {
      e <- replace(numeric(length(x)), k, h)
      (f(x + e) - f(x - e)) / (2 * h)
    }
    (4 * step(5e-4) - step(1e-3)) / 3
  })
}

# Bounds of est by its error through the logit.
logit_bounds <- function(est, se) plogis(qlogis(est) + c(-1, 1) * qnorm(.975) * se / (est * (1 - est)))

one_factor <- function(items) paste("g =~", paste(items, collapse = " + "))

# One factor by robust full-information maximum likelihood. Intervals: lavaan's delta method for a
# defined parameter, the logit of the coefficient.
continuous <- function(x) {
  items <- names(x)
  k <- length(items)
  l <- paste0("l", 1:k)
  e <- paste0("e", 1:k)
  common <- sprintf("(%s)^2", paste(l, collapse = " + "))
  sd <- sprintf("sqrt(%s^2 + %s)", l, e)
  standardised <- sprintf("(%s)^2", paste(sprintf("%s / %s", l, sd), collapse = " + "))
  unique <- paste(sprintf("%s / (%s^2 + %s)", e, l, e), collapse = " + ")
  shares <- paste(sprintf("%s^2 / (%s^2 + %s)", l, l, e), collapse = " + ")
  model <- c(
    paste("g =~", paste(sprintf("%s*%s", l, items), collapse = " + ")),
    sprintf("%s ~~ %s*%s", items, e, items),
    sprintf("omega := log(%s / (%s))", common, paste(e, collapse = " + ")),
    sprintf("cr := log(%s / (%s))", standardised, unique),
    sprintf("share := (%s) / %d", shares, k),
    "ave := log(share / (1 - share))"
  )
  fit <- quiet(cfa(model, x, std.lv = TRUE, estimator = "MLR", missing = "ml"))
  p <- parameterEstimates(fit)
  bounds <- function(name) {
    r <- p[p$lhs == name & p$op == ":=", ]
    plogis(c(r$est, r$ci.lower, r$ci.upper))
  }
  c(
    lapply(c(omega = "omega", cr = "cr", ave = "ave"), bounds),
    list(
      n = nobs(fit),
      omega_semtools = unname(compRelSEM(fit, obs.var = FALSE)),
      omega_observed = unname(compRelSEM(fit, obs.var = TRUE))
    )
  )
}

# One factor behind ordinal items by WLSMV. semTools' omegaCat() is differentiated by the model's
# parameters, whose covariances are lavaan's; alpha by the polychoric correlations.
ordinal <- function(x) {
  items <- names(x)
  k <- length(items)
  fit <- quiet(cfa(one_factor(items), x, std.lv = TRUE, estimator = "WLSMV", ordered = TRUE,
                   missing = "pairwise"))
  theta <- coef(fit)
  of <- lapply(items, function(i) grep(paste0("^", i, "\\|"), names(theta)))
  green_yang <- function(theta) {
    common <- tcrossprod(theta[1:k])
    total <- common
    diag(total) <- 1
    semTools:::omegaCat(common, lapply(of, function(at) theta[at]), rep(1, k), total)
  }
  est <- green_yang(theta)
  d <- slope(green_yang, theta)
  se <- sqrt(c(t(d) %*% vcov(fit) %*% d))
  R <- lavInspect(fit, "sampstat")$cov
  r <- R[lower.tri(R)]
  alpha <- function(r) k / (k - 1) * (1 - k / (k + 2 * sum(r)))
  gamma <- lavInspect(fit, "gamma")
  at <- tail(seq_len(nrow(gamma)), length(r))
  d <- slope(alpha, r)
  half <- qnorm(.975) * sqrt(c(t(d) %*% gamma[at, at] %*% d) / nobs(fit)) / (1 - alpha(r))
  list(
    n = nobs(fit),
    omega_ordinal = c(est, logit_bounds(est, se)),
    omega_ordinal_semtools = unname(compRelSEM(fit, obs.var = FALSE)),
    omega_ordinal_observed = unname(compRelSEM(fit, obs.var = TRUE)),
    alpha_ordinal_latent = c(alpha(r), 1 - (1 - alpha(r)) * exp(c(1, -1) * half)),
    alpha_semtools = unname(quiet(compRelSEM(fit, tau.eq = TRUE, ord.scale = FALSE)))
  )
}

# A general factor with three facets: bifactor and second order.
hierarchical <- function(x, facets) {
  lines <- sprintf("f%d =~ %s", seq_along(facets), sapply(facets, paste, collapse = " + "))
  bifactor <- c(one_factor(names(x)), lines)
  second <- c(lines, "g =~ f1 + f2 + f3")
  total <- function(fit) sum(fitted(fit)$cov)
  fit <- quiet(cfa(bifactor, x, std.lv = TRUE, orthogonal = TRUE, estimator = "MLR", missing = "ml"))
  L <- lavInspect(fit, "est")$lambda
  S <- lavInspect(fit, "std")$lambda
  out <- list(
    admissible = lavInspect(fit, "post.check"),
    omega_h_bifactor = sum(L[, "g"])^2 / total(fit),
    omega_t_bifactor = sum(colSums(L)^2) / total(fit),
    ecv_bifactor = sum(S[, "g"]^2) / sum(S^2)
  )
  fit <- quiet(cfa(second, x, estimator = "MLR", missing = "ml"))
  levels <- reliabilityL2(fit, "g")
  S <- lavInspect(fit, "std")
  g <- S$lambda[, 1:3] %*% S$beta[1:3, "g"]
  c(out, list(
    omega_h_second_order = unname(levels["omegaL1"]),
    omega_t_second_order = 1 - sum(diag(lavInspect(fit, "est")$theta)) / total(fit),
    ecv_second_order = sum(g^2) / sum(S$lambda[, 1:3]^2)
  ))
}

set.seed(20240501)
general <- rnorm(400)
group <- matrix(rnorm(400 * 3), 400)
latent <- sapply(1:9, function(j) {
  .5 * general + c(.45, .55, .65)[1 + j %% 3] * group[, 1 + (j - 1) %/% 3] + .6 * rnorm(400)
})
bifactor <- as.data.frame(apply(latent, 2, function(y) findInterval(y, c(-1, -.3, .4, 1.1)) + 1))
names(bifactor) <- paste0("b", 1:9)
write.csv(bifactor, file.path(here, "bifactor.csv"), row.names = FALSE, quote = FALSE)
hs <- read.csv(file.path(here, "../sem/hs.csv"))[paste0("x", 1:9)]
threes <- function(x) list(names(x)[1:3], names(x)[4:6], names(x)[7:9])

data <- c(
  lapply(SCALES, function(items) leadership[items]),
  setNames(lapply(SCALES, function(items) holes(leadership[1:300, items])), paste0(names(SCALES), "_holes"))
)
value <- list(
  lavaan = as.character(packageVersion("lavaan")),
  semTools = as.character(packageVersion("semTools")),
  continuous = lapply(data, continuous),
  ordinal = lapply(data, ordinal),
  hierarchical = list(
    bifactor = hierarchical(bifactor, threes(bifactor)),
    bifactor_holes = hierarchical(holes(bifactor), threes(bifactor)),
    hs = hierarchical(hs, threes(hs))
  )
)
write_json(value, file.path(here, "factor.json"), auto_unbox = TRUE, digits = NA, na = "null", pretty = TRUE)
