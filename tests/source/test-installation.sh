#!/bin/sh
# What `meson install` leaves is enough to build a driver, with pkg-config's flags and each compiler
# that is here, without a warning; the installed wdfhost runs, and wdfexplore explores the driver.
# The same for drivers and clients with pkg-config's flags from the build directory.
#
# usage: test-installation.sh BUILD
set -eu
build=$1
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for program in pkg-config meson; do
    if ! command -v "$program" >/dev/null; then
        echo "SKIP no $program here"
        exit 77
    fi
done

meson install -C "$build" --no-rebuild --destdir "$work/root" >"$work/log" 2>&1 || {
    cat "$work/log"
    echo 'FAILED: meson install'
    exit 1
}
pc=$(find "$work/root" -name wdfuse.pc)
libraries=$(dirname "$(dirname "$pc")")
wdfhost=$(find "$work/root" -name wdfhost -type f)
if [ -z "$pc" ] || [ -z "$wdfhost" ]; then
    echo 'FAILED: wdfuse.pc or wdfhost is not installed'
    exit 1
fi
# A sanitizer's functions are in the program, which is not linked here.
case $(nm -D --undefined-only "$libraries/libwdfuse.so") in
*__asan_* | *__tsan_* | *__ubsan_*)
    echo 'SKIP built with a sanitizer'
    exit 77
    ;;
esac

# compile COMPILER NAME FLAG...: tests/drivers/NAME.c, as its author would.
compile() {
    compiler=$1
    driver=$2
    shift 2
    # shellcheck disable=SC2046 # flags are words
    "$compiler" -Wall -Wextra -Werror -shared -Wl,-z,defs -o "$work/$driver.so" \
        "$top/tests/drivers/$driver.c" "$@" \
        $(pkg-config --cflags --libs wdfuse)
}

compile_all() { # COMPILER
    compile "$1" autosync
    compile "$1" driversync
    compile "$1" parameters
    compile "$1" umdf -DUMDF_VERSION_MAJOR=2 -DUMDF_VERSION_MINOR=33
}

# A client needs nothing of a driver's flags, and can be C or C++.
compile_client() { # COMPILER STANDARD LANGUAGE
    printf '%s\n' '#include <wdfuse/ioctl.h>' 'int main(void)' '{' '    size_t returned;' \
        '    return wdfuse_ioctl(0, CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS), NULL, 0,' \
        '                        NULL, 0, &returned) == 0;' '}' >"$work/client.c"
    # shellcheck disable=SC2046 # flags are words
    "$1" -std="$2" -x "$3" -Wall -Wextra -Wpedantic -Werror $(pkg-config --cflags wdfuse-client) \
        -o "$work/client" "$work/client.c" && "$work/client" </dev/null
}

compile_clients() { # COMPILER: the one for C++ may be missing
    compile_client "$1" c11 c
    cpp=$(echo "$1" | sed 's/gcc/g++/; s/clang/clang++/')
    ! command -v "$cpp" >/dev/null || compile_client "$cpp" c++11 c++
}

# Nobody is told where the library is, but the installed program, which has it from the system's
# linker.
explore() { # WDFEXPLORE
    "$1" "$work/autosync.so" --scenario="$top/tests/explore/echo.scenario" --schedules=20 --quiet \
        >"$work/log" 2>&1 || {
        cat "$work/log"
        echo "FAILED: $1 does not explore a driver that was built as docs/porting.md says"
        exit 1
    }
}

# The installed program runs with the installed library, and they have one version.
LD_LIBRARY_PATH=$libraries "$wdfhost" --version >"$work/version"
grep -qF "wdfuse $(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --modversion wdfuse)" "$work/version"

for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || continue
    PKG_CONFIG_PATH=$(dirname "$pc")
    export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR="$work/root"
    compile_all "$compiler"
    compile_clients "$compiler"
    LD_LIBRARY_PATH=$libraries explore "$(dirname "$wdfhost")/wdfexplore"
    unset PKG_CONFIG_SYSROOT_DIR
    export PKG_CONFIG_PATH="$build/meson-uninstalled"
    compile_all "$compiler"
    compile_clients "$compiler"
    explore "$build/app/wdfexplore"
    echo "$compiler: ok"
done
