# Frozen results of lavaan and semTools for the tests of measurement:
#
#   Rscript generate.R
#
# writes leadership.json, schools.json and holzinger_swineford.csv beside this file.

suppressMessages({
  library(lavaan)
  library(semTools)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
leadership <- read.csv(file.path(here, "../../../examples/leadership/data/raw/lq2002.csv"))
schools <- HolzingerSwineford1939[c("school", paste0("x", 1:9))]
write.csv(schools, file.path(here, "holzinger_swineford.csv"), row.names = FALSE, quote = FALSE)

LEAD <- "LEAD =~ LEAD01 + LEAD02 + LEAD03 + LEAD04 + LEAD05 + LEAD06 + LEAD07 + LEAD08 + LEAD09 + LEAD10 + LEAD11
"
REST <- "TSIG =~ TSIG01 + TSIG02 + TSIG03
HOSTILE =~ HOSTIL01 + HOSTIL02 + HOSTIL03 + HOSTIL04 + HOSTIL05
"
SINGLE <- paste0(LEAD, "TSIG =~ TSIG02
TSIG02 ~~ 0*TSIG02
")
HS <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"

# BFGS with tight rules from lavaan's own solution, so that the frozen digits are the
# minimum's: the default stops at a relative change of 1e-10 in F.
steepest <- function(fit) {
  g <- lavInspect(fit, "gradient")
  if (fit@Model@eq.constraints) g <- t(fit@Model@eq.constraints.K) %*% g
  max(abs(g))
}
tight <- function(model, data, ...) {
  first <- cfa(model, data, ...)
  control <- list(reltol = 1e-16, maxit = 20000)
  fit <- cfa(model, data, ..., start = first, optim.method = "BFGS", control = control, baseline = FALSE)
  stopifnot(lavInspect(fit, "converged"), steepest(fit) < 1e-6)
  fit@baseline <- first@baseline # it starts at its solution, where BFGS complains
  fit
}

# The answer in row i and column j is missing where i + 7 j is a multiple of 17.
holes <- function(x) {
  x[outer(seq_len(nrow(x)), seq_len(ncol(x)), function(i, j) (i + 7 * j) %% 17 == 0)] <- NA
  x
}

MEASURES <- c("npar", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr", "aic", "bic", "ntotal")

solution <- function(fit) {
  all <- as.data.frame(standardizedSolution(fit))
  part <- function(which) {
    rows <- all[which, ]
    list(lhs = I(rows$lhs), rhs = I(rows$rhs), est = I(rows$est.std), se = I(rows$se),
         ci_lower = I(rows$ci.lower), ci_upper = I(rows$ci.upper))
  }
  latent <- lavNames(fit, "lv")
  list(
    loadings = part(all$op == "=~"),
    correlations = part(all$op == "~~" & all$lhs != all$rhs & all$lhs %in% latent)
  )
}

# compRelSEM() and AVE() work on the items' own units. Of standardised items they are
# Fornell and Larcker's (1981): loadings and residual variances of the standardised solution.
reliability_of <- function(model, data) {
  standardised <- tight(model, as.data.frame(scale(data[lavNames(cfa(model, data), "ov")])))
  raw <- tight(model, data)
  list(
    cr = as.list(compRelSEM(standardised, obs.var = FALSE)),
    ave = as.list(AVE(standardised, obs.var = FALSE)),
    cr_own_units = as.list(compRelSEM(raw, obs.var = FALSE))
  )
}

ratios <- function(model, data) {
  found <- htmt(model, data, htmt2 = FALSE)
  pairs <- which(lower.tri(found), arr.ind = TRUE)
  list(with = I(rownames(found)[pairs[, 1]]), construct = I(colnames(found)[pairs[, 2]]), est = I(found[pairs]))
}

one_sample <- function(model, data) {
  fit <- tight(model, data)
  c(solution(fit), list(measures = as.list(fitMeasures(fit, MEASURES))))
}

everything <- function(model, data) {
  c(one_sample(model, data), reliability_of(model, data), list(htmt = ratios(model, data)))
}

all_items <- grep("^(LEAD|TSIG|HOSTIL)[0-9]+$", names(leadership), value = TRUE)
some <- leadership[1:300, c(paste0("LEAD0", 1:4), paste0("TSIG0", 1:3))]
PART <- "LEAD =~ LEAD01 + LEAD02 + LEAD03 + LEAD04
TSIG =~ TSIG01 + TSIG02 + TSIG03
"
write_json(
  list(
    lavaan = as.character(packageVersion("lavaan")), semTools = as.character(packageVersion("semTools")),
    complete = everything(paste0(LEAD, REST), leadership[all_items]),
    holes = c(one_sample(PART, holes(some)), list(htmt = ratios(PART, na.omit(holes(some))))),
    single = one_sample(SINGLE, leadership[all_items])
  ),
  file.path(here, "leadership.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE
)

# The levels of invariance over the two schools, and each school alone.
LEVELS <- list(configural = NULL, metric = "loadings", scalar = c("loadings", "intercepts"))
order <- c("Pasteur", "Grant-White")
fits <- lapply(LEVELS, function(equal) tight(HS, schools, group = "school", group.label = order,
                                             group.equal = if (is.null(equal)) "" else equal))
difference <- as.data.frame(lavTestLRT(fits$configural, fits$metric, fits$scalar))
write_json(
  list(
    lavaan = as.character(packageVersion("lavaan")), semTools = as.character(packageVersion("semTools")),
    levels = lapply(fits, function(fit) as.list(fitMeasures(fit, MEASURES))),
    differences = list(
      metric = list(chisq_diff = difference[2, "Chisq diff"], df_diff = difference[2, "Df diff"],
                    p_diff = difference[2, "Pr(>Chisq)"]),
      scalar = list(chisq_diff = difference[3, "Chisq diff"], df_diff = difference[3, "Df diff"],
                    p_diff = difference[3, "Pr(>Chisq)"])
    ),
    schools = lapply(setNames(order, order), function(name) {
      everything(HS, schools[schools$school == name, -1])
    })
  ),
  file.path(here, "schools.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE
)
