/*
 * The sink of trace messages: which providers there are, what is asked of them, and their lines in
 * the log. See <wdfuse/trace.h>.
 *
 * trace_lock guards who is registered and what is asked for. Messages take no lock: a control
 * outlives the messages of its driver, and what is asked for changes while nobody traces.
 */
#include "nt/trace.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nt/recorder.h"
#include "nt/tracelevel.h"
#include "nt/tracewords.h"
#include "port/log.h"
#include "port/thread.h"

/* What one message can say. */
#define TRACE_TEXT_MAX 1024

/* How often one may ask. */
#define TRACE_REQUESTS_MAX 64

struct trace_request {
    char flag[64];
    UCHAR level;
    bool is_known; /* a provider has had such a flag */
};

static struct port_mutex trace_lock = PORT_MUTEX_INITIALIZER;
static WDFUSE_TRACE_CONTROL *controls GUARDED_BY(trace_lock);
static struct trace_request requests[TRACE_REQUESTS_MAX] GUARDED_BY(trace_lock);
static unsigned request_count GUARDED_BY(trace_lock);

/* ---- who is asked for what ---- */

/* {GUID} or GUID, in any case. */
static bool is_guid(const char *text, const WDFUSE_TRACE_PROVIDER *provider)
{
    size_t length = strlen(text);
    const char *guid = provider->Guid;
    char digits[40];

    if (guid == NULL && provider->Id == NULL)
        return false;
    if (guid == NULL) {
        trace_guid_text(provider->Id, digits, sizeof(digits));
        guid = digits;
    }
    if (length > 2 && text[0] == '{' && text[length - 1] == '}') {
        text++;
        length -= 2;
    }
    return length == strlen(guid) && strncasecmp(text, guid, length) == 0;
}

static bool asks_for_provider(const struct trace_request *request,
                              const WDFUSE_TRACE_PROVIDER *provider)
{
    return strcmp(request->flag, "*") == 0 || strcasecmp(request->flag, provider->Name) == 0 ||
           is_guid(request->flag, provider);
}

/* The last request that fits decides, so that one flag can be left out of all. */
static UCHAR level_asked_of_locked(const WDFUSE_TRACE_PROVIDER *provider, const char *flag)
    REQUIRES(trace_lock)
{
    UCHAR level = 0;

    for (unsigned i = 0; i < request_count; i++) {
        if (!asks_for_provider(&requests[i], provider) &&
            (flag == NULL || strcasecmp(requests[i].flag, flag) != 0))
            continue;
        requests[i].is_known = true;
        level = requests[i].level;
    }
    return level;
}

static void ask_locked(WDFUSE_TRACE_CONTROL *control) REQUIRES(trace_lock)
{
    const WDFUSE_TRACE_PROVIDER *provider = control->Provider;

    memset(control->Flags, 0, sizeof(control->Flags));
    control->Level = level_asked_of_locked(provider, NULL);
    for (unsigned i = 0; i < WDFUSE_TRACE_FLAGS_MAX && provider->Flags[i] != NULL; i++) {
        UCHAR level = level_asked_of_locked(provider, provider->Flags[i]);
        control->Levels[i] = level;
        if (level > 0)
            control->Flags[i / 32] |= 1u << i % 32;
        control->Level = max(control->Level, level);
    }
}

static bool is_registered_locked(const WDFUSE_TRACE_CONTROL *control) REQUIRES(trace_lock)
{
    for (const WDFUSE_TRACE_CONTROL *other = controls; other != NULL; other = other->Next)
        if (other == control)
            return true;
    return false;
}

VOID WdfuseTraceRegister(WDFUSE_TRACE_CONTROL *Controls, const WDFUSE_TRACE_PROVIDER *Providers,
                         ULONG Count)
{
    PORT_LOCK_SCOPE(&trace_lock);
    for (ULONG i = 0; i < Count; i++) {
        if (!is_registered_locked(&Controls[i])) {
            Controls[i].Next = controls;
            controls = &Controls[i];
        }
        if (Providers != NULL)
            Controls[i].Provider = &Providers[i];
        Controls[i].Logger = (uintptr_t)&Controls[i];
        ask_locked(&Controls[i]);
    }
}

void trace_forget_providers(void)
{
    PORT_LOCK_SCOPE(&trace_lock);
    controls = NULL;
}

VOID WdfuseTraceUnregister(WDFUSE_TRACE_CONTROL *Controls, ULONG Count)
{
    PORT_LOCK_SCOPE(&trace_lock);
    for (WDFUSE_TRACE_CONTROL **link = &controls; *link != NULL;) {
        WDFUSE_TRACE_CONTROL *control = *link;
        if (control < Controls || control >= Controls + Count) {
            link = &control->Next;
            continue;
        }
        *link = control->Next;
        control->Next = NULL;
        control->Logger = 0;
        control->Level = 0;
        memset(control->Flags, 0, sizeof(control->Flags));
        control->AutoLogContext = NULL;
    }
}

/* FLAG or FLAG,LEVEL into *request. */
static int parse_request(const char *text, struct trace_request *request, char *error, size_t size)
{
    size_t length = strcspn(text, ",");

    if (length == 0 || length >= sizeof(request->flag)) {
        snprintf(error, size, "'%s' is not FLAG or FLAG,LEVEL, FLAG of 1 to %zu letters", text,
                 sizeof(request->flag) - 1);
        return -1;
    }
    snprintf(request->flag, sizeof(request->flag), "%.*s", (int)length, text);
    int level = 5;
    if (text[length] == ',')
        level = trace_level_from_name(text + length + 1, strlen(text + length + 1));
    if (level < 0) {
        snprintf(error, size,
                 "'%s' is none of critical, error, warning, information, verbose, and no number "
                 "from 0 to 255",
                 text + length + 1);
        return -1;
    }
    request->level = (UCHAR)level;
    return 0;
}

