/*
 * Memory for messages of the kernel: what is spare, and messages that wait until a worker may
 * process them.
 */
#ifndef WDFUSE_TRANSPORT_MESSAGESTORE_H
#define WDFUSE_TRANSPORT_MESSAGESTORE_H

#include "port/thread.h"
#include "transport/wire.h"

/*
 * A message that has been received and waits: a short one as a copy, so that as many may wait as
 * clients like; a long one, which is a write's, in the buffer that it was received in, which its
 * request may want to keep.
 */
struct message {
    struct message *next;
    struct wire_buffer buffer; /* its memory is `copy`, or a buffer of its own */
    unsigned char copy[];
};

/* Takes what lies in that buffer. The buffer's memory becomes the message's, and *buffer has none,
 * unless the message is a copy. NULL when there is no memory. */
struct message *message_create(struct wire_buffer *buffer);

static inline bool message_is_copy(const struct message *message)
{
    return message->buffer.memory == message->copy;
}

/* Messages in order of arrival. Guarded by whoever has it. */
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

/* Buffers that nobody uses: of WIRE_MESSAGE_MAX bytes, of which as much is resident as was ever
 * used. */
struct spare_buffer;
struct message_store {
    struct port_mutex spare_lock;
    struct spare_buffer *spare GUARDED_BY(spare_lock);
    unsigned count GUARDED_BY(spare_lock);
};

void message_store_init(struct message_store *store);
/* Frees what is spare. */
void message_store_destroy(struct message_store *store);

/* A spare buffer, or NULL: wire_receive makes one then. */
void *message_store_take(struct message_store *store);
/* Gives a buffer back: it is kept or freed. NULL is nothing. */
void message_store_put(struct message_store *store, void *buffer);

/* The calling thread receives into that buffer, with memory of the store, from now on. */
void message_store_serve(struct message_store *store, struct wire_buffer *buffer);

/*
 * For the operation that this thread is processing: leaves the memory that its message lies in to
 * the caller, who puts it back into that store once, from any thread, before the session is
 * stopped. The thread goes on with other memory.
 * NULL: the message came by a ring, where it stays until it is answered.
 */
void *message_store_keep(struct message_store **store);

#endif
