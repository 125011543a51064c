/* Daemons and their control sockets, from the client's side. */
#ifndef WDFCTL_CLIENT_H
#define WDFCTL_CLIENT_H

#include <stdbool.h>

#include <jansson.h>

struct daemon {
    char *path;     /* of its socket */
    int socket;     /* connected */
    char *received; /* and not taken yet */
    size_t length;
    size_t capacity;
    bool is_quiet;    /* nothing is said of what fails */
    bool has_refused; /* it has closed without an answer */
    json_t *about;    /* type Daemon of the interface */
};

struct daemons {
    struct daemon *all;
    unsigned count;
    unsigned silent; /* that did not answer; a line was printed for each */
};

/*
 * The daemons of this user, and root's as far as they serve him, that are called `name`: the
 * program's name, the process ID, or the socket's path; NULL: all. A daemon that does not answer
 * within that many seconds is named on stderr and left out. False, after a line: no memory.
 */
bool daemons_find(const char *name, unsigned timeout_s, struct daemons *daemons);
void daemons_forget(struct daemons *daemons);

/* What dead daemons have left (host/leftovers.h); says each, with a removal or without. Returns how
 * many could not be removed. */
unsigned daemons_clean(void);

/*
 * Sends a call: a method of org.wdfuse.control, and its parameters, whose reference is taken.
 * False, after a line on stderr.
 */
bool daemon_send(struct daemon *daemon, const char *method, json_t *parameters, bool wants_more);

/* The next message, which the caller frees, within that many seconds (0: at any time); NULL, after
 * a line. */
json_t *daemon_receive(struct daemon *daemon, unsigned timeout_s);

/* Both: the answer's parameters. NULL: there is none; an error is left in *error (its reference is
 * the caller's) if there was one, and a line was printed if not. */
json_t *daemon_call(struct daemon *daemon, const char *method, json_t *parameters,
                    unsigned timeout_s, json_t **error);

/* What a daemon, or a ring, says may be anything: nothing of it shall reach a terminal as a
 * command. UTF-8 stays. */
void text_make_printable(char *text);

#endif
