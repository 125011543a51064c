/* Talking to daemons. See client.h. */
#include "client.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "control/folder.h"
#include "host/runtimefolder.h"

#define INTERFACE "org.wdfuse.control."

/* ---- where sockets are ---- */

typedef bool path_visitor(const char *path, void *context);

/* Those in the folders that the pattern stands for. */
static bool visit_folders(const char *folders, path_visitor *visit, void *context)
{
    char pattern[PATH_MAX];
    glob_t found;
    bool goes_on = true;
    snprintf(pattern, sizeof(pattern), "%s/*" CONTROL_SOCKET_SUFFIX, folders);
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return true;
    for (size_t i = 0; i < found.gl_pathc && goes_on; i++)
        goes_on = visit(found.gl_pathv[i], context);
    globfree(&found);
    return goes_on;
}

/* Root's, and this user's own; root looks at everybody's. */
static bool visit_sockets(path_visitor *visit, void *context)
{
    char folder[PATH_MAX];
    bool is_root = geteuid() == 0;
    if (!visit_folders("/run/wdfuse", visit, context))
        return false;
    if (is_root)
        return visit_folders("/run/user/*/wdfuse", visit, context) &&
               visit_folders("/tmp/wdfuse-*", visit, context);
    for (unsigned n = 0; runtime_folder_at(n, folder, sizeof(folder)) != NULL; n++) {
        if (!visit_folders(folder, visit, context))
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
    if (daemon.socket == -ECONNREFUSED || daemon.socket == -ENOENT) { /* it has gone */
        free(daemon.path);
        return true;
    }
    if (daemon.socket < 0)
        fprintf(stderr, "wdfctl: %s: %s\n", path, strerror(-daemon.socket));
    else if (daemon.path != NULL)
        daemon.about = ask_who(&daemon, search->timeout_s);
    search->daemons->silent += daemon.about == NULL;
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

static bool clean_one(const char *path, void *context)
{
    unsigned *failures = context;
    int result = control_connect(path);
    if (result >= 0)
        close(result);
    if (result != -ECONNREFUSED)
        return true;
    if (unlink(path) == 0) {
        printf("removed %s\n", path);
    } else {
        fprintf(stderr, "wdfctl: %s: %s\n", path, strerror(errno));
        (*failures)++;
    }
    return true;
}

unsigned daemons_clean(void)
{
    unsigned failures = 0;
    (void)visit_sockets(clean_one, &failures);
    return failures;
}

/* ---- talking ---- */

static void complain(const struct daemon *daemon, const char *what)
{
    fprintf(stderr, "wdfctl: %s: %s\n", daemon->path, what);
}

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

static const char *why_nothing_came(ssize_t length)
{
    if (length == 0)
        return "the daemon has gone, or does not serve you: see wdfctl(8)";
    return errno == EAGAIN ? "the daemon does not answer: it is stopped, or dying"
                           : strerror(errno);
}

/* A daemon of another user may say anything: nothing of it shall reach a terminal as a command. */
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
    for (char *c = text; *c != '\0'; c++) {
        if (iscntrl((unsigned char)*c))
            *c = '?';
    }
    (void)json_string_set(value, text);
    free(text);
}

/* One byte after the other would be slow: what is behind the message is none of this call's, since
 * a daemon answers one call after the other. */
json_t *daemon_receive(struct daemon *daemon, unsigned timeout_s)
{
    struct timeval timeout = {.tv_sec = timeout_s};
    setsockopt(daemon->socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    char *text = NULL;
    size_t length = 0, capacity = 0;
    do {
        if (length == capacity) {
            capacity = capacity * 2 + 65536;
            char *larger = realloc(text, capacity);
            if (larger == NULL) {
                complain(daemon, "no memory");
                free(text);
                return NULL;
            }
            text = larger;
        }
        ssize_t received = recv(daemon->socket, text + length, capacity - length, 0);
        if (received <= 0) {
            complain(daemon, why_nothing_came(received));
            free(text);
            return NULL;
        }
        length += (size_t)received;
    } while (text[length - 1] != '\0');
    json_t *message = json_loads(text, 0, NULL);
    free(text);
    if (message == NULL)
        complain(daemon, "what it says is no answer");
    make_printable(message);
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
