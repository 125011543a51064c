/* Talking to daemons. See client.h. */
#include "client.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "control/connection.h"
#include "control/folder.h"
#include "host/leftovers.h"
#include "host/runtimefolder.h"

#define INTERFACE "org.wdfuse.control."

/* More than a daemon ever says at once. */
#define ANSWER_MAX (4 * CONNECTION_OUTPUT_MAX)

static void complain(const struct daemon *daemon, const char *what)
{
    if (daemon->is_quiet)
        return;
    fprintf(stderr, "wdfctl: %s: %s\n", daemon->path, what);
}

/* ---- where sockets are ---- */

typedef bool path_visitor(const char *path, void *context);

/* Only the owner may have been able to put anything there. */
static bool is_folder_of(const char *folder, uid_t owner)
{
    struct stat status;
    return lstat(folder, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == owner &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool is_socket(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

static bool visit_folder(const char *folder, uid_t owner, path_visitor *visit, void *context)
{
    char pattern[PATH_MAX];
    glob_t found;
    bool goes_on = true;
    snprintf(pattern, sizeof(pattern), "%s/*" CONTROL_SOCKET_SUFFIX, folder);
    if (!is_folder_of(folder, owner) || glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return true;
    for (size_t i = 0; i < found.gl_pathc && goes_on; i++)
        goes_on = !is_socket(found.gl_pathv[i]) || visit(found.gl_pathv[i], context);
    globfree(&found);
    return goes_on;
}

/* Root's, and this user's own. Those of other users are not trusted: to use one, name it. */
static bool visit_sockets(path_visitor *visit, void *context)
{
    char folder[PATH_MAX];
    if (!visit_folder("/run/wdfuse", 0, visit, context))
        return false;
    for (unsigned n = 0; runtime_folder_at(n, folder, sizeof(folder)) != NULL; n++) {
        if (strcmp(folder, "/run/wdfuse") != 0 && !visit_folder(folder, geteuid(), visit, context))
            return false;
    }
    return true;
}

/* ---- finding ---- */

struct search {
    struct daemons *daemons;
    const char *name;
    unsigned timeout_s;
};

static void close_daemon(struct daemon *daemon)
{
    if (daemon->socket >= 0)
        close(daemon->socket);
    free(daemon->path);
    free(daemon->received);
    json_decref(daemon->about);
}

/* Whether the daemon is meant, as far as its path tells. */
static bool may_be_meant(const char *path, const char *name)
{
    bool is_number = name != NULL && name[0] != '\0' && strspn(name, "0123456789") == strlen(name);
    const char *last = strrchr(path, '/') + 1;
    if (name == NULL || !is_number)
        return name == NULL || strchr(name, '/') == NULL || strcmp(name, path) == 0;
    return strncmp(last, name, strlen(name)) == 0 &&
           strcmp(last + strlen(name), CONTROL_SOCKET_SUFFIX) == 0;
}

static bool is_meant(const struct daemon *daemon, const char *name)
{
    const char *program = json_string_value(json_object_get(daemon->about, "program"));
    return name == NULL || strchr(name, '/') != NULL ||
           strspn(name, "0123456789") == strlen(name) ||
           (program != NULL && strcmp(program, name) == 0);
}

static json_t *ask_who(struct daemon *daemon, unsigned timeout_s)
{
    json_t *error = NULL;
    json_t *answer = daemon_call(daemon, "GetDaemon", NULL, timeout_s, &error);
    json_t *about = json_incref(json_object_get(answer, "daemon"));
    json_decref(answer);
    json_decref(error);
    return about;
}

static bool add_daemon(struct daemons *daemons, const struct daemon *daemon)
{
    struct daemon *all = reallocarray(daemons->all, daemons->count + 1, sizeof(*all));
    if (all == NULL) {
        fprintf(stderr, "wdfctl: no memory\n");
        return false;
    }
    daemons->all = all;
    all[daemons->count++] = *daemon;
    return true;
}

static bool look_at(const char *path, void *context)
{
    struct search *search = context;
    if (!may_be_meant(path, search->name))
        return true;
    struct daemon daemon = {.path = strdup(path), .socket = control_connect(path)};
    /* Root's daemons that do not serve this user are none for him, unless he asks for one. */
    bool is_roots = geteuid() != 0 && search->name == NULL &&
                    strncmp(path, "/run/wdfuse/", strlen("/run/wdfuse/")) == 0;
    if (daemon.socket == -ECONNREFUSED || daemon.socket == -ENOENT) { /* it has gone */
        free(daemon.path);
        return true;
    }
    if (daemon.path == NULL)
        fprintf(stderr, "wdfctl: no memory\n");
    else if (daemon.socket == -EAGAIN)
        complain(&daemon, "the daemon does not answer: it is stopped, or dying");
    else if (daemon.socket < 0)
        complain(&daemon, strerror(-daemon.socket));
    daemon.is_quiet = is_roots;
    if (daemon.socket >= 0 && daemon.path != NULL)
        daemon.about = ask_who(&daemon, search->timeout_s);
    daemon.is_quiet = false;
    search->daemons->silent += daemon.about == NULL && !(is_roots && daemon.has_refused);
    if (daemon.about != NULL && is_meant(&daemon, search->name) &&
        add_daemon(search->daemons, &daemon))
        return true;
    close_daemon(&daemon);
    return true;
}

bool daemons_find(const char *name, unsigned timeout_s, struct daemons *daemons)
{
    *daemons = (struct daemons){0};
    struct search search = {daemons, name, timeout_s};
    bool is_path = name != NULL && strchr(name, '/') != NULL;
    return is_path ? look_at(name, &search) : visit_sockets(look_at, &search);
}

void daemons_forget(struct daemons *daemons)
{
    for (unsigned i = 0; i < daemons->count; i++)
        close_daemon(&daemons->all[i]);
    free(daemons->all);
}

static void report_leftover(const char *path, int error, void *context)
{
    unsigned *failures = context;
    if (error == 0) {
        printf("removed %s\n", path);
    } else {
        fprintf(stderr, "wdfctl: %s: %s\n", path, strerror(-error));
        (*failures)++;
    }
}

unsigned daemons_clean(void)
{
    unsigned failures = 0;
    leftovers_remove(NULL, report_leftover, &failures);
    return failures;
}

/* ---- talking ---- */

bool daemon_send(struct daemon *daemon, const char *method, json_t *parameters, bool wants_more)
{
    char name[128];
    snprintf(name, sizeof(name), INTERFACE "%s", method);
    json_t *call =
        json_pack("{s:s, s:o, s:b}", "method", name, "parameters",
                  parameters != NULL ? parameters : json_object(), "more", (int)wants_more);
    char *text = json_dumps(call, JSON_COMPACT);
    json_decref(call);
    size_t left = text != NULL ? strlen(text) + 1 : 0;
    bool is_sent = text != NULL;
    for (const char *next = text; is_sent && left > 0;) {
        ssize_t length = send(daemon->socket, next, left, MSG_NOSIGNAL);
        is_sent = length > 0;
        next += is_sent ? length : 0;
        left -= is_sent ? (size_t)length : 0;
    }
    if (!is_sent)
        complain(daemon, text != NULL ? "the daemon has gone, or does not serve you: see wdfctl(8)"
                                      : "no memory");
    free(text);
    return is_sent;
}

void text_make_printable(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        bool is_c1 = c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F;
        if (is_c1)
            c[1] = '?';
        if (is_c1 || *c < ' ' || *c == 0x7F)
            *c = '?';
    }
}

static void make_printable(json_t *value)
{
    size_t i;
    const char *key;
    json_t *part;
    json_array_foreach(value, i, part)
    {
        make_printable(part);
    }
    json_object_foreach(value, key, part)
    {
        make_printable(part);
    }
    char *text = json_is_string(value) ? strdup(json_string_value(value)) : NULL;
    if (text == NULL)
        return;
    text_make_printable(text);
    (void)json_string_set(value, text);
    free(text);
}

/* The message that is whole in what has come; what is behind it stays for the next time. NULL:
 * there is none. */
static json_t *take_message(struct daemon *daemon, bool *is_whole)
{
    const char *end = daemon->length > 0 ? memchr(daemon->received, '\0', daemon->length) : NULL;
    *is_whole = end != NULL;
    if (end == NULL)
        return NULL;
    size_t length = (size_t)(end - daemon->received);
    json_t *message = json_loadb(daemon->received, length, 0, NULL);
    daemon->length -= length + 1;
    memmove(daemon->received, end + 1, daemon->length);
    if (message == NULL)
        complain(daemon, "what it says is no answer");
    else
        make_printable(message);
    return message;
}

static bool make_room(struct daemon *daemon)
{
    if (daemon->length < daemon->capacity)
        return true;
    size_t capacity = daemon->capacity * 2 + 65536;
    char *larger = capacity <= ANSWER_MAX ? realloc(daemon->received, capacity) : NULL;
    if (larger == NULL) {
        complain(daemon, capacity <= ANSWER_MAX ? "no memory" : "it says more than it may");
        return false;
    }
    daemon->received = larger;
    daemon->capacity = capacity;
    return true;
}

static int64_t milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until that moment; negative: at any time. False, after a line. */
static bool receive_some(struct daemon *daemon, int64_t limit)
{
    struct pollfd polled = {daemon->socket, POLLIN, 0};
    int64_t left = limit < 0 ? -1 : limit - milliseconds_now();
    int ready = limit >= 0 && left <= 0 ? 0 : poll(&polled, 1, (int)left);
    if (ready == 0) {
        /* One that has said who it is waits for a driver. */
        complain(daemon, daemon->about == NULL
                             ? "the daemon does not answer: it is stopped, or dying"
                             : "no answer in time: a driver's callback has not returned");
        return false;
    }
    ssize_t received = recv(daemon->socket, daemon->received + daemon->length,
                            daemon->capacity - daemon->length, MSG_DONTWAIT);
    if (received < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    daemon->has_refused = received == 0 || (received < 0 && errno == ECONNRESET);
    if (daemon->has_refused)
        complain(daemon, "the daemon has gone, or does not serve you: see wdfctl(8)");
    else if (received < 0)
        complain(daemon, strerror(errno));
    daemon->length += received > 0 ? (size_t)received : 0;
    return received > 0;
}

json_t *daemon_receive(struct daemon *daemon, unsigned timeout_s)
{
    int64_t limit = timeout_s > 0 ? milliseconds_now() + (int64_t)timeout_s * 1000 : -1;
    bool is_whole;
    json_t *message;
    while ((message = take_message(daemon, &is_whole)) == NULL && !is_whole) {
        if (!make_room(daemon) || !receive_some(daemon, limit))
            return NULL;
    }
    return message;
}

json_t *daemon_call(struct daemon *daemon, const char *method, json_t *parameters,
                    unsigned timeout_s, json_t **error)
{
    *error = NULL;
    if (!daemon_send(daemon, method, parameters, false))
        return NULL;
    json_t *message = daemon_receive(daemon, timeout_s);
    if (message == NULL)
        return NULL;
    if (json_object_get(message, "error") != NULL) {
        *error = message;
        return NULL;
    }
    json_t *answer = json_incref(json_object_get(message, "parameters"));
    json_decref(message);
    return answer != NULL ? answer : json_object();
}
