# Frozen results of psych and base R for the tests of reliability:
#
#   Rscript generate.R
#
# writes alpha.json beside this file. Data: examples/leadership/data/raw/lq2002.csv.

suppressMessages({
  library(psych)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
data <- read.csv(file.path(here, "../../../examples/leadership/data/raw/lq2002.csv"))

SCALES <- list(
  LEAD = sprintf("LEAD%02d", 1:11),
  TSIG = sprintf("TSIG%02d", 1:3),
  HOSTILE = sprintf("HOSTIL%02d", 1:5)
)

# The answer in row i and column j is missing where i + 7 j is a multiple of 17.
holes <- function(x) {
  x[outer(seq_len(nrow(x)), seq_len(ncol(x)), function(i, j) (i + 7 * j) %% 17 == 0)] <- NA
  x
}

# One scale: alpha with psych's interval (Feldt), and for each item the correlation with the
# rest (r.drop), its interval by cor.test() and alpha without the item. psych::alpha() takes
# the covariances over complete rows; r.drop is frozen for complete data only, since psych averages
# over the items that a respondent answered.
scale <- function(x) {
  complete <- x[complete.cases(x), ]
  quiet <- function(call) suppressMessages(suppressWarnings(call)) # of the wrongly keyed item
  capture.output({
    found <- quiet(alpha(x, check.keys = FALSE, use = "complete.obs"))
    whole <- quiet(alpha(complete, check.keys = FALSE))
  })
  est <- found$total$raw_alpha
  interval <- alpha.ci(est, nrow(complete), ncol(x))
  rest <- lapply(names(x), function(item) {
    test <- cor.test(complete[[item]], rowSums(complete[setdiff(names(x), item)]))
    list(r = unname(test$estimate), lower = test$conf.int[1], upper = test$conf.int[2])
  })
  list(
    items = names(x), n = nrow(complete), alpha = est,
    ci_lower = interval$lower.ci, ci_upper = interval$upper.ci,
    mean_r = mean(cor(complete)[lower.tri(diag(ncol(x)))]),
    r_drop = whole$item.stats$r.drop,
    r = sapply(rest, `[[`, "r"), r_lower = sapply(rest, `[[`, "lower"), r_upper = sapply(rest, `[[`, "upper"),
    alpha_if_deleted = if (ncol(x) > 2) found$alpha.drop$raw_alpha else rep(NA, ncol(x))
  )
}

wrong <- data[1:300, SCALES$TSIG]
wrong$TSIG02 <- 6 - wrong$TSIG02

value <- c(
  list(psych = as.character(packageVersion("psych"))),
  list(cases = c(
    lapply(SCALES, function(items) scale(data[items])),
    setNames(
      lapply(SCALES, function(items) scale(holes(data[1:300, items]))),
      paste0(names(SCALES), "_holes")
    ),
    list(two_items = scale(data[1:300, SCALES$TSIG[1:2]]), wrongly_keyed = scale(wrong))
  ))
)
write_json(value, file.path(here, "alpha.json"), auto_unbox = TRUE, digits = NA, na = "null", pretty = TRUE)
