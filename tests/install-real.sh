#!/bin/sh
# Install what is missing of the real programs that tests/{contract,faults,system} run against.
# With REQUIRE_REAL set, not having one of them is an error.
set -eu
PATH=$PATH:/usr/sbin:/usr/local/sbin

missing() {
    command -v mosquitto >/dev/null || echo mosquitto
    command -v mosquitto_sub >/dev/null || echo mosquitto-clients
    command -v influxd >/dev/null || echo influxdb
    command -v chromium >/dev/null || echo chromium
    command -v faketime >/dev/null || echo faketime
    # What drives Chromium (Playwright's own node) is linked to it; a bare Debian has none.
    if command -v apt-get >/dev/null && ! ldconfig -p | grep -q 'libatomic\.so\.1 '; then
        echo libatomic1
    fi
}

if [ -n "$(missing)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing" $(missing)
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true
    for package in $(missing); do
        apt-get install -qqy --no-install-recommends "$package" >/dev/null </dev/null || true
    done
fi

if [ -n "$(missing)" ]; then
    echo "Not tested here, not installed:" $(missing) >&2
    [ -z "${REQUIRE_REAL:-}" ]
fi
