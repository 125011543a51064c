/* The kind of transport that makes DIR/NAME. */
#ifndef WDFUSE_TRANSPORT_FUSE_H
#define WDFUSE_TRANSPORT_FUSE_H

extern const struct transport_kind transport_fuse;

#endif
