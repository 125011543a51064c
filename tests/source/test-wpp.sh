#!/bin/sh
# wdfuse-wpp: its output compiles as C and C++ of every standard, costs one load and a branch where
# nothing is selected, and can be generated from a project as well; errors are reported with file
# and line, and then nothing is generated.
#
# usage: test-wpp.sh WDFUSE-WPP FLAG...   (those of pkg-config)
set -eu
wpp=$1
shift
headers=$(cd "$(dirname "$0")/../../src/include" && pwd)
drivers=$(cd "$(dirname "$0")/../drivers" && pwd)
export LC_ALL=C CCACHE_DISABLE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*"
    [ ! -s said ] || head -5 said
    exit 1
}

# ---- what is made ----

# compile COMPILER STANDARD FILE FLAG...: with every warning as an error.
compile() {
    compiler=$1
    standard=$2
    file=$3
    shift 3
    "$compiler" -std="$standard" "$@" -Wall -Wextra -Werror -I"$headers" -I"$drivers" -Itmh \
        -c -o object "$file" 2>said ||
        fail "$compiler -std=$standard does not take $file"
}

"$wpp" -o tmh '-func:DoTrace(LEVEL,FLAG,(MSG,...))' "$drivers/traced.c" "$drivers/tracedumdf.cc" \
    "$drivers/traced.h" 2>said ||
    fail "exit status $?"
[ ! -s said ] || fail 'something is said of a driver without mistakes'
for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || continue
    for standard in c11 gnu17; do
        compile "$compiler" "$standard" "$drivers/traced.c" "$@"
    done
done
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || continue
    for standard in c++11 gnu++17 c++20; do
        compile "$compiler" "$standard" "$drivers/tracedumdf.cc" "$@" -DUMDF_VERSION_MAJOR=2 \
            -DUMDF_VERSION_MINOR=33
    done
done

# A file that would not change keeps its time.
touch -d '2001-01-01' tmh/traced.tmh
"$wpp" -o tmh '-func:DoTrace(LEVEL,FLAG,(MSG,...))' "$drivers/traced.c" "$drivers/traced.h"
[ -n "$(find tmh -name traced.tmh ! -newermt '2002-01-01')" ] || fail 'traced.tmh was made anew'

# ---- what it costs ----

cat >cost.c <<'END'
#include <ntddk.h>
#include "traced.h"
#include "cost.tmh"
void cost(int argument)
{
    TraceEvents(TRACE_LEVEL_ERROR, TRACE_REQUEST, "%d %s", argument, "text");
}
END
"$wpp" -o tmh cost.c "$drivers/traced.h"
case $(uname -m) in
x86_64)
    for compiler in gcc clang; do
        command -v "$compiler" >/dev/null || continue
        "$compiler" -O2 -fcf-protection=none -fno-asynchronous-unwind-tables "$@" -I"$headers" \
            -I"$drivers" -Itmh -S -o cost.s cost.c
        # The first instructions, except for saving registers: a test of the flag in memory, and a
        # branch.
        sed '1,/^cost:/d' cost.s | grep -E '^[[:space:]]+[a-z]' | grep -v push | head -2 |
            tr '\n' ' ' >way
        grep -qE 'testb.*WPP_MAIN_CB.*[[:space:]]jn?e[[:space:]]' way || {
            cat cost.s
            fail "$compiler: more than a load and a branch where nothing is asked for"
        }
    done
    ;;
esac

# ---- projects ----

mkdir -p project/sub
cat >project/driver.vcxproj <<'END'
<?xml version="1.0" encoding="utf-8"?>
<Project>
  <ItemDefinitionGroup>
    <ClCompile>
      <WppEnabled>true</WppEnabled>
      <WppScanConfigurationData Condition="'%(ClCompile.ScanConfigurationData)' == ''">Sub\Trace.h</WppScanConfigurationData>
      <WppTraceFunction>Trace(LEVEL,FLAGS,MSG,...);Dump((LEVEL,FLAGS,MSG,...))</WppTraceFunction>
      <WppModuleName>module</WppModuleName>
      <WppAdditionalOptions>-km -func:Print(LEVEL,FLAG,(MSG,...)) -scan:"$(WDK)\enums.h" %(WppAdditionalOptions)</WppAdditionalOptions>
    </ClCompile>
  </ItemDefinitionGroup>
  <!-- <ItemGroup><ClCompile Include="gone.c" /></ItemGroup> -->
  <ItemGroup>
    <ClCompile Include="Driver.c; sub\more.c" />
    <ClCompile Include="sub\again.c" />
  </ItemGroup>
