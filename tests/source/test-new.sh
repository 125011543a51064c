#!/bin/sh
# usage: test-new.sh BUILD
#
# From `wdfuse new` to a served device with passing tests it takes four commands, and less than a
# minute. It generates everything or nothing.
#
# One kind of driver is built, tested and served; the others only have to compile. With
# WDFUSE_LONG=1 each kind is tested so, and the commands of its CI workflow are run.
set -eu
build=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/wdfuse-new.XXXXXX")
patience=${WDFUSE_PATIENCE:-1}
clean_up() {
    ! grep -qF " $work/devices " /proc/self/mounts || fusermount3 -uz "$work/devices"
    chmod -R u+w "$work"
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM

fail() {
    echo "FAILED: $*"
    exit 1
}

skip() {
    echo "SKIP $*"
    [ "${WDFUSE_CI:-0}" = 1 ] || exit 77
    exit 1
}

until_deadline() { # COMMAND...
    deadline=$(($(date +%s) + 20 * patience))
    until "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

run() { # COMMAND...: says what it said if it fails
    "$@" >"$work/said" 2>&1 || fail "$*: $(cat "$work/said")"
}

# ---- what is refused ----

# refused STATUS TEXT ARGUMENT...: one line that says so, nothing is made.
refused() {
    status=$1 text=$2
    shift 2
    find . -maxdepth 1 >"$work/before"
    "$program" "$@" >"$work/said" 2>"$work/error" && fail "$*: it was taken"
    got=$?
    [ "$got" -eq "$status" ] || fail "$*: the status is $got: $(cat "$work/error")"
    grep -qF "$text" "$work/error" || fail "$*: it says $(cat "$work/error")"
    [ ! -s "$work/said" ] || fail "$*: it also says $(cat "$work/said")"
    [ "$(wc -l <"$work/error")" -eq "$status" ] || fail "$*: too many lines: $(cat "$work/error")"
    find . -maxdepth 1 | diff "$work/before" - || fail "$*: something was made or has gone"
}

wrong_usage() {
    refused 2 'what to do is missing'
    refused 2 'there is no such command' make driver
    refused 2 'unknown option --wdm' new --wdm driver
    refused 2 'NAME is missing' new
    refused 2 'NAME is empty' new ''
    refused 2 'one NAME is enough' new one two
    for name in 1st a-b a/b ../a 'a b' 'a;b' "a'b" "\$a" a.b ä; do
        refused 2 'a name has letters, digits and _' new "$name"
    done
    refused 2 'at most 32 characters' new a23456789012345678901234567890123
    refused 2 'the build has a target of that name' new test
}

names_that_exist() {
    mkdir taken
    : >taken/mine
    : >file
    ln -s nowhere link
    for name in taken file link; do
        refused 1 "$name exists already" new "$name"
    done
    [ "$(ls -A taken)" = mine ] || fail 'a folder that was there has changed'
}

# Nobody writes to a folder of /proc; no file gets longer than one block.
places_without_room() {
    (cd /proc/self && refused 1 'driver cannot be made' new driver)
    if [ "$(id -u)" -ne 0 ]; then
        mkdir readonly
        chmod a-w readonly
        (cd readonly && refused 1 'driver cannot be made: Permission denied' new driver)
    fi
    (trap '' XFSZ && ulimit -f 1 && refused 1 'driver cannot be filled: File too large' new driver)
}

# By a signal, at its first file.
an_interruption() {
    mkdir bin
    printf '%s\n' '#!/bin/sh' "kill -TERM \$PPID" 'exec cat' >bin/sed
    chmod +x bin/sed
    ! env PATH="$PWD/bin:$PATH" "$build/app/wdfuse" new driver >/dev/null 2>&1 ||
        fail 'it ends with success when it is interrupted'
    [ ! -e driver ] || fail 'an interruption leaves something behind'
}

# An installation of which a part is missing.
no_templates() {
    sed "s|^ *'/.*/templates'|'/nowhere'|" "$build/app/wdfuse" >bin/wdfuse
    chmod +x bin/wdfuse
    program=$PWD/bin/wdfuse
    refused 1 'there are no templates in /nowhere' new driver
}

# ---- what is made ----

# Nothing is left of the templates' marks.
whole() { # NAME
    ! grep -rE '@(NAME|UPPER|SUFFIX|LANGUAGE|kmdf|umdf|c|c\+\+)@' "$1" ||
        fail "$1: marks of the template are left"
    [ -z "$(find "$1" -type f -empty)" ] || fail "$1: an empty file"
}

compiles() { # COMPILER SOURCE [FLAG...]
    # shellcheck disable=SC2046 # flags are words
    run "$@" -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags wdfuse)
}

serve() { # NAME
    mkdir -p "$work/devices"
    run wdfhost --mount="$work/devices" --pidfile="$work/pid" "$1/build/$1.inf" # the fourth
    pid=$(cat "$work/pid")
    echo hello >"$work/devices/$1"
    [ "$(head -c 6 "$work/devices/$1")" = hello ] || fail "$1: the device does not answer"
    fusermount3 -u "$work/devices"
    until_deadline test ! -e "/proc/$pid" || fail "$1: its daemon does not end"
}

four_commands() { # NAME OPTION...
    began=$(date +%s)
    run "$program" new "$@"
    whole "$1"
    run meson setup "$1/build" "$1"
    run meson test -C "$1/build"
    grep -q '^Ok: *3 *$' "$work/said" || fail "$1: not all tests are there: $(cat "$work/said")"
    $no_fuse || serve "$1"
    seconds=$(($(date +%s) - began))
    echo "$1: from nothing to a device in $seconds s"
    [ "$seconds" -lt $((60 * patience)) ] || fail "$1: it takes more than a minute"
}

# The steps of the workflow but those that get tools.
workflow() { # NAME
    (
        cd "$1"
        rm -rf build
        awk '/- name: / { taken = !/: (Tools|wdfuse)$/ } /^          / && taken' \
            .github/workflows/test.yml >"$work/steps"
        grep -q b_coverage "$work/steps" || fail "$1: the workflow has no steps"
        command -v gcovr >/dev/null || sed -i '/gcovr/d' "$work/steps"
        run sh -e "$work/steps"
    )
}

# A C++ compiler may be missing.
short() {
    user='-DUMDF_VERSION_MAJOR=2 -DUMDF_VERSION_MINOR=33'
    # shellcheck disable=SC2086 # flags are words
    compiles gcc user/user.c $user
    command -v g++ >/dev/null || return 0
    compiles g++ kernelcc/kernelcc.cc
    # shellcheck disable=SC2086 # flags are words
    compiles g++ usercc/usercc.cc $user
    # shellcheck disable=SC2086 # flags are words
    compiles g++ usercc/test_usercc.cc $user
}

make_others() {
    run "$program" new --umdf user
    run "$program" new --c++ kernelcc
    run "$program" new usercc --c++ --umdf
    for name in user kernelcc usercc; do
        whole "$name"
    done
}

long() {
    four_commands b --umdf
    four_commands c --c++
    four_commands d --umdf --c++
    workflow blink
    workflow d
}

PATH=$build/app:$PATH
export PATH PKG_CONFIG_PATH="$build/meson-uninstalled" XDG_RUNTIME_DIR="$work"
unset MESON_TESTTHREADS MALLOC_PERTURB_ || :
[ -x "$build/app/wdfexplore" ] || skip 'there is no wdfexplore: built with a sanitizer'
command -v meson >/dev/null || skip 'no meson here'
program=$build/app/wdfuse
no_fuse=false
[ -w /dev/fuse ] && command -v fusermount3 >/dev/null || no_fuse=true

mkdir "$work/here"
cd "$work/here"
wrong_usage
names_that_exist
places_without_room
an_interruption
make_others
short
four_commands blink
[ -z "${WDFUSE_LONG:-}" ] || long
no_templates
! $no_fuse || skip 'no /dev/fuse here: nothing was served'
