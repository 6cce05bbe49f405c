"""Contenders of the benchmark, one file each: what it does, and how its process is started."""
