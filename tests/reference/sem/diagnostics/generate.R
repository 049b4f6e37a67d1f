# Frozen results of lavaan for modification indices, score and Wald tests, residuals and
# comparisons of nested models:
#
#   Rscript generate.R
#
# writes diagnostics.json beside this file. Data: ../hs.csv, ../pd.csv.

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
DATA <- list(hs = read.csv(file.path(here, "../hs.csv")), pd = read.csv(file.path(here, "../pd.csv")))

HS <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"
MIMIC <- paste0(HS, "visual + textual ~ ageyr + sex
speed ~ ageyr + visual
")
PD <- "ind60 =~ x1 + x2 + x3
dem60 =~ y1 + a*y2 + b*y3 + c*y4
dem65 =~ y5 + a*y6 + b*y7 + c*y8
dem60 ~ p*ind60
dem65 ~ q*ind60 + r*dem60
y1 ~~ y5
"
LINEAR <- "visual =~ x1 + a*x2 + b*x3
textual =~ x4 + c*x5 + d*x6
speed =~ x7 + x8 + x9
a == 2*b
c + d == 2.1
"
ORTHOGONAL <- paste0(HS, "visual ~~ 0*textual + 0*speed
textual ~~ 0*speed
")

# BFGS with tight rules from lavaan's own solution: the digits are the minimum's.
tight <- function(model, data, ...) {
  first <- sem(model, data, ...)
  control <- list(reltol = 1e-16, maxit = 20000)
  table <- as.data.frame(parTable(first))
  free <- table$free > 0
  table$ustart[free] <- table$est[free]
  table$start <- table$est <- table$se <- NULL
  fit <- sem(table, data, ..., optim.method = "BFGS", control = control, baseline = FALSE)
  fit@baseline <- first@baseline
  fit
}

rows <- function(x, columns) lapply(as.list(as.data.frame(x)[columns]), I)

indices <- function(fit) {
  # lavaan lists covariates' moments (index zero) and regressions that would explain them
  covariates <- lavNames(fit, "ov.x")
  x <- as.data.frame(modindices(fit, power = FALSE))
  power <- as.data.frame(modindices(fit, power = TRUE, delta = 0.1))
  if (is.null(x$group)) x$group <- 1
  x$power <- power$power
  x <- x[!(x$op %in% c("~~", "~") & x$lhs %in% covariates), ]
  rows(x, c("lhs", "op", "rhs", "group", "mi", "epc", "sepc.lv", "sepc.all", "sepc.nox", "power"))
}

scores <- function(fit) {
  found <- lavTestScore(fit, epc = FALSE)
  list(uni = I(found$uni$X2), total = found$test$X2, df = found$test$df)
}

leftover <- function(fit) {
  types <- c("raw", "cor.bollen", "cor.bentler", "normalized", "standardized")
  one <- function(type) {
    x <- lavResiduals(fit, type = if (type %in% c("normalized", "standardized")) "raw" else type, summary = FALSE)
    if (type %in% c("normalized", "standardized")) x <- residuals(fit, type = type)
    if (!is.null(x$cov)) x <- list(x)
    lapply(unname(x), function(part) {
      list(cov = unclass(part$cov), mean = if (is.null(part$mean)) NULL else I(as.numeric(part$mean)))
    })
  }
  setNames(lapply(types, one), gsub(".", "_", types, fixed = TRUE))
}

difference <- function(restricted, free, ...) {
  x <- suppressWarnings(as.data.frame(lavTestLRT(free, restricted, ...)))
  list(chisq_diff = x[2, "Chisq diff"], df_diff = x[2, "Df diff"], pvalue = x[2, "Pr(>Chisq)"])
}

hs <- tight(HS, DATA$hs)
mimic <- tight(MIMIC, DATA$hs, meanstructure = TRUE)
groups <- tight(HS, DATA$hs, group = "school", group.equal = c("loadings", "intercepts"))
pd <- tight(PD, DATA$pd)
robust <- tight(PD, DATA$pd, estimator = "MLR")
linear <- tight(LINEAR, DATA$hs)

# for 2010 the free model has to hold the restricted one's parameters: lavaan takes them over
pair <- function(estimator, restricted = c("loadings", "intercepts"), free = "loadings") {
  lapply(list(restricted = restricted, free = free), function(equal) {
    tight(HS, DATA$hs, group = "school", group.equal = equal, estimator = estimator)
  })
}
ML <- pair("ML"); MLR <- pair("MLR"); MLM <- pair("MLM"); MLMV <- pair("MLMV")
MLR_metric <- pair("MLR", "loadings", "")
MLM_metric <- pair("MLM", "loadings", "")

# no tighter control: with ordinal data nlminb() then ends in "false convergence"
sim <- read.csv(file.path(here, "..", "sim.csv"))
THREE <- "f1 =~ y1 + y2 + y3 + y4
f2 =~ y5 + y6 + y7 + y8
f3 =~ y9 + y10 + y11 + y12
f3 ~ f1 + f2"
ordinal <- lapply(
  list(groups = "", metric = c("thresholds", "loadings"),
       regressions = c("thresholds", "loadings", "regressions")),
  function(equal) sem(THREE, sim, ordered = paste0("y", 1:12), group = "grp", group.equal = equal)
)

value <- list(
  lavaan = as.character(packageVersion("lavaan")),
  indices = list(
    hs = indices(hs), mimic = indices(mimic), groups = indices(groups), pd = indices(pd),
    orthogonal = indices(tight(ORTHOGONAL, DATA$hs)), linear = indices(linear)
  ),
  std_nox = rows(standardizedSolution(mimic, type = "std.nox"), c("est.std", "se")),
  scores = list(pd = scores(pd), groups = scores(groups), linear = scores(linear)),
  wald = list(
    one = as.list(lavTestWald(pd, "p == q"))[c("stat", "df", "p.value")],
    two = as.list(lavTestWald(pd, "p == 2*q\nr == 0.8"))[c("stat", "df", "p.value")],
    curved = as.list(lavTestWald(pd, "p*r == q"))[c("stat", "df", "p.value")],
    robust = as.list(lavTestWald(robust, "p == q"))[c("stat", "df", "p.value")]
  ),
  residuals = list(hs = leftover(hs), mimic_random = leftover(tight(MIMIC, DATA$hs, meanstructure = TRUE, fixed.x = FALSE)), groups = leftover(groups)),
  differences = list(
    ML_standard = difference(ML$restricted, ML$free),
    MLR_satorra_bentler_2001 = difference(MLR$restricted, MLR$free, method = "satorra.bentler.2001"),
    MLM_satorra_bentler_2001 = difference(MLM$restricted, MLM$free, method = "satorra.bentler.2001"),
    MLR_satorra_bentler_2010 = difference(MLR_metric$restricted, MLR_metric$free, method = "satorra.bentler.2010"),
    MLM_satorra_bentler_2010 = difference(MLM_metric$restricted, MLM_metric$free, method = "satorra.bentler.2010"),
    MLM_satorra_2000 = difference(MLM$restricted, MLM$free, method = "satorra.2000", scaled.shifted = FALSE),
    MLMV_satorra_2000 = difference(MLMV$restricted, MLMV$free, method = "satorra.2000", scaled.shifted = TRUE)
  ),
  ordinal_differences = list(
    metric_groups = difference(ordinal$metric, ordinal$groups, A.method = "delta"),
    regressions_metric = difference(ordinal$regressions, ordinal$metric, A.method = "delta")
  )
)
write_json(value, file.path(here, "diagnostics.json"), auto_unbox = TRUE, digits = 12, na = "null", pretty = TRUE)
