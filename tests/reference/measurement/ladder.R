# Ladders of invariance by semTools 0.5-6 (measEq.syntax) and lavaan 0.6-14: over two groups and
# over three waves, of continuous and of ordinal answers. Run in this folder: Rscript ladder.R
suppressMessages({library(lavaan); library(semTools); library(jsonlite)})
data <- read.csv("ladder.csv")
items <- c("a", "b", "c", "d")
name <- function(item, wave) paste0(item, ".", wave)
fit_of <- function(model, data, ordered, ...) {
  if (ordered) cfa(as.character(model), data, ordered = names(data)[sapply(data, is.numeric)],
                   estimator = "WLSMV", parameterization = "theta", ...)
  else cfa(as.character(model), data, estimator = "ML", ...)
}
ladder <- function(ordered, longitudinal) {
  if (ordered) data[names(data) != "group"] <-
    lapply(data[names(data) != "group"], function(x) as.numeric(cut(x, c(-Inf, -1, 0, 1, Inf))))
  kinds <- c(if (ordered) "thresholds", "loadings", "intercepts", "residuals")
  first <- paste("f1 =~", paste(name(items, 1), collapse = " + "))
  model <- if (longitudinal) paste(sapply(1:3, function(w)
    paste0("f", w, " =~ ", paste(name(items, w), collapse = " + "))), collapse = "\n") else first
  out <- list()
  for (k in 0:length(kinds)) {
    equal <- kinds[seq_len(k)]
    arguments <- list(configural.model = model, ID.fac = "std.lv", return.fit = FALSE,
                      data = data)
    if (ordered) arguments <- c(arguments, list(ordered = name(rep(items, 3), rep(1:3, each = 4)),
        parameterization = "theta", ID.cat = "Wu.Estabrook.2016"))
    if (longitudinal) {
      arguments$longFacNames <- list(f = c("f1", "f2", "f3"))
      arguments$long.equal <- equal
    } else {
      arguments$group <- "group"
      arguments$group.equal <- equal
    }
    if (ordered && !longitudinal) arguments$ordered <- name(items, 1)
    syntax <- do.call(measEq.syntax, arguments)
    own <- if (longitudinal) data[names(data) != "group"] else data[c(name(items, 1), "group")]
    fitted <- if (longitudinal) fit_of(syntax, own, ordered, meanstructure = TRUE)
              else fit_of(syntax, own, ordered, group = "group")
    m <- fitMeasures(fitted)
    out[[k + 1]] <- as.list(m[intersect(names(m), c("chisq", "df", "chisq.scaled", "cfi", "srmr"))])
  }
  out
}
write_json(list(groups = ladder(FALSE, FALSE), waves = ladder(FALSE, TRUE),
                groups_ordinal = ladder(TRUE, FALSE), waves_ordinal = ladder(TRUE, TRUE)),
           "ladder.json", auto_unbox = TRUE, digits = 10, pretty = TRUE)
