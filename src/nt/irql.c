/* The IRQL of a thread. See irql.h. */
#include "nt/irql.h"

#include <assert.h>

#include "nt/fault.h"
#include "port/thread.h"

static PORT_THREAD_LOCAL KIRQL current_irql = PASSIVE_LEVEL;

/* Written before the driver has threads and requests. */
static bool is_flat;

void irql_set_flat(bool value)
{
    is_flat = value;
}

KIRQL KeGetCurrentIrql(VOID)
{
    return current_irql;
}

KIRQL irql_raise(KIRQL irql)
{
    KIRQL previous = current_irql;

    assert(irql >= previous);
    if (!is_flat)
        current_irql = irql;
    return previous;
}

void irql_lower(KIRQL irql)
{
    if (irql > current_irql)
        nt_fault(
            "IRQL lowered from %u to %u: locks must be released in the reverse order of their acquisition",
            current_irql, irql);
    current_irql = irql;
}
