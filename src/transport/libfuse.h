/* libfuse, which nothing outside this folder includes. */
#ifndef WDFUSE_TRANSPORT_LIBFUSE_H
#define WDFUSE_TRANSPORT_LIBFUSE_H

#define FUSE_USE_VERSION 35
#include <fuse3/fuse_lowlevel.h>

#endif
