/* The driver's callbacks. See callback.h. */
#include "framework/object/callback.h"

#include "framework/object/verifier.h"

PORT_THREAD_LOCAL struct callback *callback_innermost;

_Noreturn void callback_is_too_deep(const struct callback *callback)
{
    const struct callback *outer = callback->outer;
    verifier_bugcheck(WDF_VERIFIER_FATAL_ERROR, callback->name,
                      "callbacks are nested %u deep (%s of %p inside %s of %p ...): the driver calls "
                      "itself, as by forwarding a request to and fro between queues in their callbacks",
                      callback->depth, callback->name, callback->object, outer->name, outer->object);
}
