"""The retraining policy as a pure function of drift reports and time."""
