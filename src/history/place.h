/*
 * The function and line of a place in a file of code, as addr2line(1) of binutils, elfutils or LLVM
 * tells it, which runs in a process of its own, because a reader of debug information is large and
 * may fail.
 *
 * Takes no memory and no lock, so that the handler of a crash may ask, too.
 */
#ifndef WDFUSE_HISTORY_PLACE_H
#define WDFUSE_HISTORY_PLACE_H

#include <stdbool.h>
#include <stdint.h>

struct place {
    char function[128];
    char line[192]; /* "queue.c:42"; empty: not known */
};

/* `offset` counts from where the file's address 0 is loaded. False: there is no addr2line, no debug
 * information, or no answer within some seconds. */
bool place_find(const char *path, uint64_t offset, struct place *place);

#endif
