/* The first message on a connection: what kernel and daemon agree upon. */
#ifndef WDFUSE_TRANSPORT_WIRESTART_H
#define WDFUSE_TRANSPORT_WIRESTART_H

#include "transport/wire.h"

/* Answers a message that has come before the wire is ready, of `size` bytes, header included. With
 * the right one the wire becomes ready. */
void wire_start(struct wire_caller caller, const struct fuse_in_header *header, size_t size);

#endif
