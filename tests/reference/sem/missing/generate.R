# Frozen results for incomplete data: two stages, auxiliary variables, scaled difference tests,
# multiple imputation. One JSON file a kind, beside this script.
#
#   Rscript generate.R [two_stage auxiliary compare pooled]
#
# needs lavaan 0.6-14, semTools 0.5-6, mice 3.15 and jsonlite. The answer in row i and column j
# (both from 1, among `columns`) is taken out where i + 7 j is a multiple of 17 or i j leaves 3 when
# divided by 11, as in ../fiml. EM and the optimiser run far tighter than by default.
#
# Where lavaan or semTools is not followed, what is frozen is computed here from their pieces:
# - lavaan gives the baseline model no two-stage Gamma: an independence model fitted explicitly in
#   two stages is passed as baseline.model.
# - lavaan's robust CFI of fits by semTools::auxiliary mixes two baseline models: fimlc().
# - lavaan's satorra.2000 takes a Gamma of complete data: satorra_2000(). Its satorra.bentler.2010
#   has the restricted model's means only where the free model's latent means are free: factor_at().

suppressMessages({
  library(lavaan)
  library(semTools)
  library(mice)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))

HS <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"
PD <- "ind60 =~ x1 + x2 + x3
dem60 =~ y1 + a*y2 + b*y3 + c*y4
dem65 =~ y5 + a*y6 + b*y7 + c*y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5
"
PATH <- "visual =~ x1 + x2 + x3
speed =~ x7 + x8 + x9
speed ~ visual + ageyr
"
ONE <- "visual =~ x1 + x2 + x3
speed =~ x7 + x8 + x9
speed ~ visual
"
SIM <- "f =~ y1 + y2 + y3
g =~ y4 + y5 + y6
g ~ f
"
X <- paste0("x", 1:9)
# so tight that nlminb reports false convergence: whether it converged is seen from the gradient
TIGHT <- list(em.h1.tol = 1e-11, em.h1.iter.max = 3000, optim.force.converged = TRUE,
              control = list(rel.tol = 1e-15, iter.max = 10000, eval.max = 20000))

holes <- function(data, columns, gone = TRUE) {
  data <- read.csv(file.path(here, "..", paste0(data, ".csv")))
  values <- as.matrix(data[, columns])
  i <- row(values)
  j <- col(values)
  if (gone) values[(i + 7 * j) %% 17 == 0 | (i * j) %% 11 == 3] <- NA
  data[, columns] <- values
  data
}

steepest <- function(fit) {
  g <- lavInspect(fit, "gradient")
  if (fit@Model@eq.constraints) g <- t(fit@Model@eq.constraints.K) %*% g
  max(abs(g))
}

# lavaan's optimiser, and BFGS from where it stopped if that makes the gradient smaller
run <- function(what, ..., tight = TIGHT) {
  fit <- suppressWarnings(do.call(what, c(list(...), tight)))
  if (is(fit, "lavaan")) {
    if (steepest(fit) > 1e-8 && what %in% c("sem", "lavaan")) {
      more <- list(start = fit, optim.method = "BFGS", control = list(reltol = 1e-16, maxit = 20000))
      again <- suppressWarnings(do.call(what, c(list(...), modifyList(tight, more))))
      if (steepest(again) < steepest(fit)) fit <- again
    }
    stopifnot(steepest(fit) < 1e-4)
  }
  fit
}

table_of <- function(fit, hidden = NULL) {
  pe <- as.data.frame(parameterEstimates(fit))
  if (is.null(pe$group)) pe$group <- 1
  pe <- pe[!(pe$lhs %in% hidden | pe$rhs %in% hidden) & !pe$op %in% c("==", ":="), ]
  as.list(pe[, c("lhs", "op", "rhs", "group", "est", "se")])
}

