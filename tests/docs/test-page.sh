#!/bin/sh
# usage: test-page.sh BUILD PAGE
#
# What a page shows is true. Its fenced blocks:
#
#   ```c NAME       a whole file: compiled, and kept for the commands that follow. A file of the
#                   tree (hello.c) must be equal.
#   ```c            a fragment: compiled in its context (fragment.h), as a function's body unless it
#                   contains a function
#   ```console      `$ COMMAND` is run, in one shell for the page; the lines after it are its
#                   expected output (`...` in a line: anything)
#   ```json NAME    and other kinds with a name: kept for the commands
#   ```text         ignored, like a block below <!-- not run: REASON -->. A block below <!-- needs:
#                   PROGRAM --> is run if that program exists.
#
# wdfhost and the other programs are those of BUILD. /tmp/devices is the test's own folder; so is
# /run/wdfuse unless root runs it, and so is the current one, in which build, app, tests, docs and
# src lead to the tree, and which has some drivers.
set -eu

build=$(cd "$1" && pwd)
page=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/docs
work=$(mktemp -d "${TMPDIR:-/tmp}/wdfuse-page.XXXXXX")
patience=${WDFUSE_PATIENCE:-1}
# The folder of sockets and rings.
[ "$(id -u)" -eq 0 ] && runtime=/run/wdfuse || runtime=$work/wdfuse
shell=
number=0
skipped=

# Processes that the page has started and not ended.
left_over() {
    grep -lzx "WDFUSE_PAGE=$work" /proc/[0-9]*/environ 2>/dev/null |
        sed 's|/proc/\([0-9]*\)/environ|\1|'
}

nothing_is_left() {
    [ -z "$(left_over)" ]
}

clean_up() {
    ! grep -qF " $work/devices " /proc/self/mounts || fusermount3 -uz "$work/devices"
    for process in $(left_over); do
        kill -KILL "$process" 2>/dev/null || true
    done
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM

fail() { # LINE TEXT
    echo "FAILED: $page:$1: $2"
    exit 1
}

# ---- code ----

compile() { # LINE FILE OPTION...
    line=$1
    shift
    # shellcheck disable=SC2086 # a list
    gcc $flags -Wall -Wextra -Wno-unused-parameter -Werror -fsyntax-only "$@" 2>"$work/said" ||
        fail "$line" "it does not compile: $(cat "$work/said")"
}

compile_fragment() { # LINE FILE
    {
        echo '#include "fragment.h"'
        grep -qx '{' "$2" || printf 'static NTSTATUS Fragment(FRAGMENT_PARAMETERS)\n{\n'
        cat "$2"
        grep -qx '{' "$2" || printf 'return status;\n}\n'
    } >"$work/fragment.c"
    compile "$1" "$work/fragment.c" -I"$here" -Wno-unused -Wno-maybe-uninitialized
}

compile_file() { # LINE FILE
    compile "$1" "$2"
    name=${2##*/}
    for same in "$top"/app/*/"$name"; do
        [ "$name" = main.c ] || [ ! -e "$same" ] || diff "$same" "$2" >"$work/said" ||
            fail "$1" "it differs from $same: $(cat "$work/said")"
    done
}

# ---- commands ----

# One shell for the page.
start_shell() {
    mkfifo "$work/commands"
    : >"$work/output"
    (
        cd "$work/here"
        # Sanitizers and Valgrind treat memory in their own way.
        unset MALLOC_PERTURB_
        PATH=$work/bin:$PATH LD_LIBRARY_PATH=$build/src LC_ALL=C WDFUSE_PAGE=$work \
            XDG_RUNTIME_DIR=$work WDFUSE_BUILD=$build exec sh <"$work/commands" >"$work/output" 2>&1
    ) &
    shell=$!
    exec 9>"$work/commands"
}

until_deadline() { # COMMAND...
    deadline=$(($(date +%s) + 20 * patience))
    until "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

is_done() {
    [ -e "$work/done.$number" ]
}

# Whether the output since `offset` is the page's, line by line.
output_is_expected() { # FILE
    # A daemon that starts also says after which other tests it has cleaned up.
    tail -c +$((offset + 1)) "$work/output" | sed '/, whose daemon is gone$/d' >"$work/got"
    [ "$(wc -l <"$work/got")" -eq "$(wc -l <"$1")" ] || return 1
    exec 5<"$1" 6<"$work/got"
    while IFS= read -r said <&5; do
        IFS= read -r got <&6
        pattern=$(printf '%s\n' "$said" | sed 's/[][*?\\]/\\&/g; s/\.\.\./*/g')
        # shellcheck disable=SC2254 # it is a pattern
        case $got in
        $pattern) ;;
        *) return 1 ;;
        esac
    done
}

