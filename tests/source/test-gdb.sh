#!/bin/sh
# usage: test-gdb.sh BUILD
#
# The commands of app/gdb/wdfuse.gdb: wdf-request shows for each kind of request (gdb/requests.c
# makes them) where it is, whose it is and its state; wdf-queues shows the contents of queues. The
# library must have its debugging information.
set -eu
build=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

command -v gdb >/dev/null || { echo 'SKIP no gdb here' && exit 77; }
readelf -S "$build/src/libwdfuse.so" | grep -qF .debug_info || {
    echo 'SKIP built without debugging information'
    exit 77
}
# A sanitizer's functions are in the program, which is not linked here.
case $(nm -D --undefined-only "$build/src/libwdfuse.so") in
*__asan_* | *__tsan_* | *__ubsan_*)
    echo 'SKIP built with a sanitizer'
    exit 77
    ;;
esac

# shellcheck disable=SC2046 # options
cc -g $(PKG_CONFIG_PATH=$build/meson-uninstalled pkg-config --cflags wdfuse) -o "$work/requests" \
    "$top/tests/source/gdb/requests.c" "$build/src/libwdfuse.so"

cat >"$work/commands" <<'COMMANDS'
break look
run
wdf-request held
wdf-request given_up
wdf-request completed
wdf-request controlled
wdf-request queued
wdf-request created
wdf-queues
kill
COMMANDS
LD_LIBRARY_PATH=$build/src DEBUGINFOD_URLS='' timeout -k 5 120 gdb -q -batch -nx \
    -x "$top/app/gdb/wdfuse.gdb" -x "$work/commands" "$work/requests" >"$work/said" 2>&1 || {
    cat "$work/said"
    echo 'FAILED: gdb'
    exit 1
}

# Addresses and numbers of processes and threads differ each time.
sed -nE -e '/^(request |  |device )/!d' -e 's/0x[0-9a-f]{7,}/ADDRESS/g' \
    -e 's/(process|thread) [1-9][0-9]*/\1 N/' -e 's/ADDRESS <[^>]*>/PLACE/' -e p "$work/said" \
    >"$work/got"
cat >"$work/expected" <<'EXPECTED'
request ADDRESS: REQUEST_OWNED, WdfRequestTypeRead, of process N, 8 bytes
  queue ADDRESS, device ADDRESS
request ADDRESS: REQUEST_OWNED, WdfRequestTypeRead, of process N, 9 bytes
  queue ADDRESS, device ADDRESS
  its client has given it up
request ADDRESS: REQUEST_COMPLETED, WdfRequestTypeRead, of process N, 10 bytes
  queue ADDRESS, device ADDRESS
  completed by thread N at PLACE
request ADDRESS: REQUEST_OWNED, WdfRequestTypeDeviceControl, of process N, code 0x222000, 4 bytes in, 16 bytes out
  queue ADDRESS, device ADDRESS
request ADDRESS: REQUEST_QUEUED, WdfRequestTypeWrite, of process N, 5 bytes
  queue ADDRESS, device ADDRESS
request ADDRESS: REQUEST_NEW, WdfRequestTypeNoFormat, of process 0
  in no queue: made by its driver
device ADDRESS
  queue ADDRESS: WdfIoQueueDispatchParallel, 0 queued, 3 with the driver
    request ADDRESS: REQUEST_OWNED, WdfRequestTypeRead, of process N, 8 bytes
    request ADDRESS: REQUEST_OWNED, WdfRequestTypeRead, of process N, 9 bytes
    request ADDRESS: REQUEST_OWNED, WdfRequestTypeDeviceControl, of process N, code 0x222000, 4 bytes in, 16 bytes out
  queue ADDRESS: WdfIoQueueDispatchManual, 1 queued, 0 with the driver
    request ADDRESS: REQUEST_QUEUED, WdfRequestTypeWrite, of process N, 5 bytes
EXPECTED
diff "$work/expected" "$work/got" || {
    echo 'FAILED: see above (< expected, > what gdb said)'
    exit 1
}
