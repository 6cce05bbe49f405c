"""Model registry (MLflow) and the references by which models are named."""
