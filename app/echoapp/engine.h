/*
 * Engines: ways of having many reads and writes outstanding at once. All of them are used by one
 * thread, and tell by a file descriptor that something has completed.
 */
#ifndef ECHOAPP_ENGINE_H
#define ECHOAPP_ENGINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct engine;

/* A read or write, of an open file that no other operation uses. */
struct operation {
    bool is_write;
    int file;
    unsigned char *buffer;
    size_t length;
    ssize_t result; /* when it is complete: bytes, or a negative errno */

    struct operation *next_complete; /* the engine's own, as what follows */

    /* threads */
    struct engine *engine;
    pthread_t thread;

    /* poll */
    bool is_accepted; /* the device has taken the data and is not done */
    bool is_cancelled;
};

struct engine_type {
    const char *name;

    /* A device in a FUSE mount is a regular file, and here the kernel takes it for one: a read at
     * its end, where its size says so, may be answered without asking the device, and a short read
     * is continued, so that it may hold parts of several messages. */
    bool treats_files_as_files;

    /* Makes an engine for at most `capacity` operations at a time. 0 or a negative errno; finish()
     * frees it. */
    int (*start)(struct engine **engine, size_t capacity);

    /* Starts the operation, whose memory is the engine's until next() has returned it. 0 or a
     * negative errno. */
    int (*submit)(struct engine *engine, struct operation *operation);

    /* What was submitted or cancelled before takes effect now at the latest. 0 or a negative
     * errno. */
    int (*flush)(struct engine *engine);

    /* An operation that is complete, NULL if there is none now. Does not wait. */
    struct operation *(*next)(struct engine *engine);

    /* Asks that the operation, one that next() has not returned, end soon: with -EINTR, -ECANCELED,
     * or as if it had not been asked for. A request may come too early to have an effect: ask again
     * until it has ended. */
    void (*cancel)(struct engine *engine, struct operation *operation);

    /* When nothing is outstanding any more. */
    void (*finish)(struct engine *engine);
};

struct engine {
    const struct engine_type *type;
    int ready; /* poll(2) says POLLIN when next() has something */
};

extern const struct engine_type poll_engine;
extern const struct engine_type threads_engine;
extern const struct engine_type uring_engine; /* where liburing was there at build time */

/* The engine of that name. NULL: there is none, and *reason says why. */
const struct engine_type *engine_named(const char *name, const char **reason);

/* Starts that type; NULL: the best that works here and is good for the device, which is a regular
 * file or not. NULL is returned when one line on stderr has said why. */
struct engine *engine_start(const struct engine_type *type, bool is_file, size_t capacity);

#endif
