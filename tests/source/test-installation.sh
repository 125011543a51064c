#!/bin/sh
# What `meson install` leaves, in any place, is enough to build a driver, with the flags of
# pkg-config and each compiler found here, and with CMake, without a warning; the installed wdfhost
# runs, and wdfexplore explores the driver; a program with a driver in it links the archive. The
# same for drivers and clients with pkg-config's flags from the build directory. All pages are
# there, and each file belongs to one Debian package. `ninja uninstall` leaves nothing.
#
# usage: test-installation.sh BUILD
set -eu
build=$1
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
# A real installation has the same list of installed files.
installed=$build/meson-logs/install-log.txt
[ ! -e "$installed" ] || cp "$installed" "$work/install-log"
clean_up() {
    [ ! -e "$work/install-log" ] || cp "$work/install-log" "$installed"
    rm -rf "$work"
}
trap clean_up EXIT
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

# A client needs none of a driver's flags, and can be C or C++.
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

# Nothing says where the library is; only the installed program knows, from the system's linker.
explore() { # WDFEXPLORE
    "$1" "$work/autosync.so" --scenario="$top/tests/explore/echo.scenario" --schedules=20 --quiet \
        >"$work/log" 2>&1 || {
        cat "$work/log"
        echo "FAILED: $1 does not explore a driver that was built as docs/porting.md says"
        exit 1
    }
}

# The installed program runs with the installed library, and both have the same version.
"$wdfhost" --version >"$work/version"
grep -qF "wdfuse $(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --modversion wdfuse)" "$work/version"

for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || continue
    PKG_CONFIG_PATH=$(dirname "$pc")
    export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR="$work/root"
    compile_all "$compiler"
    compile_clients "$compiler"
    explore "$(dirname "$wdfhost")/wdfexplore"
    unset PKG_CONFIG_SYSROOT_DIR
    export PKG_CONFIG_PATH="$build/meson-uninstalled"
    compile_all "$compiler"
    compile_clients "$compiler"
    explore "$build/app/wdfexplore"
    echo "$compiler: ok"
done

# A driver, its test with a driver in it, by the library and by the archive, and a client.
cmake_project() {
    cat <<'CMAKE'
cmake_minimum_required(VERSION 3.13)
project(example C)
find_package(wdfuse 1.0 REQUIRED)
add_library(hello MODULE hello.c)
target_link_libraries(hello wdfuse::wdfuse)
foreach(kind wdfuse static)
  add_executable(test-${kind} test.c hello.c)
  target_link_libraries(test-${kind} wdfuse::${kind})
endforeach()
add_executable(client client.c)
target_link_libraries(client wdfuse::client)
CMAKE
}

# The archive's internals are hidden: `queue_dispatch` is the program's own.
test_program() {
    cat <<'SOURCE'
#include <fcntl.h>
#include <stdio.h>
#include <wdfuse/inproc.h>
DRIVER_INITIALIZE DriverEntry;
int queue_dispatch(int a);
int queue_dispatch(int a) { return a; }
int main(void)
{
    WDFUSEDEVICE device;
    WDFUSEFILE file;
    if (WdfuseInprocStart(DriverEntry, "hello", &device) != STATUS_SUCCESS ||
        WdfuseInprocOpen(device, O_RDWR, &file) != STATUS_SUCCESS)
        return queue_dispatch(1);
    WdfuseInprocClose(file);
    WdfuseInprocStop(device);
    puts("hello was opened");
    return 0;
}
SOURCE
}

build_with_cmake() {
    mkdir "$work/cmake"
    cmake_project >"$work/cmake/CMakeLists.txt"
    test_program >"$work/cmake/test.c"
    cp "$top/app/hello/hello.c" "$work/client.c" "$work/cmake"
    cmake -S "$work/cmake" -B "$work/cmake/build" \
        -Dwdfuse_DIR="$libraries/cmake/wdfuse" && cmake --build "$work/cmake/build"
}

if ! command -v cmake >/dev/null; then
    [ "${WDFUSE_CI:-0}" != 1 ] || { echo 'FAILED: no cmake here'; exit 1; }
    echo 'no cmake here: its configuration was not looked at'
else
    unset PKG_CONFIG_PATH
    build_with_cmake >"$work/log" 2>&1 || {
        cat "$work/log"
        echo 'FAILED: a project of CMake does not build'
        exit 1
    }
    for kind in wdfuse static; do
        [ "$("$work/cmake/build/test-$kind")" = 'hello was opened' ] || {
            echo "FAILED: the program that links wdfuse::$kind does not run"
            exit 1
        }
    done
    "$work/cmake/build/client" </dev/null
    echo 'cmake: ok'
fi

for page in "$top"/docs/*.md "$top"/docs/rules/*.md; do
    [ -n "$(find "$work/root" -path "*/doc/wdfuse/docs/${page#"$top/docs/"}")" ] || {
        echo "FAILED: ${page#"$top/"} is not installed: docs/meson.build names the pages"
        exit 1
    }
done

# Each file is in one Debian package, by debian/PACKAGE.install.
prefix=$(cd "$(dirname "$wdfhost")/.." && pwd)
sed 's|lib/\*/|lib/|; s|^[$]{env:UNIT_FOLDER}|usr/lib/systemd/system|' \
    "$top"/debian/*.install >"$work/patterns"
find "$prefix" ! -type d | sed "s|^$prefix/|usr/|" >"$work/files"
while IFS= read -r file; do
    packages=0
    while IFS= read -r pattern; do
        # shellcheck disable=SC2254 # it is a pattern
        case $file in
        $pattern | $pattern/*) packages=$((packages + 1)) ;;
        esac
    done <"$work/patterns"
    [ "$packages" -eq 1 ] || {
        echo "FAILED: $file is in $packages packages: debian/PACKAGE.install says in which"
        exit 1
    }
done <"$work/files"
echo 'packages: ok'

ninja -C "$build" uninstall >"$work/log" 2>&1
[ ! -e "$work/root" ] || {
    echo "FAILED: ninja uninstall leaves"
    find "$work/root"
    exit 1
}
echo 'uninstall: ok'
