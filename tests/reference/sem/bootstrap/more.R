# Frozen results for the bootstrap of incomplete and ordinal data, beside this script as NAME.json.
#
#   Rscript more.R [NAME ...]
#
# lavaan 0.6-14 or later and jsonlite are needed.
#
#   draws_fiml      some draws' rows of incomplete data and their estimates
#   draws_ordinal   the same of ordinal data: WLSMV's diagonal weights anew in each draw
#   errors_more     standard errors of many draws: incomplete, ordinal, and Bollen-Stine's
#   deletions       estimates and chi-square of incomplete data without some rows

suppressMessages({
  library(lavaan)
  library(jsonlite)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
read <- function(name) read.csv(file.path(here, "..", paste0(name, ".csv")))
TIGHT <- list(reltol = 1e-16, maxit = 20000) # of optim's BFGS
HS <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9"
MIMIC <- paste0(HS, "\nspeed ~ ageyr + visual")
INDIRECT <- paste0(HS, "\ntextual ~ a*visual\nspeed ~ b*textual + c*visual\nind := a*b\ntot := c + ind")
ORDINAL <- "f =~ y1 + y2 + y3 + y4
g =~ y5 + y6 + y7 + y8
g ~ f"
ITEMS <- paste0("y", 1:8)

# The answer in row i and column j is gone where i + 7 j is a multiple of 17 or i j leaves 3
# when divided by 11 (tests/sem/fiml_cases.py makes the same holes)
holes <- function(data, columns) {
  values <- as.matrix(data[, columns])
  i <- row(values)
  j <- col(values)
  values[(i + 7 * j) %% 17 == 0 | (i * j) %% 11 == 3] <- NA
  data[, columns] <- values
  data
}
hs <- read("hs")
hs_holes <- holes(hs, paste0("x", 1:9))
pd <- read("pd")
sim <- read("sim")[1:500, ]

save_json <- function(name, x) {
  writeLines(toJSON(x, digits = NA, auto_unbox = TRUE, dataframe = "columns", na = "null"),
    file.path(here, paste0(name, ".json")))
}
estimates <- function(fit) parTable(fit)$est[!parTable(fit)$op %in% c("==", "<", ">")]
some <- function(fit, model, data, arguments, R) {
  b <- bootstrapLavaan(fit, R, FUN = function(f) estimates(f), keep.idx = TRUE, iseed = 17)
  idx <- attr(b, "boot.idx")
  rows <- lapply(seq_along(idx), function(g) {
    matrix(lavInspect(fit, "case.idx", drop.list.single.group = FALSE)[[g]][idx[[g]]], R)
  })
  p <- parTable(fit)[!parTable(fit)$op %in% c("==", "<", ">"), ]
  list(model = model, data = data, arguments = arguments, index = do.call(cbind, rows) - 1,
    lhs = p$lhs, op = p$op, rhs = p$rhs, group = p$group, est = matrix(b, nrow = R))
}

cases <- list(
  draws_fiml = function() {
    go <- function(model, arguments, R, ...) {
      fit <- sem(model, hs_holes, missing = "ml", em.h1.tol = 1e-12, optim.method = "BFGS",
        control = TIGHT, se = "none", ...)
      some(fit, model, "hs", c(list(missing = "fiml"), arguments), R)
    }
    list(
      plain = go(HS, list(), 6),
      groups = go(HS, list(group = "school", group_equal = c("loadings", "intercepts")), 5,
        group = "school", group.equal = c("loadings", "intercepts")),
      covariate = go(MIMIC, list(), 5)
    )
  },
  draws_ordinal = function() {
    go <- function(arguments, R, ordered = ITEMS, ...) {
      fit <- sem(ORDINAL, sim, ordered = ordered, optim.method = "BFGS", control = TIGHT,
        ...)
      some(fit, ORDINAL, "sim", c(list(ordered = ordered), arguments), R)
    }
    list(
      wlsmv = go(list(), 4),
      theta = go(list(parameterization = "theta"), 3, parameterization = "theta"),
      ulsmv = go(list(estimator = "ULSMV"), 3, estimator = "ULSMV"),
      wls = go(list(estimator = "WLS"), 3, estimator = "WLS"),
      mixed = go(list(), 3, ordered = ITEMS[1:3])
    )
  },
  errors_more = function() {
    R <- 200
    fiml <- sem(INDIRECT, hs_holes, missing = "ml", se = "bootstrap", bootstrap = R, iseed = 5)
    dwls <- sem(ORDINAL, sim, ordered = ITEMS, estimator = "DWLS", se = "bootstrap",
      bootstrap = R, iseed = 5)
    both <- sem(HS, hs, se = "bootstrap", test = "bollen.stine", bootstrap = R, iseed = 6)
    # parameterEstimates() of 0.6-14 stops at intervals beside test = "bollen.stine"
    columns <- function(fit, ...) {
      pe <- parameterEstimates(fit, ...)
      list(lhs = pe$lhs, op = pe$op, rhs = pe$rhs, est = pe$est, se = pe$se, z = pe$z,
        pvalue = pe$pvalue, ci_lower = pe$ci.lower, ci_upper = pe$ci.upper)
    }
    list(draws = R,
      fiml = c(list(model = INDIRECT), columns(fiml)),
      dwls = c(list(model = ORDINAL), columns(dwls)),
      both = c(list(model = HS, p = both@test[[2]]$pvalue), columns(both, ci = FALSE)))
  },
  deletions = function() {
    go <- function(data) {
      sem(HS, data, missing = "ml", em.h1.tol = 1e-14, em.h1.iter.max = 20000,
        optim.method = "BFGS", control = TIGHT, se = "none")
    }
    rows <- c(1, 18, 77, 190)
    without <- lapply(rows, function(row) go(hs_holes[-row, ]))
    whole <- go(hs_holes)
    list(model = HS, rows = rows - 1, est = estimates(whole), chisq = fitMeasures(whole, "chisq"),
      without = t(sapply(without, estimates)),
      chisq_without = sapply(without, fitMeasures, "chisq"))
  }
)

wanted <- commandArgs(TRUE)
for (name in if (length(wanted)) wanted else names(cases)) {
  cat(name, "\n")
  save_json(name, cases[[name]]())
}
