# Clusters that span groups, and clusters of ordinal data, in lavaan: results that the engine
# explains but does not share.
#
#   Rscript generate.R clusters.json
#
# spanning: pupils of one age are a cluster in both schools. lavaan sums scores within each
# school only. ordinal: lavaan 0.6-14 names the errors of a fit of ordinal variables
# robust.cluster.sem, and computes them as if there were no clusters (`ignored`).

suppressMessages({
  library(lavaan)
  library(jsonlite)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
read <- function(name) read.csv(file.path(here, "..", paste0(name, ".csv")))

spanning <- function(estimator) {
  fit <- cfa("visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6", read("hs"), group = "school",
             group.equal = c("loadings", "intercepts"), cluster = "ageyr", estimator = estimator)
  list(se = signif(parameterEstimates(fit)$se, 10))
}
items <- paste0("y", 1:4)
ordinal <- cfa("f1 =~ y1 + y2 + y3 + y4", read("sim"), ordered = items, cluster = "clus")
plain <- cfa("f1 =~ y1 + y2 + y3 + y4", read("sim"), ordered = items)
out <- list(
  lavaan = as.character(packageVersion("lavaan")),
  spanning = list(MLR = spanning("MLR"), MLM = spanning("MLM")),
  ordinal = list(se = signif(parameterEstimates(ordinal)$se, 10),
                 ignored = signif(parameterEstimates(plain)$se, 10),
                 kind = lavInspect(ordinal, "options")$se)
)
writeLines(toJSON(out, auto_unbox = TRUE, digits = NA, pretty = TRUE), commandArgs(TRUE)[1])
