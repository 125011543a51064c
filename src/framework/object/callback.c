/* The driver's callbacks. See callback.h. */
#include "framework/object/callback.h"

#include "framework/object/verifier.h"

PORT_THREAD_LOCAL struct callback *callback_innermost;

_Noreturn void callback_is_too_deep(const struct callback *callback)
{
    const struct callback *outer = callback->outer;
    verifier_bugcheck(
        WDF_VERIFIER_FATAL_ERROR, callback->name,
        "callbacks are nested %u deep (%s of %p inside %s of %p ...): the driver calls "
        "itself, as by forwarding a request to and fro between queues in their callbacks",
        callback->depth, callback->name, callback->object, outer->name, outer->object);
}

void callback_check_return(const struct callback *callback)
{
    uint32_t held = held_now;
    if (held_locks(held) > held_locks(callback->held))
        verifier_bugcheck(
            WDF_INVALID_LOCK_OPERATION, callback->name,
            "the callback of %p returns and still holds a lock (S13.14); the last that "
            "the driver has acquired is %s %p",
            callback->object, held_last.kind, held_last.lock);
    if (held_irql(held) > held_irql(callback->held))
        verifier_bugcheck(
            WDF_VERIFIER_FATAL_ERROR, callback->name,
            "the callback of %p was called at IRQL %u and returns at IRQL %u (S13.14)",
            callback->object, held_irql(callback->held), held_irql(held));
}
