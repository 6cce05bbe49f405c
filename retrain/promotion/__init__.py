"""Promotion: a registered challenger becomes a shadow, a canary that grows, champion; or is withdrawn, or rolled back."""
