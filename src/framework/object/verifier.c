/* Breaks and bug checks. See verifier.h. */
#include "framework/object/verifier.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/identity.h"
#include "history/place.h"
#include "history/read.h"
#include "nt/recorder.h"
#include "nt/utf.h"
#include "port/log.h"
#include "port/thread.h"

/*
 * The driver's place in the call: who called the public function. Found by the function's name,
 * which is visible if the framework is a library; otherwise there is no place.
 */
static const void *caller_of(const char *function)
{
    void *frames[32];
    int count = backtrace(frames, RTL_NUMBER_OF(frames));
    for (int i = 0; i + 1 < count; i++) {
        Dl_info where;
        /* Of the call, not of what follows it: that may be the next function. */
        if (dladdr((char *)frames[i] - 1, &where) != 0 && where.dli_sname != NULL &&
            strcmp(where.dli_sname, function) == 0)
            return (char *)frames[i + 1] - 1;
    }
    return NULL;
}

/* ", called from PLACE (driver NAME)", as far as they are known. Returns the buffer. */
static const char *describe_caller(const char *function, char *buffer, size_t size)
{
    char place[320];
    const void *caller = caller_of(function);
    const struct driver *driver = driver_of_caller(caller);
    int length = 0;
    buffer[0] = '\0';
    if (caller != NULL)
        length = snprintf(buffer, size, ", called from %s",
                          verifier_place(caller, place, sizeof(place)));
    if (driver != NULL)
        snprintf(buffer + length, size - (size_t)length, " (driver %s)", driver_name(driver));
    return buffer;
}

/*
 * Once in a process: where the text of a rule is found. `message` may name its rule itself, as in
 * "... is NULL (S1.3)". Returns the buffer.
 */
static const char *describe_rule(const char *rule, const char *message, char *buffer, size_t size)
{
    static atomic_flag is_told = ATOMIC_FLAG_INIT;
    const char *cited = rule != NULL ? rule : strstr(message, "(S");
    buffer[0] = '\0';
    if (cited == NULL)
        return buffer;
    if (rule == NULL)
        cited++;
    int length = (int)strspn(cited, "S.0123456789");
    if (length > 1 && !atomic_flag_test_and_set(&is_told))
        snprintf(buffer, size, "; wdfhost --explain %.*s prints the rule", length, cited);
    return buffer;
}

/* In an exploration, with the place in what is reported. */
static void end_schedule(const char *function, const char *message, const char *caller,
                         const char *rule)
{
#ifdef PORT_EXPLORE
    char text[960];
    snprintf(text, sizeof(text), "%s%s", message, caller);
    port_violation(function, text, rule);
#else
    (void)function, (void)message, (void)caller, (void)rule;
#endif
}

static void say(const char *function, const char *rule, const char *message)
{
    char caller[448];
    char explained[64];
    log_error("verifier: %s: %s (%s)%s%s", function, message, rule,
              describe_caller(function, caller, sizeof(caller)),
              describe_rule(rule, message, explained, sizeof(explained)));
    end_schedule(function, message, caller, rule);
    if (getenv("WDFUSE_BREAK") != NULL)
        raise(SIGTRAP);
}

void verifier_break(const char *function, const char *rule, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    say(function, rule, message);
}

/* ---- with a lock ---- */

struct finding {
    const char *function;
    const char *rule;
    bool has_doer;
    const void *doer;
    unsigned thread;
    char message[320];
};

static _Thread_local struct finding found;
PORT_THREAD_LOCAL bool verifier_has_found;

static void find(const struct finding *finding, const char *format, va_list arguments)
{
    found = *finding;
    vsnprintf(found.message, sizeof(found.message), format, arguments);
    verifier_has_found = true;
#ifdef PORT_EXPLORE
    verifier_say_found(); /* all threads of an exploration are one, and nobody looks for lines */
#endif
}

void verifier_find(const char *function, const char *rule, const char *format, ...)
{
    const struct finding finding = {.function = function, .rule = rule};
    va_list arguments;
    va_start(arguments, format);
    find(&finding, format, arguments);
    va_end(arguments);
}

void verifier_find_doer(const char *function, const char *rule, const void *doer, unsigned thread,
                        const char *format, ...)
{
    const struct finding finding = {
        .function = function, .rule = rule, .has_doer = true, .doer = doer, .thread = thread};
    va_list arguments;
    va_start(arguments, format);
    find(&finding, format, arguments);
    va_end(arguments);
}

void verifier_say_found(void)
{
    char doer[384];
    char message[sizeof(found.message) + sizeof(doer)];
    verifier_has_found = false;
    if (found.has_doer)
        snprintf(message, sizeof(message), "%s %s", found.message,
                 verifier_doer(found.doer, found.thread, doer, sizeof(doer)));
    else
        strcpy(message, found.message);
    say(found.function, found.rule, message);
}

/* Of the thread, with a bug check. */
#define LAST_EVENTS 20

static atomic_bool has_ended;

static __attribute__((unused)) void say_event(const char *line)
{
    log_error("history %s", line);
}

