"""Model lab: training recipes, cross-validation and hyperparameter search. No worker imports it."""
