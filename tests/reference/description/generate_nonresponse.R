# Frozen values for the tests of missing answers, attrition and weights:
#
#   Rscript generate_nonresponse.R
#
# writes nonresponse.json beside this file. Data: R's airquality, and the first 300 rows of
# examples/leadership/data/raw/lq2002.csv. Needs survey, jsonlite.

suppressMessages({
  library(survey)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
data <- read.csv(file.path(here, "../../../examples/leadership/data/raw/lq2002.csv"))[1:300, ]
items <- as.matrix(data[, c("LEAD01", "LEAD11", "TSIG01", "TSIG03", "HOSTIL02", "HOSTIL03")])
row <- seq_len(nrow(items))

# Little (1988), equation 5: EM by sweeping over rows, then the patterns' means against mu.
little <- function(x) {
  n <- nrow(x)
  p <- ncol(x)
  mu <- colMeans(x, na.rm = TRUE)
  S <- diag(apply(x, 2, var, na.rm = TRUE))
  repeat {
    filled <- x
    C <- matrix(0, p, p)
    for (i in seq_len(n)) {
      o <- !is.na(x[i, ])
      if (all(o)) next
      B <- S[!o, o, drop = FALSE] %*% solve(S[o, o])
      filled[i, !o] <- mu[!o] + B %*% (x[i, o] - mu[o])
      C[!o, !o] <- C[!o, !o] + S[!o, !o] - B %*% S[o, !o]
    }
    new_mu <- colMeans(filled)
    new_S <- (crossprod(sweep(filled, 2, new_mu)) + C) / n
    change <- max(abs(new_mu - mu) / sqrt(diag(S)), abs(new_S - S) / max(S))
    mu <- new_mu
    S <- new_S
    if (change < 1e-11) break
  }
  pattern <- apply(is.na(x), 1, paste, collapse = " ")
  d2 <- 0
  df <- -p
  for (k in unique(pattern)) {
    these <- x[pattern == k, , drop = FALSE]
    o <- !is.na(these[1, ])
    d <- colMeans(these[, o, drop = FALSE]) - mu[o]
    d2 <- d2 + nrow(these) * sum(d * solve(S[o, o], d))
    df <- df + sum(o)
  }
  list(d2 = d2, df = df, p = pchisq(d2, df, lower.tail = FALSE), n = n, patterns = length(unique(pattern)))
}

# The answer in row i and column j is missing where i + 7 j is a multiple of 17.
holes <- function(x) {
  x[outer(seq_len(nrow(x)), seq_len(ncol(x)), function(i, j) (i + 7 * j) %% 17 == 0)] <- NA
  x
}
# Here what is missing goes with the first item: not completely at random.
related <- items
related[items[, 1] <= 2 & row %% 3 > 0, 2] <- NA
related[items[, 1] <= 2 & row %% 5 == 0, 4] <- NA

# Attrition: lost are the rows where i^2 + 3 i is 0, 1 or 4 modulo 11.
lost <- (row^2 + 3 * row) %% 11 %in% c(0, 1, 4)
score <- rowMeans(items[, 1:2])
other <- rowMeans(items[, 3:4])
side <- row %% 2
n1 <- sum(lost)
n2 <- sum(!lost)
# psych::cohen.d pools by n1 + n2 and not by n1 + n2 - 2; Student's t has the usual pooled SD
d <- -unname(t.test(score ~ lost, var.equal = TRUE)$statistic) * sqrt(1 / n1 + 1 / n2)
half <- qnorm(0.975) * sqrt((n1 + n2) / (n1 * n2) + d^2 / (2 * (n1 + n2)))
z <- function(x) (x - mean(x)) / sd(x)
full <- glm(lost ~ z(score) + z(other) + side, family = binomial, epsilon = 1e-14)
plain <- glm(lost ~ side, family = binomial, epsilon = 1e-14)
wald <- coef(summary(full))
bounds <- exp(confint.default(full))
test <- anova(plain, full, test = "LRT")

# Raking: three variables; starting weights 1 + (i mod 7) / 4.
people <- data.frame(
  a = as.character(pmin(data$LEAD01, 4)), b = as.character(pmin(pmax(data$TSIG01, 2), 4)),
  c = paste0("g", row %% 4), start = 1 + (row %% 7) / 4
)
margins <- list(
  a = c("1" = 0.15, "2" = 0.2, "3" = 0.3, "4" = 0.35),
  b = c("2" = 0.35, "3" = 0.3, "4" = 0.35),
  c = c(g0 = 0.35, g1 = 0.3, g2 = 0.2, g3 = 0.15)
)
raked <- function(start) {
  design <- svydesign(ids = ~1, weights = start, data = people)
  population <- lapply(names(margins), function(v) {
    setNames(data.frame(names(margins[[v]]), 300 * margins[[v]]), c(v, "Freq"))
  })
  found <- rake(design, list(~a, ~b, ~c), population, control = list(maxit = 5000, epsilon = 1e-10))
  weights(found)
}
trimmed <- function(start, low, high) {
  w <- raked(start)
  for (round in 1:200) {
    cut <- pmin(pmax(w, low), high)
    off <- max(sapply(names(margins), function(v) {
      share <- tapply(cut, people[[v]], sum) / sum(cut)
      max(abs(share - margins[[v]][names(share)]))
    }))
    if (off < 1e-8) return(cut)
    w <- raked(cut)
  }
  stop("the margins cannot be met within the limits")
}
weighted <- function(w) {
  list(weights = unname(w), n_eff = sum(w)^2 / sum(w^2), deff = 1 + mean((w - mean(w))^2) / mean(w)^2)
}

value <- list(
  R = R.version.string, survey = as.character(packageVersion("survey")),
  little = list(
    airquality = little(as.matrix(airquality)), holes = little(holes(items)), related = little(related)
  ),
  airquality = unname(as.list(as.data.frame(t(as.matrix(airquality))))),
  smd = list(d = d, ci_lower = d - half, ci_upper = d + half, p = t.test(score ~ lost)$p.value),
  wilson = as.numeric(prop.test(17, 120, correct = FALSE)$conf.int),
  logistic = list(
    odds_ratio = unname(exp(coef(full)))[-1], ci_lower = unname(bounds[-1, 1]),
    ci_upper = unname(bounds[-1, 2]), p = unname(wald[-1, 4]),
    lr = test$Deviance[2], df = test$Df[2], lr_p = test[["Pr(>Chi)"]][2]
  ),
  rake = list(
    equal = weighted(raked(rep(1, 300))), start = weighted(raked(people$start)),
    trimmed = weighted(trimmed(rep(1, 300), 0.5, 2))
  )
)
write_json(value, file.path(here, "nonresponse.json"), auto_unbox = TRUE, digits = NA, na = "null")
