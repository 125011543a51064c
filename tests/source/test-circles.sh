#!/bin/sh
# Files that call each other in a circle are one thing in several pieces: a reader of one of them
# has to read all. So circles are small, and stay in one room (src/framework/README.md).
#
# usage: test-circles.sh LIBRARY...   (static libraries)
#
# Writes every circle, and the calls that make one go through several rooms.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(
    cd "$here/../../src"
    find port nt framework linuxfile inproc transport inf host -name '*.c' ! -path 'port/explore/*'
) | sort >"$work/sources"
nm -A -P -g "$@" >"$work/symbols"
awk -f "$here/circles.awk" "$work/sources" "$work/symbols" >"$work/circles"
cat "$work/circles"

# The maximal circles of a folder: files, and rooms. A single file is not a circle.
failures=0
while read -r folder files rooms; do
    grep -q "/${folder}_[^/]*\.c\.o" "$work/symbols" || {
        echo "FAILED: no object of $folder: this test does not see it"
        exit 1
    }
    awk -v folder="$folder" -v files_allowed="$files" -v rooms_allowed="$rooms" '
        index($0, " " folder "/") && $1 != "-" {
            files = $1 > files ? $1 : files
            rooms = $2 > rooms ? $2 : rooms
        }
        END {
            if (files <= files_allowed && rooms <= rooms_allowed)
                exit
            printf "FAILED: %s: a circle of %d files through %d rooms; at most %d and %d\n",
                   folder, files, rooms, files_allowed, rooms_allowed
            exit 1
        }' "$work/circles" || failures=$((failures + 1))
done <<LIMITS
port 2 1
nt 2 1
framework 26 1
linuxfile 2 1
inproc 1 1
transport 1 1
inf 1 1
host 1 1
LIMITS
[ "$failures" -eq 0 ]
