#!/bin/sh
# A driver without a PnP device is served by the control device that it makes when it starts: the
# node and the link have the driver's names, and go with the daemon.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/control.sh"

start_devices control
expect_name "$control" wdfuse-control
expect_equal "mode of the node" 600 "$(stat -c %a "$control")"
if [ "$(id -u)" -eq 0 ]; then
    is_link_to "$links/wdfuse-control-link" "$control" || fail "no link to $control"
    expect_name "$links/wdfuse-control-link" wdfuse-control
fi
stop_echod
[ ! -L "$links/wdfuse-control-link" ] || fail "the link is left"
