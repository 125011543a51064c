/* Memory for the kernel's messages: spare buffers, and messages that wait until a worker may
 * process them. */
#ifndef WDFUSE_TRANSPORT_MESSAGESTORE_H
#define WDFUSE_TRANSPORT_MESSAGESTORE_H

#include "port/thread.h"
#include "transport/wire.h"

/*
 * A message that has been received and waits. A short one is a copy, so that any number may wait. A
 * long one, which is a write's, stays in the buffer that it was received in, because its request
 * may want to keep it.
 */
struct message {
    struct message *next;
    struct wire_buffer buffer; /* its memory is `copy`, or a buffer of its own */
    unsigned char copy[];
};

/* Makes a message of what is in that buffer. The buffer's memory becomes the message's, and *buffer
 * has none, unless the message is a copy. NULL without memory. */
struct message *message_create(struct wire_buffer *buffer);

static inline bool message_is_copy(const struct message *message)
{
    return message->buffer.memory == message->copy;
}

/* Messages in order of arrival. Guarded by its owner's lock. */
struct message_list {
    struct message *first;
    struct message **last;
};

void message_list_init(struct message_list *list);
void message_list_append(struct message_list *list, struct message *message);
/* NULL when the list is empty. */
struct message *message_list_take(struct message_list *list);
/* The message with that number of the kernel's, or NULL. */
struct message *message_list_take_unique(struct message_list *list, uint64_t unique);

/* A leaf. */
PORT_LOCK_KIND(spare_lock);

/* Unused buffers of WIRE_MESSAGE_MAX bytes, of which only what was ever used is resident. */
struct spare_buffer;
struct message_store {
    struct port_mutex spare_lock;
    struct spare_buffer *spare GUARDED_BY(spare_lock);
    unsigned count GUARDED_BY(spare_lock);
};

void message_store_init(struct message_store *store);
/* Frees the spare buffers. */
void message_store_destroy(struct message_store *store);

/* A spare buffer, or NULL: wire_receive makes one then. */
void *message_store_take(struct message_store *store);
/* Gives a buffer back: it is kept or freed. NULL is allowed. */
void message_store_put(struct message_store *store, void *buffer);

/* From now on the calling thread receives into that buffer, with memory of the store. */
void message_store_serve(struct message_store *store, struct wire_buffer *buffer);

/*
 * For the operation that this thread is processing: leaves the message's memory to the caller, who
 * puts it back into that store once, from any thread, before the session is stopped. The thread
 * goes on with other memory. NULL: the message came by a ring, where it stays until it is answered.
 */
void *message_store_keep(struct message_store **store);

#endif
