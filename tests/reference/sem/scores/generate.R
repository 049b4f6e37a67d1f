# Frozen results of lavaan for factor scores, determinacy, casewise
# log-likelihoods and simulation:
#
#   Rscript generate.R
#
# writes scores.json beside this file. Data: ../hs.csv, ../pd.csv, and ordinal answers
# simulated here, which are frozen with the results.

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
HS_DATA <- read.csv(file.path(here, "../hs.csv"))
PD_DATA <- read.csv(file.path(here, "../pd.csv"))

HS <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"
MIMIC <- paste0(HS, "visual + textual ~ ageyr + sex
speed ~ ageyr + visual
x9 ~ sex
")
PD <- "ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
"
SECOND <- paste0(HS, "ability =~ visual + textual + speed\n")
OUTCOME <- paste0(HS, "grade ~ visual + speed\n")

# BFGS with tight rules from lavaan's own solution: the digits are the minimum's.
tight <- function(model, data, ...) {
  first <- sem(model, data, ...)
  control <- list(reltol = 1e-16, maxit = 20000)
  table <- as.data.frame(parTable(first))
  free <- table$free > 0
  table$ustart[free] <- table$est[free]
  table$start <- table$est <- table$se <- NULL
  fit <- sem(table, data, ..., optim.method = "BFGS", control = control, baseline = FALSE)
  table$ustart[free] <- parTable(fit)$est[free]
  sem(table, data, ..., optim.method = "BFGS", control = control, baseline = FALSE)
}

matrices <- function(x) {
  if (!is.list(x)) x <- list(x)
  lapply(unname(x), function(m) unname(unclass(as.matrix(m))))
}
scored <- function(fit, methods = c("regression", "Bartlett")) {
  out <- lapply(methods, function(method) {
    x <- lavPredict(fit, method = method, se = "standard")
    list(scores = matrices(x), errors = matrices(attr(x, "se")))
  })
  names(out) <- methods
  out
}

holes <- HS_DATA
for (k in 1:9) {
  gone <- (seq_len(nrow(holes)) * (7 + k)) %% 23 < 4
  holes[[paste0("x", k)]][gone] <- NA
}
holes[5, paste0("x", 1:3)] <- NA # a factor without any answer

fits <- list(
  hs = tight(HS, HS_DATA),
  means = tight(HS, HS_DATA, meanstructure = TRUE),
  groups = tight(HS, HS_DATA, group = "school", group.equal = c("loadings", "intercepts")),
  # ages from 13: lavaan stops at six digits of the intercepts otherwise
  mimic = tight(MIMIC, transform(HS_DATA, ageyr = ageyr - 13), meanstructure = TRUE),
  pd = tight(PD, PD_DATA),
  # with means: without, lavaan 0.6-14 counts the mean of an outcome twice
  outcome = tight(OUTCOME, HS_DATA, meanstructure = TRUE)
)
second <- tight(SECOND, HS_DATA)
incomplete <- tight(HS, holes, missing = "ml")

casewise <- function(fit) unlist(lapply(matrices(lavInspect(fit, "loglik.casewise")), as.vector))

# Ordinal: WLSMV of answers with five and two categories, and one continuous item
set.seed(20240501)
n <- 120
cut_at <- list(c(-1.2, -0.5, 0.3, 1.1), c(-0.8, 0, 0.6, 1.5), c(-1, -0.2, 0.4, 1), c(0.2), c(-1.5, -0.6, 0.5, 1.2))
eta <- matrix(rnorm(2 * n), n) %*% chol(matrix(c(1, 0.4, 0.4, 1), 2))
loading <- c(0.8, 0.7, 0.6, 0.8, 0.7, 0.75)
latent <- eta[, c(1, 1, 1, 2, 2, 2)] * rep(loading, each = n) +
  matrix(rnorm(6 * n), n) * rep(sqrt(1 - loading^2), each = n)
ordinal <- as.data.frame(latent)
names(ordinal) <- paste0("u", 1:6)
for (k in 1:5) ordinal[[k]] <- as.integer(cut(latent[, k], c(-Inf, cut_at[[k]], Inf)))
ordinal$u6 <- round(2 + ordinal$u6, 4)
TWO <- "f =~ u1 + u2 + u3
g =~ u4 + u5 + u6
"
ordered <- paste0("u", 1:5)
wlsmv <- cfa(TWO, ordinal, ordered = ordered, estimator = "WLSMV")
STRUCTURAL <- paste0(TWO, "g ~ f\n")
structural <- sem(STRUCTURAL, ordinal, ordered = ordered, estimator = "WLSMV")
theta <- cfa(TWO, ordinal, ordered = ordered, estimator = "WLSMV", parameterization = "theta")
pairwise <- ordinal
for (k in 1:6) pairwise[[k]][(seq_len(n) * (5 + k)) %% 19 < 3] <- NA
missing <- cfa(TWO, pairwise, ordered = ordered, estimator = "WLSMV", missing = "pairwise")

# lavaan's optimiser stops at four digits: the mode again, by BFGS with a gradient and tight
# rules, from lavaan's parameters.
mode_of <- function(y, L, theta, nu, cuts, V, mean) {
  if (all(is.na(y))) return(mean * NA)
  W <- solve(V)
  sd <- sqrt(theta)
  ends <- lapply(cuts, function(t) c(-Inf, t, Inf))
  parts <- function(eta) {
    mu <- as.vector(nu + L %*% eta)
    value <- slope <- numeric(length(y))
    for (j in which(!is.na(y))) {
      if (length(cuts[[j]]) == 0) {
        value[j] <- dnorm(y[j], mu[j], sd[j], log = TRUE)
        slope[j] <- (y[j] - mu[j]) / theta[j]
      } else {
        z <- (ends[[j]][y[j] + 0:1] - mu[j]) / sd[j]
        value[j] <- log(diff(pnorm(z)))
        slope[j] <- -diff(dnorm(z)) / diff(pnorm(z)) / sd[j]
      }
    }
    list(value = value, slope = slope)
  }
  f <- function(eta) 0.5 * sum((eta - mean) * (W %*% (eta - mean))) - sum(parts(eta)$value)
  g <- function(eta) as.vector(W %*% (eta - mean) - t(L) %*% parts(eta)$slope)
  start <- mean
  for (k in 1:3) start <- optim(start, f, g, method = "BFGS", control = list(reltol = 1e-16))$par
  start
}
ebm <- function(fit) {
  m <- lavInspect(fit, "est")
  data <- lavInspect(fit, "data")
  names <- lavNames(fit, "ov")
  V <- lavaan:::computeVETA(fit@Model)[[1]]
  mean <- lavaan:::computeEETA(fit@Model, lavsamplestats = fit@SampleStats)[[1]]
  # not lavInspect(fit, "th"), which divides by the responses' standard deviations
  pe <- parameterEstimates(fit, se = FALSE)
  cuts <- lapply(names, function(v) pe$est[pe$op == "|" & pe$lhs == v])
  L <- unname(unclass(m$lambda))
  answers <- unname(unclass(as.matrix(data)))
  theta <- unname(diag(m$theta))
  nu <- as.vector(m$nu)
  list(
    loadings = L, residuals = theta, intercepts = nu, thresholds = lapply(cuts, I),
    cov = unname(V), mean = I(as.vector(mean)), answers = answers,
    scores = matrices(lavPredict(fit, method = "EBM"))[[1]],
    tight = t(apply(answers, 1, mode_of, L, theta, nu, cuts, V, as.vector(mean)))
  )
}

POPULATION <- "f =~ 0.8*x1 + 0.7*x2 + x3
g =~ 0.9*y1 + 0.6*y2 + 0.5*y3
g ~ 0.4*f + 0.3*z
w ~ 0.5*g + z
x1 ~~ 0.3*x2
x1 ~~ 0.36*x1
x2 ~ 1.5*1
f ~~ 0.2*z
"
STANDARD <- "f =~ 0.8*x1 + 0.7*x2 + x3
g =~ 0.9*y1 + 0.6*y2 + 0.5*y3
g ~ 0.5*f
"
implied_population <- function(model, ...) {
  fit <- attr(suppressWarnings(simulateData(model, sample.nobs = 50L, return.fit = TRUE, ...)), "fit")
  names <- lavNames(fit, "ov")
  moments <- fitted(fit)
  list(names = names, cov = unname(unclass(moments$cov))[, ],
       mean = if (is.null(moments$mean)) NULL else as.vector(moments$mean))
}

value <- list(
  lavaan = as.character(packageVersion("lavaan")),
  scores = lapply(fits, scored),
  second = list(
    regression = scored(second, "regression")$regression,
    Bartlett = scored(second, "Bartlett")$Bartlett
  ),
  incomplete = c(
    scored(incomplete),
    list(table = as.list(parameterEstimates(incomplete)[c("lhs", "op", "rhs", "est")]),
         casewise = casewise(incomplete))
  ),
  casewise = lapply(fits[c("hs", "means", "groups")], casewise),
  ordinal = list(wlsmv = ebm(wlsmv), structural = ebm(structural), theta = ebm(theta), missing = ebm(missing)),
  population = list(
    default = implied_population(POPULATION, meanstructure = TRUE),
    standardized = implied_population(STANDARD, standardized = TRUE)
  )
)
write_json(value, file.path(here, "scores.json"), auto_unbox = TRUE, digits = 10, na = "null")
