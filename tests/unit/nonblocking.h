/*
 * A client that does not wait (O_NONBLOCK), of a driver that holds its requests (holding.h).
 *
 *     nonblocking_setup();
 *     read_expecting(STATUS_CANT_WAIT);
 *     complete_read("hello");
 *     ck_assert_str_eq(read_text(8), "hello");
 */
#ifndef TESTS_UNIT_NONBLOCKING_H
#define TESTS_UNIT_NONBLOCKING_H

#include "holding.h"

#define BOTH ((ULONG)(WdfusePollIn | WdfusePollOut))

/* ---- the device, and the file that the client has opened ---- */

extern WDFUSEFILE file;

/* Opens `file`, with O_NONBLOCK; the previous one stays open. */
void open_nonblocking(void);

/* A fixture, whose teardown is holding_stop: a device with a parallel queue, and `file`. */
void nonblocking_setup(void);

/* Each of these starts the device again and opens `file`. */
void restart(WDF_IO_QUEUE_DISPATCH_TYPE type);
/* With that prepare_init. */
void restart_prepared(VOID (*prepare)(PWDFDEVICE_INIT DeviceInit), WDF_IO_QUEUE_DISPATCH_TYPE type);
/* With that EvtIoDefault. */
void restart_driven_by(PFN_WDF_IO_QUEUE_IO_DEFAULT io_default, WDF_IO_QUEUE_DISPATCH_TYPE type);
/* With a driver that completes each request at once with that status; a read returns "prompt". */
void restart_prompt(NTSTATUS status);
/* With a driver that counts the ends of files. */
extern unsigned cleanups, closes;
void restart_counting_ends(WDF_IO_QUEUE_DISPATCH_TYPE type);
/* With a client that looks while the device is removed: its requests have then been cancelled. */
void restart_looking(WDF_IO_QUEUE_DISPATCH_TYPE type, void (*look_at_removed)(void));

/* Removes the device of restart_looking; asserts that the client has looked once. */
void remove_and_look(void);

/* ---- the client ---- */

/* Whether the calls that begin from here on wait. */
void let_wait(bool waits);

void read_expecting(NTSTATUS expected);
/* The text that a read of this many bytes returns. Valid until the next one. */
const char *read_text(size_t length);
void write_expecting(const char *text, NTSTATUS expected);

/* Eight bytes, by a call that waits. */
WDFUSEIO begin_waiting_read(char *bytes);
WDFUSEIO begin_waiting_write(void);

#define ck_events(expected) ck_assert_uint_eq(WdfuseInprocPoll(file), (ULONG)(expected))

/* ---- the driver ---- */

/* Completes the oldest held request. */
void complete_read(const char *text);
void complete_write(NTSTATUS status);
void make_cancelable(void);

#endif