/* First, so that the last words are what was wrong. An exploration has its trace. */
static void tell_history(void)
{
#ifndef PORT_EXPLORE
    history_say_last(LAST_EVENTS, say_event);
#endif
}

_Noreturn void verifier_bugcheck(WDF_BUGCHECK_CODES violation, const char *function,
                                 const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    char caller[448];
    char explained[64];
    tell_history();
    log_error("WDF_VIOLATION 0x%X: %s: %s%s%s", (unsigned)violation, function, message,
              describe_caller(function, caller, sizeof(caller)),
              describe_rule(NULL, message, explained, sizeof(explained)));
    end_schedule(function, message, caller, NULL);
    recorder_report();
    has_ended = true;
    abort();
}

bool verifier_has_ended(void)
{
    return has_ended;
}

bool verifier_irql_is_at_most(unsigned char irql, const char *function)
{
    unsigned char current = KeGetCurrentIrql();
    if (current <= irql)
        return true;
    verifier_break(function, "S13.7", "called at IRQL %u, allowed up to %u", current, irql);
    return false;
}

NTSTATUS verifier_unicode_string(const UNICODE_STRING *string, const char *function)
{
    const char *problem = string != NULL ? unicode_string_problem(string) : NULL;
    if (problem == NULL)
        return STATUS_SUCCESS;
    verifier_break(function, "S1.4",
                   "{Length %u, MaximumLength %u, Buffer %p} is no UNICODE_STRING: %s",
                   string->Length, string->MaximumLength, (void *)string->Buffer, problem);
    return STATUS_INVALID_PARAMETER;
}

/* Function and line of places that messages have named. One thread at a time; another thread that
 * comes meanwhile looks for itself. */
static struct known_place {
    const void *address;
    struct place place;
} known_places[16];
static atomic_flag known_places_are_used = ATOMIC_FLAG_INIT;

static void find_place(const Dl_info *where, const void *address, struct place *place)
{
    static unsigned next;
    uintptr_t offset = (uintptr_t)address - (uintptr_t)where->dli_fbase;
    bool is_ours = !atomic_flag_test_and_set(&known_places_are_used);
    for (unsigned i = 0; is_ours && i < RTL_NUMBER_OF(known_places); i++) {
        if (known_places[i].address == address) {
            *place = known_places[i].place;
            atomic_flag_clear(&known_places_are_used);
            return;
        }
    }
    (void)place_find(where->dli_fname, offset, place);
    if (is_ours) {
        known_places[next++ % RTL_NUMBER_OF(known_places)] = (struct known_place){address, *place};
        atomic_flag_clear(&known_places_are_used);
    }
}

/* "echo.so+0x1a2b (EchoEvtRead, queue.c:42)" */
static void describe_place(const Dl_info *where, const void *address, char *buffer, unsigned size)
{
    struct place place;
    find_place(where, address, &place);
    size_t offset = (size_t)((const char *)address - (const char *)where->dli_fbase);
    const char *slash = strrchr(where->dli_fname, '/');
    const char *name = slash != NULL ? slash + 1 : where->dli_fname;
    if (place.function[0] != '\0')
        snprintf(buffer, size, "%s+0x%zx (%s%s%s)", name, offset, place.function,
                 place.line[0] != '\0' ? ", " : "", place.line);
    else if (where->dli_sname != NULL)
        snprintf(buffer, size, "%s+0x%zx", where->dli_sname,
                 (size_t)((const char *)address - (const char *)where->dli_saddr));
    else
        snprintf(buffer, size, "%s+0x%zx", name, offset);
}

const char *verifier_place(const void *address, char *buffer, unsigned size)
{
    Dl_info where;
    if (address == NULL)
        snprintf(buffer, size, "an unknown place");
    else if (dladdr(address, &where) != 0)
        describe_place(&where, address, buffer, size);
    else
        snprintf(buffer, size, "%p", address);
    return buffer;
}

const char *verifier_doer(const void *address, unsigned thread, char *buffer, unsigned size)
{
    char place[320];
    if (address == NULL)
        snprintf(buffer, size, "by the framework");
    else
        snprintf(buffer, size, "at %s by thread %u", verifier_place(address, place, sizeof(place)),
                 thread);
    return buffer;
}

VOID WdfVerifierDbgBreakPoint(VOID)
{
    log_finish_line();
    if (getenv("WDFUSE_BREAK") != NULL)
        raise(SIGTRAP);
}

VOID WdfVerifierKeBugCheck(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                           ULONG_PTR BugCheckParameter2, ULONG_PTR BugCheckParameter3,
                           ULONG_PTR BugCheckParameter4)
{
    log_error("the driver ends itself: bug check 0x%X (0x%zX, 0x%zX, 0x%zX, 0x%zX)", BugCheckCode,
              (size_t)BugCheckParameter1, (size_t)BugCheckParameter2, (size_t)BugCheckParameter3,
              (size_t)BugCheckParameter4);
    port_violation(__func__, "the driver ends itself", NULL);
    recorder_report();
    abort();
}
