# Frozen results of lavaan for the tests of rivals of facets:
#
#   Rscript generate_rivals.R
#
# writes rivals.json and facets.csv beside this file. Data: holzinger_swineford.csv (nine items of three facets; in one
# school, since with both the bifactor model has a negative variance), ../reliability/bifactor.csv (five answers each),
# and facets.csv, simulated here: a general factor behind four facets of three items, the last of which loads on it
# less through its facet than by itself, so that a bifactor model fits better; five answers each.

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(7)
g <- rnorm(500)
latent <- sapply(1:12, function(j) if (j < 12) 0 * g else .5 * g)
for (f in 1:4) {
  facet <- c(.8, .7, .6, .7)[f] * g + rnorm(500, sd = .7)
  for (j in 3 * f - 2:0) latent[, j] <- latent[, j] + c(.9, .8, .7)[j - 3 * f + 3] * facet + rnorm(500, sd = .7)
}
facets <- as.data.frame(apply(latent, 2, function(y) findInterval(y, c(-1.2, -.4, .5, 1.4)) + 1))
names(facets) <- paste0("y", 1:12)
write.csv(facets, file.path(here, "facets.csv"), row.names = FALSE, quote = FALSE)
hs <- subset(read.csv(file.path(here, "holzinger_swineford.csv")), school == "Grant-White")
bifactor <- read.csv(file.path(here, "..", "reliability", "bifactor.csv"))
holes <- function(x) {
  x[outer(seq_len(nrow(x)), seq_len(ncol(x)), function(i, j) (i + 7 * j) %% 17 == 0)] <- NA
  x
}

line <- function(f, items) paste0(f, " =~ ", paste(items, collapse = " + "), "\n")
models <- function(items) {
  own <- split(items, rep(seq_len(length(items) / 3), each = 3))
  facets <- paste0("f", seq_along(own))
  lines <- paste0(mapply(line, facets, own), collapse = "")
  list(one_factor = line("g", items), correlated = lines,
       second_order = paste0(lines, line("g", facets)), bifactor = paste0(line("g", items), lines))
}

# BFGS with tight rules from lavaan's own solution (see generate.R)
fitted <- function(name, model, data, ...) {
  bi <- name == "bifactor"
  first <- cfa(model, data, std.lv = name != "second_order", orthogonal = bi, ...)
  if (lavInspect(first, "options")$estimator == "DWLS") return(first)
  fit <- cfa(model, data, std.lv = name != "second_order", orthogonal = bi, start = first, ...,
             optim.method = "BFGS", control = list(reltol = 1e-16, maxit = 20000), baseline = FALSE)
  stopifnot(lavInspect(fit, "converged"))
  fit@baseline <- first@baseline
  fit
}
MEASURES <- c("npar", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr", "aic", "bic", "chisq.scaled", "cfi.scaled")
case <- function(data, ..., nested = list()) {
  ordered <- !is.null(list(...)$ordered)
  tried <- Map(function(name, model) fitted(name, model, data, ...), names(models(names(data))), models(names(data)))
  of <- function(fit) {
    found <- fitMeasures(fit)
    as.list(found[intersect(MEASURES, names(found))])
  }
  tests <- lapply(nested, function(p) {
    t <- suppressWarnings(lavTestLRT(tried[[p[1]]], tried[[p[2]]], method = if (ordered) "satorra.2000" else "default"))
    list(restricted = p[1], free = p[2], chisq_diff = t[2, "Chisq diff"], df_diff = t[2, "Df diff"], p_diff = t[2, "Pr(>Chisq)"])
  })
  r <- lavInspect(tried$correlated, "cor.lv")
  list(fits = lapply(tried, of), tests = tests, correlations = unname(r[lower.tri(r)]))
}
three <- list(c("one_factor", "correlated"), c("correlated", "bifactor"))
four <- list(c("one_factor", "correlated"), c("one_factor", "second_order"), c("second_order", "correlated"),
             c("second_order", "bifactor"))
ordinal <- function(data, nested) {
  case(data, ordered = names(data), estimator = "WLSMV", parameterization = "theta", nested = nested)
}

write_json(
  list(
    lavaan = as.character(packageVersion("lavaan")),
    schools = case(hs[paste0("x", 1:9)], nested = three),
    holes = case(holes(bifactor), estimator = "MLR", missing = "ml"),
    ordinal = ordinal(bifactor, three),
    four = case(facets, nested = four),
    four_ordinal = ordinal(facets, four)
  ),
  file.path(here, "rivals.json"), auto_unbox = TRUE, digits = NA
)
