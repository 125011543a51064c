/* The kind of transport that makes /dev/NAME. */
#ifndef WDFUSE_TRANSPORT_CUSE_H
#define WDFUSE_TRANSPORT_CUSE_H

extern const struct transport_kind transport_cuse;

#endif