measures_of <- function(fit, ...) {
  found <- unclass(fitMeasures(fit, ...))
  found <- found[!names(found) %in% c("gfi", "agfi", "pgfi")]
  names(found) <- gsub(".", "_", names(found), fixed = TRUE)
  as.list(found)
}

# Two stages -----------------------------------------------------------------------------

two_stage <- function() {
  cases <- list(
    hs = list(model = HS, data = "hs", columns = X),
    pd = list(model = PD, data = "pd", columns = c(paste0("x", 1:3), paste0("y", 1:8))),
    groups = list(model = HS, data = "hs", columns = X, group = "school",
                  group_equal = c("loadings", "intercepts")),
    random_x = list(model = PATH, data = "hs", columns = c("x1", "x2", "x3", "x7", "x8", "x9", "ageyr")),
    clusters = list(model = SIM, data = "sim", columns = paste0("y", 1:6), cluster = "clus"),
    expected = list(model = HS, data = "hs", columns = X, information = "expected")
  )
  out <- list()
  for (name in names(cases)) {
    case <- cases[[name]]
    data <- holes(case$data, case$columns)
    if (case$data == "sim") data <- data[1:300, ]
    for (missing in c("two.stage", "robust.two.stage")) {
      if (!is.null(case$cluster) && missing == "two.stage") next
      arguments <- list(data = data, missing = missing, fixed.x = FALSE)
      for (key in c("group", "cluster", "information")) arguments[[key]] <- case[[key]]
      if (case$data == "pd") arguments$tight <- modifyList(TIGHT, list(em.h1.tol = 1e-13, em.h1.iter.max = 8000))
      equal <- if (is.null(case$group_equal)) list() else list(group.equal = case$group_equal)
      fit <- do.call(run, c(list("sem", model = case$model), arguments, equal))
      base <- do.call(run, c(list("lavaan", model = lav_partable_independence(fit)), arguments))
      key <- gsub(".", "_", missing, fixed = TRUE)
      out[[name]][[key]] <- list(parameters = table_of(fit),
                                 measures = measures_of(fit, baseline.model = base))
    }
    out[[name]] <- c(case, out[[name]])
    message(name)
  }
  # With auxiliary variables: lavaan's saturated moments and informations of all variables, and its
  # fit to the model's own. (semTools::twostage does the same with the model's weights in the place
  # of the sample's, with a saturated model that stops early, and without a word about `se`.)
  data <- holes("hs", X)
  aux <- c("ageyr", "x4")
  plain <- run("sem", model = paste(ONE, "f =~ ageyr + x4"), data = data, missing = "ml", se = "none",
               test = "none")
  at <- plain@SampleStats@missing.h1[[1]]
  names <- lavNames(plain)
  own <- setdiff(names, aux)
  keep <- match(own, names)
  I <- solve(lavaan:::lav_mvnorm_missing_information_observed_samplestats(
    Yp = plain@SampleStats@missing[[1]], Mu = at$mu, Sigma = at$sigma))
  J <- lavaan:::lav_mvnorm_missing_information_firstorder(
    Y = plain@Data@X[[1]], Mp = plain@Data@Mp[[1]], Mu = at$mu, Sigma = at$sigma)
  S <- at$sigma[keep, keep]
  dimnames(S) <- list(own, own)
  target <- run("sem", model = ONE, sample.cov = S, sample.mean = setNames(as.numeric(at$mu)[keep], own),
                sample.nobs = nobs(plain), sample.cov.rescale = FALSE)
  stopifnot(identical(lavNames(target), own))
  place <- diag(0, length(names))
  place[lower.tri(place, diag = TRUE)] <- seq_len(sum(lower.tri(place, diag = TRUE)))
  chosen <- c(keep, length(names) + lav_matrix_vech((place + t(lower.tri(place) * place))[keep, keep]))
  W <- solve(S)
  D <- lav_matrix_duplication(length(own))
  A <- lav_matrix_bdiag(W, 0.5 * t(D) %*% (W %x% W) %*% D)
  Delta <- lavTech(target, "delta")[[1]]
  E <- solve(t(Delta) %*% A %*% Delta)
  U <- A - A %*% Delta %*% E %*% t(Delta) %*% A
  df <- as.numeric(fitMeasures(target, "df"))
  for (key in c("two_stage", "robust_two_stage")) {
    Gamma <- (if (key == "two_stage") I else I %*% J %*% I)[chosen, chosen]
    V <- E %*% t(Delta) %*% A %*% Gamma %*% A %*% Delta %*% E / nobs(plain)
    table <- parTable(target)
    table$se[table$free > 0] <- sqrt(diag(V))[table$free]
    out$auxiliary[[key]] <- list(
      parameters = as.list(table[, c("lhs", "op", "rhs", "group", "est", "se")]),
      chisq = as.numeric(fitMeasures(target, "chisq")),
      baseline_chisq = as.numeric(fitMeasures(target, "baseline.chisq")),
      factor = sum(U * Gamma) / df)
  }
  out$auxiliary <- c(list(model = ONE, data = "hs", columns = X, auxiliary = aux), out$auxiliary)
  out
}

