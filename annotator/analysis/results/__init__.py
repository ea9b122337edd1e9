"""Results of a study: accuracies, comparisons with baselines, and outcomes of cases. Reads only."""
