#!/bin/sh
# Removes from an environment what only people who build or test those packages need: half a gigabyte.
set -eu
packages=$(echo "$1"/lib/python3.*/site-packages)
rm -rf "$packages"/tensorflow/include
find "$packages" -type d -name tests -prune -exec rm -rf {} +
