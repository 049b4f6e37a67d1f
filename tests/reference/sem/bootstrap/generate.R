# Frozen results for the bootstrap's tests, beside this script as NAME.json.
#
#   Rscript generate.R [NAME ...]
#
# lavaan 0.6-14 or later, semTools and jsonlite are needed. The optimiser runs tighter than
# by default.
#
#   intervals     draws of a path model and what parameterEstimates() makes of them; BCa and
#                 the normal interval of R's boot.ci by hand, with the empirical influence
#                 values from refits with one row's weight moved
#   acceleration  the same influence values for latent models, one with groups
#   draws         some draws' rows, their estimates and (Bollen-Stine) chi-squares
#   errors        standard errors and Bollen-Stine p of many draws
#   montecarlo    semTools::monteCarloCI

suppressMessages({
  library(lavaan)
  library(jsonlite)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
read <- function(name) read.csv(file.path(here, "..", paste0(name, ".csv")))
hs <- read("hs")
pd <- read("pd")
TIGHT <- list(reltol = 1e-16, maxit = 20000) # of optim's BFGS

PATH <- "x4 ~ a*x1
x7 ~ c*x1 + b*x4
ind := a*b
tot := c + ind"
PD <- "ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ a*ind60
dem65 ~ cp*ind60 + b*dem60
y1 ~~ y5
y2 ~~ y4
y2 ~~ y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
ind := a*b
tot := cp + ind"
HS <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9"
MIMIC <- paste0(HS, "\nspeed ~ ageyr + visual")

save_json <- function(name, x) {
  writeLines(toJSON(x, digits = NA, auto_unbox = TRUE, dataframe = "columns", na = "null"),
    file.path(here, paste0(name, ".json")))
}

# The definition of boot's norm.inter, boot.ci(type = "norm") and "bca"
norm_inter <- function(t, alpha) {
  R <- length(t)
  rk <- (R + 1) * alpha
  k <- trunc(rk)
  s <- sort(t)
  sapply(seq_along(alpha), function(i) {
    if (k[i] == 0) return(s[1])
    if (k[i] >= R) return(s[R])
    if (k[i] == rk[i]) return(s[k[i]])
    q <- qnorm(c(alpha[i], k[i] / (R + 1), (k[i] + 1) / (R + 1)))
    s[k[i]] + (q[1] - q[2]) / (q[3] - q[2]) * (s[k[i] + 1] - s[k[i]])
  })
}
norm_ci <- function(t, t0, level) 2 * t0 - mean(t) + c(-1, 1) * qnorm((1 + level) / 2) * sd(t)
bca_ci <- function(t, t0, level, a) {
  w <- qnorm(mean(t < t0))
  z <- w + qnorm((1 + c(-level, level)) / 2)
  norm_inter(t, pnorm(w + z / (1 - a * z)))
}

# Influence values: central differences of the estimates by each row's weight
influence <- function(model, data, vars, group = NULL, statistic, ...) {
  labels <- if (is.null(group)) list(seq_len(nrow(data))) else
    lapply(unique(data[[group]]), function(g) which(data[[group]] == g))
  X <- as.matrix(data[, vars])
  refit <- function(w) {
    m <- lapply(labels, function(i) cov.wt(X[i, ], w[i] / sum(w[i]), method = "ML"))
    one <- length(m) == 1
    pick <- function(x) if (one) x[[1]] else x
    # the number of rows weighs the groups: moving a weight moves it too, as a count would
    statistic(sem(model, sample.cov = pick(lapply(m, `[[`, "cov")),
      sample.mean = pick(lapply(m, `[[`, "center")),
      sample.nobs = pick(lapply(labels, function(i) sum(w[i]))),
      sample.cov.rescale = FALSE, se = "none", test = "none", optim.method = "BFGS",
      control = TIGHT, ...))
  }
  h <- 0.02
  L <- t(sapply(seq_len(nrow(X)), function(i) {
    up <- down <- rep(1, nrow(X))
    up[i] <- 1 + h
    down[i] <- 1 - h
    (refit(up) - refit(down)) / (2 * h)
  }))
  for (i in labels) L[i, ] <- scale(L[i, ], scale = FALSE)
  L
}
acceleration <- function(L) {
  L[, colSums(abs(L)) < 1e-6] <- 0
  ifelse(colSums(L^2) > 0, colSums(L^3) / (6 * colSums(L^2)^1.5), 0)
}
estimates <- function(fit) parTable(fit)$est[!parTable(fit)$op %in% c("==", "<", ">")]
standard <- function(fit) standardizedSolution(fit, se = FALSE)$est.std

cases <- list(
  intervals = function() {
    fit <- sem(PATH, hs, se = "bootstrap", bootstrap = 500, iseed = 71,
      optim.method = "BFGS", control = TIGHT)
    boot <- lavInspect(fit, "boot")
    boot <- cbind(boot[seq_len(nrow(boot)), ], NULL)
    defined <- t(apply(boot, 1, fit@Model@def.function))
    out <- list(lavaan = as.character(packageVersion("lavaan")), model = PATH, data = "hs")
    ci <- function(type, level) {
      pe <- parameterEstimates(fit, boot.ci.type = type, level = level)
      list(lower = pe$ci.lower, upper = pe$ci.upper)
    }
    pe <- parameterEstimates(fit)
    out$rows <- list(lhs = pe$lhs, op = pe$op, rhs = pe$rhs, est = pe$est, se = pe$se)
    out$free <- which(parTable(fit)$free > 0)
    out$draws <- unname(boot)
    for (level in c("0.95", "0.9"))
      out$levels[[level]] <- sapply(c("perc", "basic", "norm", "bca.simple"),
        ci, level = as.numeric(level), simplify = FALSE)
    # sample means bring intercepts, which the path model has not
    L <- influence(PATH, hs, c("x4", "x7", "x1"),
      statistic = function(fit) parTable(fit)$est[parTable(fit)$op != "~1"])
    rows <- c(out$free, which(pe$op == ":="))
    a <- acceleration(L)[rows]
    t <- cbind(boot, defined)
    by_hand <- function(f) {
      m <- sapply(seq_along(rows), f)
      list(lower = m[1, ], upper = m[2, ])
    }
    out$by_hand <- list(rows = rows, acceleration = a,
      bca = by_hand(function(k) bca_ci(t[, k], pe$est[rows[k]], 0.95, a[k])),
      norm = by_hand(function(k) norm_ci(t[, k], pe$est[rows[k]], 0.95)))
    out
  },
  acceleration = function() {
    vars <- c(paste0("x", 1:3), paste0("y", 1:8))
    groups <- list(group.equal = c("loadings", "intercepts"))
    list(
      pd = list(model = PD, data = "pd", arguments = list(meanstructure = TRUE),
        est = acceleration(influence(PD, pd, vars, statistic = estimates, meanstructure = TRUE)),
        std_all = acceleration(influence(PD, pd, vars, statistic = standard,
          meanstructure = TRUE))),
      hs = list(model = HS, data = "hs",
        arguments = list(group = "school", group_equal = c("loadings", "intercepts")),
        est = acceleration(influence(HS, hs, paste0("x", 1:9), "school", statistic = estimates,
          group.equal = groups$group.equal)))
    )
  },
  draws = function() {
    some <- function(model, data, name, arguments, R, type, ...) {
      fit <- sem(model, data, optim.method = "BFGS", control = TIGHT, ...)
      # the transformed rows rest on the estimates: as exact as they can be
      if (type == "bollen.stine") for (round in 1:4)
        fit <- sem(model, data, start = fit, optim.method = "BFGS", control = TIGHT, ...)
      b <- bootstrapLavaan(fit, R, type, FUN = function(f) c(estimates(f), f@test[[1]]$stat),
        keep.idx = TRUE, iseed = 17)
      idx <- attr(b, "boot.idx")
      b <- matrix(b, nrow = R)
      rows <- lapply(seq_along(idx), function(g) {
        matrix(lavInspect(fit, "case.idx", drop.list.single.group = FALSE)[[g]][idx[[g]]], R)
      })
      list(model = model, data = name, arguments = arguments, type = type,
        index = do.call(cbind, rows) - 1,
        est = b[, -ncol(b)], chisq = b[, ncol(b)])
    }
    two <- list(group = "school", group_equal = c("loadings", "intercepts"))
    list(
      pd = some(PD, pd, "pd", list(se = "none"), 8, "ordinary"),
      groups = some(HS, hs, "hs", two, 5, "ordinary", group = "school",
        group.equal = two$group_equal),
      covariate = some(MIMIC, hs, "hs", list(meanstructure = TRUE), 5, "ordinary",
        meanstructure = TRUE),
      wishart = some(MIMIC, hs, "hs", list(likelihood = "wishart"), 5, "ordinary",
        likelihood = "wishart"),
      pd_stine = some(PD, pd, "pd", list(se = "none"), 8, "bollen.stine"),
      groups_stine = some(HS, hs, "hs", two, 5, "bollen.stine", group = "school",
        group.equal = two$group_equal)
    )
  },
  errors = function() {
    R <- 1000
    one <- sem(HS, hs, se = "bootstrap", bootstrap = R, iseed = 5)
    two <- sem(PD, pd, se = "bootstrap", bootstrap = R, iseed = 5)
    p <- sem(PD, pd, test = "bollen.stine", se = "none", bootstrap = R, iseed = 6)
    list(draws = R,
      hs = list(model = HS, data = "hs", se = parameterEstimates(one)$se),
      pd = list(model = PD, data = "pd", se = parameterEstimates(two)$se,
        p = p@test[[2]]$pvalue))
  },
  montecarlo = function() {
    suppressMessages(library(semTools))
    set.seed(9)
    fit <- sem(PD, pd, optim.method = "BFGS", control = TIGHT)
    R <- 400000
    own <- monteCarloCI(fit, nRep = R)
    other <- monteCarloCI(expr = c(ratio = "a*b/cp"), coefs = coef(fit), ACM = vcov(fit),
      nRep = R, level = 0.9)
    list(model = PD, data = "pd", draws = R,
      defined = list(name = rownames(own), est = own$est, lower = own$ci.lower,
        upper = own$ci.upper),
      ratio = list(est = other$est, lower = other$ci.lower, upper = other$ci.upper))
  }
)

wanted <- commandArgs(TRUE)
for (name in if (length(wanted)) wanted else names(cases)) {
  cat(name, "\n")
  save_json(name, cases[[name]]())
}
