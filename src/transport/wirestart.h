/* The first message on a connection: what kernel and daemon agree on. */
#ifndef WDFUSE_TRANSPORT_WIRESTART_H
#define WDFUSE_TRANSPORT_WIRESTART_H

#include "transport/wire.h"

/* Answers a message of `size` bytes, header included, that has come before the wire is ready. The
 * right message makes the wire ready. */
void wire_start(struct wire_caller caller, const struct fuse_in_header *header, size_t size);

#endif