int trace_check(const char *specification, char *error, size_t size)
{
    return parse_request(specification, &(struct trace_request){0}, error, size);
}

int WdfuseTraceEnable(const char *Specification, char *Error, size_t ErrorSize)
{
    struct trace_request request = {0};

    if (parse_request(Specification, &request, Error, ErrorSize) != 0)
        return -1;
    PORT_LOCK_SCOPE(&trace_lock);
    if (request_count == TRACE_REQUESTS_MAX) {
        snprintf(Error, ErrorSize, "no more than %d flags", TRACE_REQUESTS_MAX);
        return -1;
    }
    requests[request_count++] = request;
    for (WDFUSE_TRACE_CONTROL *control = controls; control != NULL; control = control->Next)
        ask_locked(control);
    return 0;
}

/* Writes the names of all flags into text, as many as fit. */
static void list_flags_locked(char *text, size_t size) REQUIRES(trace_lock)
{
    size_t used = 0;

    text[0] = '\0';
    for (const WDFUSE_TRACE_CONTROL *control = controls; control != NULL; control = control->Next) {
        const WDFUSE_TRACE_PROVIDER *provider = control->Provider;
        for (unsigned i = 0; provider->Flags[i] != NULL && used < size; i++)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     provider->Flags[i]);
    }
}

void trace_warn_of_unknown_flags(void)
{
    char flags[512];

    PORT_LOCK_SCOPE(&trace_lock);
    list_flags_locked(flags, sizeof(flags));
    for (unsigned i = 0; i < request_count; i++) {
        if (requests[i].is_known)
            continue;
        if (flags[0] == '\0')
            log_warning("--trace=%s: the driver traces nothing", requests[i].flag);
        else
            log_warning("--trace=%s: the driver has no such flag; it has %s", requests[i].flag,
                        flags);
    }
}

/* ---- messages ---- */

bool trace_is_wanted(const WDFUSE_TRACE_CONTROL *control, ULONG level, const char *flag)
{
    if (control == NULL || control->Logger == 0 || control->Level == 0)
        return false;
    const char *const *flags = control->Provider->Flags;
    for (unsigned i = 0; i < WDFUSE_TRACE_FLAGS_MAX && flags[i] != NULL; i++)
        if (strcmp(flags[i], flag) == 0)
            return control->Levels[i] > 0 && control->Levels[i] >= level;
    return control->Level >= level;
}

/* It was asked for, so that the log shows it where it shows anything but errors and warnings. */
static enum log_level log_level_of(ULONG level)
{
    if (level == 1 || level == 2)
        return LOG_LEVEL_ERROR;
    return level == 3 ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO;
}

void trace_write(ULONG level, const char *place, const char *flag, const char *text)
{
    const char *separator = flag[0] != '\0' && level != 0 ? ", " : "";
    const char *name = level != 0 ? trace_level_name(level) : "";

    const char *colon = flag[0] != '\0' || level != 0 ? ": " : "";

    do {
        size_t length = strcspn(text, "\r\n");
        log_message(log_level_of(level), "%s: %s%s%s%s%.*s", place, flag, separator, name, colon,
                    (int)length, text);
        text += length;
        text += strspn(text, "\r\n");
    } while (*text != '\0');
}

/* Where a message is, and what it says. */
struct trace_line {
    char place[128];
    char text[TRACE_TEXT_MAX];
};

static void compose(struct trace_line *line, const struct trace_message *message,
                    const char *format, va_list arguments)
{
    snprintf(line->place, sizeof(line->place), "%s:%u", message->unit->File, message->line);
    nt_format_words(line->text, sizeof(line->text), format, arguments, &message->words);
}

VOID WdfuseTraceMessage(ULONG64 Logger, const WDFUSE_TRACE_UNIT *Unit, ULONG Line,
                        const char *Function, ULONG Level, const char *Flag, const char *Format,
                        ...)
{
    if (Level == 0)
        Level = (ULONG)max(trace_level_from_name(Flag, strlen(Flag)), 0);
    if (!trace_is_wanted((const WDFUSE_TRACE_CONTROL *)(uintptr_t)Logger, Level, Flag))
        return;
    struct trace_message message = {
        .words = {.render = trace_word_render},
        .unit = Unit,
        .line = Line,
        .function = Function,
        .level = Level,
        .flag = Flag,
    };
    struct trace_line line;
    va_list arguments;

    va_start(arguments, Format);
    compose(&line, &message, Format, arguments);
    va_end(arguments);
    trace_write(Level, line.place, Flag, line.text);
}

VOID WdfuseTraceRecord(BOOLEAN Traced, ULONG64 Logger, BOOLEAN Recorded, RECORDER_LOG Log,
                       ULONG Level, ULONG Bit, const WDFUSE_TRACE_UNIT *Unit, ULONG Line,
                       const char *Function, const char *Flag, const char *Format, ...)
{
    struct trace_message message = {
        .words = {.render = trace_word_render},
        .unit = Unit,
        .line = Line,
        .function = Function,
        .level = Level,
        .flag = Flag,
    };
    struct trace_line line;
    va_list arguments;

    (void)Bit;
    Traced =
        Traced && trace_is_wanted((const WDFUSE_TRACE_CONTROL *)(uintptr_t)Logger, Level, Flag);
    if (!Traced && !Recorded)
        return;
    va_start(arguments, Format);
    compose(&line, &message, Format, arguments);
    va_end(arguments);
    if (Traced)
        trace_write(Level, line.place, Flag, line.text);
    if (Recorded)
        recorder_write(Log, Level, line.place, Flag, line.text);
}
