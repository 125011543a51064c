#!/bin/sh
# While every worker is stuck in a callback, the kernel's reads for the page cache of a file in a
# mount are still refused at once: they wait for no worker, and nobody waits for a page lock.
. "$(dirname "$0")/wdfhost.sh"

requires fuse
page_cache_client=$build/tests/shell/page-cache-client

start_stuck_reader() { # its standard input is the device
    start_client sh -c 'read -r line'
    expect_waiting "$client"
}

start_driver stuck --workers=2
exec 3<>"$device"
exec 4<"$device"
exec 5<"$device"
printf x >&3
start_stuck_reader <&4
start_stuck_reader <&5
start_client "$page_cache_client" - readahead <&3
expect_end "$client"
expect_equal "status of readahead" 0 "$client_status"
# Its request corrects the size, and so takes the lock of each page.
start_client stat "$device" >"$work/stat"
expect_end "$client"
expect_equal "status of stat" 0 "$client_status"
