# Frozen results of base R and psych for the tests of cleaning:
#
#   Rscript generate.R
#
# writes indices.json beside this file. Data: the first 60 rows of
# examples/leadership/data/raw/lq2002.csv, complete and with holes. Every index is written from
# its paper's formula, one person at a time; none shares code with the package.

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
# Stand-ins for reverse-keyed items, and short scales so that a person has several halves.
REVERSED <- c("LEAD02", "LEAD05", "LEAD09", "TSIG02", "HOSTIL03")
SHORT <- list(1:4, 5:8, 9:11, 12:14, 15:16, 17:19)

# The answer in row i and column j is missing where i + 7 j is a multiple of 17.
holes <- function(x) {
  x[outer(seq_len(nrow(x)), seq_len(ncol(x)), function(i, j) (i + 7 * j) %% 17 == 0)] <- NA
  x
}

all_items <- as.matrix(data[unlist(SCALES)])
whole <- all_items[1:60, ]

# Johnson (2005): the longest run of one answer; missing answers are left out.
longstring <- function(x) max(rle(x[!is.na(x)])$lengths)

# Dunn et al. (2018): standard deviation of a person's answers.
irv <- function(x) sd(x, na.rm = TRUE)

turn <- function(x) {
  at <- colnames(x) %in% REVERSED
  x[, at] <- 6 - x[, at]
  x
}

# Marjanovic et al. (2015): standard deviation within each scale, averaged over the scales.
isd <- function(x) mean(sapply(SHORT, function(k) sd(x[k], na.rm = TRUE)), na.rm = TRUE)

# Johnson (2005), Meade and Craig (2012): halves of each scale, correlated, Spearman-Brown.
even_odd <- function(x) {
  odd <- sapply(SHORT, function(k) mean(x[k[seq(1, length(k), 2)]], na.rm = TRUE))
  even <- sapply(SHORT, function(k) mean(x[k[seq(2, length(k), 2)]], na.rm = TRUE))
  both <- !is.na(odd) & !is.na(even)
  r <- suppressWarnings(cor(odd[both], even[both]))
  max(2 * r / (1 + r), -1)
}

# Meade and Craig (2012): pairs of items that correlate beyond a critical value in the sample.
pairs_of <- function(x, critical) {
  R <- cor(x, use = "pairwise.complete.obs")
  R[upper.tri(R, diag = TRUE)] <- NA
  which(if (critical > 0) R > critical else R < critical, arr.ind = TRUE)
}
consistency <- function(x, pairs) {
  a <- x[pairs[, 1]]
  b <- x[pairs[, 2]]
  ok <- !is.na(a) & !is.na(b)
  if (sum(ok) < 3) return(NA)
  suppressWarnings(cor(a[ok], b[ok]))
}

# Curran (2016): a person's answers with the means of everyone else's.
person_total <- function(x, i) {
  others <- colMeans(x[-i, ], na.rm = TRUE)
  suppressWarnings(cor(x[i, ], others, use = "complete.obs"))
}

# The distance of the items answered, means and covariances from all available pairs.
mahalanobis_by_pattern <- function(x) {
  m <- colMeans(x, na.rm = TRUE)
  S <- cov(x, use = "pairwise.complete.obs")
  t(apply(x, 1, function(row) {
    o <- !is.na(row)
    c(mahalanobis(row[o], m[o], S[o, o]), sum(o))
  }))
}

# Swain et al. (2008): pairs of a keyed and a reversed item of one scale on the same side of 3.
misresponse <- function(x) {
  same <- 0
  n <- 0
  for (s in SCALES) {
    for (a in setdiff(s, REVERSED)) {
      for (b in intersect(s, REVERSED)) {
        if (!is.na(x[a]) && !is.na(x[b])) {
          n <- n + 1
          same <- same + ((x[a] > 3 && x[b] > 3) || (x[a] < 3 && x[b] < 3))
        }
      }
    }
  }
  c(same, n)
}

results <- function(x) {
  turned <- turn(x)
  synonyms <- pairs_of(x, 0.5)
  antonyms <- pairs_of(x, -0.2)
  distance <- mahalanobis_by_pattern(x)
  list(
    longstring = apply(x, 1, longstring),
    irv = apply(x, 1, irv),
    isd = apply(turned, 1, isd),
    even_odd = apply(turned, 1, even_odd),
    correlation = unname(cor(x, use = "pairwise.complete.obs")),
    covariance = unname(cov(x, use = "pairwise.complete.obs")),
    synonym_pairs = nrow(synonyms),
    synonyms = apply(x, 1, consistency, synonyms),
    antonym_pairs = nrow(antonyms),
    antonyms = apply(x, 1, consistency, antonyms),
    person_total = sapply(seq_len(nrow(x)), function(i) person_total(x, i)),
    mahalanobis = distance[, 1],
    df = distance[, 2],
    p = pchisq(distance[, 1], distance[, 2], lower.tail = FALSE),
    misresponse = t(apply(x, 1, misresponse))
  )
}

# psych's own Mahalanobis distance (outlier(), which careless::mahad calls), complete data.
frozen <- list(complete = results(whole), holes = results(holes(whole)))
frozen$complete$psych_outlier <- unname(outlier(whole, plot = FALSE))
writeLines(
  toJSON(frozen, digits = 12, na = "null", auto_unbox = TRUE),
  file.path(here, "indices.json")
)
