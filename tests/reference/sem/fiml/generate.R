# Frozen results of lavaan for incomplete data: one JSON file a case, beside this script.
#
#   Rscript generate.R [NAME ...]
#
# needs lavaan 0.6-14 or later and jsonlite. The answer in row i and column j (both from 1,
# among the columns that have holes) is taken out where i + 7 j is a multiple of 17 or i j
# leaves 3 when divided by 11; the rows named in `empty` lose every answer. EM and the optimiser
# run far tighter than by default, so that the digits are the maximum's.

suppressMessages({
  library(lavaan)
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
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
"
CASES <- list(
  hs = list(model = HS, data = "hs", columns = paste0("x", 1:9), empty = c(5, 50)),
  pd = list(model = PD, data = "pd", columns = c(paste0("x", 1:3), paste0("y", 1:8))),
  reversed = list(model = PD, data = "pd", columns = c(paste0("x", 1:3), paste0("y", 1:8)),
                  reverse = c("x1", "y1", "y5")),
  groups = list(model = HS, data = "hs", columns = paste0("x", 1:9), group = "school",
                group_equal = c("loadings", "intercepts")),
  pieces = list(model = "f =~ y1 + y2 + y3 + y4", data = "pd", columns = paste0("y", 1:4),
                empty = c(7, 30))
)

holes <- function(case) {
  data <- read.csv(file.path(here, "..", paste0(case$data, ".csv")))
  for (name in case$reverse) data[[name]] <- -data[[name]]
  values <- as.matrix(data[, case$columns])
  i <- row(values)
  j <- col(values)
  values[(i + 7 * j) %% 17 == 0 | (i * j) %% 11 == 3] <- NA
  values[case$empty, ] <- NA
  data[, case$columns] <- values
  data
}

# lavaan's optimiser, then BFGS from where it stopped, while that makes the gradient smaller.
fitted <- function(case, data) {
  arguments <- list(data = data, missing = "ml", em.h1.tol = 1e-14, em.h1.iter.max = 20000,
                    group = case$group)
  if (!is.null(case$group)) arguments$group.equal <- case$group_equal
  steepest <- function(fit) {
    g <- lavInspect(fit, "gradient")
    if (fit@Model@eq.constraints) g <- t(fit@Model@eq.constraints.K) %*% g
    max(abs(g))
  }
  fit <- do.call("sem", c(list(model = case$model), arguments))
  for (round in 1:8) {
    table <- as.data.frame(parTable(fit))
    table$ustart <- table$est
    table$start <- table$est <- table$se <- NULL
    more <- list(optim.method = "BFGS", control = list(reltol = 1e-16, maxit = 20000))
    again <- do.call("sem", c(list(model = table), arguments[names(arguments) != "group.equal"], more))
    if (!lavInspect(again, "converged") || steepest(again) >= steepest(fit)) break
    fit <- again
  }
  stopifnot(steepest(fit) < 1e-6)
  fit
}

# The likelihood's pieces at the saturated maximum of one group. The information is half the
# second derivative of -2 logl / n by (mu, vech Sigma), as in the engine, which takes the lower
# triangle by rows where lavaan takes it by columns.
pieces <- function(fit, g, values) {
  at <- fit@SampleStats@missing.h1[[g]]
  p <- ncol(values)
  place <- matrix(0, p, p)
  place[lower.tri(place, diag = TRUE)] <- seq_len(p * (p + 1) / 2)
  by_rows <- t(place)[upper.tri(place, diag = TRUE)]
  order <- c(seq_len(p), p + by_rows)
  patterns <- fit@SampleStats@missing[[g]]
  arranged <- function(x) unname(x[order, order])
  casewise <- lavaan:::lav_mvnorm_missing_llik_casewise(values, Mu = at$mu, Sigma = at$sigma)
  list(
    casewise = as.numeric(casewise),
    observed = arranged(lavaan:::lav_mvnorm_missing_information_observed_samplestats(
      Yp = patterns, Mu = at$mu, Sigma = at$sigma)),
    expected = arranged(lavaan:::lav_mvnorm_missing_information_expected(
      Y = values, Mp = fit@Data@Mp[[g]], Mu = at$mu, Sigma = at$sigma)),
    first_order = arranged(lavaan:::lav_mvnorm_missing_information_firstorder(
      Y = values, Mp = fit@Data@Mp[[g]], Mu = at$mu, Sigma = at$sigma))
  )
}

wanted <- commandArgs(TRUE)
for (name in if (length(wanted)) wanted else names(CASES)) {
  case <- CASES[[name]]
  data <- holes(case)
  fit <- suppressWarnings(fitted(case, data))
  pe <- as.data.frame(parameterEstimates(fit))
  groups <- lavInspect(fit, "ngroups")
  if (is.null(pe$group)) pe$group <- 1
  if (is.null(pe$label)) pe$label <- ""
  value <- list(
    lavaan = as.character(packageVersion("lavaan")),
    model = case$model, data = case$data, columns = case$columns, empty = case$empty,
    reverse = case$reverse, group = case$group, group_equal = case$group_equal,
    variables = lavNames(fit, "ov"),
    logl = as.numeric(fitMeasures(fit, "logl")),
    unrestricted = as.numeric(fitMeasures(fit, "unrestricted.logl")),
    parameters = as.list(pe[pe$op != ":=", c("lhs", "op", "rhs", "group", "est", "se")]),
    h1 = lapply(seq_len(groups), function(g) {
      at <- fit@SampleStats@missing.h1[[g]]
      list(mu = as.numeric(at$mu), sigma = unname(at$sigma))
    })
  )
  if (name == "pieces") value$pieces <- pieces(fit, 1, fit@Data@X[[1]])
  path <- file.path(here, paste0(name, ".json"))
  value <- rapply(value, function(x) signif(x, 12), classes = "numeric", how = "replace")
  lines <- vapply(names(value), function(key) {
    part <- value[[key]]
    body <- toJSON(part, digits = NA, null = "null", na = "null",
                   auto_unbox = !is.list(part) && length(part) == 1)
    sprintf("  \"%s\": %s", key, if (length(part)) body else "null")
  }, "")
  writeLines(sprintf("{\n%s\n}", paste(lines, collapse = ",\n")), path)
  cat(sprintf("%-10s logl %.6f of %.6f\n", name, value$logl, value$unrestricted))
}
