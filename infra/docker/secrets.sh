#!/usr/bin/env bash
# Makes the secrets that docker-compose.yml asks for, each in a file of its own under secrets/; keeps those that are there.
# ALERT_WEBHOOK_URL: where Alertmanager tells people; it can be written into secrets/alert-webhook-url later as well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# The folder is for its owner alone; the files are read by the users that containers run as.
umask 022
mkdir -p secrets
chmod 700 secrets
cd secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { [[ -s $1 ]] || { printf '%s' "$2" >"$1" && echo "secrets/$1 made"; }; }

keep clickhouse-password "$(random)"
keep author-key "$(random)"
keep grafana-password "$(random)"
keep alert-webhook-url "${ALERT_WEBHOOK_URL:-http://127.0.0.1:9/nobody-is-told-yet}"
# These two follow from the password.
password=$(cat clickhouse-password)
printf 'http://undertone:%s@clickhouse:8123' "$password" >clickhouse-url
hash=$(printf '%s' "$password" | sha256sum | cut -d' ' -f1)
cat >clickhouse-users.xml <<XML
<clickhouse><users><undertone>
  <password_sha256_hex>$hash</password_sha256_hex>
  <networks><ip>::/0</ip></networks>
  <profile>default</profile>
  <quota>default</quota>
</undertone></users></clickhouse>
XML
