# Parameter tables of lavaan 0.6-14 and of semTools 0.5-6 (measEq.syntax), frozen as tables.json and measeq.json.
#   Rscript generate.R
# Nothing is fitted: the data are only there for the numbers of groups and of categories.

suppressMessages({
  library(lavaan)
  library(semTools)
  library(jsonlite)
})

# y1 - y9: one, two and three thresholds in turn; u1 - u3: one; z1 - z3: numbers; a, b: covariates
set.seed(3)
n <- 400
numbers <- function(k) matrix(rnorm(n * k), n)
cut_in <- function(x, thresholds) as.integer(cut(x, c(-Inf, seq(-0.5, 0.5, length.out = thresholds), Inf)))
DATA <- data.frame(
  sapply(1:9, function(k) cut_in(rnorm(n), (k - 1) %% 3 + 1)),
  sapply(1:3, function(k) cut_in(rnorm(n), 1)), numbers(3), numbers(2),
  rep(c("B", "A"), n / 2), rep(1:4, n / 4)
)
names(DATA) <- c(paste0("y", 1:9), paste0("u", 1:3), paste0("z", 1:3), "a", "b", "g", "h")
ORDERED <- list(y1 = 1, y2 = 2, y3 = 3, y4 = 1, y5 = 2, y6 = 3, y7 = 1, y8 = 2, y9 = 3)
BINARY <- list(u1 = 1, u2 = 1, u3 = 1)

CFA <- "f1 =~ y1 + y2 + y3\nf2 =~ y4 + y5 + y6"
SEM <- paste0(CFA, "\nf3 =~ y7 + y8 + y9\nf2 ~ f1\nf3 ~ f1 + f2")
MIXED <- "f =~ z1 + y2 + y3 + z2\nw =~ y5 + z3 + y6"
NUMERIC <- "f =~ z1 + z2 + z3"
GROWTH <- "i =~ 1*z1 + 1*z2 + 1*z3\ns =~ 0*z1 + 1*z2 + 2*z3"
COVARIATES <- "f =~ y1 + y2 + y3\nf ~ a + b\ny3 ~ a"

case <- function(model, ..., type = "sem", ordered = NULL) {
  given <- list(...)
  list(model = model, type = type, ordered = ordered, arguments = given[!vapply(given, is.null, TRUE)])
}
equal <- function(...) list(...)

