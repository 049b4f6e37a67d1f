# Differences of chi-squares of nested models by lavaan's lavTestLRT:
#
#   Rscript generate.R
#
# writes differences.json beside this file: for each pair of models statistics by method. The
# pairs and their data stand in tests/sem/test_differences.py under the same names.
#
# Left out: satorra.2000 of MLR, where lavaan 0.6-14 has the observed information in the bread and
# the expected one in the meat; satorra.2000 of incomplete data, which takes a Gamma of complete
# ones; satorra.bentler.2010 where the two models' parameters differ by more than what is fixed in
# the restricted one, since lavaan takes them over by their place; satorra.bentler.2001 of tests
# that match two moments, where lavaan takes the factor of the mean and variance for that of the mean.

suppressMessages({
  library(lavaan)
  library(jsonlite)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
read <- function(name) read.csv(file.path(here, "..", paste0(name, ".csv")))
hs <- read("hs")
sim <- read("sim")
holes <- hs
for (j in 1:9) holes[[paste0("x", j)]][(seq_len(nrow(hs)) + 7 * j) %% 17 == 0] <- NA

HS <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"
ORTHOGONAL <- paste0(HS, "visual ~~ 0*textual + 0*speed\ntextual ~~ 0*speed")
GENERAL <- "g =~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9"
CROSS <- paste0(HS, "visual =~ x9")
THREE <- "f1 =~ y1 + y2 + y3 + y4
f2 =~ y5 + y6 + y7 + y8
f3 =~ y9 + y10 + y11 + y12
f3 ~ f1 + f2"
NO_PATH <- sub("f2$", "0*f2", THREE)
items <- paste0("y", 1:12)

# BFGS with tight rules from lavaan's own solution
tight <- function(model, data, ...) {
  first <- sem(model, data, ...)
  table <- as.data.frame(parTable(first))
  free <- table$free > 0
  table$ustart[free] <- table$est[free]
  table$start <- table$est <- table$se <- NULL
  sem(table, data, ..., optim.method = "BFGS", control = list(reltol = 1e-16, maxit = 20000), baseline = FALSE)
}
by_methods <- function(free, restricted, methods) {
  one <- function(method) {
    found <- suppressWarnings(lavTestLRT(free, restricted, method = method))
    as.list(setNames(as.numeric(found[2, c("Chisq diff", "Df diff")]), c("chisq_diff", "df_diff")))
  }
  setNames(lapply(methods, one), gsub(".", "_", methods, fixed = TRUE))
}
pair <- function(restricted, free, data, ..., equal = NULL, methods, how = tight) {
  free <- how(free, data, ...)
  restricted <- if (is.null(equal)) how(restricted, data, ...) else how(restricted, data, ..., group.equal = equal)
  by_methods(free, restricted, methods)
}
both <- c("satorra.bentler.2001", "satorra.bentler.2010")
value <- list(
  lavaan = as.character(packageVersion("lavaan")),
  pairs = list(
    mlr_orthogonal = pair(ORTHOGONAL, HS, hs, estimator = "MLR", methods = both),
    mlr_general = pair(GENERAL, HS, hs, estimator = "MLR", methods = both[1]),
    mlr_metric = pair(HS, HS, hs, estimator = "MLR", group = "school", equal = "loadings", methods = both),
    mlr_cross = pair(HS, CROSS, hs, estimator = "MLR", methods = both[1]),
    mlm_orthogonal = pair(ORTHOGONAL, HS, hs, estimator = "MLM", methods = both),
    mlm_cross = pair(HS, CROSS, hs, estimator = "MLM", methods = both),
    mlmv_orthogonal = pair(ORTHOGONAL, HS, hs, estimator = "MLMV", methods = "default"),
    mlmvs_orthogonal = pair(ORTHOGONAL, HS, hs, estimator = "MLMVS", methods = "default"),
    mlmvs_metric = pair(HS, HS, hs, estimator = "MLMVS", group = "school", equal = "loadings", methods = "default"),
    fiml_orthogonal = pair(ORTHOGONAL, HS, holes, estimator = "MLR", missing = "ml", methods = both[1]),
    fiml_general = pair(GENERAL, HS, holes, estimator = "MLR", missing = "ml", methods = both[1]),
    # c below zero: lavaan gives NA
    fiml_cross = pair(HS, CROSS, holes, estimator = "MLR", missing = "ml", methods = both[1]),
    wlsm_path = pair(NO_PATH, THREE, sim, ordered = items, estimator = "WLSM", methods = "default", how = sem),
    wlsmvs_path = pair(NO_PATH, THREE, sim, ordered = items, estimator = "WLSMVS", methods = "default", how = sem)
  )
)
writeLines(toJSON(value, auto_unbox = TRUE, digits = 10, pretty = 2, na = "null"), file.path(here, "differences.json"))
