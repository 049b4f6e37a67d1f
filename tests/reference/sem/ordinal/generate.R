# Frozen observed moments of ordered and mixed data, for tests/sem/test_ordinal.py.
#
#   Rscript generate.R OUT [NAME ...]
#
# writes OUT/NAME.json for every case below, or for those named: lavaan's WLS.obs and Gamma
# (NACOV) of a saturated model, for each group. lavaan >= 0.6-14 and jsonlite are needed. The
# data simulated here (mixed.csv, gaps.csv, binary.csv) are written where they are missing only.

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
if (!length(here) || here == "") here <- "."
local_file <- function(name) file.path(here, paste0(name, ".csv"))

# Data -----------------------------------------------------------------------------

# Three ordered variables (2, 3 and 5 categories), two numeric ones, two covariates, weights.
simulate <- function() {
  set.seed(20240501)
  n <- 400
  d <- rbinom(n, 1, 0.4)
  x <- rnorm(n, 40 + 3 * d, 12)
  f <- rnorm(n) + 0.02 * (x - 40) - 0.3 * d
  latent <- sapply(c(0.8, 0.7, 0.6, 0.7, -0.5), function(l) l * f + sqrt(1 - l^2) * rnorm(n))
  mixed <- data.frame(
    a = findInterval(latent[, 1], 0.3), b = findInterval(latent[, 2], c(-0.5, 0.8)),
    c = findInterval(latent[, 3], c(-1.4, -0.3, 0.5, 1.2)) + 1,
    u = round(10 + 2 * latent[, 4], 4), v = round(-3 + 0.7 * latent[, 5], 4),
    x = round(x, 3), d = d, w = round(runif(n, 0.3, 2.5), 3)
  )
  write.csv(mixed, local_file("mixed"), row.names = FALSE)
  gaps <- mixed
  for (name in c("a", "b", "c", "u", "v")) gaps[[name]][sample(n, 45)] <- NA
  gaps[7, 1:5] <- NA
  write.csv(gaps, local_file("gaps"), row.names = FALSE)
  # Binary items: e1 and e2 have one empty cell on the diagonal, e3 and e4 one beside it.
  set.seed(4)
  m <- 90
  f <- rnorm(m)
  binary <- data.frame(
    e1 = as.integer(f > 1), e2 = as.integer(f + 0.9 * rnorm(m) > -1.1),
    e3 = as.integer(-f + rnorm(m) > 0.9), e4 = as.integer(f + 0.5 * rnorm(m) > 0.6),
    e5 = findInterval(f + rnorm(m), c(-0.4, 0.7, 2))
  )
  binary$e3[binary$e3 == 1 & binary$e4 == 1] <- 0
  write.csv(binary, local_file("binary"), row.names = FALSE)
}
if (!file.exists(local_file("mixed"))) simulate()
DATA <- list(
  sim = read.csv(file.path(here, "..", "sim.csv")), mixed = read.csv(local_file("mixed")),
  gaps = read.csv(local_file("gaps")), binary = read.csv(local_file("binary"))
)

# Cases ----------------------------------------------------------------------------

case <- function(data, variables, ordered = variables, ...) {
  list(data = data, variables = variables, ordered = ordered, arguments = list(...))
}
five <- c("a", "b", "c", "u", "v")
CASES <- list(
  five_point = case("sim", c("y1", "y2", "y5", "y9", "y13", "y30")),
  five_point_groups = case("sim", c("y1", "y2", "y5", "y9"), group = "grp"),
  binary = case("binary", c("e1", "e2", "e3", "e4", "e5")),
  mixed = case("mixed", five, five[1:3]),
  mixed_weights = case("mixed", five, five[1:3], weights = "w"),
  mixed_covariates = case("mixed", five, five[1:3], covariates = c("x", "d")),
  mixed_covariates_weights = case("mixed", five, five[1:3], covariates = c("x", "d"), weights = "w"),
  mixed_listwise = case("gaps", five, five[1:3]),
  ordered_pairwise = case("gaps", five[1:3], missing = "pairwise"),
  mixed_pairwise = case("gaps", five, five[1:3], missing = "pairwise"),
  mixed_pairwise_covariates = case("gaps", five, five[1:3], missing = "pairwise", covariates = c("x", "d"))
)

moments <- function(case) {
  a <- case$arguments
  v <- case$variables
  model <- sapply(seq_along(v)[-1], function(i) paste(v[i], "~~", paste(v[seq_len(i - 1)], collapse = " + ")))
  if (!is.null(a$covariates)) {
    model <- c(model, paste(paste(v, collapse = " + "), "~", paste(a$covariates, collapse = " + ")))
  } else {
    # lavaan takes the variables in the order in which the model names them.
    model <- c(paste(v, collapse = " + "), model)
    model[1] <- paste(v, "~~", v, collapse = "\n")
    model[1] <- paste(ifelse(v %in% case$ordered, paste0(v, " ~~ 1*", v), paste0(v, " ~~ ", v)), collapse = "\n")
  }
  call <- list(
    model = paste(model, collapse = "\n"), data = DATA[[case$data]], ordered = case$ordered,
    estimator = "WLSMV", group = a$group, sampling.weights = a$weights, do.fit = FALSE,
    conditional.x = !is.null(a$covariates), fixed.x = !is.null(a$covariates),
    missing = if (is.null(a$missing)) "listwise" else a$missing
  )
  fit <- do.call("sem", Filter(Negate(is.null), call))
  each <- function(what) {
    found <- lavInspect(fit, what)
    if (lavInspect(fit, "ngroups") > 1) unname(found) else list(found)
  }
  list(
    labels = lavInspect(fit, "group.label"), variables = lavNames(fit, if (is.null(a$covariates)) "ov" else "ov.nox"),
    nobs = lavInspect(fit, "nobs"), observed = each("wls.obs"), gamma = each("gamma"),
    empty = nrow(fit@SampleStats@zero.cell.tables[[1]])
  )
}

lines_of <- function(x) {
  lower <- function(m) m[lower.tri(m, diag = TRUE)]
  rounded <- function(x) toJSON(signif(as.numeric(x), 10), digits = NA)
  sprintf(
    "  {\"observed\": %s,\n   \"gamma\": %s}", sapply(x$observed, rounded),
    sapply(x$gamma, function(m) rounded(lower(unclass(m))))
  )
}

if (!interactive()) {
  arguments <- commandArgs(TRUE)
  wanted <- if (length(arguments) > 1) arguments[-1] else names(CASES)
  for (name in wanted) {
    case <- CASES[[name]]
    found <- moments(case)
    stopifnot(identical(found$variables, case$variables))
    writeLines(sprintf(
      "{\"lavaan\": \"%s\", \"data\": \"%s\",\n \"variables\": %s, \"ordered\": %s,\n \"arguments\": %s,\n \"labels\": %s, \"nobs\": %s, \"pairs_with_empty_cells\": %d,\n \"groups\": [\n%s\n]}",
      packageVersion("lavaan"), case$data, toJSON(case$variables), toJSON(case$ordered),
      if (length(case$arguments)) toJSON(case$arguments, auto_unbox = TRUE) else "{}",
      toJSON(as.character(found$labels)), toJSON(found$nobs), found$empty, paste(lines_of(found), collapse = ",\n")
    ), file.path(arguments[1], paste0(name, ".json")))
    cat(name, found$nobs, length(found$observed[[1]]), found$empty, "\n")
  }
}
