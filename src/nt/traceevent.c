/*
 * Events with fields, of TraceLogging and of manifests: one line each, "name=value, name=value".
 * Each kind of field is a conversion or a word of trace messages, and says how its value is passed.
 */
#include <stdio.h>
#include <string.h>

#include <wdfuse/trace.h>

#include "nt/trace.h"
#include "nt/tracewords.h"

enum passed { PASSED_32, PASSED_64, PASSED_DOUBLE, PASSED_COUNTED };

static const struct {
    const char *format;
    enum passed passed;
} kinds[] = {
    [WdfuseTraceInt32] = {"%d", PASSED_32},
    [WdfuseTraceUInt32] = {"%u", PASSED_32},
    [WdfuseTraceHexInt32] = {"0x%x", PASSED_32},
    [WdfuseTraceInt64] = {"%I64d", PASSED_64},
    [WdfuseTraceUInt64] = {"%I64u", PASSED_64},
    [WdfuseTraceHexInt64] = {"0x%I64x", PASSED_64},
    [WdfuseTraceDouble] = {"%g", PASSED_DOUBLE},
    [WdfuseTraceBoolean] = {"%!bool!", PASSED_32},
    [WdfuseTraceChar] = {"%c", PASSED_32},
    [WdfuseTraceWChar] = {"%C", PASSED_32},
    [WdfuseTraceAnsi] = {"%s", PASSED_64},
    [WdfuseTraceUnicode] = {"%ws", PASSED_64},
    [WdfuseTraceAnsiString] = {"%Z", PASSED_64},
    [WdfuseTraceUnicodeString] = {"%wZ", PASSED_64},
    [WdfuseTraceCountedAnsi] = {"%.*s", PASSED_COUNTED},
    [WdfuseTraceCountedUnicode] = {"%.*ws", PASSED_COUNTED},
    [WdfuseTracePointer] = {"%p", PASSED_64},
    [WdfuseTraceStatus] = {"%!STATUS!", PASSED_32},
    [WdfuseTraceWin32] = {"%!WINERROR!", PASSED_32},
    [WdfuseTraceHResult] = {"%!HRESULT!", PASSED_32},
    [WdfuseTraceGuidAt] = {"%!GUID!", PASSED_64},
    [WdfuseTraceFileTime] = {"%!TIMESTAMP!", PASSED_64},
    [WdfuseTraceSid] = {"%!sid!", PASSED_64},
};

/* An event on its way to the log. */
struct trace_event {
    struct trace_message message;
    ULONGLONG keyword;
    char text[1024];
    size_t length;
};

static void append(struct trace_event *event, const char *format, va_list arguments)
{
    size_t room = sizeof(event->text) - event->length;

    event->length += nt_format_words(event->text + event->length, room, format, arguments,
                                     &event->message.words);
    if (event->length >= sizeof(event->text))
        event->length = sizeof(event->text) - 1;
}

static void append_plain(struct trace_event *event, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    append(event, format, arguments);
    va_end(arguments);
}

static void append_bytes(struct trace_event *event, ULONG count, const UCHAR *bytes)
{
    for (ULONG i = 0; i < count && bytes != NULL && event->length < sizeof(event->text) - 1; i++)
        append_plain(event, i > 0 ? " %02x" : "%02x", bytes[i]);
}

static void skip(enum passed passed, struct format_arguments *arguments)
{
    switch (passed) {
    case PASSED_COUNTED:
        (void)va_arg(arguments->list, int);
        (void)va_arg(arguments->list, void *);
        break;
    case PASSED_DOUBLE:
        (void)va_arg(arguments->list, double);
        break;
    case PASSED_64:
        (void)va_arg(arguments->list, LONGLONG);
        break;
    default:
        (void)va_arg(arguments->list, int);
    }
}

static void append_field(struct trace_event *event, WDFUSE_TRACE_KIND kind, const char *name,
                         struct format_arguments *arguments)
{
    append_plain(event, "%s%s=", event->length > 0 ? ", " : "", name);
    if (kind == WdfuseTraceGuid) {
        GUID guid = va_arg(arguments->list, GUID);
        append_plain(event, "%!GUID!", &guid);
    } else if (kind == WdfuseTraceBinary) {
        ULONG count = va_arg(arguments->list, ULONG);
        append_bytes(event, count, va_arg(arguments->list, const UCHAR *));
    } else {
        append(event, kinds[kind].format, arguments->list);
        skip(kinds[kind].passed, arguments);
    }
}

static void take_fields(struct trace_event *event, struct format_arguments *arguments)
{
    WDFUSE_TRACE_KIND kind;

    while ((kind = (WDFUSE_TRACE_KIND)va_arg(arguments->list, int)) != WdfuseTraceEnd) {
        const char *name = va_arg(arguments->list, const char *);
        if (kind == WdfuseTraceLevel)
            event->message.level = va_arg(arguments->list, ULONG);
        else if (kind == WdfuseTraceKeyword)
            event->keyword |= va_arg(arguments->list, ULONGLONG);
        else if (kind == WdfuseTraceIgnored)
            (void)va_arg(arguments->list, ULONG);
        else
            append_field(event, kind, name, arguments);
    }
}

/* The name of the event's first keyword that is asked for up to its level; NULL: none is. An event
 * without one, or whose provider has no names for them, is the provider's. */
static const char *wanted_flag(const WDFUSE_TRACE_CONTROL *control, const struct trace_event *event)
{
    const char *const *flags = control->Provider->Flags;
    ULONG level = event->message.level;

    if (control->Level == 0 || control->Level < level)
        return NULL;
    if (event->keyword == 0 || flags[0] == NULL)
        return "";
    for (unsigned i = 0; i < 64 && flags[i] != NULL; i++)
        if ((event->keyword >> i & 1) != 0 && control->Levels[i] > 0 && control->Levels[i] >= level)
            return flags[i];
    return NULL;
}

VOID WdfuseTraceEvent(const WDFUSE_TRACE_CONTROL *Control, const char *Event, ...)
{
    static const WDFUSE_TRACE_UNIT unit = {.File = "", .Module = ""};
    struct trace_event event = {
        .message = {.words = {.render = trace_word_render}, .unit = &unit, .function = ""},
    };
    struct format_arguments arguments;

    if (Control->Logger == 0)
        return;
    event.message.flag = "";
    va_start(arguments.list, Event);
    take_fields(&event, &arguments);
    va_end(arguments.list);
    const char *flag = wanted_flag(Control, &event);
    if (flag == NULL)
        return;
    char place[128];
    snprintf(place, sizeof(place), "%s.%s", Control->Provider->Name, Event);
    trace_write(event.message.level, place, flag, event.text);
}
