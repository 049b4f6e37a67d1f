# Frozen results of lavaan and psych for the tests of common method:
#
#   Rscript generate_method.R
#
# writes method.json beside this file. The leadership study has no marker; its scale HOSTILE plays one.

suppressMessages({
  library(lavaan)
  library(psych)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
data <- read.csv(file.path(here, "../../../examples/leadership/data/raw/lq2002.csv"))
LEAD <- sprintf("LEAD%02d", 1:11)
TSIG <- sprintf("TSIG%02d", 1:3)
MARK <- sprintf("HOSTIL%02d", 1:5)
ITEMS <- c(LEAD, TSIG)
TURNED <- c("LEAD02", "LEAD05", "TSIG02")
data <- data[c(ITEMS, MARK)]

line <- function(name, terms) paste0(name, " =~ ", paste(terms, collapse = " + "), "\n")
SUBSTANCE <- paste0(line("LEAD", c(paste0("NA*", LEAD[1]), LEAD[-1])), "LEAD ~~ 1*LEAD\n",
                    line("TSIG", c(paste0("NA*", TSIG[1]), TSIG[-1])), "TSIG ~~ 1*TSIG\n")
ORTHOGONAL <- function(name) paste0(name, " ~~ 0*LEAD + 0*TSIG\n")

# BFGS with tight rules from lavaan's own solution (see generate.R).
tight <- function(model) {
  first <- lavaan::cfa(model, data)
  fit <- lavaan::cfa(model, data, start = first, optim.method = "BFGS", baseline = FALSE,
                     control = list(reltol = 1e-16, maxit = 20000))
  stopifnot(lavInspect(fit, "converged"))
  fit
}

# Shares of a method factor, from the standardised solution.
said <- function(fit, method) {
  s <- standardizedSolution(fit)
  loading <- function(f, items) s$est.std[match(paste(f, items), paste(s$lhs, s$rhs))]
  theta <- function(items) s$est.std[match(paste(items, items), paste(s$lhs, s$rhs))]
  parts <- function(f, items) {
    l <- sum(loading(f, items))^2
    m <- sum(loading(method, items))^2
    total <- l + m + sum(theta(items))
    list(share = mean(loading(method, items)^2), substance = l / total, method = m / total)
  }
  list(chisq = fitMeasures(fit, "chisq")[[1]], df = fitMeasures(fit, "df")[[1]],
       correlation = loading("LEAD", "TSIG"),
       share = mean(loading(method, ITEMS)^2), LEAD = parts("LEAD", LEAD), TSIG = parts("TSIG", TSIG))
}

plain <- tight(SUBSTANCE)
unmeasured <- function(sign) {
  tight(paste0(SUBSTANCE, line("method", paste0(sign, "*", ITEMS)), ORTHOGONAL("method")))
}
ulmc <- unmeasured(rep(1, length(ITEMS)))
keyed <- unmeasured(ifelse(ITEMS %in% TURNED, -1, 1))

cfa <- tight(paste0(SUBSTANCE, line("MARK", c(paste0("NA*", MARK[1]), MARK[-1])), "MARK ~~ 1*MARK\n"))
est <- parameterEstimates(cfa)
value <- function(lhs, op, rhs) sprintf("%.17g", est$est[est$lhs == lhs & est$op == op & est$rhs == rhs])
held <- sapply(MARK, function(i) paste0(value("MARK", "=~", i), "*", i))
residuals <- paste0(sapply(MARK, function(i) paste0(i, " ~~ ", value(i, "~~", i), "*", i)), collapse = "\n")
marked <- function(terms, substance = SUBSTANCE) {
  tight(paste0(substance, line("MARK", c(held, terms)), "MARK ~~ 1*MARK\n", ORTHOGONAL("MARK"), residuals, "\n"))
}
baseline <- marked(character())
method_c <- marked(paste0("m*", ITEMS))
method_u <- marked(paste0("NA*", ITEMS))
r <- standardizedSolution(baseline)
r <- r$est.std[r$lhs == "LEAD" & r$op == "~~" & r$rhs == "TSIG"]
method_r <- marked(paste0("NA*", ITEMS), paste0(SUBSTANCE, sprintf("LEAD ~~ %.17g*TSIG\n", r)))
measures <- function(fit) list(chisq = fitMeasures(fit, "chisq")[[1]], df = fitMeasures(fit, "df")[[1]])
R <- cor(data[ITEMS])

write_json(
  list(
    lavaan = as.character(packageVersion("lavaan")), psych = as.character(packageVersion("psych")),
    turned = TURNED,
    harman = list(
      component = principal(R, 1, rotate = "none")$values[1] / length(ITEMS),
      axis = sum(fa(R, 1, n.obs = nrow(data), fm = "pa", min.err = 1e-13, max.iter = 20000)$communality) / length(ITEMS)
    ),
    plain = measures(plain),
    ulmc = c(said(ulmc, "method"), list(variance = coef(ulmc)[["method~~method"]])),
    ulmc_keyed = c(said(keyed, "method"), list(variance = coef(keyed)[["method~~method"]])),
    cfa = measures(cfa), baseline = measures(baseline), method_c = said(method_c, "MARK"),
    method_u = said(method_u, "MARK"), method_r = measures(method_r)
  ),
  file.path(here, "method.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE
)