CASES <- list(
  # growth
  growth = case(GROWTH, type = "growth"),
  growth_covariates = case(paste0(GROWTH, "\ni + s ~ a + b"), type = "growth"),
  growth_random_covariates = case(paste0(GROWTH, "\ni + s ~ a + b"), type = "growth", fixed_x = FALSE),
  growth_changing_covariate = case(paste0(GROWTH, "\nz1 ~ a\nz2 ~ b"), type = "growth"),
  growth_written = case(paste0(GROWTH, "\ni ~ 0*1\nz3 ~ 1\ns ~ i"), type = "growth"),
  growth_std_lv = case("i =~ z1 + z2 + z3", type = "growth", std_lv = TRUE),
  growth_groups = case(GROWTH, type = "growth", group = "h"),
  growth_groups_equal = case(GROWTH, type = "growth", group = "g",
                             group_equal = equal("loadings", "intercepts", "means", "residuals")),
  growth_groups_intercepts = case(GROWTH, type = "growth", group = "g", group_equal = equal("intercepts")),
  growth_groups_partial = case(GROWTH, type = "growth", group = "g", group_equal = equal("means", "lv_variances"),
                               group_partial = equal("s~1")),
  growth_ordinal = case("i =~ 1*y2 + 1*y5 + 1*y8\ns =~ 0*y2 + 1*y5 + 2*y8", type = "growth", ordered = ORDERED),

  # bounds
  bounds = case("f =~ z1 + lower(0)*z2 + upper(1)*z3\nf ~~ lower(0.1)*f\nz1 ~~ lower(0)*z1 + upper(5)*z1"),
  bounds_groups = case("f =~ z1 + lower(c(0, 0.5))*z2 + upper(1)*z3", group = "g"),
  bounds_equal = case("f =~ z1 + lower(c(0, 0.5))*z2 + upper(1)*z3", group = "g", group_equal = equal("loadings")),
  bounds_labels = case("f =~ z1 + lower(0)*z2 + k*z2 + lower(-1)*z3 + k*z3"),

  # constraints do not change the rows
  constrained = case("f =~ z1 + k*z2 + m*z3\nd := k - m\nk > 0.3\nm < 2\nk*m == 1"),

  # blocks of groups
  blocks = case("group: 1\nf =~ z1 + z2 + z3\ngroup: 2\nf =~ z1 + k*z2 + z3\nf ~~ 1*f", group = "g"),
  blocks_repeated = case("group: 1\nf =~ z1 + z2 + z3\ngroup: 2\nf =~ z3 + z2 + z1\ngroup: 1\nz1 ~~ z2\nz3 ~ 0*1", group = "g"),
  blocks_loadings = case("group: 1\nf =~ z1 + z2 + z3\ngroup: 2\nf =~ z1 + k*z2 + z3\nz2 ~~ z3", group = "g",
                         group_equal = equal("loadings", "residuals")),
  blocks_ordinal = case("group: 1\nf =~ y1 + y2 + y3\ngroup: 2\nf =~ y1 + y2 + y3\ny2 | k*t1 + t2", group = "g",
                        ordered = ORDERED),

  # ordinal, one group
  ordinal = case(CFA, ordered = ORDERED),
  ordinal_theta = case(CFA, ordered = ORDERED, parameterization = "theta"),
  ordinal_std_lv = case(CFA, ordered = ORDERED, std_lv = TRUE),
  ordinal_sem = case(SEM, ordered = ORDERED),
  ordinal_sem_theta = case(SEM, ordered = ORDERED, parameterization = "theta", std_lv = TRUE),
  ordinal_binary = case("f =~ u1 + u2 + u3", ordered = BINARY),
  ordinal_binary_theta = case("f =~ u1 + u2 + u3", ordered = BINARY, parameterization = "theta"),
  ordinal_mixed = case(MIXED, ordered = ORDERED),
  ordinal_mixed_theta = case(MIXED, ordered = ORDERED, parameterization = "theta"),
  ordinal_observed = case("y5 ~ y2 + a\ny6 ~ y5 + y2\ny2 ~ b", ordered = ORDERED),
  ordinal_correlations = case("y2 ~~ y3 + z1\ny3 ~~ z1", ordered = ORDERED),
  ordinal_single = case("f =~ y1 + y2 + y3\nq =~ y5\nf ~ q", ordered = ORDERED),
  ordinal_residuals = case(paste0(CFA, "\ny1 ~~ y4 + 0.2*y5"), ordered = ORDERED),
  ordinal_residuals_theta = case(paste0(CFA, "\ny1 ~~ 2*y1\ny2 ~~ y4"), ordered = ORDERED, parameterization = "theta"),
  ordinal_thresholds = case(paste0(CFA, "\ny2 | k*t1 + t2\ny3 | -1*t1 + start(0.2)*t2\ny5 | k*t1"), ordered = ORDERED),
  ordinal_thresholds_only = case("f =~ y1 + y2\ny6 | t3 + t1", ordered = ORDERED),
  ordinal_scaling = case(paste0(CFA, "\ny2 ~*~ 2*y2\ny3 ~*~ y3"), ordered = ORDERED),
  ordinal_intercepts = case(paste0(CFA, "\ny2 | 0*t1\ny2 ~ 1\nf1 ~ NA*1"), ordered = ORDERED),
  ordinal_second_order = case(paste0(CFA, "\nf3 =~ y7 + y8 + y9\ng1 =~ f1 + f2 + f3"), ordered = ORDERED),

  # covariates
  ordinal_covariates = case(COVARIATES, ordered = ORDERED, conditional_x = TRUE),
  ordinal_covariates_theta = case(COVARIATES, ordered = ORDERED, conditional_x = TRUE, parameterization = "theta"),
  ordinal_covariates_joint = case(COVARIATES, ordered = ORDERED, conditional_x = FALSE, fixed_x = TRUE),
  ordinal_covariates_random = case(COVARIATES, ordered = ORDERED, conditional_x = FALSE, fixed_x = FALSE),
  ordinal_covariates_groups = case(COVARIATES, ordered = ORDERED, conditional_x = TRUE, group = "g",
                                   group_equal = equal("loadings", "thresholds", "regressions")),
  numeric_conditional = case("f =~ z1 + z2 + z3\nf ~ a + b", conditional_x = TRUE),
  ordinal_covariate_is_a_number = case("f =~ y1 + y2 + y3\nf ~ y5", ordered = ORDERED, conditional_x = TRUE)
)

