/* The operations of a run with all they need: buffers, and for each an open file of its own. */
#ifndef ECHOAPP_OPERATIONS_H
#define ECHOAPP_OPERATIONS_H

#include "engine.h"
#include "message.h"

struct operations {
    size_t count; /* of reads, and of writes as many */
    struct operation *reads, *writes;
    unsigned char *bytes;
};

/*
 * Opens the device for each operation and fills what will be written: writes[i] has message i + 1.
 * A read has room for one byte more than a message has, so that a longer one shows. False: one line
 * on stderr has said why, and there is nothing to free.
 */
bool operations_make(struct operations *operations, const char *device,
                     const struct message_set *set);

/* With a new open file, which has read nothing. False: one line on stderr has said why not. */
bool operation_reopen(struct operation *operation, const char *device);

void operations_free(struct operations *operations);

#endif
