"""The synthetic demonstration survey: a population with a written-down truth, and draws from it."""