</Project>
END
cat >project/sub/trace.h <<'END'
#define WPP_CONTROL_GUIDS WPP_DEFINE_CONTROL_GUID(G, (8a1f3b52, 0d47, 4c11, 9b6e, 5e20c7d3a4f1), WPP_DEFINE_BIT(FLAG))
// begin_wpp config
// FUNC Enter{LEVEL=TRACE_LEVEL_VERBOSE}(FLAGS);
// USESUFFIX(Enter, "Enter %!FUNC!");
// end_wpp
END
printf '#include <ntddk.h>\n#include "sub/trace.h"\n#include "driver.tmh"\n' >project/driver.c
printf 'void f(void)\n{\n    Enter(FLAG);\n    Trace(1, FLAG, "x");\n    Dump((1, FLAG, "x"));\n    Print(1, FLAG, ("%%d", 1));\n}\n' \
    >>project/driver.c
: >project/sub/more.c
: >project/sub/again.c
"$wpp" --project=project/driver.vcxproj -o project/tmh 2>said || fail 'the project is not taken'
[ ! -s said ] || fail 'something is said of a project without mistakes'
[ "$(find project/tmh -name '*.tmh' | wc -l)" -eq 3 ] ||
    fail 'of three sources three files are wanted'
gcc "$@" -Wall -Wextra -Werror -I"$headers" -Iproject/tmh -c -o object project/driver.c 2>said ||
    fail "a project's driver is not taken"

# ---- mistakes ----

# mistake NUMBER TEXT LINE...: a source with these lines is rejected with that line's number and
# that text.
mistake() {
    number=$1
    text=$2
    shift 2
    printf '%s\n' "$@" >wrong.c
    rm -rf made
    if "$wpp" -o made wrong.c >said 2>&1; then
        fail "no mistake is seen: $*"
    fi
    grep -qF "wrong.c:$number: error: $text" said || fail "not said: wrong.c:$number: error: $text"
    [ ! -e made ] || fail "something is made in spite of a mistake: $*"
}

mistake 1 '"sub/wrong.tmh": a .tmh file has a name and no folder' '#include "sub/wrong.tmh"'
mistake 1 '"sub\wrong.tmh": a .tmh file has a name and no folder' '#include "sub\wrong.tmh"'
mistake 2 'begin_wpp without end_wpp' '' '// begin_wpp config' '// FUNC A(LEVEL, MSG, ...);'
mistake 1 'end_wpp without begin_wpp' '// end_wpp'
mistake 2 'begin_wpp inside of the block that begins in line 1' '// begin_wpp config' \
    '// begin_wpp config' '// end_wpp'
mistake 2 'FUNC A: NAME(PARAMETER, ...)' '// begin_wpp config' '// FUNC A;' '// end_wpp'
mistake 2 'FUNC A: {LEVEL} is not NAME=VALUE' '// begin_wpp config' '// FUNC A{LEVEL}(MSG);' \
    '// end_wpp'
mistake 2 'FUNC A: ... is not the last parameter' '// begin_wpp config' '// FUNC A(..., MSG);' \
    '// end_wpp'
mistake 2 'FUNC A: "1x" is no name of a parameter' '// begin_wpp config' '// FUNC A(1x, MSG);' \
    '// end_wpp'
mistake 2 '"FUNC A(LEVEL," is not complete when its block ends' '// begin_wpp config' \
    '// FUNC A(LEVEL,' '// end_wpp'
mistake 2 'FUNC A has arguments, and no MSG' '// begin_wpp config' '// FUNC A(LEVEL, ...);' \
    '// end_wpp'
mistake 2 '"FUNK A(MSG)" is no statement' '// begin_wpp config' '// FUNK A(MSG);' '// end_wpp'
mistake 2 'USEPREFIX(A, text): (NAME, "TEXT"' '// begin_wpp config' '// USEPREFIX(A, text);' \
    '// end_wpp'
mistake 2 '"USESUFFIX A": parentheses are wanted' '// begin_wpp config' '// USESUFFIX A;' \
    '// end_wpp'
mistake 2 'CUSTOM_TYPE(a): (WORD, ItemEnum(NAME))' '// begin_wpp config' '// CUSTOM_TYPE(a);' \
    '// end_wpp'
mistake 2 'DEFINE_CPLX_TYPE(a, b): (WORD, MACRO' '// begin_wpp config' \
    '// DEFINE_CPLX_TYPE(a, b);' '// end_wpp'

