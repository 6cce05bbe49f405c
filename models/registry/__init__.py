"""The model registry (MLflow) and the names by which models are referred to."""
