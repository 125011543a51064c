/* The device under test. See device.h. */
#include "device.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/object/identity.h"
#include "nt/status.h"
#include "port/clock.h"
#include "port/log.h"

#define FILES_MAX 64

/* Even under a sanitizer an allocation that is too large is refused, and does not end the
 * program. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

WDFUSEDEVICE device;
WDF_DRIVER_CONFIG driver_config;
WDF_OBJECT_ATTRIBUTES driver_attributes;

static PFN_WDF_DRIVER_DEVICE_ADD device_add;
static WDFUSEFILE files[FILES_MAX];
static char verifier_message[1024];

static NTSTATUS test_driver_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config = driver_config;
    config.Size = sizeof(config);
    config.EvtDriverDeviceAdd = device_add;
    PWDF_OBJECT_ATTRIBUTES attributes = driver_attributes.Size != 0 ? &driver_attributes : NULL;
    return WdfDriverCreate(DriverObject, RegistryPath, attributes, &config, WDF_NO_HANDLE);
}

/* Breaks are expected in many tests: they are kept, but not shown unless the test runs with
 * CK_VERBOSITY=verbose. */
static void keep_verifier_message(enum log_level level, const char *line)
{
    if (level == LOG_LEVEL_ERROR)
        snprintf(verifier_message, sizeof(verifier_message), "%s", line);
    const char *verbosity = getenv("CK_VERBOSITY");
    if (verbosity != NULL && strcmp(verbosity, "verbose") == 0)
        fprintf(stderr, "%s: %s\n", log_level_name(level), line);
}

void keep_log(void)
{
    log_set_sink(keep_verifier_message);
}

const char *last_verifier_message(void)
{
    static char message[sizeof(verifier_message)];
    memcpy(message, verifier_message, sizeof(message));
    verifier_message[0] = '\0';
    return message;
}

static NTSTATUS try_start_driver(PDRIVER_INITIALIZE driver_entry)
{
    keep_log();
    WdfuseInprocUseVirtualClock();
    return WdfuseInprocStart(driver_entry, "test", &device);
}

struct driver *driver_under_test(void)
{
    PORT_LOCK_SCOPE(&nt_drivers_lock);
    struct nt_driver *driver = nt_driver_next_locked(NULL);
    ck_assert_ptr_nonnull(driver);
    return CONTAINING_RECORD(driver, struct driver, nt);
}

void device_start_driver(PDRIVER_INITIALIZE driver_entry)
{
    ck_status_eq(try_start_driver(driver_entry), STATUS_SUCCESS);
}

NTSTATUS device_try_start_with(PFN_WDF_DRIVER_DEVICE_ADD add)
{
    device_add = add;
    return try_start_driver(test_driver_entry);
}

void device_start_with(PFN_WDF_DRIVER_DEVICE_ADD add)
{
    ck_status_eq(device_try_start_with(add), STATUS_SUCCESS);
}

void device_stop(void)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (files[i] != NULL)
            close_file(files[i]);
    }
    if (device != NULL)
        WdfuseInprocStop(device);
    device = NULL;
    memset(&driver_config, 0, sizeof(driver_config));
    memset(&driver_attributes, 0, sizeof(driver_attributes));
}

WDFUSEFILE open_file(void)
{
    unsigned slot = 0;
    while (slot < FILES_MAX && files[slot] != NULL)
        slot++;
    ck_assert_msg(slot < FILES_MAX, "more than %d files open", FILES_MAX);
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &files[slot]), STATUS_SUCCESS);
    return files[slot];
}

void close_file(WDFUSEFILE file)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (files[i] == file)
            files[i] = NULL;
    }
    WdfuseInprocClose(file);
}

void advance_ms(unsigned milliseconds)
{
    WdfuseInprocAdvanceClock((ULONGLONG)milliseconds * 10000);
}

void check_status(NTSTATUS actual, NTSTATUS expected, const char *expression, const char *file,
                  int line)
{
    char actual_name[64];
    snprintf(actual_name, sizeof(actual_name), "%s", nt_status_name(actual));
    ck_assert_msg(actual == expected, "%s:%d: %s is %s, not %s", file, line, expression,
                  actual_name, nt_status_name(expected));
}

size_t finish_with(WDFUSEIO io, NTSTATUS expected)
{
    size_t count;
    ck_assert_ptr_nonnull(io);
    ck_status_eq(WdfuseInprocFinish(io, &count), expected);
    return count;
}

bool wait_a_moment(unsigned tries)
{
    static _Thread_local uint64_t deadline;
    if (tries == 0)
        deadline = port_clock_deadline(20000000000ull);
    sched_yield();
    return port_clock_deadline(0) < deadline;
}

static const char *expected_words;

static void check_message(int number)
{
    UNREFERENCED_PARAMETER(number);
    if (strstr(last_verifier_message(), expected_words) == NULL)
        _exit(EXIT_FAILURE);
}

void expect_bug_check(const char *words)
{
    expected_words = words;
    signal(SIGABRT, check_message);
}
