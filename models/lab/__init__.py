"""The model lab: what is trained, how, and which settings are best. Only for training; no worker imports it."""
