"""The demo: real reviews through a local stack, and a look at everything that came out of it."""