# Auxiliary variables --------------------------------------------------------------------

# FIML-C (Zhang and Savalei 2020) of one group: chi-square of the saturated moments, factor c.
fimlc <- function(fit, scaled) {
  at <- fit@SampleStats@missing.h1[[1]]
  implied <- fitted(fit)
  S <- at$sigma
  Sigma <- unclass(implied$cov)
  gap <- as.numeric(at$mu - implied$mean)
  W <- solve(Sigma)
  F <- log(det(Sigma)) - log(det(S)) + sum(W * (S + gap %o% gap)) - ncol(S)
  Wm <- lavaan:::lav_mvnorm_missing_information_observed_samplestats(
    Yp = fit@SampleStats@missing[[1]], Mu = at$mu, Sigma = S)
  inverse <- solve(Wm)
  D <- lav_matrix_duplication(ncol(S))
  Wc <- lav_matrix_bdiag(solve(S), 0.5 * t(D) %*% (solve(S) %x% solve(S)) %*% D)
  Gamma <- inverse
  if (scaled) {
    J <- lavaan:::lav_mvnorm_missing_information_firstorder(
      Y = fit@Data@X[[1]], Mp = fit@Data@Mp[[1]], Mu = at$mu, Sigma = S)
    Gamma <- inverse %*% J %*% inverse
  }
  Delta <- lavTech(fit, "delta")[[1]]
  U <- Wm - Wm %*% Delta %*% solve(t(Delta) %*% Wm %*% Delta) %*% t(Delta) %*% Wm
  df <- as.numeric(fitMeasures(fit, "df"))
  list(chisq = nobs(fit) * F, df = df,
       c = sum(diag(U %*% inverse %*% Wc %*% inverse %*% U %*% Gamma)) / df)
}

