# Alignment of one factor over groups, written from the formulas of Asparouhov and Muthen (2014,
# Structural Equation Modeling 21, 495-508): eqs. 6 to 9 as they stand, all means and variances
# together, least by BFGS with numeric gradients from many random starts; standard errors from
# the minimum's shift when one configural estimate is moved and the search done again; the sets
# of invariant groups by their stepwise rule. (sirt, the R package that aligns, is not to be had
# from Debian; nothing here is taken from it.) Data: the six largest companies of the leadership
# study, six items, as they are (ML) and in three categories (WLSMV, theta).
# Run in this folder: Rscript generate_alignment.R
suppressMessages({library(lavaan); library(jsonlite)})
eps <- 0.01
f <- function(x) sqrt(sqrt(x^2 + eps))

unpack <- function(theta, G) {
  s <- theta[G:(2 * G - 2)]
  list(mean = c(0, theta[1:(G - 1)]), var = exp(2 * c(s, -sum(s))))  # product of variances 1
}
aligned <- function(x, mean, var) {
  sd <- sqrt(var)
  list(loading = x$loading / sd,
       location = x$location - mean / sd * x$loading[, x$item, drop = FALSE])
}
total <- function(theta, x) {
  G <- length(x$n)
  u <- unpack(theta, G)
  a <- aligned(x, u$mean, u$var)
  loss <- 0
  for (g in 1:(G - 1)) for (h in (g + 1):G) {
    w <- sqrt(x$n[g] * x$n[h])
    loss <- loss + w * (sum(f(a$loading[g, ] - a$loading[h, ])) + sum(f(a$location[g, ] - a$location[h, ])))
  }
  loss / sum(x$n)
}
least <- function(start, x, times = 3) {
  for (k in 1:times) {
    found <- optim(start, total, x = x, method = "BFGS", control = list(maxit = 2000, reltol = 1e-16))
    start <- found$par
  }
  found
}
in_first <- function(theta, x) {  # metric of the first group: mean 0, variance 1
  u <- unpack(theta, length(x$n))
  mean <- u$mean / sqrt(u$var[1]); var <- u$var / u$var[1]
  a <- aligned(x, mean, var)
  c(mean, var, t(a$loading), t(a$location))
}
flat <- function(x) c(t(x$loading), t(x$location))
filled <- function(x, v) {
  G <- length(x$n); P <- ncol(x$loading)
  x$loading <- matrix(v[1:(G * P)], G, byrow = TRUE)
  x$location <- matrix(v[-(1:(G * P))], G, byrow = TRUE)
  x
}
invariant <- function(value, V) {
  G <- length(value)
  p_of <- function(contrast) 2 * pnorm(-abs(sum(contrast * value)) / sqrt(c(contrast %*% V %*% contrast)))
  link <- diag(G) == 1
  for (g in 1:G) for (h in 1:G) if (g != h) {
    contrast <- rep(0, G); contrast[g] <- 1; contrast[h] <- -1
    link[g, h] <- p_of(contrast) > 0.01
  }
  for (k in 1:G) link <- (link %*% link) > 0
  inside <- link[which.max(rowSums(link)), ]
  for (k in 1:100) {
    p <- sapply(1:G, function(g) {
      others <- setdiff(which(inside), g)
      if (!length(others)) return(1)
      contrast <- rep(0, G); contrast[others] <- -1 / length(others); contrast[g] <- 1
      p_of(contrast)
    })
    if (all((p > 0.001) == inside)) break
    inside <- p > 0.001
  }
  list(inside = inside, p = p)
}
align <- function(x) {
  G <- length(x$n); P <- ncol(x$loading); L <- ncol(x$location)
  set.seed(1)
  starts <- lapply(1:60, function(k) c(rnorm(G - 1, 0, .7), rnorm(G - 1, 0, .3)))
  found <- lapply(starts, least, x = x, times = 1)
  best <- least(found[[which.min(sapply(found, `[[`, "value"))]]$par, x)
  v <- flat(x)
  h <- 1e-3
  J <- sapply(seq_along(v), function(k) {
    moved <- lapply(c(h, -h), function(d) { w <- v; w[k] <- w[k] + d; filled(x, w) })
    ends <- lapply(moved, function(m) in_first(least(best$par, m, 2)$par, m))
    (ends[[1]] - ends[[2]]) / (2 * h)
  })
  V <- J %*% x$vcov %*% t(J)
  value <- in_first(best$par, x)
  at <- function(kind, column) 2 * G + (if (kind == "loading") (0:(G - 1)) * P + column
                                        else G * P + (0:(G - 1)) * L + column)
  sets <- function(kind, count) lapply(1:count, function(c) invariant(value[at(kind, c)], V[at(kind, c), at(kind, c)]))
  list(n = x$n, item = x$item - 1, loading = x$loading, location = x$location, vcov = x$vcov,
       loss = best$value * sum(x$n), mean = value[1:G], var = value[G + 1:G],
       mean_se = sqrt(pmax(0, diag(V)))[1:G], var_se = sqrt(pmax(0, diag(V)))[G + 1:G],
       se = sqrt(diag(V))[-(1:(2 * G))], aligned = value[-(1:(2 * G))],
       sets = c(sets("loading", P), sets("location", L)))
}

data <- read.csv("../../../examples/leadership/data/raw/lq2002.csv")
items <- sprintf("LEAD%02d", c(1, 2, 3, 4, 6, 7))
companies <- sort(as.numeric(names(sort(table(data$COMPID), decreasing = TRUE)))[1:6])
data <- data[data$COMPID %in% companies, c("COMPID", items)]
data <- data[order(data$COMPID), ]
configural <- function(ordinal) {
  if (ordinal) data[items] <- lapply(data[items], function(y) findInterval(y, c(2.5, 3.5)))
  model <- paste("f =~", paste(items, collapse = " + "))
  fit <- if (ordinal) cfa(model, data, group = "COMPID", std.lv = TRUE, ordered = items,
                          estimator = "WLSMV", parameterization = "theta")
         else cfa(model, data, group = "COMPID", std.lv = TRUE, meanstructure = TRUE)
  t <- parTable(fit)
  V <- vcov(fit)
  loads <- t[t$op == "=~", ]
  places <- if (ordinal) t[t$op == "|", ] else t[t$op == "~1" & t$lhs %in% items, ]
  places <- places[order(places$group, match(places$lhs, items)), ]
  rows <- c(loads$free, places$free)
  sign <- c(rep(1, nrow(loads)), rep(if (ordinal) -1 else 1, nrow(places)))
  G <- length(companies)
  list(loading = matrix(loads$est, G, byrow = TRUE),
       location = matrix(sign[1 + nrow(loads)] * places$est, G, byrow = TRUE),
       item = match(places$lhs[places$group == 1], items),
       vcov = V[rows, rows] * outer(sign, sign), n = lavInspect(fit, "nobs"))
}
write_json(list(companies = companies, items = items, continuous = align(configural(FALSE)),
                ordinal = align(configural(TRUE))),
           "alignment.json", auto_unbox = TRUE, digits = 9)
