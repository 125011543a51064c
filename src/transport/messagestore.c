/* Memory for messages. See messagestore.h. */
#include "transport/messagestore.h"

#include <stdlib.h>
#include <string.h>

struct spare_buffer {
    struct spare_buffer *next;
};

/* How many buffers are kept. */
#define SPARE_MAX 16

/* Shorter than any data that stay where they were received. */
#define COPY_MAX 4096

struct message *message_create(struct wire_buffer *buffer)
{
    bool is_copy = buffer->size <= COPY_MAX;
    struct message *message = malloc(sizeof(*message) + (is_copy ? buffer->size : 0));
    if (message == NULL)
        return NULL;
    message->buffer = *buffer;
    if (is_copy) {
        memcpy(message->copy, buffer->memory, buffer->size);
        message->buffer.memory = message->copy;
    } else {
        buffer->memory = NULL;
    }
    return message;
}

void message_list_init(struct message_list *list)
{
    list->first = NULL;
    list->last = &list->first;
}

void message_list_append(struct message_list *list, struct message *message)
{
    message->next = NULL;
    *list->last = message;
    list->last = &message->next;
}

struct message *message_list_take(struct message_list *list)
{
    struct message *message = list->first;
    if (message == NULL)
        return NULL;
    list->first = message->next;
    if (list->first == NULL)
        list->last = &list->first;
    return message;
}

static bool is_unique(const struct message *message, uint64_t unique)
{
    const struct fuse_in_header *header = message->buffer.memory;
    return header->unique == unique;
}

struct message *message_list_take_unique(struct message_list *list, uint64_t unique)
{
    struct message **link = &list->first;
    while (*link != NULL && !is_unique(*link, unique))
        link = &(*link)->next;
    struct message *message = *link;
    if (message == NULL)
        return NULL;
    *link = message->next;
    if (*link == NULL)
        list->last = link;
    return message;
}

void message_store_init(struct message_store *store)
{
    port_mutex_init(&store->spare_lock);
    port_lock_is_not_needed(spare_lock);
    store->spare = NULL;
    store->count = 0;
}

void *message_store_take(struct message_store *store)
{
    PORT_LOCK_SCOPE_OF(store, spare_lock);
    struct spare_buffer *spare = store->spare;
    if (spare != NULL) {
        store->spare = spare->next;
        store->count--;
    }
    return spare;
}

static bool keep(struct message_store *store, struct spare_buffer *spare)
{
    PORT_LOCK_SCOPE_OF(store, spare_lock);
    if (store->count == SPARE_MAX)
        return false;
    spare->next = store->spare;
    store->spare = spare;
    store->count++;
    return true;
}

void message_store_put(struct message_store *store, void *buffer)
{
    if (buffer != NULL && !keep(store, buffer))
        free(buffer);
}

static _Thread_local struct {
    struct message_store *store;
    struct wire_buffer *buffer;
} served;

void message_store_serve(struct message_store *store, struct wire_buffer *buffer)
{
    served.store = store;
    served.buffer = buffer;
}

void *message_store_keep(struct message_store **store)
{
    *store = served.store;
    if (served.buffer->payload != NULL)
        return NULL;
    void *kept = served.buffer->memory;
    served.buffer->memory = message_store_take(served.store);
    return kept;
}

void message_store_destroy(struct message_store *store)
{
    for (void *spare; (spare = message_store_take(store)) != NULL;)
        free(spare);
    port_mutex_destroy(&store->spare_lock);
}
