#!/bin/sh
# Starts `undertone` in the image, with the loops that program.sh compiled: to compile them takes half a minute of processor time,
# which each pod would spend at each start, as its cache is empty.
#
# Numba uses what was compiled before where source, processor and its features are those that it was compiled for, and where it
# could write into the cache as well. So the image has them for a level of x86-64, not for the builder's processor; the level is
# named here where this machine has it; and the cache is a copy under /tmp, this container's own. Elsewhere, or where
# NUMBA_CPU_NAME is set, Numba compiles: code for the exact processor scored 15 to 20 % faster on one that has AVX-512.
set -eu
home=$(dirname "$(dirname "$(readlink -f "$0")")")
flags=" $(sed -n '/^flags/{s/^[^:]*://p;q}' /proc/cpuinfo) "

has() {
    for flag; do
        case $flags in *" $flag "*) ;; *) return 1 ;; esac
    done
}

if [ -d "$home/numba" ] && [ -z "${NUMBA_CPU_NAME:-}" ] && has avx avx2 bmi1 bmi2 f16c fma abm movbe; then
    export NUMBA_CPU_NAME=x86-64-v3 NUMBA_CPU_FEATURES=
    mkdir -p "$NUMBA_CACHE_DIR"
    cp -R "$home/numba/." "$NUMBA_CACHE_DIR"
fi
exec "$home/bin/undertone" "$@"
