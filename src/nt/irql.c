/* The IRQL of a thread. See irql.h. */
#include "nt/irql.h"

#include <assert.h>

#include "nt/fault.h"
#include "nt/held.h"

KIRQL KeGetCurrentIrql(VOID)
{
    return held_irql(held_now);
}

static void set(KIRQL irql)
{
    held_now = (held_now & ~0xffu) | irql;
}

KIRQL irql_raise(KIRQL irql)
{
    KIRQL previous = held_irql(held_now);

    assert(irql >= previous);
    set(irql);
    return previous;
}

void irql_lower(KIRQL irql)
{
    if (irql > KeGetCurrentIrql())
        nt_fault(
            "IRQL lowered from %u to %u: locks must be released in the reverse order of their acquisition",
            KeGetCurrentIrql(), irql);
    set(irql);
}
