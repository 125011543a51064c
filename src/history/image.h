/*
 * A history in the memory of its reader, from a file of rings or from a core.
 */
#ifndef WDFUSE_HISTORY_IMAGE_H
#define WDFUSE_HISTORY_IMAGE_H

#include "history/read.h"

/* Fills in header, size, memory and is_ended of the view. False, with a line in `error`. */
bool history_image_read(const char *path, struct history_view *view, char *error, size_t size);

/* What is wrong with what claims to be a history of that many bytes; NULL: nothing. */
const char *history_image_problem(const struct history_header *header, size_t size);

#endif
