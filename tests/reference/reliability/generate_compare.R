# Frozen results of metafor for the tests of comparisons of alpha:
#
#   Rscript generate_compare.R
#
# writes compare.json beside this file. Hakstian and Whalen's (1976) test is Q of a fixed-effect
# meta-analysis of the alphas on their scale.

suppressMessages({
  library(metafor)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))

case <- function(alpha, n, items) {
  fit <- rma(measure = "AHW", ai = alpha, ni = n, mi = rep(items, length(n)), method = "FE")
  list(alpha = alpha, n = n, items = items, chisq = fit$QE, df = fit$k - 1, p = fit$QEp)
}

value <- list(
  two = case(c(.78, .71), c(41, 151), 8),
  three = case(c(.784, .875, .936), c(51, 101, 151), 5),
  few_items = case(c(.61, .66), c(120, 90), 2),
  alike = case(c(.7, .75, .7), c(100, 120, 130), 10),
  four = case(c(.7, .8, .75, -.1), c(100, 100, 200, 200), 15)
)
write_json(value, file.path(here, "compare.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE)
