# Two-level models in lavaan: tables, estimates, errors and measures of simulated data.
#
#   Rscript generate.R OUT
#
# writes OUT/data.csv (80 clusters of 2 to 12 members, in two kinds) and OUT/NAME.json for
# every case. lavaan >= 0.6-14 and jsonlite are needed. Its EM algorithm of the saturated model
# stops at a change of 1e-4 by default; here it runs to 1e-9, and the optimiser to 1e-13.
#
# What lavaan 0.6-14 has otherwise than the engine (see tests/sem/test_twolevel.py):
#   - covariates at both levels: it takes the log-likelihood of their rows as if there were no
#     clusters (and by its EM algorithm fixes their mean between clusters to a part of it)
#   - the scores of clusters where a variable has no part between clusters
#   - robust errors in several groups: not those of each group alone
#   - parameters equal over groups: it weighs the groups' likelihoods in another way, and ends
#     at a lower one (groups_equal)

suppressMessages({
  library(lavaan)
  library(jsonlite)
})
out <- commandArgs(TRUE)[1]

set.seed(20)
J <- 80
size <- sample(2:12, J, TRUE)
cl <- rep(1:J, size)
N <- length(cl)
w1 <- rnorm(J)
x1 <- rnorm(N, 2)
x2 <- 1 + rnorm(N) + (0.6 * rnorm(J))[cl]
fb <- 0.5 * w1 + 0.6 * rnorm(J)
fw <- 0.4 * x1 + 0.3 * x2 + rnorm(N)
gb <- 0.5 * fb + 0.5 * rnorm(J)
gw <- 0.4 * fw + rnorm(N)
part <- function(w, b, lw, lb) lw * w + (lb * b + 0.45 * rnorm(J))[cl] + 0.8 * rnorm(N)
DATA <- data.frame(
  clus = cl, kind = ifelse(cl %% 2 == 1, "a", "b"),
  y1 = 1 + part(fw, fb, 1, 1), y2 = 2 + part(fw, fb, 0.8, 0.9), y3 = 3 + part(fw, fb, 1.2, 1.1), y4 = part(fw, fb, 0.9, 0.7),
  z1 = part(gw, gb, 1, 1), z2 = part(gw, gb, 0.9, 0.8), z3 = part(gw, gb, 1.1, 1.2),
  u = 0.5 * gw + rnorm(N), v = (0.5 * gb + 0.6 * rnorm(J))[cl], x1 = x1, x2 = x2, w1 = w1[cl]
)
DATA[-(1:2)] <- round(DATA[-(1:2)], 5)
write.csv(DATA, file.path(out, "data.csv"), row.names = FALSE)

LEVELS <- function(within, between) paste0("level: 1\n", within, "\nlevel: 2\n", between)
FW <- "fw =~ y1 + y2 + y3 + y4"
FB <- "fb =~ y1 + y2 + y3 + y4"
GROUPED <- paste0("group: a\nlevel: 1\nfw =~ y1 + y2 + y3\nlevel: 2\nfb =~ y1 + y2 + y3\n",
                  "group: b\nlevel: 1\nfw =~ y1 + y2 + y3\nlevel: 2\nfb =~ y1 + y2 + y3")
CASES <- list(
  cfa = list(LEVELS(FW, FB)),
  cfa_mlr = list(LEVELS(FW, FB), estimator = "MLR"),
  covariates = list(LEVELS(paste0(FW, "\nfw ~ x1"), paste0(FB, "\nfb ~ w1"))),
  covariates_mlr = list(LEVELS(paste0(FW, "\nfw ~ x1"), paste0(FB, "\nfb ~ w1")), estimator = "MLR"),
  covariates_random = list(LEVELS(paste0(FW, "\nfw ~ x1"), paste0(FB, "\nfb ~ w1")), fixed_x = FALSE),
  split_covariate = list(LEVELS(paste0(FW, "\nfw ~ x2"), paste0(FB, "\nfb ~ w1 + x2"))),
  split_covariate_random = list(LEVELS(paste0(FW, "\nfw ~ x2"), paste0(FB, "\nfb ~ w1 + x2")), fixed_x = FALSE,
                                estimator = "MLR"),
  structure = list(LEVELS(paste0(FW, "\ngw =~ z1 + z2 + z3\ngw ~ aw*fw + x1\nu ~ gw"),
                          paste0(FB, "\ngb =~ z1 + z2 + z3\ngb ~ ab*fb + w1\nv ~ gb\ngap := ab - aw"))),
  metric = list(LEVELS("fw =~ y1 + b*y2 + c*y3 + d*y4", "fb =~ y1 + b*y2 + c*y3 + d*y4")),
  std_lv = list(LEVELS(FW, FB), std_lv = TRUE),
  path = list(LEVELS("u ~ x1 + y1", "v ~ y1 + w1")),
  unrestricted_between = list(LEVELS(FW, "y1 ~~ y1 + y2 + y3 + y4\ny2 ~~ y2 + y3 + y4\ny3 ~~ y3 + y4\ny4 ~~ y4")),
  groups = list(GROUPED, group = "kind"),
  groups_mlr = list(GROUPED, group = "kind", estimator = "MLR"),
  groups_equal = list(gsub("fw =~ y1 + y2 + y3", "fw =~ y1 + l2*y2 + l3*y3", GROUPED, fixed = TRUE), group = "kind")
)

