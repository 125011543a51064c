#!/bin/sh
# Includes point one way (docs/architecture.md): each layer includes itself and what lies below it.
# Only the transports know the kernel's FUSE, nobody knows libfuse, and only the port layer knows
# pthread.
set -u
cd "$(dirname "$0")/../../src" || exit 1
failures=0

# forbid FOLDER PATTERN REASON: no source in the folder has an include that matches.
forbid() {
    found=$(grep -rnE "^#include $2" "$1" --include='*.[ch]') || return 0
    printf 'FAILED: %s: %s\n%s\n' "$1" "$3" "$found"
    failures=$((failures + 1))
}

own='"(port|nt|history|framework|linuxfile|inproc|transport|control|inf|mof|host|explore)/'
forbid port '"(nt|history|framework|linuxfile|transport|control|inf|host)/' \
    'port lies at the bottom'
forbid nt '"(history|framework|linuxfile|inproc|transport|control|inf|host)/' 'nt knows port alone'
forbid history '"(framework|linuxfile|inproc|transport|control|inf|host)/' \
    'histories know nt and port alone'
forbid framework '"(linuxfile|inproc|transport|control|inf|host)/' \
    'the framework knows nt and port alone'
forbid transport '"(control|inf|host)/' 'a transport knows neither INFs nor the host'
forbid control '"(linuxfile|inproc|transport|inf|host)/' \
    'what is shown and told is the framework alone'
forbid inf '"(port|nt|history|framework|inproc|transport|control|host)/' \
    'what reads INFs knows nothing of the rest'
forbid mof '"(port|nt|history|framework|linuxfile|inproc|transport|control|inf|host|explore)/' \
    'what reads MOFs knows nothing of the rest'
forbid linuxfile '"(inproc|transport|control|inf|host)/' \
    'files of Linux are a driver above the framework'
forbid inproc '"(transport|control|inf|host)/' \
    'the in-process transport shares nothing with those that go through the kernel'
for layer in port nt history framework linuxfile inproc transport control inf host; do
    forbid "$layer" '"explore/' 'nobody knows explorations'
done
forbid explore '"(linuxfile|transport|control|inf|host)/' \
    'explorations know the framework and its seams'
forbid include "$own" 'public headers do not reach into the inside'
for layer in port nt history framework linuxfile inproc control inf mof host explore include; do
    forbid "$layer" '<(linux/)?fuse' 'FUSE is known to the transports alone'
done
forbid transport '<fuse' 'the transports speak to the kernel themselves (transport/wire.h)'
for layer in nt history framework linuxfile inproc transport control inf mof host explore \
    include; do
    forbid "$layer" '<pthread' 'threads and locks come from port/thread.h'
done
# The transports see only the framework's seam; the in-process one also plays the host.
for file in transport/*.[ch]; do
    forbid "$file" '"framework/([^i]|i[^o]|io[^.])' 'transports know framework/io.h alone'
done
# So does the control socket; WMI has a header for consumers.
for file in control/*.[ch]; do
    forbid "$file" '"framework/([^ilw]|i[^n]|l[^i]|w[^m]|wmi/[^c])' \
        'the control socket knows framework/inspect.h, lifecycle.h and wmi/consumer.h alone'
done
# The rooms of the framework, lowest first (src/framework/README.md).
above=registry
for room in device wmi target io object; do
    forbid "framework/$room" "\"framework/($above)/" 'a room knows itself and those below it'
    above="$above|$room"
done
if grep -rnE '\bpthread_' nt history framework linuxfile inproc transport control inf host explore \
    include; then
    echo 'FAILED: pthread is called outside port'
    failures=$((failures + 1))
fi
[ "$failures" -eq 0 ]
