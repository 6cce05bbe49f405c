#!/usr/bin/env bash
# Fetches the real servers that the tests run against (Apache Kafka, Debian's ClickHouse, Triton) into .cache/, once.
# Installs Java, Maven, WordNet, promtool, Alertmanager, Chromium and kcat where they are missing and may be installed; otherwise says so, and those tests are skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=.venv/bin/python
[[ -x $python ]] || python=${PYTHON:-python3}

as_root() { [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; }
quietly() { "$@" >/dev/null 2>&1; }

wanted=()
if [[ ! -f .cache/kafka/complete ]]; then quietly command -v mvn || wanted+=(maven); fi
quietly command -v java || wanted+=(openjdk-17-jre-headless)
[[ -d /usr/share/wordnet ]] || wanted+=(wordnet-base)
quietly command -v promtool || wanted+=(prometheus)
quietly command -v amtool || wanted+=(prometheus-alertmanager)
quietly command -v chromium || wanted+=(chromium)
quietly command -v chromedriver || wanted+=(chromium-driver)
quietly command -v kcat || wanted+=(kcat)
if as_root && { ((${#wanted[@]})) || [[ ! -f .cache/clickhouse-debian/complete ]]; }; then
  quietly apt-get update || echo "apt-get update failed; going on with the package lists there are"
fi
if ((${#wanted[@]})); then
  if as_root; then
    echo "installing ${wanted[*]}"
    # At run level 1 the services that some of them bring are not started.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive quietly apt-get install -y --no-install-recommends "${wanted[@]}" || echo "could not install them"
  else
    echo "missing ${wanted[*]}: install them to run the tests that need them"
  fi
fi
exec "$python" -m tests.servers
