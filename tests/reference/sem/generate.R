# Frozen results of lavaan for the engine's tests: one JSON file a case.
#
#   Rscript generate.R OUT [NAME ...]
#
# writes OUT/NAME.json for every case below, or for those named. lavaan >= 0.6-14 and
# jsonlite are needed; the optimiser runs far tighter than by default (see fitted()), so
# that the frozen digits are the minimum's and not those of a stopping rule.
#
# A case says: which model, which data, which arguments, spelt as the engine spells them
# (group_equal for group.equal). Four keys prepare the input, in the test as here:
#   reverse: columns that are multiplied by -1
#   holes:   columns in which answers are missing: in the j-th, that of row i where i + 7 j
#            is a multiple of 17
#   input:   "cov" or "cov_means": moments (divided by n - 1) in place of the data,
#            for each group where `by` names the grouping column.

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
if (!length(here) || here == "") here <- "."
read <- function(name) read.csv(file.path(here, paste0(name, ".csv")))
DATA <- list(hs = read("hs"), pd = read("pd"), sim = read("sim"))

# Models ---------------------------------------------------------------------------

HS <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
"
PD_CORRELATED <- "y1 ~~ y5
y2 ~~ y4
y2 ~~ y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
"
PD_MEASURED <- "ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
"
PD <- paste0(PD_MEASURED, "dem60 ~ ind60
dem65 ~ ind60 + dem60
", PD_CORRELATED)
PD_INDIRECT <- paste0(PD_MEASURED, "dem60 ~ a*ind60
dem65 ~ cp*ind60 + b*dem60
", PD_CORRELATED, "ind := a*b
tot := cp + a*b
")
PD_EQUAL <- paste0("ind60 =~ x1 + x2 + x3
dem60 =~ y1 + a*y2 + b*y3 + c*y4
dem65 =~ y5 + a*y6 + b*y7 + c*y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
", PD_CORRELATED)
SIM_MEASURED <- "f1 =~ y1 + y2 + y3 + y4
f2 =~ y5 + y6 + y7 + y8
f3 =~ y9 + y10 + y11 + y12
f4 =~ y13 + y14 + y15 + y16
f5 =~ y17 + y18 + y19 + y20
f6 =~ y21 + y22 + y23 + y24
f7 =~ y25 + y26 + y27
f8 =~ y28 + y29 + y30
"
SIM <- paste0(SIM_MEASURED, "f4 ~ a41*f1 + f2
f5 ~ f2 + f3
f6 ~ f1 + f3 + a64*f4
f7 ~ a74*f4 + f5 + f1
f8 ~ b86*f6 + b87*f7 + f5
")
SIM_DEFINED <- paste0(SIM, "i1 := a41*a74*b87
i2 := a41*a64*b86
itot := a41*a74*b87 + a41*a64*b86
")
THREE <- "f1 =~ y1 + y2 + y3 + y4
f2 =~ y5 + y6 + y7 + y8
f3 =~ y9 + y10 + y11 + y12
f3 ~ f1 + f2
"
MIMIC <- paste0(HS, "visual + textual ~ ageyr + sex
speed ~ ageyr + visual
")
PATH <- "x4 ~ a*x1 + x2
x9 ~ b*x4 + c*x1
ab := a*b
total := c + ab
share := ab / total
curved := exp(a) * sqrt(b^2) - log(2)
"

HS_LABELS <- "visual =~ x1 + a*x2 + b*x3
textual =~ x4 + c*x5 + d*x6
speed =~ x7 + x8 + x9
"
GROUPS_NONLINEAR <- "visual =~ x1 + c(a1, a2)*x2 + c(b1, b2)*x3
textual =~ x4 + x5 + x6
textual ~ c(p1, p2)*visual
a1*b1 == a2*b2
p1 == p2^2
gap := p2 - p1
"
THREE_LABELS <- "f1 =~ y1 + y2 + y3 + y4
f2 =~ y5 + y6 + y7 + y8
f3 =~ y9 + y10 + y11 + y12
f3 ~ a*f1 + b*f2
ab := a*b
"

# Cases ----------------------------------------------------------------------------

case <- function(model, data, ..., reverse = NULL, input = "raw", by = NULL, holes = NULL) {
  list(model = model, data = data, arguments = list(...), reverse = reverse, input = input, by = by,
       holes = holes)
}
metric <- list("loadings")
scalar <- list("loadings", "intercepts")
strict <- list("loadings", "intercepts", "residuals")
everything <- list("loadings", "intercepts", "residuals", "lv_variances", "lv_covariances",
                   "means", "regressions")

SIM_ITEMS <- as.list(paste0("y", 1:12))
ORDINAL_MIMIC <- paste0(THREE, "f1 + f2 ~ y20 + y21
f3 ~ y20
y3 ~ y21
")
HS_ITEMS <- as.list(paste0("x", 1:9))

CASES <- list(
  # frozen with lavaan 0.7-2 and its own stopping rule
  hs_ml = case(HS, "hs", model_type = "cfa"),
  hs_ml_means = case(HS, "hs", model_type = "cfa", meanstructure = TRUE),
  hs_conf = case(HS, "hs", model_type = "cfa", group = "school"),
  hs_metric = case(HS, "hs", model_type = "cfa", group = "school", group_equal = metric),
  hs_scalar = case(HS, "hs", model_type = "cfa", group = "school", group_equal = scalar),
  pd_ml = case(PD, "pd"),
  pd_ind = case(PD_INDIRECT, "pd"),
  pd_eq = case(PD_EQUAL, "pd"),
  sim_ml = case(SIM_DEFINED, "sim"),
  sim_ml_means = case(SIM_DEFINED, "sim", meanstructure = TRUE),
  sim_conf = case(SIM, "sim", group = "grp"),
  simcfa_conf = case(SIM_MEASURED, "sim", model_type = "cfa", group = "grp"),
  simcfa_metric = case(SIM_MEASURED, "sim", model_type = "cfa", group = "grp", group_equal = metric),
  simcfa_scalar = case(SIM_MEASURED, "sim", model_type = "cfa", group = "grp", group_equal = scalar),
  # the same, tight: there the default stopping rule is coarser than the tests
  pd_eq_tight = case(PD_EQUAL, "pd"),
  simcfa_conf_tight = case(SIM_MEASURED, "sim", model_type = "cfa", group = "grp"),
  simcfa_scalar_tight = case(SIM_MEASURED, "sim", model_type = "cfa", group = "grp", group_equal = scalar),

  # moments in place of data, and the Wishart likelihood
  cov = case(HS, "hs", input = "cov"),
  cov_means = case(HS, "hs", input = "cov_means", meanstructure = TRUE),
  cov_groups = case(HS, "hs", input = "cov_means", by = "school", group_equal = scalar),
  cov_covariates = case(MIMIC, "hs", input = "cov_means", meanstructure = TRUE),
  wishart = case(HS, "hs", likelihood = "wishart"),
  wishart_cov = case(HS, "hs", input = "cov", likelihood = "wishart"),
  wishart_groups = case(HS, "hs", group = "school", group_equal = metric, likelihood = "wishart"),
  wishart_covariates = case(MIMIC, "hs", likelihood = "wishart"),

  # the scale of the latent variables
  std_lv = case(HS, "hs", std_lv = TRUE),
  std_lv_structural = case(PD, "pd", std_lv = TRUE),
  std_lv_groups = case(HS, "hs", std_lv = TRUE, group = "school"),
  std_lv_metric = case(HS, "hs", std_lv = TRUE, group = "school", group_equal = metric),
  std_lv_scalar = case(HS, "hs", std_lv = TRUE, group = "school", group_equal = scalar),
  free_marker = case("visual =~ NA*x1 + x2 + 1*x3
    textual =~ NA*x4 + x5 + x6
    textual ~~ 1*textual
    speed =~ 0.5?x7 + x8 + start(1.2)*x9", "hs"),

  # observed covariates
  mimic = case(MIMIC, "hs"),
  mimic_random = case(MIMIC, "hs", fixed_x = FALSE),
  mimic_means = case(MIMIC, "hs", meanstructure = TRUE),
  mimic_means_random = case(MIMIC, "hs", meanstructure = TRUE, fixed_x = FALSE),
  mimic_groups = case(MIMIC, "hs", group = "school", group_equal = list("loadings", "regressions")),
  mimic_groups_random = case(MIMIC, "hs", group = "school", group_equal = strict, fixed_x = FALSE),
  mimic_one_stated = case(paste0(HS, "visual ~ ageyr + sex
    ageyr ~~ ageyr"), "hs", meanstructure = TRUE),

  # observed variables only
  path = case(PATH, "hs"),
  path_random = case(PATH, "hs", fixed_x = FALSE, meanstructure = TRUE),
  path_saturated = case("x4 ~ x1 + x2
    x9 ~ x4 + x1 + x2", "hs"),
  path_loop = case("x4 ~ x5 + x1
    x5 ~ x4 + x2", "hs"),
  correlations = case("x1 ~~ x2 + x3
    x2 ~~ 0*x3
    x3 ~ 1", "hs"),

  # reverse-keyed items
  reversed = case(HS, "hs", reverse = list("x2", "x5")),
  reversed_marker = case(HS, "hs", reverse = list("x1", "x4", "x8")),
  reversed_structural = case(PD, "pd", reverse = list("x1", "y2", "y5")),
  reversed_groups = case(THREE, "sim", group = "grp", group_equal = scalar, reverse = list("y1", "y6")),

  # constraints
  linear = case("visual =~ x1 + a*x2 + b*x3
    textual =~ x4 + c*x5 + d*x6
    speed =~ x7 + x8 + x9
    a == 2*b
    c + d == 2.1
    difference := c - d", "hs"),
  linear_argument = case("visual =~ x1 + a*x2 + b*x3
    textual =~ x4 + c*x5 + d*x6", "hs", constraints = "b == 0.5 + a/3; c == d"),
  linear_groups = case("visual =~ x1 + c(a1, a2)*x2 + x3
    textual =~ x4 + x5 + x6
    textual ~ c(b1, b2)*visual
    a1 == a2
    b2 == 2*b1
    gap := b2 - b1", "hs", group = "school"),
  labels_groups = case("visual =~ x1 + c(a, a)*x2 + c(0.7, NA)*x3
    textual =~ x4 + c(p, q)*x5 + x6
    textual ~ c(b1, b2)*visual
    visual ~~ v*visual
    gap := b2 - b1", "hs", group = "school", group_equal = metric),
  tau_equivalent = case("visual =~ a*x1 + a*x2 + x3
    textual =~ NA*x4 + b*x4 + b*x5 + b*x6
    textual ~~ 1*textual
    speed =~ x7 + x8 + equal(\"speed=~x8\")*x9", "hs"),
  parallel = case("textual =~ x4 + x5 + x6
    x4 ~~ e*x4
    x5 ~~ e*x5
    x6 ~~ e*x6", "hs"),

  # groups
  partial = case(THREE, "sim", group = "grp", group_equal = scalar,
                 group_partial = list("f1=~y2", "y3~1", "f2=~y8", "y8~1")),
  strict_regressions = case(THREE, "sim", group = "grp",
                            group_equal = list("loadings", "intercepts", "residuals", "regressions")),
  everything_equal = case(THREE, "sim", group = "grp", group_equal = everything),
  no_means = case(HS, "hs", group = "school", group_equal = metric, meanstructure = FALSE),
  group_order = case(HS, "hs", group = "school", group_order = list("Grant-White", "Pasteur"),
                     group_equal = scalar),
  two_of_three = case(THREE, "sim", group = "grp", group_order = list("C", "A"), group_equal = metric),

  # intercepts and means
  intercepts = case(paste0(HS, "x1 ~ 0*1
    x4 ~ 0*1
    x7 ~ 5*1
    visual + textual ~ 1
    speed ~ NA*1"), "hs"),
  intercepts_groups = case(paste0(HS, "x1 ~ c(0, 0)*1
    visual ~ c(m1, m2)*1
    rise := m2 - m1"), "hs", group = "school"),

  # kinds of latent variables
  single = case("visual =~ x1 + x2 + x3
    quick =~ x9
    x9 ~~ 0.3*x9
    quick ~ visual", "hs"),
  single_exact = case("visual =~ x1 + x2 + x3
    quick =~ x9
    quick ~ visual
    visual ~ age
    age =~ ageyr", "hs"),
  second_order = case(paste0(HS, "g =~ visual + textual + speed"), "hs"),
  second_order_groups = case(paste0(HS, "g =~ visual + textual + speed"), "hs", group = "school",
                             group_equal = metric),
  second_order_std_lv = case(paste0(HS, "g =~ visual + textual + speed
    g ~ ageyr"), "hs", std_lv = TRUE),
  cross_loading = case("visual =~ x1 + x2 + x3 + x9
    textual =~ x4 + x5 + x6
    speed =~ x7 + x8 + x9
    visual ~~ 0*textual", "hs"),
  residuals = case(paste0(HS, "x7 ~~ x8
    x4 ~~ x9 + 0.05*x2
    sex ~~ visual
    x3 ~~ ageyr"), "hs"),
  bifactor = case("g =~ x1 + x2 + x3 + x4 + x5 + x6
    s =~ x4 + b*x5 + b*x6
    g ~~ 0*s", "hs"),
  indicator_effect = case(paste0(HS, "x3 ~ sex + textual
    speed ~ x1"), "hs"),
  heywood = case("f =~ x1 + x2 + x7 + x8", "hs"),

  # data that are not normal, clusters and weights
  mlr = case(HS, "hs", estimator = "MLR"),
  mlr_means = case(HS, "hs", estimator = "MLR", meanstructure = TRUE),
  mlr_equal = case(PD_EQUAL, "pd", estimator = "MLR"),
  mlr_indirect = case(PD_INDIRECT, "pd", estimator = "MLR"),
  mlr_groups = case(HS, "hs", estimator = "MLR", group = "school", group_equal = scalar),
  mlr_covariates = case(MIMIC, "hs", estimator = "MLR"),
  mlr_covariates_groups = case(MIMIC, "hs", estimator = "MLR", group = "school", group_equal = metric),
  mlr_random = case(MIMIC, "hs", estimator = "MLR", fixed_x = FALSE),
  mlm = case(HS, "hs", estimator = "MLM"),
  mlm_groups = case(HS, "hs", estimator = "MLM", group = "school", group_equal = scalar),
  mlm_covariates = case(MIMIC, "hs", estimator = "MLM", meanstructure = TRUE),
  mlm_structure = case(PD, "pd", estimator = "MLM"),
  mlmv = case(HS, "hs", estimator = "MLMV"),
  mlmv_groups = case(HS, "hs", estimator = "MLMV", group = "school", group_equal = metric),
  mlmvs_covariates = case(MIMIC, "hs", estimator = "MLMVS"),
  mlr_expected = case(HS, "hs", estimator = "MLR", information = "expected"),
  observed = case(PD, "pd", information = "observed"),
  observed_groups = case(HS, "hs", information = "observed", group = "school", group_equal = scalar),
  first_order = case(HS, "hs", estimator = "MLF"),
  cluster = case(THREE, "sim", estimator = "MLR", cluster = "clus"),
  cluster_moments = case(THREE, "sim", estimator = "MLM", cluster = "clus"),
  cluster_groups = case(THREE, "sim", estimator = "MLR", cluster = "clus", group = "grp", group_equal = scalar),
  cluster_moments_groups = case(THREE, "sim", estimator = "MLM", cluster = "clus", group = "grp", group_equal = metric),
  weights = case(THREE, "sim", weights = "wt"),
  weights_groups = case(THREE, "sim", weights = "wt", group = "grp", group_equal = metric),
  weights_cluster = case(THREE, "sim", weights = "wt", cluster = "clus"),
  weights_cluster_groups = case(THREE, "sim", weights = "wt", cluster = "clus", group = "grp", group_equal = metric),,
  # errors asked for by name bring their own information
  errors_robust = case(THREE, "sim", se = "robust"),
  errors_scores = case(THREE, "sim", se = "robust_huber_white"),
  errors_standard = case(HS, "hs", estimator = "MLR", se = "standard"),

  # missing answers
  fiml = case(HS, "hs", missing = "fiml", holes = HS_ITEMS),
  fiml_mlr = case(HS, "hs", missing = "fiml", estimator = "MLR", holes = HS_ITEMS),
  fiml_expected = case(HS, "hs", missing = "fiml", information = "expected", holes = HS_ITEMS),
  fiml_structure = case(PD_INDIRECT, "pd", missing = "fiml", holes = list("x2", "y1", "y3", "y6", "y8")),
  fiml_groups = case(HS, "hs", missing = "fiml", estimator = "MLR", group = "school", group_equal = scalar,
                     holes = HS_ITEMS),
  fiml_covariates = case(MIMIC, "hs", missing = "fiml", estimator = "MLR", holes = c(HS_ITEMS, "ageyr")),
  fiml_random = case(MIMIC, "hs", missing = "fiml", fixed_x = FALSE, holes = c(HS_ITEMS, "ageyr")),
  fiml_weights = case(THREE, "sim", missing = "fiml", weights = "wt", holes = list("y1", "y2", "y6", "y11")),
  fiml_cluster = case(THREE, "sim", missing = "fiml", estimator = "MLR", cluster = "clus",
                      holes = list("y1", "y2", "y6", "y11")),

  fiml_cluster_groups = case(THREE, "sim", missing = "fiml", estimator = "MLR", cluster = "clus", group = "grp",
                             group_equal = metric, holes = list("y1", "y2", "y6", "y11")),,
  fiml_robust = case(HS, "hs", missing = "fiml", se = "robust", holes = HS_ITEMS),

  # ordinal variables
  # more thresholds than variables
  ordinal_observed = case("y1 ~~ y2
    y2 ~~ y3
    y1 ~~ 0*y3", "sim", ordered = list("y1", "y2", "y3")),
  ordinal = case(THREE, "sim", ordered = SIM_ITEMS),
  ordinal_theta = case(THREE, "sim", ordered = SIM_ITEMS, parameterization = "theta"),
  ordinal_structure = case(SIM_DEFINED, "sim", ordered = as.list(paste0("y", 1:30))),
  ordinal_dwls = case(THREE, "sim", ordered = SIM_ITEMS, estimator = "DWLS"),
  ordinal_wls = case(THREE, "sim", ordered = SIM_ITEMS, estimator = "WLS"),
  ordinal_wlsm = case(THREE, "sim", ordered = SIM_ITEMS, estimator = "WLSM"),
  ordinal_wlsmvs = case(THREE, "sim", ordered = SIM_ITEMS, estimator = "WLSMVS"),
  ordinal_ulsmv = case(THREE, "sim", ordered = SIM_ITEMS, estimator = "ULSMV"),
  ordinal_std_lv = case(THREE, "sim", ordered = SIM_ITEMS, std_lv = TRUE),
  ordinal_groups = case(THREE, "sim", ordered = SIM_ITEMS, group = "grp"),
  ordinal_groups_theta = case(THREE, "sim", ordered = SIM_ITEMS, group = "grp", parameterization = "theta"),
  ordinal_metric = case(THREE, "sim", ordered = SIM_ITEMS, group = "grp", group_equal = list("thresholds", "loadings")),
  ordinal_metric_theta = case(THREE, "sim", ordered = SIM_ITEMS, group = "grp", parameterization = "theta",
                              group_equal = list("thresholds", "loadings")),
  ordinal_regressions = case(THREE, "sim", ordered = SIM_ITEMS, group = "grp",
                             group_equal = list("thresholds", "loadings", "regressions")),
  ordinal_mixed = case(THREE, "sim", ordered = as.list(paste0("y", c(1:4, 6, 7, 11)))),
  ordinal_mixed_theta = case(THREE, "sim", ordered = as.list(paste0("y", c(1:4, 6, 7, 11))), parameterization = "theta"),
  ordinal_mixed_groups = case(THREE, "sim", ordered = as.list(paste0("y", c(1:4, 6, 7, 11))), group = "grp",
                              group_equal = list("thresholds", "loadings")),
  ordinal_covariates = case(ORDINAL_MIMIC, "sim", ordered = SIM_ITEMS),
  ordinal_covariates_theta = case(ORDINAL_MIMIC, "sim", ordered = SIM_ITEMS, parameterization = "theta"),
  ordinal_joint = case(ORDINAL_MIMIC, "sim", ordered = SIM_ITEMS, conditional_x = FALSE),
  ordinal_outcome = case("y9 ~ y1 + b*y2 + y20
    y10 ~ c*y9 + y1
    indirect := b*c", "sim", ordered = list("y9", "y10")),
  ordinal_second_order = case(paste0(SIM_MEASURED, "g =~ f1 + f2 + f3 + f4
    f5 ~ g"), "sim", ordered = as.list(paste0("y", 1:30))),
  ordinal_pairwise = case(THREE, "sim", ordered = SIM_ITEMS, missing = "pairwise", holes = list("y1", "y2", "y6", "y11")),
  ordinal_listwise = case(THREE, "sim", ordered = SIM_ITEMS, holes = list("y1", "y2", "y6", "y11")),
  ordinal_equal = case("f1 =~ y1 + a*y2 + a*y3 + y4
    f2 =~ y5 + y6 + y7 + y8
    f2 ~ b*f1
    y1 ~~ y5
    twice := 2*b", "sim", ordered = as.list(paste0("y", 1:8))),
  ordinal_weights = case(THREE, "sim", ordered = SIM_ITEMS, weights = "wt"),
  continuous_wls = case("f1 =~ y1 + y2 + y3 + y4
    f2 =~ y5 + y6 + y7 + y8
    f2 ~ f1", "sim", estimator = "WLS", meanstructure = TRUE),
  continuous_wlsmv = case("f1 =~ y1 + y2 + y3 + y4
    f2 =~ y5 + y6 + y7 + y8
    f2 ~ f1", "sim", estimator = "WLSMV", meanstructure = TRUE),
  # without means, which is the default
  continuous_covariances_wls = case("f1 =~ y1 + y2 + y3 + y4
    f2 =~ y5 + y6 + y7 + y8
    f2 ~ f1 + y20", "sim", estimator = "WLS"),
  continuous_covariances_uls = case("f1 =~ y1 + y2 + y3 + y4
    f2 =~ y5 + y6 + y7 + y8
    f2 ~ f1 + y20", "sim", estimator = "ULSMV"),

  # nonlinear equality constraints
  nonlinear = case(paste0(HS_LABELS, "a*b == 0.5"), "hs"),
  nonlinear_square = case(paste0(PD_INDIRECT, "a == b^2"), "pd"),
  nonlinear_two = case(paste0(PD_INDIRECT, "exp(b) == a + cp
    a*cp == 1"), "pd", meanstructure = TRUE),
  nonlinear_linear = case(paste0(HS_LABELS, "a*b == 0.5
    c + d == 2.1"), "hs", information = "observed"),
  nonlinear_groups = case(GROUPS_NONLINEAR, "hs", group = "school"),
  nonlinear_groups_scalar = case("visual =~ x1 + x2 + x3
    textual =~ x4 + x5 + x6
    speed =~ x7 + x8 + x9
    textual ~ c(p1, p2)*visual
    speed ~ c(q1, q2)*textual
    p1*q1 == p2*q2", "hs", group = "school", group_equal = scalar, estimator = "MLR"),
  nonlinear_mlr = case(paste0(HS_LABELS, "a*b == 0.5"), "hs", estimator = "MLR"),
  nonlinear_mlm = case(paste0(HS_LABELS, "a*b == 0.5"), "hs", estimator = "MLM"),
  fiml_nonlinear = case(paste0(PD_INDIRECT, "a*b == 1"), "pd", missing = "fiml",
                        holes = list("x2", "y1", "y3", "y6", "y8")),
  fiml_nonlinear_groups = case(GROUPS_NONLINEAR, "hs", missing = "fiml", estimator = "MLR", group = "school",
                               holes = HS_ITEMS),
  ordinal_nonlinear = case(paste0(THREE_LABELS, "a*b == 0.1"), "sim", ordered = SIM_ITEMS),
  ordinal_nonlinear_groups = case("f1 =~ y1 + c(a1, a2, a3)*y2 + y3 + y4
    f2 =~ y5 + c(b1, b2, b3)*y6 + y7 + y8
    a1*b1 == a2*b2
    a3 == b3^2", "sim", ordered = as.list(paste0("y", 1:8)), group = "grp", parameterization = "theta"),
  continuous_wls_nonlinear = case("f1 =~ y1 + a*y2 + b*y3 + y4
    f2 =~ y5 + y6 + y7 + y8
    f2 ~ f1
    a*b == 1.2", "sim", estimator = "WLS", meanstructure = TRUE),

  # inequality constraints, most of them active
  inequality = case(paste0(PD_INDIRECT, "a > 1.6"), "pd"),
  inequality_inactive = case(paste0(PD_INDIRECT, "a > 1"), "pd"),
  inequality_several = case(paste0(PD_INDIRECT, "a > 1.6
    b < 0.8
    cp > 0
    tot < 3"), "pd"),
  inequality_linear = case(paste0(HS_LABELS, "a < b
    c + d == 2.1
    a + b > 1.5"), "hs"),
  inequality_product = case(paste0(PD_INDIRECT, "a*b < 1"), "pd"),
  inequality_nonlinear = case(paste0(PD_INDIRECT, "a*cp == 1
    b > 1"), "pd"),
  inequality_variance = case("f =~ x1 + x2 + x7 + x8
    x8 ~~ v*x8
    v > 0", "hs"),
  inequality_groups = case("visual =~ x1 + x2 + x3
    textual =~ x4 + x5 + x6
    textual ~ c(b1, b2)*visual
    b2 < b1
    b1 > 0", "hs", group = "school", group_equal = metric),
  inequality_mlr = case(paste0(PD_INDIRECT, "a > 1.6"), "pd", estimator = "MLR"),
  inequality_mlm = case(paste0(PD_INDIRECT, "a > 1.6"), "pd", estimator = "MLM"),
  inequality_mlmv = case(paste0(PD_INDIRECT, "a > 1.6"), "pd", estimator = "MLMV"),
  fiml_inequality = case(paste0(PD_INDIRECT, "a > 1.6"), "pd", missing = "fiml", estimator = "MLR",
                         holes = list("x2", "y1", "y3", "y6", "y8")),
  ordinal_inequality = case(paste0(THREE_LABELS, "a > b + 0.1"), "sim", ordered = SIM_ITEMS)
)

# From case to call -------------------------------------------------------------------

prepared <- function(case) {
  data <- DATA[[case$data]]
  for (name in unlist(case$reverse)) data[[name]] <- -data[[name]]
  holes <- unlist(case$holes)
  for (j in seq_along(holes)) data[[holes[j]]][(seq_len(nrow(data)) + 7 * j) %% 17 == 0] <- NA
  a <- lapply(case$arguments, function(x) if (is.list(x)) unlist(x) else x)
  type <- if (is.null(a$model_type)) "sem" else a$model_type
  a$model_type <- NULL
  if (!is.null(a$group_equal)) a$group_equal <- gsub("_", ".", a$group_equal)
  names(a) <- gsub("_", ".", names(a))
  names(a)[names(a) == "group.order"] <- "group.label"
  names(a)[names(a) == "weights"] <- "sampling.weights"
  if (!is.null(a$ordered) && is.null(a$estimator)) a$estimator <- "WLSMV"
  if (identical(a$missing, "fiml")) a$missing <- "ml"
  if (!is.null(a$se)) a$se <- gsub("_", ".", a$se)
  if (identical(a$information, "first_order")) a$information <- "first.order"
  if (case$input == "raw") {
    a$data <- data
  } else {
    parts <- if (is.null(case$by)) list(data) else split(data, factor(data[[case$by]], unique(data[[case$by]])))
    names <- lavNames(lavaanify(case$model, fixed.x = TRUE), "ov")
    cov <- lapply(parts, function(part) cov(part[, names]))
    mean <- lapply(parts, function(part) colMeans(part[, names]))
    n <- lapply(parts, nrow)
    one <- function(x) if (is.null(case$by)) x[[1]] else unname(x)
    a$sample.cov <- one(cov)
    a$sample.nobs <- if (is.null(case$by)) n[[1]] else unname(n)
    if (case$input == "cov_means") a$sample.mean <- one(mean)
  }
  list(type = type, arguments = c(list(model = case$model), a))
}

# lavaan's default optimiser, then BFGS from there while that makes the gradient smaller: the default stops at a relative change of 1e-10 in F, which leaves the
# estimates with four or five digits.
#
# lavaan has one optimiser for inequality and nonlinear constraints (an augmented Lagrangian);
# its own tolerances are tightened, and the gradient has to vanish along the constraints.
fitted <- function(case) {
  call <- prepared(case)
  if (grepl("^(nonlinear|inequality)", case$kind)) return(constrained(call))
  steepest <- function(fit) {
    g <- lavInspect(fit, "gradient")
    if (fit@Model@eq.constraints) g <- t(fit@Model@eq.constraints.K) %*% g
    max(abs(g))
  }
  again <- function(fit) {
    control <- list(reltol = 1e-16, maxit = 20000)
    table <- as.data.frame(parTable(fit)) # argument `start` would free the covariates
    free <- table$free > 0
    table$ustart[free] <- table$est[free]
    table$start <- table$est <- table$se <- NULL
    more <- list(optim.method = "BFGS", control = control)
    kept <- call$arguments[!names(call$arguments) %in% c("model", "constraints")]
    do.call(call$type, c(list(model = table), kept, more))
  }
  first <- fit <- do.call(call$type, call$arguments)
  for (round in 1:8) {
    next_fit <- again(fit)
    if (!isTRUE(lavInspect(next_fit, "converged")) || !isTRUE(steepest(next_fit) < steepest(fit))) break
    fit <- next_fit
  }
  fit@baseline <- first@baseline # it starts at its solution, where BFGS complains
  stopifnot(steepest(fit) < 1e-6)
  fit
}

constrained <- function(call) {
  control <- list(rel.tol = 1e-15, x.tol = 1e-14, abs.tol = 0, iter.max = 20000, eval.max = 40000,
                  control.outer = list(tol = 1e-10))
  fit <- do.call(call$type, c(call$arguments, list(control = control)))
  fit@baseline <- do.call(call$type, call$arguments)@baseline # as in fitted()
  J <- fit@Model@con.jac
  inactive <- attr(J, "inactive.idx")
  if (length(inactive)) J <- J[-inactive, , drop = FALSE]
  g <- lavInspect(fit, "gradient")
  if (nrow(J)) g <- qr.resid(qr(t(J)), g)
  cat("gradient along the constraints:", max(abs(g)), " active:", nrow(J), "\n")
  stopifnot(max(abs(g)) < 1e-5)
  fit
}

frozen <- function(case, fit) {
  pe <- as.data.frame(parameterEstimates(fit))
  # a parameter at its bound has a variance of 0, or -1e-20 by rounding: 0.7-2 gives 0
  held <- is.na(pe$se) & grepl("^inequality", case$kind)
  stopifnot(!any(held) || min(diag(vcov(fit))) > -1e-15)
  pe$se[held] <- 0
  pe$ci.lower[held] <- pe$ci.upper[held] <- pe$est[held]
  all <- as.data.frame(standardizedSolution(fit))
  lv <- as.data.frame(standardizedSolution(fit, type = "std.lv"))
  same <- function(x) identical(paste(x$lhs, x$op, x$rhs), paste(pe$lhs, pe$op, pe$rhs))
  stopifnot(same(all), same(lv))
  column <- function(x, empty) if (is.null(x)) rep(empty, nrow(pe)) else x
  found <- fitMeasures(fit)
  r2 <- lavInspect(fit, "r2")
  if (!is.list(r2)) r2 <- list(r2)
  list(
    lavaan = as.character(packageVersion("lavaan")), tight = TRUE,
    model = case$model, data = case$data, reverse = case$reverse, input = case$input, by = case$by,
    holes = case$holes,
    arguments = case$arguments,
    parameters = list(
      lhs = pe$lhs, op = pe$op, rhs = pe$rhs,
      group = as.integer(ifelse(pe$op == ":=", 0, column(pe$group, 1))),
      label = column(pe$label, ""), est = pe$est, se = pe$se
    ),
    intervals = if (nrow(pe) > 60) NULL else list(
      pvalue = pe$pvalue, ci_lower = pe$ci.lower, ci_upper = pe$ci.upper
    ),
    std_all = list(est = all$est.std, se = all$se),
    std_lv = list(est = lv$est.std, se = lv$se),
    r2 = unname(lapply(r2, as.list)),
    measures = as.list(signif(setNames(found, gsub(".", "_", names(found), fixed = TRUE)), 14))
  )
}

rounded <- function(x) {
  if ("npar" %in% names(x)) x else if (is.list(x)) lapply(x, rounded) else if (is.double(x)) signif(x, 10) else x
}

# One key a line, vectors on one line: readable, and small in a diff.
write_case <- function(value, path) {
  as_text <- function(x, single) {
    if (is.character(x) && length(x) == 1 && single) return(toJSON(x, auto_unbox = TRUE))
    toJSON(x, auto_unbox = single, digits = NA, na = "null", null = "null")
  }
  lines <- vapply(names(value), function(key) {
    part <- value[[key]]
    if (key %in% c("parameters", "intervals", "std_all", "std_lv")) {
      if (is.null(part)) return(sprintf("  \"%s\": null", key))
      inner <- vapply(names(part), function(k) sprintf("    \"%s\": %s", k, as_text(part[[k]], FALSE)), "")
      body <- sprintf("{\n%s\n  }", paste(inner, collapse = ",\n"))
    } else {
      body <- if (length(part) == 0) "null" else as_text(part, TRUE)
    }
    if (key == "arguments" && length(part) == 0) body <- "{}"
    sprintf("  \"%s\": %s", key, body)
  }, "")
  writeLines(sprintf("{\n%s\n}", paste(lines, collapse = ",\n")), path)
}

if (!interactive()) {
  arguments <- commandArgs(TRUE)
  out <- arguments[1]
  wanted <- if (length(arguments) > 1) arguments[-1] else names(CASES)
  for (name in wanted) {
    CASES[[name]]$kind <- sub("^(fiml|ordinal|continuous_wls)_", "", name)
    fit <- suppressWarnings(fitted(CASES[[name]]))
    value <- frozen(CASES[[name]], fit)
    write_case(rounded(value), file.path(out, paste0(name, ".json")))
    cat(sprintf("%-24s chisq %.4f df %d\n", name, value$measures$chisq, value$measures$df))
  }
}