# ordinal, groups: every step, both parametrisations, both scales of the latent variables
STEPS <- list(
  configural = NULL, thresholds = equal("thresholds"), metric = equal("thresholds", "loadings"),
  scalar = equal("thresholds", "loadings", "intercepts"),
  strict = equal("thresholds", "loadings", "intercepts", "residuals"),
  means = equal("thresholds", "loadings", "intercepts", "means", "lv_variances", "lv_covariances")
)
for (step in names(STEPS)) {
  for (parameterization in c("delta", "theta")) {
    CASES[[paste("groups", step, parameterization, sep = "_")]] <-
      case(CFA, ordered = ORDERED, group = "g", group_equal = STEPS[[step]], parameterization = parameterization)
  }
  CASES[[paste("groups", step, "std_lv", sep = "_")]] <-
    case(MIXED, ordered = ORDERED, group = "h", group_equal = STEPS[[step]], parameterization = "theta", std_lv = TRUE)
}
CASES$groups_loadings <- case(CFA, ordered = ORDERED, group = "g", group_equal = equal("loadings"))
CASES$groups_intercepts <- case(MIXED, ordered = ORDERED, group = "g", group_equal = equal("intercepts"))
CASES$groups_binary <- case("f =~ u1 + u2 + u3", ordered = BINARY, group = "g", group_equal = STEPS$metric)
CASES$groups_partial <- case(CFA, ordered = ORDERED, group = "h", group_equal = STEPS$metric,
                             group_partial = equal("y2|t1", "f2=~y5", "y5 | t2"))
CASES$groups_labels <- case(paste0(CFA, "\ny2 | c(k, m)*t1 + c(0, NA)*t2\ny3 | q*t1 + start(c(0.1, 0.2))*t3"),
                            ordered = ORDERED, group = "g", group_equal = STEPS$metric)
CASES$groups_scaling <- case(paste0(CFA, "\ny2 ~*~ c(1, 1)*y2\ny3 ~*~ c(1, NA)*y3\ny1 ~*~ y1"), ordered = ORDERED,
                             group = "g", group_equal = STEPS$metric)
CASES$groups_residuals <- case(paste0(CFA, "\ny2 ~~ c(1, 1)*y2\ny3 ~~ y3"), ordered = ORDERED, group = "g",
                               group_equal = STEPS$metric, parameterization = "theta")
CASES$groups_sem <- case(SEM, ordered = ORDERED, group = "g",
                         group_equal = equal("loadings", "thresholds", "regressions"))
CASES$groups_written_means <- case(paste0(CFA, "\nf1 ~ 0*1"), ordered = ORDERED, group = "g", group_equal = STEPS$scalar)
CASES$groups_thresholds_without_ordinal <- case(NUMERIC, group = "g", group_equal = equal("loadings", "intercepts", "thresholds"))

# Wu and Estabrook (2016) by semTools; its syntax wants std.lv
MEASEQ <- list()
for (step in names(STEPS)) {
  for (parameterization in c("delta", "theta")) {
    if (step == "strict" && parameterization == "delta") next # no parameters there
    MEASEQ[[paste(step, parameterization, sep = "_")]] <-
      case(CFA, ordered = ORDERED, group = "g", group_equal = STEPS[[step]], parameterization = parameterization)
  }
  MEASEQ[[paste(step, "mixed", sep = "_")]] <-
    case(MIXED, ordered = ORDERED, group = "h", group_equal = STEPS[[step]], parameterization = "theta")
  if (step != "strict") {
    MEASEQ[[paste(step, "binary", sep = "_")]] <-
      case("f =~ u1 + u2 + u3", ordered = BINARY, group = "g", group_equal = STEPS[[step]], parameterization = "delta")
  }
}
MEASEQ$strict_binary <- case("f =~ u1 + u2 + u3", ordered = BINARY, group = "g", group_equal = STEPS$strict,
                             parameterization = "theta")
MEASEQ$loadings <- case(CFA, ordered = ORDERED, group = "g", group_equal = equal("loadings"), parameterization = "delta")
MEASEQ$intercepts_without_thresholds <- case(MIXED, ordered = ORDERED, group = "g",
                                             group_equal = equal("loadings", "intercepts"), parameterization = "delta")
