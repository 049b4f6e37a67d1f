# Frozen results of psych and GPArotation for the tests of dimensionality:
#
#   Rscript generate_dimensionality.R
#
# writes dimensionality.json beside this file.

suppressMessages({
  library(psych)
  library(GPArotation)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
leadership <- read.csv(file.path(here, "../../../examples/leadership/data/raw/lq2002.csv"))
leadership <- leadership[grep("^(LEAD|TSIG|HOSTIL)[0-9]+$", names(leadership), value = TRUE)]
schools <- read.csv(file.path(here, "holzinger_swineford.csv"))

# The answer in row i and column j is missing where i + 7 j is a multiple of 17.
holes <- function(x) {
  x[outer(seq_len(nrow(x)), seq_len(ncol(x)), function(i, j) (i + 7 * j) %% 17 == 0)] <- NA
  x
}

# Velicer's averages by the definition: correlations of what regressions of the items on the
# first components' scores leave (the products of eigenvectors that psych uses are ours too).
partials <- function(data, power) {
  z <- scale(data)
  scores <- z %*% eigen(cor(data))$vectors
  p <- ncol(data)
  sapply(0:(p - 2), function(m) {
    left <- if (m == 0) z else residuals(lm(z ~ scores[, 1:m]))
    r <- cor(left)
    diag(r) <- 0
    sum(r^power) / (p * (p - 1))
  })
}

# Principal axes to full convergence, the rotation to a gradient of 1e-7 (fa() stops at 1e-5).
axes <- function(R, n, k) {
  raw <- fa(R, k, n.obs = n, fm = "pa", rotate = "none", SMC = TRUE, min.err = 1e-13, max.iter = 20000,
            warnings = FALSE)
  own <- fa(R, k, n.obs = n, fm = "pa", rotate = "oblimin", SMC = TRUE, min.err = 1e-13, max.iter = 20000,
            warnings = FALSE)
  if (k == 1) {
    turned <- list(loadings = raw$loadings, Phi = matrix(1))
  } else {
    turned <- oblimin(unclass(raw$loadings), eps = 1e-7, maxit = 20000)
  }
  list(factors = k, loadings = unname(unclass(turned$loadings)), phi = unname(turned$Phi),
       communalities = unname(raw$communality), psych_loadings = unname(unclass(own$loadings)))
}

suggested <- function(x, n = NULL, cor = "cor", draws = 1000) {
  set.seed(1)
  found <- suppressMessages(suppressWarnings(
    fa.parallel(x, n.obs = n, fm = "pa", fa = "both", n.iter = draws, SMC = TRUE, quant = .95, cor = cor,
                plot = FALSE)
  ))
  # With a correlation matrix fa.parallel compares with the simulated percentiles of both kinds.
  p95 <- unname(apply(found$values, 2, quantile, .95))
  list(pc = found$ncomp, paf = found$nfact, real_pc = found$pc.values, real_paf = found$fa.values,
       p95_pc = head(p95, ncol(x)), p95_paf = tail(p95, ncol(x)))
}

everything <- function(R, n, k, data = NULL) {
  k_m <- KMO(R)
  b <- cortest.bartlett(R, n)
  list(
    R = unname(as.matrix(R)), n = n, kmo = k_m$MSA, kmo_item = unname(k_m$MSAi),
    chisq = b$chisq, df = b$df, p = b$p.value,
    map = I(vss(R, n = ncol(R) - 2, n.obs = n, plot = FALSE, rotate = "none")$map),
    efa = lapply(k, function(m) axes(R, n, m)),
    parallel = suggested(R, n)
  )
}

some <- leadership[1:120, ]
polychoric_400 <- polychoric(leadership[1:400, ], correct = 0, smooth = FALSE)$rho
cases <- list(
  leadership = everything(cor(leadership), nrow(leadership), c(1, 3)),
  leadership_120 = everything(cor(some), nrow(some), c(2, 3)),
  leadership_holes = everything(cor(holes(leadership[1:200, ]), use = "pairwise"), 200, 3),
  schools = everything(cor(schools[-1]), nrow(schools), c(2, 3)),
  pasteur = everything(cor(schools[schools$school == "Pasteur", -1]), sum(schools$school == "Pasteur"), 3),
  harman = everything(Harman74.cor$cov, Harman74.cor$n.obs, 4),
  thurstone = everything(Thurstone, 213, 3)
)
write_json(
  list(
    psych = as.character(packageVersion("psych")), GPArotation = as.character(packageVersion("GPArotation")),
    cases = cases,
    partials = list(two = partials(some, 2), four = partials(some, 4)),
    polychoric = c(list(R = unname(polychoric_400), n = 400),
                   suggested(leadership[1:400, ], cor = "poly", draws = 40)),
    within = unname(cov2cor(Reduce(`+`, lapply(split(schools[-1], schools$school), function(d) {
      crossprod(scale(as.matrix(d), scale = FALSE))
    }))))
  ),
  file.path(here, "dimensionality.json"), auto_unbox = TRUE, digits = NA
)
