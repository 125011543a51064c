/*
 * Numbered messages: a reader can tell which one it has, whether it is whole, and whether it
 * belongs to this run at all.
 *
 * A message is a row of 8-byte words, each made of the run, the message's number and the word's
 * place; the last one may be cut. So a piece of one message inside another shows, and so does one
 * that has moved. What is shorter than 8 bytes holds less: one byte is just the number's lowest.
 */
#ifndef ECHOAPP_MESSAGE_H
#define ECHOAPP_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/* The messages of one run: all have the same size. */
struct message_set {
    uint32_t run;   /* any number that no other run has */
    uint32_t count; /* numbered from 1 */
    size_t size;    /* in bytes, at least 1 */
};

enum message_verdict {
    MESSAGE_WHOLE, /* one of the set, complete and unmixed */
    /* Cut, longer, or mixed with something else, but there is some of this run in it */
    MESSAGE_BROKEN,
    MESSAGE_FOREIGN, /* nothing of this run, or nothing at all */
};

void message_fill(const struct message_set *set, uint32_t number, unsigned char *bytes);

/* `number` is set for a whole message; where it is longer than the message, to the lowest that it
 * may be. */
enum message_verdict message_examine(const struct message_set *set, const unsigned char *bytes,
                                     size_t length, uint32_t *number);

#endif