# A text with more format words than arguments would print foreign data.
block='// begin_wpp config
// FUNC A(LEVEL, MSG, ...);
// FUNC B((LEVEL, MSG, ...));
// FUNC C(LEVEL, (MSG, ...));
// end_wpp'
few='the text has 2 format words, and there are 1 arguments'
mistake 6 "A: $few" "$block" 'void f(void) { A(1, "%d %!STATUS!", 1); }'
mistake 7 "B: $few" "$block" '' '    B((1, "%d" " %s", 1));'
mistake 6 "C: $few" "$block" '    C(1, ("%*d", 1));'
mistake 6 "A: $few" "$block" '    A(1, "%10!d! %11!s!",' '       g(",)", 2));'
mistake 6 "DoTraceMessage: the text has 1 format words, and there are 0 arguments" "$block" \
    'DoTraceMessage(FLAG, "%d");'

# If the numbers agree, or cannot be known.
{
    echo "$block"
    cat <<'END'
#define LONGER(...) A(1, "%d %d", __VA_ARGS__)
#define OTHER(x) \
    A(1, "%d %d", x)
/* A(1, "%d"); */ // A(1, "%d");
/* a comment
   A(1, "%d"); */
void f(void) {
    A(1, "%d%% %!FUNC! %!LEVEL! %-08.3I64x \" %s", 1, h(2, ")"), ",");
    A(1, text);
    A(1, "%" PRIu64);
    B((1, "none")); C(1, ("%!STATUS!", 1)); BA(1, "%d"); A(1, "%d",
        /* one, two */ 1);
    A(1, "%10!d! %10!d!", 1);
}
END
} >right.c
"$wpp" -o made right.c 2>said || fail 'calls with as many arguments as format words are refused'
[ ! -s said ] || fail 'something is said of calls with as many arguments as format words'
printf '%s\n' "$block" 'A(1, "%d", 1, 2);' >more.c
"$wpp" -o made more.c 2>said || fail 'an argument too many is refused'
grep -qF 'more.c:6: warning: A: the text has 1 format words, and there are 2 arguments' said ||
    fail 'an argument too many is not said'

# What may be right on Windows gets a warning, and is generated.
printf '%s\n' '// begin_wpp config' '// CUSTOM_TYPE(a, ItemEnum(nowhere));' '// end_wpp' \
    'Trace("%!a! %!nope!");' \
    '// begin_wpp config' '// FUNC A(LEVEL);' '// end_wpp' >strange.c
"$wpp" -o made strange.c 2>said || fail 'a strange source is not taken'
grep -qF 'strange.c:2: warning: enum nowhere is in none of the files' said ||
    fail 'an unknown enum is not said'
grep -qF 'strange.c:4: warning: %!nope! is no format word' said ||
    fail 'an unknown word is not said'
grep -qF 'strange.c:6: warning: FUNC A has no MSG, no USEPREFIX and no USESUFFIX' said ||
    fail 'a FUNC without a text is not said'
[ -f made/strange.tmh ] || fail 'strange.tmh is missing'

# Without control GUIDs the compiler says what is missing.
printf '#include <ntddk.h>\n#include "bare.tmh"\n' >bare.c
"$wpp" -o made bare.c
! gcc "$@" -I"$headers" -Imade -c -o object bare.c 2>said ||
    fail 'a source without control GUIDs is taken'
grep -q 'bare.tmh: WPP_CONTROL_GUIDS is not defined before this include' said ||
    fail 'missing control GUIDs are not said'
"$wpp" -o made --control=8a1f3b52-0d47-4c11-9b6e-5e20c7d3a4f1 bare.c
gcc "$@" -I"$headers" -Imade -c -o object bare.c 2>said ||
    fail 'a control GUID of the command line is not taken'

# Wrong calls.
for call in --nonsense -o ''; do
    result=0
    # shellcheck disable=SC2086 # none is a call, too
    "$wpp" $call >said 2>&1 || result=$?
    [ "$result" -eq 2 ] || fail "'$call': exit status $result"
done
! "$wpp" -o made gone.c 2>said || fail 'a missing file is no mistake'
grep -qF 'gone.c: error: there is no such file' said || fail 'a missing file is not said'
! "$wpp" -o made --scan=gone.h bare.c 2>said || fail 'a missing file to scan is no mistake'
grep -qF 'gone.h: there is no such file to scan' said || fail 'a missing file to scan is not said'
echo ok
