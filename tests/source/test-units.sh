#!/bin/sh
# usage: test-units.sh BUILD
#
# systemd accepts the systemd units, they start the installed programs, and they confine them: an
# exposure below 3.0 by systemd-analyze. systemd-sysusers creates the user that they name, with a
# group of its own.
set -eu
build=$1
top=$(cd "$(dirname "$0")/../.." && pwd)
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

mkdir -p "$work/root/etc"
systemd-sysusers --root="$work/root" "$top/systemd/sysusers.conf" >"$work/said" 2>&1 || {
    echo "FAILED: systemd-sysusers: $(cat "$work/said")"
    exit 1
}

# If nothing is installed, the programs are those of the build.
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
    user=$(sed -n 's/^ExecStart=.* --user=\([^ ]*\) .*/\1/p' "$work/$named")
    for file in passwd group; do
        grep -q "^$user:" "$work/root/etc/$file" || {
            echo "FAILED: $unit: systemd/sysusers.conf makes no '$user' in /etc/$file"
            exit 1
        }
    done
    analyze security --offline=true --threshold=29 "$work/$named"
done
