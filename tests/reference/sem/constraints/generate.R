# Tests of nonlinear equality constraints by lavaan >= 0.6-14: Rscript generate.R constraints.json
#
# Score tests (lavTestScore) and differences of chi-squares (lavTestLRT) against the model
# without the constraint. Optimised as ../generate.R does with constraints. The methods
# satorra.bentler.2010 and satorra.2000 fail on nonlinear constraints in 0.6-14.

suppressMessages({
  library(lavaan)
  library(jsonlite)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
if (!length(here) || here == "") here <- "."
read <- function(name) read.csv(file.path(here, "..", paste0(name, ".csv")))
hs <- read("hs")

HS <- "visual =~ x1 + a*x2 + b*x3
textual =~ x4 + c*x5 + d*x6
speed =~ x7 + x8 + x9
"
tight <- list(rel.tol = 1e-15, x.tol = 1e-14, abs.tol = 0, iter.max = 20000, eval.max = 40000,
              control.outer = list(tol = 1e-10))
run <- function(model, data, ...) suppressWarnings(sem(model, data, ..., control = tight))

score <- function(constraints) {
  found <- suppressWarnings(lavTestScore(run(paste0(HS, constraints), hs)))
  list(constraints = constraints, total = found$test$X2, df = found$test$df, single = found$uni$X2)
}
difference <- function(model, constraints, method, data, ...) {
  free <- sem(model, data, ...) # its own optimiser finds no end with tighter tolerances
  restricted <- run(paste0(model, constraints), data, ...)
  found <- suppressWarnings(lavTestLRT(free, restricted, method = method))
  list(chisq_diff = found$`Chisq diff`[2], df_diff = found$`Df diff`[2], pvalue = found$`Pr(>Chisq)`[2])
}
value <- list(
  lavaan = as.character(packageVersion("lavaan")),
  score = list(
    one = score("a*b == 0.5"),
    beside_linear = score("c + d == 2.1\na*b == 0.5")
  ),
  difference = list(
    standard = difference(HS, "a*b == 0.5", "default", hs),
    satorra_bentler_2001 = difference(HS, "a*b == 0.5", "satorra.bentler.2001", hs, estimator = "MLR")
  )
)
writeLines(toJSON(value, auto_unbox = TRUE, digits = 10, pretty = 2), commandArgs(TRUE)[1])
