# Writes raw/lq2002.csv from data(lq2002) of the R package multilevel (Debian: r-cran-multilevel).
library(multilevel)
data(lq2002)
write.csv(lq2002, "raw/lq2002.csv", row.names = FALSE, quote = FALSE)