# BFGS from where the default optimiser stops, as long as the gradient gets smaller
polished <- function(fit, arguments) {
  for (round in 1:4) {
    steepest <- max(abs(lavInspect(fit, "gradient")))
    if (steepest < 1e-8) break
    start <- as.data.frame(parTable(fit))
    start$ustart[start$free > 0] <- start$est[start$free > 0]
    start$start <- start$est <- start$se <- NULL
    more <- list(optim.method = "BFGS", optim.force.converged = TRUE, control = list(reltol = 1e-16, maxit = 5000))
    next_fit <- try(suppressWarnings(do.call("sem", c(list(start), arguments, more))), silent = TRUE)
    if (inherits(next_fit, "try-error") || max(abs(lavInspect(next_fit, "gradient"))) >= steepest) break
    next_fit@baseline <- fit@baseline
    fit <- next_fit
  }
  fit
}

# The saturated model by the optimiser instead of the EM algorithm: means of split variables
# are between clusters
saturated <- function(data, ov) {
  all <- function(names) paste(sapply(seq_along(names), function(k) {
    paste(names[k], "~~", paste(names[k:length(names)], collapse = " + "))
  }), collapse = "\n")
  only <- setdiff(ov[[1]], ov[[2]])
  means <- if (length(only)) paste0("\n", paste(only, "~ 1", collapse = "\n")) else ""
  fit <- sem(LEVELS(paste0(all(ov[[1]]), means), all(ov[[2]])), data, cluster = "clus", fixed.x = FALSE, se = "none",
             test = "none", h1 = FALSE, baseline = FALSE, optim.force.converged = TRUE,
             control = list(rel.tol = 1e-13, iter.max = 2000, eval.max = 4000))
  fit <- polished(fit, list(data, cluster = "clus", fixed.x = FALSE, se = "none", test = "none", h1 = FALSE, baseline = FALSE))
  stopifnot(max(abs(lavInspect(fit, "gradient"))) < 1e-6)
  im <- lavInspect(fit, "implied", drop.list.single.group = TRUE)
  list(Sigma.W = im[[1]]$cov[ov[[1]], ov[[1]], drop = FALSE], Sigma.B = im[[2]]$cov[ov[[2]], ov[[2]], drop = FALSE],
       Mu.W = im[[1]]$mean[ov[[1]]], Mu.B = im[[2]]$mean[ov[[2]]], logl = as.numeric(logLik(fit)))
}
em <- lavaan:::lav_mvnorm_cluster_em_sat
H1 <- list()
calls <- 0
assignInNamespace("lav_mvnorm_cluster_em_sat", function(YLp, ...) {
  if (!length(H1)) return(em(YLp, ...))
  calls <<- calls + 1
  found <- H1[[(calls - 1) %% length(H1) + 1]]
  found$logl <- found$logl - YLp[[2]]$loglik.x
  lapply(found, unclass)
}, "lavaan")

number <- function(x) ifelse(is.finite(x), signif(x, 11), NA)
for (name in names(CASES)) {
  case <- CASES[[name]]
  a <- case[-1]
  names(a) <- gsub("_", ".", names(a))
  H1 <- list()
  plan <- suppressWarnings(do.call("sem", c(list(case[[1]], DATA, cluster = "clus", do.fit = FALSE), a)))
  parts <- if (is.null(case$group)) list(DATA) else split(DATA, factor(DATA[[case$group]], unique(DATA[[case$group]])))
  found <- lapply(seq_along(parts), function(g) saturated(parts[[g]], plan@Data@ov.names.l[[g]]))
  H1 <- found
  calls <- 0
  fit <- suppressWarnings(do.call("sem", c(list(case[[1]], DATA, cluster = "clus", optim.force.converged = TRUE,
                                              control = list(rel.tol = 1e-13, iter.max = 2000, eval.max = 4000)), a)))
  steepest <- max(abs(lavInspect(fit, "gradient")))
  if (name %in% c("metric", "groups_equal")) steepest <- 0 # constrained: its gradient is not zero
  if (steepest > 0) fit <- polished(fit, c(list(DATA, cluster = "clus"), a))
  pt <- as.data.frame(parTable(fit))
  pt <- pt[pt$op != "==", ]
  pe <- as.data.frame(parameterEstimates(fit))
  std <- as.data.frame(standardizedSolution(fit))
  groups <- lavInspect(fit, "ngroups")
  icc <- lavInspect(fit, "icc")
  r2 <- lavInspect(fit, "rsquare")
  level <- if (groups > 1) (pt$block - 1) %% 2 + 1 else pt$level
  value <- list(
    lavaan = as.character(packageVersion("lavaan")), model = case[[1]], arguments = case[-1],
    rows = list(lhs = pt$lhs, op = pt$op, rhs = pt$rhs, block = as.integer(pt$block), level = as.integer(ifelse(pt$block == 0, 0, level)),
                free = pt$free > 0, exo = pt$exo == 1),
    est = number(pe$est), se = number(pe$se), std_all = number(std$est.std), std_se = number(std$se),
    icc = unname(lapply(if (groups > 1) icc else list(icc), as.list)), r2 = unname(lapply(r2, as.list)),
    gradient = max(abs(lavInspect(fit, "gradient"))),
    measures = as.list(number(setNames(fitMeasures(fit), gsub(".", "_", names(fitMeasures(fit)), fixed = TRUE))))
  )
  writeLines(toJSON(value, auto_unbox = TRUE, digits = NA, na = "null", null = "null"), file.path(out, paste0(name, ".json")))
  cat(sprintf("%-24s chisq %10.5f df %d gradient %.1e\n", name, value$measures$chisq, value$measures$df, value$gradient))
}
