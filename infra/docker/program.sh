#!/bin/sh
# Installs Undertone itself, whose sources are in the folder it is called in, into an environment that has what it needs:
# program.sh /opt/undertone
set -eu
home=$1
uv pip install --python "$home" --reinstall-package undertone --no-deps .
install -m 755 "$(dirname "$0")/start.sh" "$home/bin/undertone-start"
# See start.sh. On another kind of processor it would be compiled for the builder's alone; without Numba nothing is scored.
if [ "$(uname -m)" = x86_64 ] && "$home/bin/python" -I -c 'import numba' 2>/dev/null; then
    # -I: of the installed modules, not of those in this folder; the cache is by their place.
    NUMBA_CACHE_DIR=$home/numba NUMBA_CPU_NAME=x86-64-v3 NUMBA_CPU_FEATURES='' "$home/bin/python" -I -m models.precompile
    chmod -R go+rX "$home/numba"
fi
