"""Two-level models: random intercepts of continuous variables, members within clusters.

Source: McDonald and Goldstein (1989), Br. J. Math. Stat. Psychol. 42, 215; Rosseel (2021),
Psych 3, 197. A variable of members is the sum of a part between clusters and a part within
them, independent of each other; each part follows a structural equation model of its own.
"""
