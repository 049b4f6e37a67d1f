# Frozen scores of ordinal fits: groups, mixed indicators, covariates, missing answers.
#
#   Rscript generate_ordinal.R
#
# writes ordinal.json beside this file: for the first rows of each group the scores EBM and ML
# of lavPredict() (`lavaan`), and the same again from lavaan's estimates by BFGS with a
# gradient and tight rules (`tight`), since lavPredict() stops at three or four digits. ML
# has a ridge of 1e-5 about the factors' means, as in lavaan. lavaan 0.6-14 takes items on
# which a covariate has an effect for factors with an error variance of zero: no scores there.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
interactive <- function() TRUE # so that ../generate.R defines its cases and runs none
commandArgs <- function(...) paste0("--file=", file.path(here, "..", "generate.R"))
folder <- here
source(file.path(folder, "..", "generate.R"))
rm(interactive, commandArgs)

ROWS <- 25
OWN <- list(
  covariates = case(paste0(THREE, "f1 + f2 ~ y20 + y21\nf3 ~ y20\n"), "sim", ordered = SIM_ITEMS),
  mixed_covariates = case(paste0(THREE, "f1 + f2 ~ y20\ny3 ~ y20\n"), "sim", group = "grp",
                          ordered = as.list(paste0("y", c(1:4, 6, 7, 11))))
)
chosen <- c(CASES[c("ordinal_metric", "ordinal_mixed", "ordinal_pairwise", "ordinal_theta")], OWN)

# The measurement part of group g from the table of estimates alone.
measured <- function(fit, g) {
  pe <- parameterEstimates(fit, se = FALSE)
  if (!is.null(pe$group)) pe <- pe[pe$group == g, ]
  latent <- lavNames(fit, "lv")
  x <- lavNames(fit, "ov.x")
  y <- setdiff(lavNames(fit, "ov"), x)
  fill <- function(rows, columns, op, turned = FALSE) {
    M <- matrix(0, length(rows), length(columns), dimnames = list(rows, columns))
    found <- pe[pe$op == op, ]
    for (k in seq_len(nrow(found))) {
      at <- c(found$lhs[k], found$rhs[k])
      if (turned) at <- rev(at)
      if (at[1] %in% rows && at[2] %in% columns) M[at[1], at[2]] <- found$est[k]
      if (op == "~~" && at[2] %in% rows && at[1] %in% columns) M[at[2], at[1]] <- found$est[k]
    }
    M
  }
  mean <- function(names) {
    found <- pe[pe$op == "~1", ]
    m <- found$est[match(names, found$lhs)]
    ifelse(is.na(m), 0, m)
  }
  B <- solve(diag(length(latent)) - fill(latent, latent, "~"))
  list(
    y = y, x = x, L = fill(y, latent, "=~", TRUE), K = fill(y, x, "~"), nu = mean(y),
    theta = diag(fill(y, y, "~~")), cuts = lapply(y, function(v) pe$est[pe$op == "|" & pe$lhs == v]),
    V = B %*% fill(latent, latent, "~~") %*% t(B), alpha = as.vector(B %*% mean(latent)),
    G = B %*% fill(latent, x, "~")
  )
}

mode_of <- function(y, x, m, ML) {
  centre <- m$alpha + as.vector(m$G %*% x)
  nu <- m$nu + as.vector(m$K %*% x)
  W <- if (ML) diag(1e-5, length(centre)) else solve(m$V)
  sd <- sqrt(m$theta)
  ends <- lapply(m$cuts, function(t) c(-Inf, t, Inf))
  parts <- function(eta) {
    mu <- as.vector(nu + m$L %*% eta)
    value <- slope <- numeric(length(y))
    for (j in which(!is.na(y))) {
      if (length(m$cuts[[j]]) == 0) {
        value[j] <- dnorm(y[j], mu[j], sd[j], log = TRUE)
        slope[j] <- (y[j] - mu[j]) / m$theta[j]
      } else {
        z <- (ends[[j]][y[j] + 0:1] - mu[j]) / sd[j]
        value[j] <- log(diff(pnorm(z)))
        slope[j] <- -diff(dnorm(z)) / diff(pnorm(z)) / sd[j]
      }
    }
    list(value = value, slope = slope)
  }
  f <- function(eta) 0.5 * sum((eta - centre) * (W %*% (eta - centre))) - sum(parts(eta)$value)
  g <- function(eta) as.vector(W %*% (eta - centre) - t(m$L) %*% parts(eta)$slope)
  eta <- centre
  for (k in 1:4) eta <- optim(eta, f, g, method = "BFGS", control = list(reltol = 1e-16, maxit = 1000))$par
  eta
}

scored <- function(case) {
  fit <- suppressWarnings(fitted(case))
  lavaans <- function(ML) {
    X <- lapply(fit@Data@X, head, ROWS)
    eXo <- lapply(fit@Data@eXo, function(x) if (is.null(x)) NULL else head(x, ROWS))
    found <- try(suppressWarnings(lavaan:::lav_predict_eta_ebm_ml(fit, data.obs = X, eXo = eXo, ML = ML)), silent = TRUE)
    if (inherits(found, "try-error")) NULL else lapply(found, unname)
  }
  tight <- function(ML) {
    lapply(seq_len(fit@Data@ngroups), function(g) {
      m <- measured(fit, g)
      X <- fit@Data@X[[g]]
      colnames(X) <- fit@Data@ov.names[[g]]
      x <- fit@Data@eXo[[g]]
      t(sapply(seq_len(ROWS), function(i) mode_of(X[i, m$y], if (is.null(x)) numeric(0) else x[i, ], m, ML)))
    })
  }
  out <- list(
    model = case$model, arguments = case$arguments, holes = case$holes,
    EBM = list(lavaan = lavaans(FALSE), tight = tight(FALSE)), ML = list(lavaan = lavaans(TRUE), tight = tight(TRUE))
  )
  rounded <- function(x) if (is.list(x)) lapply(x, rounded) else if (is.double(x)) signif(x, 9) else x
  rounded(out)
}

value <- lapply(chosen, scored)
write_json(value, file.path(folder, "ordinal.json"), auto_unbox = TRUE, digits = NA, na = "null", null = "null")
