/*
 * A device whose timers record what happens to them, for the tests of timers.
 *
 *     timer = one_shot();
 *     WdfTimerStart(timer, MS(10));
 *     advance_ms(10);
 *     ck_assert_uint_eq(calls_of(timer), 1);
 */
#ifndef TESTS_UNIT_OBSERVED_H
#define TESTS_UNIT_OBSERVED_H

#include <stdatomic.h>

#include "device.h"
#include "port/thread.h"

#define MS(milliseconds) WDF_REL_TIMEOUT_IN_MS(milliseconds)

/* What a timer's callback should do, and what it has seen. */
typedef struct _OBSERVED {
    char Name; /* goes to expiry_order; none with '\0' */
    void (*Action)(WDFTIMER Timer);
    BOOLEAN Result; /* the action's */
    KIRQL Irql;
    port_thread_id Thread;
    atomic_uint Calls; /* that have returned */
} OBSERVED;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(OBSERVED, GetObserved)

/* The names of the timers that have expired, in order; for timers that expire in one thread. */
extern char expiry_order[128];

/* The EvtTimerFunc of all of them. */
EVT_WDF_TIMER observe_expiry;

/* The fixture: a device with these attributes, which observed_setup resets. */
extern WDF_OBJECT_ATTRIBUTES observed_device_attributes;
void observed_setup(void);
void observed_start(void);

/* Attributes of a timer below the device, with an OBSERVED. */
WDF_OBJECT_ATTRIBUTES observed_attributes(void);

WDFTIMER one_shot(void);
WDFTIMER periodic(ULONG period);
WDFTIMER passive(void);

unsigned calls_of(WDFTIMER timer);

#endif
