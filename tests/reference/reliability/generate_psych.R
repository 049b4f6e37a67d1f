# Frozen results of psych for the tests of split halves and of omega hierarchical:
#
#   Rscript generate_psych.R
#
# writes psych.json beside this file. Data: examples/leadership/data/raw/lq2002.csv,
# tests/reference/sem/hs.csv, and bifactor.csv beside this file.

suppressMessages({
  library(psych)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
leadership <- read.csv(file.path(here, "../../../examples/leadership/data/raw/lq2002.csv"))
hs <- read.csv(file.path(here, "../sem/hs.csv"))[paste0("x", 1:9)]
bifactor <- read.csv(file.path(here, "bifactor.csv"))
LEAD <- sprintf("LEAD%02d", 1:11)
HOSTILE <- sprintf("HOSTIL%02d", 1:5)
quiet <- function(call) suppressMessages(suppressWarnings(call))

# Split halves of the sum of the answers. Of an odd number of items splitHalf() tries half of the
# splits only, so that all of them are gone through here.
halves <- function(x) {
  S <- cov(x)
  k <- ncol(x)
  chosen <- combn(k, k %/% 2)
  every <- apply(chosen, 2, function(a) 4 * sum(S[a, -a]) / sum(S))
  theirs <- quiet(splitHalf(x, covar = TRUE, check.keys = FALSE))
  odd <- seq(1, k, 2)
  list(
    items = names(x), mean = mean(every), min = min(every), max = max(every),
    odd_even = guttman_odd(S, odd),
    psych = if (k %% 2 == 0) list(mean = theirs$meanr, min = theirs$minrb, max = theirs$maxrb)
  )
}
guttman_odd <- function(S, odd) 4 * sum(S[odd, -odd]) / sum(S)

schmid_leiman <- function(x) {
  found <- quiet(omega(x, plot = FALSE, flip = FALSE))
  list(omega_h_sl = found$omega_h, omega_t_sl = found$omega.tot, ecv_sl = unname(found$ECV),
       smallest = min(found$schmid$sl[, "u2"]))
}

value <- list(
  psych = as.character(packageVersion("psych")),
  GPArotation = as.character(packageVersion("GPArotation")),
  halves = list(
    four = halves(leadership[LEAD[1:4]]), five = halves(leadership[HOSTILE]),
    six = halves(leadership[LEAD[1:6]]), nine = halves(hs), ten = halves(leadership[LEAD[1:10]]),
    eleven = halves(leadership[LEAD])
  ),
  standardised = list(
    LEAD = unlist(quiet(alpha(leadership[LEAD], check.keys = FALSE))$total[c("std.alpha", "average_r")]),
    HOSTILE = unlist(quiet(alpha(leadership[HOSTILE], check.keys = FALSE))$total[c("std.alpha", "average_r")])
  ),
  schmid_leiman = list(
    hs = schmid_leiman(hs), bifactor = schmid_leiman(bifactor), LEAD = schmid_leiman(leadership[LEAD])
  )
)
write_json(value, file.path(here, "psych.json"), auto_unbox = TRUE, digits = NA, na = "null", pretty = TRUE)
