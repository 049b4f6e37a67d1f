# Frozen values for the tests of correlations, normality, differences, clusters and agreement:
#
#   Rscript generate_relations.R
#
# writes relations.json beside this file. Data: examples/leadership/data/raw/lq2002.csv (2,042
# soldiers in 49 companies). Needs lavaan, psych, semTools, lme4, multilevel, jsonlite.

suppressMessages({
  library(lavaan)
  library(psych)
  library(semTools)
  library(lme4)
  library(multilevel)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
data <- read.csv(file.path(here, "../../../examples/leadership/data/raw/lq2002.csv"))
six <- c("LEAD01", "LEAD11", "TSIG01", "TSIG03", "HOSTIL02", "HOSTIL03")
lead <- sprintf("LEAD%02d", 1:11)

# The answer in row i and column j is missing where i + 7 j is a multiple of 17.
holes <- function(x) {
  x[outer(seq_len(nrow(x)), seq_len(ncol(x)), function(i, j) (i + 7 * j) %% 17 == 0)] <- NA
  x
}

# Correlations: lower triangles, column by column ------------------------------------------------
lower <- function(m) m[lower.tri(m)]
polychoric <- function(x, missing) lower(unclass(lavCor(x, ordered = names(x), missing = missing)))
two <- as.data.frame(lapply(data[1:300, six[1:4]], function(x) as.integer(x > 3))) # 2 x 2 tables
correlations <- list(
  complete = polychoric(data[1:300, six], "listwise"),
  holes = polychoric(holes(data[1:300, six]), "pairwise"),
  two = polychoric(two, "listwise"),
  pearson = lower(cor(holes(data[1:300, six]), use = "pairwise")),
  n = lower(pairwiseCount(holes(data[1:300, six]))),
  fisher = as.vector(r.con(0.42, 57))
)

# Mardia ------------------------------------------------------------------------------------------
normality <- function(x) {
  m <- mardia(x, plot = FALSE)
  s <- unname(mardiaSkew(x))
  k <- unname(mardiaKurtosis(x))
  stopifnot(all.equal(c(m$b1p, m$b2p, m$skew, m$kurtosis), c(s[1], k[1], s[2], k[2])))
  list(n = m$n.obs, b1 = m$b1p, b2 = m$b2p, small = m$small.skew, p_small = m$p.small, df = s[3],
       p_skew = m$p.skew, z = m$kurtosis, p_kurt = m$p.kurt)
}
mardias <- list(
  few = normality(data[1:60, lead]), # few rows: summed over pairs of rows
  many = normality(data[1:300, six]) # summed over third moments
)

# Differences ---------------------------------------------------------------------------------------
score <- rowMeans(data[, lead])
other <- rowMeans(data[, sprintf("HOSTIL%02d", 1:5)])
company <- data$COMPID
x <- score[company %in% unique(company)[1:3]]
y <- score[company %in% unique(company)[4:9]]
noncentral <- function(t, df) {
  sapply(c(0.975, 0.025), function(p) {
    uniroot(function(ncp) pt(t, df, ncp) - p, t + c(-8, 8) * sqrt(1 + t^2 / df), tol = 1e-13)$root
  })
}
J <- function(df) exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)
two_groups <- function(x, y) {
  pooled <- t.test(y, x, var.equal = TRUE)
  welch <- t.test(y, x)
  df <- unname(pooled$parameter)
  unit <- sqrt(1 / length(x) + 1 / length(y))
  t <- unname(pooled$statistic)
  list(est = J(df) * t * unit, ci = J(df) * unit * noncentral(t, df), test = unname(welch$statistic),
       df = unname(welch$parameter), p = welch$p.value)
}
paired <- function(x, y) {
  test <- t.test(y, x, paired = TRUE)
  n <- length(x)
  t <- unname(test$statistic)
  z <- J(n - 1) * c(t, noncentral(t, n - 1)) / sqrt(n)
  own <- sd(y - x) / sqrt((var(x) + var(y)) / 2)
  list(z = z, av = z * own, test = t, df = n - 1, p = test$p.value)
}
several <- function(score, group) {
  table <- summary(aov(score ~ factor(group)))[[1]]
  f <- table[1, 4]
  df1 <- table[1, 1]
  df2 <- table[2, 1]
  bound <- function(p) {
    if (pf(f, df1, df2) < p) return(0)
    uniroot(function(ncp) pf(f, df1, df2, ncp) - p, c(0, 1000), tol = 1e-12)$root
  }
  lambda <- c(bound(0.975), bound(0.025))
  welch <- oneway.test(score ~ factor(group))
  list(
    est = max(0, (table[1, 2] - df1 * table[2, 3]) / (sum(table[, 2]) + table[2, 3])),
    ci = lambda / (lambda + length(score)), test = unname(welch$statistic), df = unname(welch$parameter[1]),
    df2 = unname(welch$parameter[2]), p = welch$p.value
  )
}
first <- company %in% unique(company)[1:8]
alike <- company %in% unique(company)[c(1, 4, 9)]
differences <- list(
  two = two_groups(x, y),
  small = two_groups(x[1:4], y[1:3]),
  paired = paired(score[1:90], other[1:90]),
  several = several(score[first], company[first]),
  alike = several(score[alike], company[alike])
)

# Intraclass correlations -----------------------------------------------------------------------------
# the first 12 of each company: units of one size, where all estimators agree
rank <- ave(seq_along(company), company, FUN = seq_along)
twelve <- company %in% names(which(table(company) >= 12)) & rank <= 12
even <- data.frame(score = score[twelve], company = factor(company[twelve]))
anova <- aov(score ~ company, even)
by <- statsBy(data.frame(score = even$score, other = rev(even$score), unit = as.integer(even$company)), "unit")
mixed <- as.data.frame(VarCorr(lmer(score ~ 1 + (1 | company), even, control = lmerControl(
  optimizer = "Nelder_Mead", optCtrl = list(FtolAbs = 1e-14, XtolRel = 1e-12, maxfun = 1e5)
))))$vcov
balanced <- list(
  units = nlevels(even$company), icc1 = ICC1(anova), icc2 = ICC2(anova), lme4 = mixed[1] / sum(mixed),
  ci1 = unname(by$ci1["score", ]), ci2 = unname(by$ci2["score", ]), f = unname(by$F["score"]),
  p = summary(anova)[[1]][1, 5]
)
# all of them: companies of different size, ICC(1) with n0 (Donner 1986)
full <- summary(aov(score ~ factor(company)))[[1]]
size <- as.vector(table(company))
n0 <- (sum(size) - sum(size^2) / sum(size)) / (length(size) - 1)
icc <- (full[1, 3] - full[2, 3]) / (full[1, 3] + (n0 - 1) * full[2, 3])
reml <- as.data.frame(VarCorr(lmer(score ~ 1 + (1 | company))))$vcov
unbalanced <- list(
  icc1 = icc, icc2 = ICC2(aov(score ~ factor(company))), lme4 = reml[1] / sum(reml),
  deff = 1 + (sum(size^2) / sum(size) - 1) * icc
)

# Agreement -------------------------------------------------------------------------------------------
agreement <- list(
  uniform = rwg.j(data[, lead], company, ranvar = 2)$rwg.j,
  skewed = rwg.j(data[, lead], company, ranvar = 1.34)$rwg.j,
  single = rwg(data$LEAD05, company, ranvar = 1.34)$rwg
)
half <- cbind(tapply(score[rank %% 2 == 1], company[rank %% 2 == 1], mean),
              tapply(score[rank %% 2 == 0], company[rank %% 2 == 0], mean) + 0.2)
two_raters <- ICC(half, lmer = FALSE)$results["Single_random_raters", ]
informants <- list(
  icc = two_raters$ICC, ci = c(two_raters$`lower bound`, two_raters$`upper bound`),
  pearson = cor(half)[1, 2]
)

versions <- c("lavaan", "psych", "semTools", "lme4", "multilevel")
value <- list(
  versions = setNames(lapply(versions, function(p) as.character(packageVersion(p))), versions),
  correlations = correlations, mardia = mardias, differences = differences, balanced = balanced,
  unbalanced = unbalanced, agreement = agreement, informants = informants
)
write_json(value, file.path(here, "relations.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE)