MEASEQ$partial <- case(CFA, ordered = ORDERED, group = "h", group_equal = STEPS$scalar, parameterization = "theta",
                       group_partial = equal("y2|t1", "f2=~y5", "y3|t1", "y3|t2", "y6~1"))
MEASEQ$partial_mean <- case(CFA, ordered = ORDERED, group = "g", group_equal = STEPS$strict, parameterization = "theta",
                            group_partial = equal("y1~1", "y2~1", "y3~1", "y5~~y5"))

# From case to table -----------------------------------------------------------------

arguments <- function(case) {
  a <- lapply(case$arguments, function(x) if (is.list(x)) unlist(x) else x)
  if (!is.null(a$group_equal)) a$group_equal <- gsub("_", ".", a$group_equal)
  names(a) <- gsub("_", ".", names(a))
  a
}

rows <- function(fit) {
  p <- as.data.frame(parTable(fit))
  ties <- p[p$op == "==" & grepl("^\\.p[0-9]+\\.$", p$lhs) & grepl("^\\.p[0-9]+\\.$", p$rhs), ]
  p <- p[!p$op %in% c("==", "<", ">", ":="), ]
  one <- seq_len(nrow(p)) # equal parameters carry the number of the first
  for (k in seq_len(nrow(ties))) {
    one[match(ties$rhs[k], p$plabel)] <- one[match(ties$lhs[k], p$plabel)]
  }
  moment <- p$exo == 1 & p$op != "~" # under conditional.x lavaan marks the paths as well
  free <- p$free > 0
  bound <- function(x) if (is.null(x)) rep(NA, nrow(p)) else ifelse(is.finite(x) & free, x, NA)
  list(
    lhs = p$lhs, op = p$op, rhs = p$rhs, group = as.integer(p$group),
    value = ifelse(free | moment, NA, p$ustart), exogenous = moment & !free,
    label = p$label, parameter = ifelse(free, one, 0L),
    start = ifelse(free, p$ustart, NA), lower = bound(p$lower), upper = bound(p$upper)
  )
}

ordered_names <- function(case) { # not more: lavaan warns of others
  Filter(function(name) grepl(name, case$model, fixed = TRUE), names(case$ordered))
}

lavaan_table <- function(case) {
  given <- list(model = case$model, data = DATA, ordered = ordered_names(case), do.fit = FALSE, warn = FALSE)
  rows(suppressWarnings(do.call(case$type, c(given, arguments(case)))))
}

measeq_table <- function(case) {
  a <- arguments(case)
  given <- list(configural.model = case$model, data = DATA, ordered = ordered_names(case), ID.fac = "std.lv",
                ID.cat = "Wu.Estabrook.2016", warn = FALSE)
  syntax <- as.character(suppressWarnings(do.call(measEq.syntax, c(given, a))))
  rows(suppressWarnings(cfa(syntax, DATA, ordered = ordered_names(case), group = a$group, do.fit = FALSE, warn = FALSE,
                            parameterization = a$parameterization)))
}

# One case a line.
write_cases <- function(cases, table, path, versions) {
  lines <- vapply(names(cases), function(name) {
    case <- cases[[name]]
    as_text <- function(x) toJSON(x, auto_unbox = TRUE, digits = NA, na = "null", null = "null")
    columns <- Filter(function(x) !all(is.na(x) | x %in% c("", "FALSE")), table(case))
    columns <- vapply(columns, function(x) as.character(toJSON(x, digits = NA, na = "null")), "")
    settings <- if (length(case$arguments)) as_text(case$arguments) else "{}"
    ordered <- if (is.null(case$ordered)) "{}" else as_text(case$ordered)
    sprintf("\"%s\": {\"model\": %s, \"type\": \"%s\", \"ordered\": %s, \"arguments\": %s,\n  %s}", name, as_text(case$model),
            case$type, ordered, settings, paste(sprintf("\"%s\": %s", names(columns), columns), collapse = ",\n  "))
  }, "")
  writeLines(sprintf("{\"versions\": \"%s\",\n%s\n}", versions, paste(lines, collapse = ",\n")), path)
}

versions <- paste("lavaan", packageVersion("lavaan"), "semTools", packageVersion("semTools"))
write_cases(CASES, lavaan_table, "tables.json", versions)
write_cases(MEASEQ, measeq_table, "measeq.json", versions)
