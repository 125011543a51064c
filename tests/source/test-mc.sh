#!/bin/sh
# The output of wdfuse-mc, and <TraceLoggingProvider.h>, compile as C and C++ of every standard;
# errors in a manifest are reported with file and line, and then nothing is generated.
#
# usage: test-mc.sh WDFUSE-MC FLAG...   (those of pkg-config)
set -eu
mc=$1
shift
headers=$(cd "$(dirname "$0")/../../src/include" && pwd)
manifest=$(cd "$(dirname "$0")/../unit" && pwd)/tracedevents.man
export LC_ALL=C CCACHE_DISABLE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*"
    [ ! -s said ] || head -5 said
    exit 1
}

cat >events.c <<'END'
#include <ntddk.h>
#include <TraceLoggingProvider.h>
#include "um/tracedevents.h"
#include "km/events.h"

TRACELOGGING_DECLARE_PROVIDER(provider);
TRACELOGGING_DEFINE_PROVIDER(provider, "Driver", (0x8a1f3b52, 0x0d47, 0x4c11, 0x9b, 0x6e, 0x5e, 0x20, 0xc7, 0xd3, 0xa4, 0xf1),
                             TraceLoggingOptionGroup(1, 2, 3));

void events(const GUID *activity, const char *text, PCWSTR wide, PCUNICODE_STRING string);
void events(const GUID *activity, const char *text, PCWSTR wide, PCUNICODE_STRING string)
{
    int number = 7;
    TraceLoggingRegister(provider);
    TraceLoggingWrite(provider, "Event", TraceLoggingLevel(WINEVENT_LEVEL_ERROR), TraceLoggingKeyword(0x10), TraceLoggingValue(number),
                      TraceLoggingValue(text, "text"), TraceLoggingValue(wide, "wide"), TraceLoggingUnicodeString(string),
                      TraceLoggingNTStatus(STATUS_SUCCESS, "status", "its description"), TraceLoggingValue(*activity, "activity"),
                      TraceLoggingBinary(text, number, "bytes"), TraceLoggingValue(sizeof(number), "size"));
    if (TraceLoggingProviderEnabled(provider, WINEVENT_LEVEL_VERBOSE, 0))
        TraceLoggingWriteActivity(provider, "Event", activity, NULL, TraceLoggingString(text));
    TraceLoggingUnregister(provider);

    EventRegisterTraced_Events();
    EventWriteBegin();
    EventWriteTransfer(1, number, 3, 4, STATUS_SUCCESS, 0.5, TRUE);
    EventWriteNamed(wide, text, 3, wide, text, &TRACED_EVENTS);
    EventUnregisterTraced_Events();
    EventRegisterOther();
    EventWriteOne(activity);
    EventWriteTwo(activity, text);
    if (EventEnabledTwo())
        EventWriteTwo(NULL, text);
    EventUnregisterOther();
}
END
cat >other.man <<'END'
<instrumentation><events>
<provider name="Other" symbol="OTHER" guid="{00000000-0000-0000-0000-000000000001}">
<templates><template tid="t"><data name="Field" inType="win:AnsiString"/></template></templates>
<events><event value="1" symbol="One"/><event value="2" symbol="Two" level="win:Error" template="t"/></events>
</provider></events></instrumentation>
END
"$mc" -um -o um "$manifest" 2>said || fail 'the manifest is not taken'
"$mc" -km -U -h km -r unused -z events other.man 2>said || fail 'the other manifest is not taken'
cp events.c events.cc
for call in 'gcc c11 c' 'gcc gnu17 c' 'clang c11 c' 'g++ c++11 cc' 'g++ c++20 cc' \
    'clang++ c++11 cc' 'clang++ c++20 cc'; do
    # shellcheck disable=SC2086 # three words
    compile() {
        command -v "$1" >/dev/null || return 0
        compiler=$1 standard=$2 suffix=$3
        shift 3
        "$compiler" -std="$standard" "$@" -Wall -Wextra -Werror -I"$headers" -c -o object \
            "events.$suffix" 2>said ||
            fail "$compiler -std=$standard does not take the events"
    }
    # shellcheck disable=SC2086
    compile $call "$@"
done

# mistake LINE TEXT ELEMENT...: a manifest of these lines is rejected with that line and text.
mistake() {
    line=$1
    text=$2
    shift 2
    printf '%s\n' "$@" >wrong.man
    ! "$mc" -o made wrong.man 2>said || fail "no mistake is seen: $*"
    grep -qF "wrong.man:$line: error: $text" said || fail "not said: wrong.man:$line: error: $text"
    [ ! -e made/wrong.h ] || fail "something is made in spite of a mistake: $*"
}

begin='<provider name="P" symbol="P" guid="{00000000-0000-0000-0000-000000000001}">'
mistake 1 'there is no provider of events' '<events/>'
mistake 1 'a provider without name' '<provider guid="{00000000-0000-0000-0000-000000000001}"/>'
mistake 1 'provider "P": "0" is no GUID' '<provider name="P" guid="0"/>'
mistake 3 'field "F": the type "Odd" is unknown' "$begin" '<template tid="t">' \
    '<data name="F" inType="win:Odd"/></template>'
mistake 2 'event "E": there is no template "t"' "$begin" \
    '<event symbol="E" value="1" template="t"/>'
mistake 2 'event "E": there is no level "loud"' "$begin" \
    '<event symbol="E" value="1" level="loud"/>'
mistake 2 'an element without end' "$begin" '<event'
for call in --nonsense ''; do
    result=0
    # shellcheck disable=SC2086 # none is a call, too
    "$mc" $call >said 2>&1 || result=$?
    [ "$result" -eq 2 ] || fail "'$call': exit status $result"
done
! "$mc" -o made gone.man 2>said || fail 'a missing file is no mistake'
grep -qF 'gone.man: there is no such file' said || fail 'a missing file is not said'
echo ok
