/*
 * A device under test: a WDF driver in three lines, on the in-process transport.
 *
 * A test provides EvtDriverDeviceAdd, starts the device, and talks to it as a client. The clock is
 * virtual (advance_ms), so nothing sleeps; every wait has a deadline (eventually).
 */
#ifndef TESTS_UNIT_DEVICE_H
#define TESTS_UNIT_DEVICE_H

#include <check.h>
#include <stdbool.h>

#include <ntddk.h>
#include <wdf.h>
#include <wdfuse/inproc.h>

/* The running device, used by everything below. */
extern WDFUSEDEVICE device;

/* Loads a driver with that EvtDriverDeviceAdd and starts its device; the test fails if that
 * fails. */
void device_start_with(PFN_WDF_DRIVER_DEVICE_ADD add);

/* The same, but returns the status; `device` is NULL after a failure. */
NTSTATUS device_try_start_with(PFN_WDF_DRIVER_DEVICE_ADD add);

/* The same for a driver that has its own DriverEntry. */
void device_start_driver(PDRIVER_INITIALIZE driver_entry);

/* The loaded driver. */
struct driver *driver_under_test(void);

/* The driver's configuration for the next start: callbacks, attributes. Reset by device_stop. */
extern WDF_DRIVER_CONFIG driver_config;
extern WDF_OBJECT_ATTRIBUTES driver_attributes;

/* Closes the files that open_file has opened and that are still open, removes the device, and
 * unloads the driver. */
void device_stop(void);

/* Opens with O_RDWR; the test fails if that fails. */
WDFUSEFILE open_file(void);
void close_file(WDFUSEFILE file);

void advance_ms(unsigned milliseconds);

/* Asserts a status by name: the message shows both names. */
#define ck_status_eq(actual, expected)                                                             \
    check_status((actual), (expected), #actual, __FILE__, __LINE__)
void check_status(NTSTATUS actual, NTSTATUS expected, const char *expression, const char *file,
                  int line);

/* Finishes an I/O and asserts its status; returns the count. */
size_t finish_with(WDFUSEIO io, NTSTATUS expected);

/*
 * Waits, with a deadline, until the condition is true, for what other threads do. Only for tests
 * with several threads: with one thread, the framework has done everything when a call returns,
 * except for work that it gave to its workers (WdfuseInprocWaitForWorkers).
 */
#define eventually(condition)                                                                      \
    do {                                                                                           \
        for (unsigned tries_ = 0; !(condition); tries_++)                                          \
            ck_assert_msg(wait_a_moment(tries_), "not in time: %s", #condition);                   \
    } while (0)
bool wait_a_moment(unsigned tries);

/* Keeps the log for last_verifier_message instead of showing it. Starting a device does it too. */
void keep_log(void);

/* The last line that the verifier has logged, or "" if there was none since the last call. For
 * tests of breaks (S13). */
const char *last_verifier_message(void);

/* In a test that ends by SIGABRT (S13.24): the bug check must have these words in its message. Any
 * other ends the process in another way. */
void expect_bug_check(const char *words);

#endif
