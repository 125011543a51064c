/*
 * What a driver claims of itself.
 */
#ifndef WDFASSERT_H
#define WDFASSERT_H

#include <wdftypes.h>

/* WDFVERIFY: the expression is evaluated in every build; where DBG is set it must be true. */
#if DBG
#define WDFVERIFY(expression) NT_VERIFY(expression)
#else
#define WDFVERIFY(expression) ((expression) ? TRUE : FALSE)
#endif
#define VERIFY_IS_IRQL_PASSIVE_LEVEL() WDFVERIFY(KeGetCurrentIrql() == PASSIVE_LEVEL)
#define IS_AT_PASSIVE()                WDFVERIFY(KeGetCurrentIrql() == PASSIVE_LEVEL)

/* WDFCASSERT: a constant expression that is false does not compile. */
#define WDFCASSERT(c)                                                                              \
    {                                                                                              \
        switch (0)                                                                                 \
        case (c):                                                                                  \
        case 0:;                                                                                   \
    }

#endif
