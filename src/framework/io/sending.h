/*
 * What a request has once its driver sends it to an I/O target (target/): made when it is needed
 * first, and kept with the request's memory from one use to the next, so that sending allocates
 * nothing. Here it is memory alone, but for one thing that the client's side must know: who is to
 * be told when the client gives up.
 */
#ifndef WDFUSE_FRAMEWORK_IO_SENDING_H
#define WDFUSE_FRAMEWORK_IO_SENDING_H

#include <stdbool.h>
#include <stddef.h>

struct wdf_object;

struct sending {
    /* The holder of the request, in state SENT, with a reference; NULL: none yet; it will check
     * whether the request is cancelled. With the io_lock held. Constant, as are the following. */
    struct wdf_object *(*reference_holder)(struct sending *sending);
    /* That one is to let go of it; true if somebody can (S7.35). Any thread, without locks, with a
     * reference on the request. */
    bool (*give_up)(struct sending *sending, struct wdf_object *holder);
    /* A target has the request. */
    bool (*is_away)(const struct sending *sending);
    /* The driver is done with the request: what was formatted for it is released. */
    void (*release)(struct sending *sending);
    bool is_used; /* release is to be called */
    /* Frees it. */
    void (*free)(struct sending *sending);
};

/* NULL: there is none. */
static inline void sending_free(struct sending *sending)
{
    if (sending != NULL)
        sending->free(sending);
}

#endif
