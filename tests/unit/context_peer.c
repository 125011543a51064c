/* The other file that declares SHARED. See context_peer.h. */
#include "context_peer.h"

SHARED *peer_get_shared(WDFOBJECT object)
{
    return GetShared(object);
}

const WDF_OBJECT_CONTEXT_TYPE_INFO *peer_shared_type(void)
{
    return WDF_GET_CONTEXT_TYPE_INFO(SHARED);
}
