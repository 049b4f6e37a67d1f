# Frozen moments of psych for the tests of description:
#
#   Rscript generate.R
#
# writes moments.json beside this file. Data: the first 300 rows of
# examples/leadership/data/raw/lq2002.csv, once complete and once with holes.

suppressMessages({
  library(psych)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
data <- read.csv(file.path(here, "../../../examples/leadership/data/raw/lq2002.csv"))
items <- data[1:300, c("LEAD01", "LEAD11", "TSIG01", "TSIG03", "HOSTIL02", "HOSTIL03")]

# The answer in row i and column j is missing where i + 7 j is a multiple of 17.
holes <- function(x) {
  x[outer(seq_len(nrow(x)), seq_len(ncol(x)), function(i, j) (i + 7 * j) %% 17 == 0)] <- NA
  x
}

moments <- function(x) {
  found <- describe(x, type = 2, quant = c(0.25, 0.75))
  columns <- c(
    n = "n", mean = "mean", sd = "sd", median = "median", q1 = "Q0.25", q3 = "Q0.75",
    skew = "skew", kurtosis = "kurtosis"
  )
  lapply(setNames(rownames(found), rownames(found)), function(item) setNames(as.list(unlist(found[item, columns])), names(columns)))
}

value <- list(
  psych = as.character(packageVersion("psych")),
  complete = moments(items),
  holes = moments(holes(items))
)
write_json(value, file.path(here, "moments.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE)
