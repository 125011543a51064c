/* Commands of wdfctl: what was asked for, and whom it is asked of. */
#ifndef WDFCTL_COMMAND_H
#define WDFCTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "client.h"

enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

struct invocation {
    const char *daemon;      /* --daemon */
    unsigned look_timeout_s; /* both: --timeout */
    unsigned command_timeout_s;
    const char *perfetto; /* files to write */
    const char *svg;
    const char *mof; /* where the descriptions of blocks are; NULL: where they are installed */
    uint64_t last;   /* records of each thread; 0: as many as usual */
    bool is_json;
    bool follows;
    const char *argument; /* of the command; NULL: none */
    unsigned count;       /* of all words behind the command */
    char **words;
};

struct command {
    const char *name;
    const char *argument; /* its name in the help; "[X]" may be left out, NULL: there is none */
    const char *method;   /* of org.wdfuse.control; NULL: `run` does it all */
    const char *key;      /* of the argument in the call; of a list: of the list in the answer */
    void (*show)(const json_t *list); /* of what is looked at; NULL: it is a command */
    int (*run)(const struct command *command, const struct invocation *invocation);
    const char *help;
};

/* An `argument` of those commands that take as many words as they like. */
#define WORDS "[...]"

/* Lines on stderr. The first returns STATUS_USAGE. */
int complain_of_usage(const char *what, const char *word);
void print_error(const struct command *command, const json_t *error);

void print_json(const json_t *value);

/* Whether the error says that it is another daemon's business: it has no such device or request. */
bool is_elsewhere(const json_t *error);

/* The answer of the first daemon whose business it is, or of the only one; NULL, after a line.
 * `of_one`: what is to be found, such as "device 'x'"; NULL: it is about the daemon. */
json_t *ask_daemons(const struct command *command, const struct invocation *invocation,
                    const char *method, json_t *parameters, const char *of_one);

/* Calls `show` with each message that comes, until the daemon ends it. Its status. */
int follow_daemon(const struct command *command, const struct invocation *invocation,
                  struct daemon *daemon, void (*show)(const json_t *parameters));

/* The only daemon there is, or the one that is named; NULL, after a line. *daemons is to be
 * forgotten in any case. */
struct daemon *find_one(const struct invocation *invocation, struct daemons *daemons);

/* Asks every daemon, as a listing does: shows each answer, or prints all as JSON. */
int look_at_all(const struct command *command, const struct invocation *invocation,
                void (*show)(const json_t *answer));

/* Of a ring or a core. */
int run_post_mortem(const struct command *command, const struct invocation *invocation);
int run_timeline(const struct command *command, const struct invocation *invocation);

/* "wmi", "inject", "use": with words of their own. */
int run_use(const struct command *command, const struct invocation *invocation);
int run_wmi(const struct command *command, const struct invocation *invocation);
int run_inject(const struct command *command, const struct invocation *invocation);

#endif
