# Frozen results of lavaan for modification indices, score tests and residuals of incomplete
# data, of ordinal data and of continuous data with robust errors:
#
#   Rscript generate_other.R
#
# writes other.json beside this file, for cases of ../generate.R at their tight minimum.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
interactive <- function() TRUE # so that ../generate.R defines its cases and runs none
commandArgs <- function(...) paste0("--file=", file.path(here, "..", "generate.R"))
folder <- here
source(file.path(folder, "..", "generate.R"))
rm(interactive, commandArgs)

fit_of <- local({
  known <- list()
  function(name) {
    if (is.null(known[[name]])) known[[name]] <<- suppressWarnings(fitted(CASES[[name]]))
    known[[name]]
  }
})

rows <- function(x, columns) lapply(as.list(as.data.frame(x)[columns]), function(v) I(signif_if(v)))
signif_if <- function(v) if (is.double(v)) signif(v, 7) else v

indices <- function(name, ...) {
  fit <- fit_of(name)
  x <- as.data.frame(modindices(fit, ...))
  if (is.null(x$group)) x$group <- 1
  # covariates' moments and regressions that would explain them: index zero
  if (fit@Model@fixed.x) x <- x[!(x$op %in% c("~~", "~") & x$lhs %in% lavNames(fit, "ov.x")), ]
  rows(x, c("lhs", "op", "rhs", "group", "mi", "epc", "sepc.lv", "sepc.all", "sepc.nox"))
}

scores <- function(name) {
  found <- lavTestScore(fit_of(name), warn = FALSE)
  list(uni = I(found$uni$X2), total = found$test$X2, df = found$test$df)
}

leftover <- function(name) {
  types <- c("raw", "cor.bollen", "cor.bentler", "normalized", "standardized")
  one <- function(type) {
    x <- try(residuals(fit_of(name), type = type), silent = TRUE)
    if (inherits(x, "try-error")) return(NULL) # mixed data, covariates: "not ready yet!"
    if (!is.null(x$cov) || !is.null(x$res.cov)) x <- list(x)
    lapply(unname(x), function(part) {
      part <- part[!names(part) %in% c("type", "cov.x", "mean.x")]
      names(part) <- sub("^res[.]", "", names(part))
      names(part)[names(part) == "int"] <- "mean"
      vectors <- names(part) %in% c("mean", "th")
      part[vectors] <- lapply(part[vectors], function(v) as.list(signif(v, 7)))
      part[!vectors] <- lapply(part[!vectors], function(v) signif(unname(unclass(v)), 7))
      part
    })
  }
  setNames(lapply(types, one), gsub(".", "_", types, fixed = TRUE))
}

each <- function(names, f, ...) setNames(lapply(names, f, ...), names)
value <- list(
  lavaan = as.character(packageVersion("lavaan")),
  indices = each(c("fiml", "fiml_groups", "fiml_covariates", "mlr", "ordinal", "ordinal_theta", "ordinal_metric",
                   "ordinal_mixed", "ordinal_covariates", "ordinal_joint", "ordinal_equal", "ordinal_ulsmv",
                   "ordinal_wls", "continuous_wls"), indices),
  observed = each(c("fiml", "fiml_groups", "pd_ml"), indices, information = "observed"),
  scores = each(c("fiml_groups", "ordinal_metric", "ordinal_equal"), scores),
  residuals = each(c("fiml", "fiml_groups", "fiml_covariates", "fiml_expected", "mlr_covariates", "mlm", "observed",
                     "mimic_means", "ordinal", "ordinal_metric", "ordinal_mixed", "ordinal_covariates",
                     "ordinal_joint", "ordinal_wls", "continuous_wls"), leftover)
)
write_json(value, file.path(folder, "other.json"), auto_unbox = TRUE, digits = NA, na = "null")
