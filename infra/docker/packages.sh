#!/bin/sh
# Installs what Undertone needs into an environment: packages.sh /opt/undertone cpu|gpu. Works on the folder it is called in, which
# has pyproject.toml and constraints.txt.
set -eu
home=$1
case $2 in
cpu)
    # TensorFlow comes as a package without GPU code, which has another name than the one that pyproject.toml asks for.
    echo 'tensorflow ; sys_platform == "never"' >overrides.txt
    set -- --override overrides.txt tensorflow-cpu
    ;;
gpu) set -- --extra gpu ;;
esac
uv pip install --python "$home" --constraint constraints.txt --requirement pyproject.toml "$@"
"$home/bin/python" "$(dirname "$0")/slim.py" "$home"