auxiliary <- function() {
  cases <- list(
    ml = list(model = ONE, estimator = "ML", auxiliary = c("ageyr", "x4")),
    mlr = list(model = ONE, estimator = "MLR", auxiliary = c("ageyr", "x4")),
    covariate = list(model = PATH, estimator = "MLR", auxiliary = "x4"),
    groups = list(model = ONE, estimator = "MLR", auxiliary = c("ageyr", "x4"), group = "school",
                  group_equal = c("loadings", "intercepts"))
  )
  data <- holes("hs", X)
  out <- list()
  for (name in names(cases)) {
    case <- cases[[name]]
    # by the default stopping rule: with a tighter one its baseline model is seen as not converged
    arguments <- list("sem.auxiliary", tight = TIGHT[1:2], model = case$model, data = data, aux = case$auxiliary,
                      estimator = case$estimator)
    arguments$group <- case$group
    if (!is.null(case$group_equal)) arguments$group.equal <- case$group_equal
    fit <- do.call(run, arguments)
    measures <- measures_of(fit)
    if (is.null(case$group)) {
      own <- fimlc(fit, case$estimator == "MLR")
      base <- fimlc(fit@external$baseline.model, case$estimator == "MLR")
      excess <- c(own$chisq - own$c * own$df, base$chisq - base$c * base$df)
      measures$cfi_robust <- 1 - max(excess[1], 0) / max(excess, 0)
      measures$rni_robust <- 1 - excess[1] / excess[2]
      measures$tli_robust <- measures$nnfi_robust <- 1 - excess[1] * base$df / (excess[2] * own$df)
    } else {
      measures[grepl("(cfi|rni|tli|nnfi)_robust", names(measures))] <- NULL
    }
    # of the factors given each row's answers; lavPredict has others where a covariate is there too
    every <- lavInspect(fit, "cov.all")
    mean <- list(ov = lavInspect(fit, "mean.ov"), lv = lavInspect(fit, "mean.lv"))
    if (!is.null(case$group)) {
      every <- every[[1]]
      mean <- list(ov = mean$ov[[1]], lv = mean$lv[[1]])
    }
    factors <- c("visual", "speed")
    scores <- t(sapply(1:5, function(i) {
      y <- setNames(fit@Data@X[[1]][i, ], lavNames(fit))
      y <- y[!is.na(y)]
      S <- every[names(y), names(y)]
      mean$lv[factors] + every[factors, names(y)] %*% solve(S, y - mean$ov[names(y)])
    }))
    case$parameters <- table_of(fit, case$auxiliary)
    case$measures <- measures
    case$scores <- unname(scores[1:5, ])
    case$standardized <- standardizedSolution(fit)[, c("lhs", "op", "rhs", "est.std", "se")]
    hidden <- case$standardized$lhs %in% case$auxiliary | case$standardized$rhs %in% case$auxiliary
    case$standardized <- if (is.null(case$group)) as.list(case$standardized[!hidden, ])
    out[[name]] <- case
  }
  out
}

# Differences ----------------------------------------------------------------------------

# Satorra (2000) with the observed information and the scores' outer product of the free model.
satorra_2000 <- function(free, restricted) {
  delta <- function(fit) {
    D <- do.call(rbind, lavaan:::computeDelta(fit@Model))
    if (fit@Model@eq.constraints) D <- D %*% fit@Model@eq.constraints.K
    D
  }
  H <- MASS::ginv(delta(free)) %*% delta(restricted)
  A <- t(lav_matrix_orthogonal_complement(H))
  P <- solve(lavInspect(free, "information.observed"))
  M <- P %*% t(A) %*% solve(A %*% P %*% t(A)) %*% A %*% P
  sum(M * lavInspect(free, "information.first.order")) / nrow(A)
}

# Scaling factor of the free model at its parameters that give the restricted model's moments.
factor_at <- function(free, restricted, data, group) {
  at <- fitted(restricted)
  exact <- run("sem", model = HS, sample.cov = lapply(at, function(g) unclass(g$cov)),
               sample.mean = lapply(at, function(g) unclass(g$mean)), sample.nobs = nobs(restricted) / 2 + 0 * 1:2,
               sample.cov.rescale = FALSE)
  table <- parTable(free)
  table$ustart <- table$start <- table$est <- as.numeric(coef(exact, type = "user"))
  table$se <- NULL
  fit <- suppressWarnings(lavaan(table, data = data, group = group, missing = "ml", estimator = "MLR",
    optim.method = "none", optim.force.converged = TRUE, em.h1.tol = 1e-11, em.h1.iter.max = 3000))
  stopifnot(max(abs(fitted(fit)[[2]]$mean - at[[2]]$mean)) < 1e-5)
  fit@test[[2]]$scaling.factor
}

