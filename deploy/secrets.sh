#!/bin/sh
# Makes the secrets of deploy/compose.yaml in deploy/secrets (or the folder named), each once: what is
# there is left as it is. What only some sites use begins empty, which counts as not set.
set -eu
cd "${1:-$(dirname "$0")}"
umask 077
mkdir -p secrets
cd secrets

# Read in containers by users of their own; the folder lets nobody else in.
write() { [ -e "$1" ] || { printf '%s' "$2" >"$1" && chmod 444 "$1"; }; }
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

for name in secret_key scrape_token redis_password postgres_password; do
  write "$name" "$(random)"
done
write openid_client_secret ""
write stripe_key ""
write stripe_webhook_secret ""
write smtp_url ""
write webhook_secret ""
write cache_url "redis://:$(cat redis_password)@redis:6379/0"
write broker_url "redis://:$(cat redis_password)@redis:6379/1"
write database_url "postgresql://holdline:$(cat postgres_password)@postgres/holdline"
