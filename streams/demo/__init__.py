"""Demo: real reviews through a local stack, and checks of everything that comes out."""