run_command() { # LINE COMMAND-FILE OUTPUT-FILE
    number=$((number + 1))
    offset=$(wc -c <"$work/output")
    {
        sed "s|/tmp/devices|$work/devices|g; s|/run/wdfuse|$runtime|g" "$2"
        echo ": >'$work/done.$number'"
    } >&9
    sed "s|/tmp/devices|$work/devices|g" "$3" >"$work/said"
    until_deadline is_done || fail "$1" "it does not end: $(cat "$2")"
    until_deadline output_is_expected "$work/said" ||
        fail "$1" "$(cat "$2") does not print '$(cat "$3")', but '$(cat "$work/got")'"
}

run_block() { # LINE FILE
    [ -n "$shell" ] || start_shell
    for step in $(seq -f %03g "$(awk -v dir="$work/blocks" -f "$here/steps.awk" "$2")"); do
        run_command "$1" "$work/blocks/step.$step.command" "$work/blocks/step.$step.output"
    done
}

# What a block of commands needs and is missing; nothing: it can be run.
missing() { # NAME
    if [ ! -w /dev/fuse ] || ! command -v fusermount3 >/dev/null; then
        echo /dev/fuse
    elif [ -n "$1" ] && ! command -v "${1#needs:}" >/dev/null; then
        echo "${1#needs:}"
    fi
}

# ---- the page ----

mkdir "$work/blocks" "$work/bin" "$work/here"
awk -v dir="$work/blocks" -f "$here/blocks.awk" "$top/$page" >"$work/list"
for name in app tests docs src; do
    ln -s "$top/$name" "$work/here/$name"
done
ln -s "$build" "$work/here/build"
for program in wdfhost wdfctl echod echoapp wdfexplore wdfuse-wpp wdfuse-mc; do
    ln -s "$build/app/$program" "$work/bin/$program"
done
# Drivers that a page assumes.
for driver in app/trace app/fault app/hub app/echo app/serial tests/drivers/toaster \
    tests/drivers/stuck tests/drivers/crashing; do
    ln -s "$build/$driver.so" "$work/here/${driver##*/}.so"
done
PKG_CONFIG_PATH=$build/meson-uninstalled
export PKG_CONFIG_PATH
flags=$(pkg-config --cflags wdfuse)

while read -r block kind line name; do
    file=$work/blocks/$(printf %03d "$block").$kind
    [ -z "$name" ] || [ "$kind" = console ] || cp "$file" "$work/here/$name"
    case $kind,$name in
    console,*)
        lacking=$(missing "$name")
        [ -n "$lacking" ] || run_block "$line" "$file"
        skipped="$skipped${lacking:+ $lacking}"
        ;;
    c,) compile_fragment "$line" "$file" ;;
    c,*) compile_file "$line" "$work/here/$name" ;;
    none,*) fail "$line" "a block without a kind: c, console, text, ..." ;;
    esac
done <"$work/list"

exec 9>&-
until_deadline nothing_is_left || fail 1 "a process of its commands is left"
if [ -n "$skipped" ]; then
    echo "SKIP $page: some commands need$skipped"
    [ "${WDFUSE_CI:-0}" = 1 ] || exit 77
    exit 1
fi
