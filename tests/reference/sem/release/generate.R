# Joint score tests of releasing several equality constraints: lavTestScore(fit, release =)
# of lavaan 0.6-14. Run in this folder: Rscript generate.R
library(lavaan)
library(jsonlite)
hs <- read.csv("../hs.csv")
model <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
out <- list()
fit <- cfa(model, hs, group = "school", group.equal = c("loadings", "intercepts"))
all <- lavTestScore(fit)$uni
pick <- function(rows) as.list(lavTestScore(fit, release = rows)$test[1, c("X2", "df", "p.value")])
label <- partable(fit)
name <- function(plabel) {
  row <- label[match(plabel, label$plabel), ]
  paste0(row$lhs, row$op, row$rhs)
}
names_of <- name(all$lhs)
out$order <- names_of
out$sets <- list(
  x3 = pick(which(names_of %in% c("visual=~x3", "x3~1"))),
  visual = pick(which(names_of %in% c("visual=~x2", "visual=~x3"))),
  x7 = pick(which(names_of == "x7~1")))
write_json(out, "release.json", auto_unbox = TRUE, digits = 12, pretty = TRUE)
