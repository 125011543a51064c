/*
 * A file by which devices are woken: a FIFO, a terminal, /dev/fd/3 ... Any data that can be read
 * from it is one signal, and discarded.
 */
#ifndef WDFUSE_HOST_WAKESOURCE_H
#define WDFUSE_HOST_WAKESOURCE_H

#include <stdbool.h>

struct wake_source;

/* Returns 0, or -errno with a line logged. */
int wake_source_open(const char *path, struct wake_source **source);
void wake_source_close(struct wake_source *source); /* NULL: nothing */

/* To be polled for reading; -1: nothing will come, or there is no source (NULL). */
int wake_source_descriptor(const struct wake_source *source);

/* True: a signal has come. */
bool wake_source_take(struct wake_source *source);

#endif
