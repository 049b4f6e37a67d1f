# Minima of models that are hard to reach, by lavaan: Rscript generate.R
#
# writes starts.json beside this file: the model, the columns multiplied by -1, arguments, and
# twice lavaan's F (optim$fx) where its optimiser converged, else null. Data: ../sim.csv, ../hs.csv.
suppressMessages({
  library(lavaan)
  library(jsonlite)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
case <- function(model, ..., data = "sim", reverse = NULL) {
  name <- data
  data <- read.csv(file.path(here, "..", paste0(name, ".csv")))
  for (item in reverse) data[[item]] <- -data[[item]]
  fit <- suppressWarnings(sem(model, data, ..., se = "none", test = "none", baseline = FALSE))
  F <- if (lavInspect(fit, "converged")) 2 * fit@optim$fx else NULL
  list(model = model, data = name, reverse = I(as.character(reverse)), arguments = list(...), F = F)
}
SECOND <- "f1 =~ x1 + x2 + x3
f2 =~ x4 + x5 + x6
f3 =~ x7 + x8 + x9
g =~ f1 + f2 + f3"
value <- list(
  lavaan = as.character(packageVersion("lavaan")),
  cases = list(
    # fixed loadings of a reverse-keyed item in two of three groups
    three_items = case("f =~ y9 + c(1, NA, .9)*y10 + y11", group = "grp", reverse = "y10"),
    one_group = case("f =~ y9 + c(.9, NA, NA)*y10 + y11", group = "grp", reverse = "y9"),
    fixed_in_all = case("f =~ y5 + 1*y6 + y7 + y8", group = "grp", reverse = c("y5", "y7")),
    negative_one = case("f =~ y5 + -1*y6 + y7 + y8", group = "grp", reverse = "y7"),
    four_items = case("f =~ y5 + c(1, NA, .9)*y6 + y7 + y8", group = "grp", reverse = c("y5", "y7")),
    # a minimum that lavaan does not reach
    not_in_lavaan = case("f =~ y1 + c(1, NA, .9)*y2 + y3 + y4", group = "grp", reverse = "y2"),
    # first loading free, variance fixed
    free_first = case("f =~ NA*y1 + y2 + y3 + y4\nf ~~ 1*f", reverse = c("y1", "y3")),
    # higher order
    second_order = case(SECOND, data = "hs", reverse = paste0("x", 1:3)),
    second_order_marker = case(SECOND, data = "hs", reverse = "x1"),
    second_order_std = case(SECOND, data = "hs", std.lv = TRUE, reverse = c("x1", "x5")),
    # growth in three waves
    growth = case("i =~ 1*y1 + 1*y2 + 1*y3\ns =~ 0*y1 + 1*y2 + 2*y3\ny1 + y2 + y3 ~ 0*1\ni + s ~ 1"),
    growth_reversed = case("i =~ 1*y1 + 1*y2 + 1*y3\ns =~ 0*y1 + 1*y2 + 2*y3\ny1 + y2 + y3 ~ 0*1\ni + s ~ 1",
                           reverse = "y3"),
    # a marker that hardly has to do with the rest
    poor_marker = case("f =~ y30 + y1 + y2 + y3 + y4"),
    poor_reversed = case("f =~ y30 + y1 + y2 + y3 + y4", reverse = c("y30", "y2"))
  )
)
writeLines(toJSON(value, auto_unbox = TRUE, digits = 12, pretty = 2, null = "null"), file.path(here, "starts.json"))