compare <- function() {
  data <- holes("hs", X)
  out <- list()
  for (name in c("fiml", "two_stage", "robust_two_stage")) {
    missing <- if (name == "fiml") "ml" else gsub("_", ".", name)
    arguments <- list("sem", model = HS, data = data, missing = missing, group = "school")
    arguments$estimator <- if (name == "fiml") "MLR" else "ML"
    free <- do.call(run, arguments)
    for (equal in list("loadings", c("loadings", "intercepts"))) {
      restricted <- do.call(run, c(arguments, list(group.equal = equal)))
      gap <- fitMeasures(restricted, "chisq") - fitMeasures(free, "chisq")
      df <- fitMeasures(restricted, "df") - fitMeasures(free, "df")
      test <- function(method) {
        found <- suppressWarnings(lavTestLRT(free, restricted, method = method))
        found[2, "Chisq diff"]
      }
      key <- if (length(equal) == 1) "metric" else "scalar"
      one <- list(satorra_bentler_2001 = test("satorra.bentler.2001"),
                  satorra_bentler_2010 = test("satorra.bentler.2010"))
      if (name == "fiml") {
        one$satorra_2000 <- as.numeric(gap) / satorra_2000(free, restricted)
        if (key == "scalar") {
          c1 <- factor_at(free, restricted, data, "school")
          c0 <- restricted@test[[2]]$scaling.factor
          c10 <- (fitMeasures(restricted, "df") * c0 - fitMeasures(free, "df") * c1) / df
          one$satorra_bentler_2010 <- as.numeric(gap / c10)
        }
      }
      out[[name]][[key]] <- lapply(one, as.numeric)
    }
  }
  c(list(model = HS, columns = X), out)
}

# Multiple imputation --------------------------------------------------------------------

MED <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
speed ~ b*visual + c*textual
textual ~ a*visual
ac := a*c
"

imputed <- function(data, columns, ...) {
  incomplete <- holes(data, columns)
  if (data == "sim") incomplete <- incomplete[1:400, ]
  set.seed(20240501)
  found <- mice(incomplete[, columns], m = 5, maxit = 5, printFlag = FALSE, ...)
  cells <- lapply(columns, function(name) {
    values <- unname(as.matrix(found$imp[[name]]))
    storage.mode(values) <- "double"
    t(round(values, 3))
  })
  names(cells) <- columns
  sets <- lapply(1:5, function(k) {
    filled <- incomplete
    for (name in columns) filled[[name]][is.na(incomplete[[name]])] <- cells[[name]][k, ]
    filled
  })
  list(sets = sets, cells = cells)
}

numbers <- function(x) {
  x <- unclass(x)
  names(x) <- gsub(".", "_", names(x), fixed = TRUE)
  as.list(x)
}

quiet <- function(x) suppressMessages(suppressWarnings(x))

