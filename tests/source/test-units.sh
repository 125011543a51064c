#!/bin/sh
# usage: test-units.sh BUILD
#
# The systemd units are understood by systemd, start the programs that are installed, and confine
# them: an exposure below 3.0, as systemd-analyze counts it.
set -eu
build=$1
command -v systemd-analyze >/dev/null || { echo 'SKIP there is no systemd-analyze'; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

analyze() { # COMMAND ARGUMENT...
    systemd-analyze "$@" >"$work/said" 2>&1 || {
        echo "FAILED: systemd-analyze $*"
        cat "$work/said"
        exit 1
    }
}

# Where nothing is installed, the programs are those of the build.
for unit in echod.service wdfhost@.service; do
    named=$(echo "$unit" | sed 's/@/@serial/')
    sed "s|^ExecStart=[^ ]*/|ExecStart=$build/app/|; /^Documentation=/d" \
        "$build/systemd/$unit" >"$work/$named"
    grep -q "^ExecStart=$build/app/" "$work/$named" || {
        echo "FAILED: $unit starts nothing"
        exit 1
    }
    analyze verify "$work/$named"
    [ ! -s "$work/said" ] || {
        echo "FAILED: $unit:"
        cat "$work/said"
        exit 1
    }
    analyze security --offline=true --threshold=29 "$work/$named"
done
