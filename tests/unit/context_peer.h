/* A context type that two files declare (S1.23): test_context.c and context_peer.c. */
#ifndef TESTS_UNIT_CONTEXT_PEER_H
#define TESTS_UNIT_CONTEXT_PEER_H

#include <ntddk.h>
#include <wdf.h>

typedef struct _SHARED {
    int Value;
} SHARED;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(SHARED, GetShared)

/* What the accessor in the other file returns. */
SHARED *peer_get_shared(WDFOBJECT object);

/* The type as the other file defines it. */
const WDF_OBJECT_CONTEXT_TYPE_INFO *peer_shared_type(void);

#endif
