# Frozen results of lavaan and semTools for the tests of distinctness:
#
#   Rscript generate_distinctness.R
#
# writes distinctness.json beside this file.

suppressMessages({
  library(lavaan)
  library(semTools)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
leadership <- read.csv(file.path(here, "../../../examples/leadership/data/raw/lq2002.csv"))
schools <- read.csv(file.path(here, "holzinger_swineford.csv"))

SCALES <- "LEAD =~ LEAD01 + LEAD02 + LEAD03 + LEAD04 + LEAD05 + LEAD06 + LEAD07 + LEAD08 + LEAD09 + LEAD10 + LEAD11
TSIG =~ TSIG01 + TSIG02 + TSIG03
HOSTILE =~ HOSTIL01 + HOSTIL02 + HOSTIL03 + HOSTIL04 + HOSTIL05
"
HS <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"
# Two halves of one scale: close together, so that the tests have something to say.
HALVES <- "first =~ LEAD01 + LEAD02 + LEAD03 + LEAD04
second =~ LEAD05 + LEAD06 + LEAD07 + LEAD08
"

answers <- NULL

pairs_of <- function(found) {
  at <- which(lower.tri(found), arr.ind = TRUE)
  list(with = I(rownames(found)[at[, 1]]), construct = I(colnames(found)[at[, 2]]), est = I(found[at]))
}

# The test of discriminantValidity() is two-sided, and only of correlations below the cut.
held <- function(fit, cutoff) {
  found <- as.data.frame(discriminantValidity(fit, cutoff = cutoff))
  list(construct = I(found$lhs), with = I(found$rhs), est = I(found$est), ci_lower = I(found$ci.lower),
       ci_upper = I(found$ci.upper), chisq = I(found[["Chisq diff"]]), p = I(found[["Pr(>Chisq)"]]))
}

everything <- function(model, data, ordinal) {
  names_of <- lavNames(lavaanify(model), "ov")
  data <- data[names_of]
  answers <<- data # where update() in discriminantValidity() finds it
  fit <- cfa(model, answers, std.lv = TRUE)
  mi <- modindices(fit, op = "=~")
  mi <- mi[mi$rhs %in% names_of, ]
  out <- list(
    htmt = pairs_of(htmt(model, data, htmt2 = FALSE)), htmt2 = pairs_of(htmt(model, data)),
    held_85 = held(fit, .85), held_90 = held(fit, .90),
    cross = list(construct = I(mi$lhs), item = I(mi$rhs), mi = I(mi$mi), est = I(mi$sepc.all))
  )
  if (ordinal) {
    out$htmt_polychoric <- pairs_of(htmt(model, data, htmt2 = FALSE, ordered = names_of))
    out$htmt2_polychoric <- pairs_of(htmt(model, data, ordered = names_of))
  }
  out
}

write_json(
  list(
    lavaan = as.character(packageVersion("lavaan")), semTools = as.character(packageVersion("semTools")),
    leadership = everything(SCALES, leadership, TRUE),
    halves = everything(HALVES, leadership[1:300, ], TRUE),
    schools = everything(HS, schools, FALSE),
    # correlations above the cut too, and the robust test (MLM, difference after Satorra 2000)
    halves_held = lapply(list(ML = "ML", MLM = "MLM"), function(estimator) {
      some <- leadership[1:300, ]
      free <- cfa(HALVES, some, std.lv = TRUE, estimator = estimator)
      lapply(list("0.85" = .85, "0.9" = .9, "0.95" = .95), function(cut) {
        at <- cfa(paste0(HALVES, "first ~~ ", cut, "*second\n"), some, std.lv = TRUE, estimator = estimator)
        method <- if (estimator == "ML") "default" else "satorra.2000"
        lavTestLRT(free, at, method = method)[2, "Chisq diff"]
      })
    })
  ),
  file.path(here, "distinctness.json"), auto_unbox = TRUE, digits = NA
)