pooled <- function() {
  out <- list()
  hs <- imputed("hs", X, method = "norm")
  sim <- imputed("sim", paste0("y", 1:6), method = "pmm")
  cases <- list(
    ml = list(model = MED, data = "hs", estimator = "ML"),
    mlr = list(model = MED, data = "hs", estimator = "MLR", meanstructure = TRUE),
    groups = list(model = HS, data = "hs", estimator = "MLR", group = "school"),
    wlsmv = list(model = SIM, data = "sim", estimator = "WLSMV", ordered = paste0("y", 1:6))
  )
  for (name in names(cases)) {
    case <- cases[[name]]
    sets <- if (case$data == "hs") hs$sets else sim$sets
    arguments <- list("sem", data = sets, fun = "sem", estimator = case$estimator)
    for (key in c("group", "ordered", "meanstructure")) arguments[[key]] <- case[[key]]
    equal <- if (is.null(case$group)) list() else list(group.equal = "loadings")
    control <- TIGHT[c("control", "optim.force.converged")]
    build <- function(...) quiet(do.call(runMI, c(list(model = case$model), arguments[-1], control, list(...))))
    fit <- do.call(build, equal)
    table <- quiet(summary(fit, scale.W = FALSE, asymptotic = FALSE, fmi = TRUE, standardized = TRUE,
                           output = "data.frame"))
    if (is.null(table$group)) table$group <- 1
    table$df[is.infinite(table$df)] <- 1e9
    free <- !is.na(table$t)
    single <- lapply(sets, function(data) {
      one <- quiet(do.call("sem", c(list(model = case$model, data = data), arguments[-c(1, 2, 3)],
                                    equal, control)))
      pe <- as.data.frame(parameterEstimates(one))
      pe[pe$op != "==", ]
    })
    # of defined parameters semTools takes the Jacobian at other values than the pooled ones
    rules <- lapply(which(table$op == ":="), function(k) {
      found <- pool.scalar(sapply(single, function(s) s$est[k]), sapply(single, function(s) s$se[k]^2))
      list(est = found$qbar, se = sqrt(found$t), df = found$df, riv = found$r)
    })
    tests <- list(D2 = numbers(quiet(lavTestLRT.mi(fit, test = "D2"))))
    robust <- case$estimator != "ML"
    measures <- list(D2 = numbers(quiet(fitMeasures(fit, test = "D2"))))
    if (case$estimator != "WLSMV") {
      tests$D3 <- numbers(quiet(lavTestLRT.mi(fit, test = "D3")))
      measures$D3 <- numbers(quiet(fitMeasures(fit, test = "D3")))
    }
    if (robust) measures$pooled <- numbers(quiet(fitMeasures(fit, test = "D2", pool.robust = TRUE)))
    if (!is.null(case$group)) {
      freer <- build()
      case$difference <- list(
        D2 = numbers(quiet(lavTestLRT.mi(fit, h1 = freer, test = "D2"))),
        D3 = numbers(quiet(lavTestLRT.mi(fit, h1 = freer, test = "D3"))),
        pooled = numbers(quiet(lavTestLRT.mi(fit, h1 = freer, test = "D2", pool.robust = TRUE,
                                             asymptotic = TRUE))))
    }
    if (name == "ml" || name == "mlr") {
      case$wald <- list(
        D1 = numbers(quiet(lavTestWald.mi(fit, "b == 0\nc == 0", test = "D1"))),
        D2 = numbers(quiet(lavTestWald.mi(fit, "b == 0\nc == 0", test = "D2"))),
        ariv = as.numeric(vcov(fit, type = "ariv")))
    }
    case$parameters <- as.list(table[table$op != ":=", c("lhs", "op", "rhs", "group", "est", "se", "t",
                                                         "df", "pvalue", "std.lv", "std.all", "fmi", "riv")])
    case$defined <- rules
    case$tests <- tests
    case$measures <- measures
    out[[name]] <- case
  }
  out$barnard_rubin <- lapply(c(20, 200), function(n) {
    found <- pool.scalar(c(1, 1.3, 0.8, 1.1), c(0.2, 0.25, 0.18, 0.22), n = n, k = 1)
    list(complete_df = n - 1, df = found$df, se = sqrt(found$t), fmi = found$fmi)
  })
  c(list(columns = list(hs = X, sim = paste0("y", 1:6)), cells = list(hs = hs$cells, sim = sim$cells)), out)
}

KINDS <- list(two_stage = two_stage, auxiliary = auxiliary, compare = compare, pooled = pooled)
wanted <- commandArgs(TRUE)
for (kind in if (length(wanted)) wanted else names(KINDS)) {
  value <- KINDS[[kind]]()
  value <- rapply(value, function(x) signif(x, 11), classes = "numeric", how = "replace")
  text <- toJSON(value, digits = NA, null = "null", na = "null", auto_unbox = TRUE)
  writeLines(gsub("},\"", "},\n\"", text, fixed = TRUE), file.path(here, paste0(kind, ".json")))
  cat(kind, "\n")
}
