#!/bin/sh
# Installs what Undertone needs into an environment: packages.sh /opt/undertone EXTRA... Works on the folder it is called in, which
# has pyproject.toml and constraints.txt.
set -eu
home=$1
shift
extras=" $* "
for extra; do
    shift
    set -- "$@" --extra "$extra"
done
case $extras in
*" gpu "*) ;;
*" train "*)
    # TensorFlow comes as a package without GPU code, which has another name than the one that pyproject.toml asks for.
    echo 'tensorflow ; sys_platform == "never"' >overrides.txt
    set -- "$@" --override overrides.txt tensorflow-cpu
    ;;
esac
uv pip install --python "$home" --constraint constraints.txt --requirement pyproject.toml "$@"
"$home/bin/python" "$(dirname "$0")/slim.py" "$home"
