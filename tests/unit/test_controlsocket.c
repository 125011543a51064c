/* The control socket: its answers, and what a hostile client can do to it and to others. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>
#include <wdf.h>

#include "control/connection.h"
#include "control/control.h"
#include "control/folder.h"
#include "control/logtail.h"
#include "nt/injection.h"
#include "unit.h"

#define PATIENCE_S 10

static char folder[] = "/tmp/wdfuse-control.XXXXXX"; /* as mkdtemp completes it */
static struct control *control;

static void setup(void)
{
    strcpy(strrchr(folder, '.') + 1, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(control_open(folder, "tested", &control), 0);
    ck_assert_int_eq(control_start(control), 0);
}

static void teardown(void)
{
    control_close(control);
    ck_assert_msg(rmdir(folder) == 0, "the socket is left");
}

/* ---- a client ---- */

static int client(void)
{
    int descriptor;
    unsigned tries = PATIENCE_S * 1000;
    /* Many at once have to wait. */
    while ((descriptor = control_connect(control_path(control))) == -EAGAIN && tries-- > 0)
        poll(NULL, 0, 1);
    ck_assert_int_ge(descriptor, 0);
    struct timeval patience = {.tv_sec = PATIENCE_S};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    return descriptor;
}

/* With the zero byte. False: the other side has closed. */
static bool say(int descriptor, const char *message)
{
    size_t length = strlen(message) + 1;
    return send(descriptor, message, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* One message; NULL: the other side has closed. */
static json_t *hear(int descriptor)
{
    static char text[CONNECTION_OUTPUT_MAX];
    size_t length = 0;
    do {
        /* No byte of the next message. */
        ssize_t there = recv(descriptor, text + length, sizeof(text) - length, MSG_PEEK);
        ck_assert_msg(there >= 0 || errno == ECONNRESET, "no answer in time");
        if (there <= 0)
            return NULL;
        const char *end = memchr(text + length, '\0', (size_t)there);
        size_t wanted = end != NULL ? (size_t)(end - text) - length + 1 : (size_t)there;
        ck_assert_int_eq(recv(descriptor, text + length, wanted, 0), (ssize_t)wanted);
        length += wanted;
    } while (text[length - 1] != '\0');
    json_t *message = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(message);
    return message;
}

static json_t *ask(int descriptor, const char *call)
{
    ck_assert(say(descriptor, call));
    json_t *answer = hear(descriptor);
    ck_assert_ptr_nonnull(answer);
    return answer;
}

static const char *error_of(const json_t *answer)
{
    const char *name = json_string_value(json_object_get(answer, "error"));
    return name != NULL ? name : "none";
}

static void expect_error(int descriptor, const char *call, const char *error)
{
    json_t *answer = ask(descriptor, call);
    ck_assert_str_eq(error_of(answer), error);
    json_decref(answer);
}

/* Another client is served, whatever the first one does. */
static void expect_service(void)
{
    int descriptor = client();
    json_t *answer = ask(descriptor, "{\"method\":\"org.wdfuse.control.GetDaemon\"}");
    const json_t *daemon = json_object_get(json_object_get(answer, "parameters"), "daemon");
    ck_assert_str_eq(json_string_value(json_object_get(daemon, "program")), "tested");
    ck_assert_int_eq(json_integer_value(json_object_get(daemon, "pid")), getpid());
    json_decref(answer);
    close(descriptor);
}

static void expect_closed(int descriptor)
{
    ck_assert_ptr_null(hear(descriptor));
    close(descriptor);
    expect_service();
}

/* ---- answers ---- */

START_TEST(test_introspection)
{
    int descriptor = client();
    json_t *answer = ask(descriptor, "{\"method\":\"org.varlink.service.GetInfo\"}");
    const json_t *info = json_object_get(answer, "parameters");
    ck_assert_uint_eq(json_array_size(json_object_get(info, "interfaces")), 2);
    json_decref(answer);
    answer = ask(descriptor, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
                             "\"parameters\":{\"interface\":\"org.wdfuse.control\"}}");
    const char *text =
        json_string_value(json_object_get(json_object_get(answer, "parameters"), "description"));
    ck_assert_ptr_nonnull(strstr(text, "\nmethod ListRequests(device: ?string)"));
    ck_assert_ptr_nonnull(strstr(text, "root and the daemon's user alone"));
    json_decref(answer);
    close(descriptor);
}
END_TEST

/* As varlink's Go client writes a call without parameters. */
START_TEST(test_parameters_may_be_null)
{
    int descriptor = client();
    json_t *answer = ask(descriptor, "{\"method\":\"org.varlink.service.GetInfo\","
                                     "\"parameters\":null,\"more\":false}");
    ck_assert_ptr_nonnull(json_object_get(answer, "parameters"));
    json_decref(answer);
    expect_error(descriptor, "{\"method\":\"org.wdfuse.control.Eject\",\"parameters\":null}",
                 "org.varlink.service.InvalidParameter");
    close(descriptor);
}
END_TEST

START_TEST(test_wrong_calls)
{
    int descriptor = client();
    expect_error(descriptor, "{\"method\":\"org.wdfuse.control.Nothing\"}",
                 "org.varlink.service.MethodNotFound");
    expect_error(descriptor, "{\"method\":\"org.other.Nothing\"}",
                 "org.varlink.service.InterfaceNotFound");
    expect_error(descriptor, "{\"method\":\"\"}", "org.varlink.service.InterfaceNotFound");
    expect_error(descriptor,
                 "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
                 "\"parameters\":{\"interface\":\"org.other\"}}",
                 "org.varlink.service.InterfaceNotFound");
    expect_error(descriptor, "{\"method\":\"org.wdfuse.control.ListObjects\"}",
                 "org.varlink.service.InvalidParameter");
    expect_error(descriptor,
                 "{\"method\":\"org.wdfuse.control.ListQueues\",\"parameters\":{\"device\":7}}",
                 "org.varlink.service.InvalidParameter");
    expect_error(descriptor,
                 "{\"method\":\"org.wdfuse.control.ListQueues\","
                 "\"parameters\":{\"device\":\"none\"}}",
                 "org.wdfuse.control.NoSuchDevice");
    expect_error(descriptor,
                 "{\"method\":\"org.wdfuse.control.SetLogLevel\","
                 "\"parameters\":{\"level\":\"loud\"}}",
                 "org.varlink.service.InvalidParameter");
    expect_error(descriptor,
                 "{\"method\":\"org.wdfuse.control.CancelRequest\","
                 "\"parameters\":{\"request\":\"0x12 34\"}}",
                 "org.varlink.service.InvalidParameter");
    /* Several at once are answered one after the other. */
    ck_assert(say(descriptor, "{\"method\":\"a.b\"}"));
    ck_assert(say(descriptor, "{\"method\":\"org.varlink.service.None\"}"));
    for (int i = 0; i < 2; i++)
        json_decref(hear(descriptor));
    close(descriptor);
}
END_TEST

/* ---- commands ---- */

/* Plays the host's main thread. */
static void execute(enum control_verb verb, NTSTATUS status)
{
    struct pollfd polled = {control_descriptor(control), POLLIN, 0};
    ck_assert_int_eq(poll(&polled, 1, PATIENCE_S * 1000), 1);
    const struct control_command *command = control_take_command(control);
    ck_assert_ptr_nonnull(command);
    ck_assert_int_eq(command->verb, verb);
    control_finish_command(control, status);
}

START_TEST(test_commands)
{
    int descriptor = client();
    ck_assert(say(descriptor, "{\"method\":\"org.wdfuse.control.Suspend\"}"));
    execute(CONTROL_SUSPEND, STATUS_SUCCESS);
    json_t *answer = hear(descriptor);
    ck_assert_str_eq(error_of(answer), "none");
    json_decref(answer);

    ck_assert(say(descriptor, "{\"method\":\"org.wdfuse.control.Idle\","
                              "\"parameters\":{\"device\":\"x\"}}"));
    expect_service(); /* while the main thread has not reached it */
    execute(CONTROL_IDLE, STATUS_NO_SUCH_DEVICE);
    answer = hear(descriptor);
    ck_assert_str_eq(error_of(answer), "org.wdfuse.control.NoSuchDevice");
    json_decref(answer);

    ck_assert(say(descriptor, "{\"method\":\"org.wdfuse.control.Resume\"}"));
    execute(CONTROL_RESUME, STATUS_INVALID_DEVICE_STATE);
    answer = hear(descriptor);
    ck_assert_str_eq(error_of(answer), "org.wdfuse.control.CommandFailed");
    ck_assert_str_eq(
        json_string_value(json_object_get(json_object_get(answer, "parameters"), "status")),
        "STATUS_INVALID_DEVICE_STATE");
    json_decref(answer);

    /* Nobody waits for this one to end. */
    ck_assert(say(descriptor, "{\"method\":\"org.wdfuse.control.Wake\",\"oneway\":true}"));
    execute(CONTROL_WAKE, STATUS_SUCCESS);
    close(descriptor);
}
END_TEST

/* The client that asked has gone: before the command is taken, or after. */
START_TEST(test_command_forgotten)
{
    int descriptor = client();
    ck_assert(say(descriptor, "{\"method\":\"org.wdfuse.control.Suspend\"}"));
    struct pollfd polled = {control_descriptor(control), POLLIN, 0};
    ck_assert_int_eq(poll(&polled, 1, PATIENCE_S * 1000), 1);
    ck_assert_ptr_nonnull(control_take_command(control));
    close(descriptor);
    expect_service();
    control_finish_command(control, STATUS_SUCCESS);
    expect_service();

    descriptor = client();
    ck_assert(say(descriptor, "{\"method\":\"org.wdfuse.control.Suspend\"}"));
    ck_assert_int_eq(poll(&polled, 1, PATIENCE_S * 1000), 1);
    close(descriptor);
    expect_service();
    control_close(control); /* with a command that waits, or is forgotten */
    ck_assert_int_eq(control_open(folder, "tested", &control), 0);
    ck_assert_int_eq(control_start(control), 0);
}
END_TEST

/* ---- WMI ---- */

#define GUID_TEXT "2c8c4d1a-7a3b-4d55-9b11-10273e5c4401"

static const char watch_call[] = "{\"method\":\"org.wdfuse.control.WatchWmi\",\"more\":true,"
                                 "\"parameters\":{\"guid\":\"" GUID_TEXT "\"}}";

static const struct control_command *take(void)
{
    struct pollfd polled = {control_descriptor(control), POLLIN, 0};
    ck_assert_int_eq(poll(&polled, 1, PATIENCE_S * 1000), 1);
    const struct control_command *command = control_take_command(control);
    ck_assert_ptr_nonnull(command);
    return command;
}

static void execute_wmi(enum control_verb verb)
{
    const struct control_command *command = take();
    ck_assert_int_eq(command->verb, verb);
    control_finish_command(control, control_execute_wmi(command));
}

START_TEST(test_wrong_wmi_calls)
{
    int descriptor = client();
    expect_error(descriptor,
                 "{\"method\":\"org.wdfuse.control.WatchWmi\","
                 "\"parameters\":{\"guid\":\"" GUID_TEXT "\"}}",
                 "org.varlink.service.ExpectedMore");
    static const char *const guids[] = {"",
                                        "x",
                                        GUID_TEXT "0",
                                        ("{" GUID_TEXT),
                                        "2c8c4d1a7a3b",
                                        "2c8c4d1a-7a3b-4d55-9b11-10273e5c440g"};
    for (size_t i = 0; i < sizeof(guids) / sizeof(guids[0]); i++) {
        char call[256];
        snprintf(call, sizeof(call),
                 "{\"method\":\"org.wdfuse.control.GetWmi\",\"parameters\":{\"guid\":\"%s\"}}",
                 guids[i]);
        expect_error(descriptor, call, "org.varlink.service.InvalidParameter");
    }
    ck_assert(say(descriptor, "{\"method\":\"org.wdfuse.control.GetWmi\","
                              "\"parameters\":{\"guid\":\"{" GUID_TEXT "}\"}}"));
    execute_wmi(CONTROL_WMI_GET);
    json_t *answer = hear(descriptor);
    ck_assert_str_eq(
        json_string_value(json_object_get(json_object_get(answer, "parameters"), "status")),
        "STATUS_WMI_GUID_NOT_FOUND");
    json_decref(answer);
    close(descriptor);
}
END_TEST

/* A client that watches goes away: at once, before it watches, or after. The main thread ends what
 * it has begun. */
START_TEST(test_watch_ends_with_its_client)
{
    int descriptor = client();
    ck_assert(say(descriptor, watch_call));
    execute_wmi(CONTROL_WMI_WATCH);
    json_t *answer = hear(descriptor);
    ck_assert(json_is_true(json_object_get(answer, "continues")));
    json_decref(answer);
    close(descriptor);
    execute_wmi(CONTROL_WMI_UNWATCH);

    descriptor = client();
    ck_assert(say(descriptor, watch_call));
    const struct control_command *command = take();
    close(descriptor);
    expect_service(); /* afterwards it is known that the client has gone */
    control_finish_command(control, control_execute_wmi(command));
    execute_wmi(CONTROL_WMI_UNWATCH);
    ck_assert_ptr_null(control_take_command(control));
}
END_TEST

START_TEST(test_watch_ends_with_the_socket)
{
    int descriptor = client();
    ck_assert(say(descriptor, watch_call));
    execute_wmi(CONTROL_WMI_WATCH);
    json_decref(hear(descriptor));
    control_close(control);
    ck_assert_ptr_null(hear(descriptor));
    close(descriptor);
    ck_assert_int_eq(control_open(folder, "tested", &control), 0);
    ck_assert_int_eq(control_start(control), 0);
}
END_TEST

/* ---- faults on demand ---- */

START_TEST(test_wrong_injections)
{
    static const char *const parameters[] = {
        "{}",
        "{\"kind\":\"\"}",
        "{\"kind\":\"a kind that is longer than any there is\"}",
        "{\"kind\":\"pool\",\"nth\":0}",
        "{\"kind\":\"pool\",\"nth\":-1}",
        "{\"kind\":\"pool\",\"count\":4294967296}",
        "{\"kind\":\"pool\",\"count\":\"1\"}",
    };
    int descriptor = client();
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        char call[256];
        snprintf(call, sizeof(call),
                 "{\"method\":\"org.wdfuse.control.InjectAllocation\",\"parameters\":%s}",
                 parameters[i]);
        expect_error(descriptor, call, "org.varlink.service.InvalidParameter");
    }
    close(descriptor);
    for (char kind[] = "0"; kind[0] < '0' + INJECTIONS_MAX; kind[0]++)
        ck_assert(injection_arm(kind, 1, 1));
    ck_assert(!injection_arm("one more", 1, 1));
    ck_assert(!injection_fails("another"));
    ck_assert(injection_arm("0", 2, 2)); /* instead of the first */
    ck_assert(!injection_fails("0") && injection_fails("0") && injection_fails("0"));
    ck_assert(!injection_fails("0"));
    for (char kind[] = "1"; kind[0] < '0' + INJECTIONS_MAX; kind[0]++)
        ck_assert(injection_arm(kind, 1, 0));
    ck_assert(!injection_is_armed);
}
END_TEST

/* ---- the log ---- */

static const char *line_of(const json_t *answer, size_t index)
{
    const json_t *lines = json_object_get(json_object_get(answer, "parameters"), "lines");
    const char *text = json_string_value(json_object_get(json_array_get(lines, index), "text"));
    return text != NULL ? text : "none";
}

static void follow(int descriptor)
{
    json_t *answer = ask(descriptor, "{\"method\":\"org.wdfuse.control.GetLog\",\"more\":true,"
                                     "\"parameters\":{\"follow\":true}}");
    ck_assert(json_is_true(json_object_get(answer, "continues")));
    json_decref(answer);
}

START_TEST(test_log_is_followed)
{
    logtail_add(LOG_LEVEL_INFO, "before");
    int descriptor = client();
    json_t *answer = ask(descriptor, "{\"method\":\"org.wdfuse.control.GetLog\"}");
    ck_assert_str_eq(line_of(answer, 0), "before");
    json_decref(answer);
    follow(descriptor);
    ck_assert(say(descriptor, "not read any more")); /* one call at a time */
    expect_service();                                /* now it listens */
    logtail_add(LOG_LEVEL_WARNING, "while \xff it is followed");
    answer = hear(descriptor);
    ck_assert_str_eq(line_of(answer, 0), "while ? it is followed");
    json_decref(answer);
    logtail_add(LOG_LEVEL_WARNING, "after");
    answer = hear(descriptor);
    ck_assert_str_eq(line_of(answer, 0), "after");
    json_decref(answer);
    close(descriptor);
    expect_service();
    logtail_add(LOG_LEVEL_WARNING, "nobody listens");
}
END_TEST

/* Only the last lines are kept. A follower that does not read misses what comes meanwhile. */
START_TEST(test_log_overflows)
{
    int descriptor = client();
    follow(descriptor);
    char text[2 * LOGTAIL_LINE_SIZE];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (unsigned i = 0; i < 20 * LOGTAIL_LINES; i++)
        logtail_add(LOG_LEVEL_DEBUG, text);
    expect_service();
    json_t *answer = NULL;
    uint64_t last = 0;
    while (last < 20 * LOGTAIL_LINES) {
        answer = hear(descriptor);
        const json_t *lines = json_object_get(json_object_get(answer, "parameters"), "lines");
        const json_t *line = json_array_get(lines, json_array_size(lines) - 1);
        ck_assert_uint_eq(strlen(json_string_value(json_object_get(line, "text"))),
                          LOGTAIL_LINE_SIZE - 1);
        last = (uint64_t)json_integer_value(json_object_get(line, "number"));
        json_decref(answer);
    }
    close(descriptor);
}
END_TEST

/* ---- hostile clients ---- */

START_TEST(test_bad_messages)
{
    static const char *const messages[] = {
        "",
        "{",
        "null",
        "[]",
        "7",
        "{}",
        "{\"method\":7}",
        "\xff\xfe",
        "{\"method\":\"org.wdfuse.control.GetDaemon\",\"parameters\":[]}",
        "{\"method\":\"a.b\",\"method\":\"c.d\"}",
    };
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        int descriptor = client();
        ck_assert(say(descriptor, messages[i]));
        expect_closed(descriptor);
    }
}
END_TEST

START_TEST(test_deep_message)
{
    static char text[CONNECTION_INPUT_MAX - 1];
    memset(text, '[', sizeof(text) - 1);
    int descriptor = client();
    (void)say(descriptor, text);
    expect_closed(descriptor);
}
END_TEST

/* A message that never ends: 64 KiB are enough. */
START_TEST(test_endless_message)
{
    static const char text[4096] = {[0 ... 4095] = ' '};
    int descriptor = client();
    for (unsigned i = 0; i < 1000; i++) {
        if (send(descriptor, text, sizeof(text), MSG_NOSIGNAL) < 0)
            break;
        ck_assert_uint_lt(i, 999);
    }
    expect_closed(descriptor);
}
END_TEST

START_TEST(test_half_message)
{
    int descriptor = client();
    ck_assert_int_eq(send(descriptor, "{\"method\":", 10, MSG_NOSIGNAL), 10);
    expect_service();
    ck_assert(say(descriptor, "\"org.varlink.service.GetInfo\"}"));
    json_decref(hear(descriptor));
    close(descriptor);
    expect_service();
}
END_TEST

/* It keeps asking, and never reads: its own calls wait, nobody else's. */
START_TEST(test_client_that_never_reads)
{
    static const char call[] = "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
                               "\"parameters\":{\"interface\":\"org.wdfuse.control\"}}";
    int descriptor = client();
    bool is_full = false;
    for (unsigned i = 0; i < 100000 && !is_full; i++)
        is_full = send(descriptor, call, sizeof(call), MSG_NOSIGNAL | MSG_DONTWAIT) < 0;
    ck_assert(is_full);
    for (int i = 0; i < 10; i++)
        expect_service();
    close(descriptor);
    expect_service();
}
END_TEST

/* More clients than places: the excess is turned away, and the places are freed again. */
START_TEST(test_many_connections)
{
    int descriptors[80];
    unsigned served = 0;
    for (unsigned i = 0; i < 80; i++)
        descriptors[i] = client();
    for (unsigned i = 0; i < 80; i++) {
        json_t *answer = say(descriptors[i], "{\"method\":\"org.varlink.service.GetInfo\"}")
                             ? hear(descriptors[i])
                             : NULL;
        served += answer != NULL;
        json_decref(answer);
    }
    /* For root; another user has 16. */
    ck_assert_uint_eq(served, geteuid() == 0 ? 64 : 16);
    for (unsigned i = 0; i < 80; i++)
        close(descriptors[i]);
    expect_service();
}
END_TEST

/* ---- sockets of the dead ---- */

static void count_removal(const char *path, int error, void *context)
{
    (void)path;
    *(unsigned *)context += error == 0;
}

START_TEST(test_dead_sockets_go)
{
    unsigned removals = 0;
    char path[PATH_MAX], other[PATH_MAX];
    snprintf(path, sizeof(path), "%s/1" CONTROL_SOCKET_SUFFIX, folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    ck_assert_int_eq(bind(dead, (struct sockaddr *)&address, sizeof(address)), 0);
    close(dead);
    char no_socket[PATH_MAX];
    snprintf(no_socket, sizeof(no_socket), "%s/2" CONTROL_SOCKET_SUFFIX, folder);
    FILE *foreign = fopen(no_socket, "w");
    ck_assert_ptr_nonnull(foreign);
    fclose(foreign);
    FILE *file = fopen(other, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    ck_assert_int_eq(control_folder_clean(folder, count_removal, &removals), 0);
    ck_assert_uint_eq(removals, 1);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(access(other, F_OK), 0);
    ck_assert_msg(unlink(no_socket) == 0, "what is no socket was removed");
    expect_service(); /* a living one stays */
    unlink(other);
}
END_TEST

/* A daemon that listens and is stopped: nobody waits for it. */
START_TEST(test_full_socket)
{
    unsigned removals = 0;
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/3" CONTROL_SOCKET_SUFFIX, folder);
    int stopped = socket(AF_UNIX, SOCK_STREAM, 0), clients[2];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    ck_assert_int_eq(bind(stopped, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(stopped, 0), 0);
    clients[0] = control_connect(path);
    ck_assert_int_ge(clients[0], 0);
    clients[1] = control_connect(path);
    ck_assert_int_eq(clients[1], -EAGAIN);
    ck_assert_int_eq(control_folder_clean(folder, count_removal, &removals), 0);
    ck_assert_uint_eq(removals, 0);
    ck_assert_int_eq(unlink(path), 0);
    close(clients[0]);
    close(stopped);
}
END_TEST

/* Nobody waits for these: still their number is bounded. */
START_TEST(test_many_oneway_commands)
{
    int descriptor = client();
    bool is_over = false;
    for (unsigned i = 0; i < 10000 && !is_over; i++)
        is_over = !say(descriptor, "{\"method\":\"org.wdfuse.control.Wake\",\"oneway\":true}");
    ck_assert(is_over);
    close(descriptor);
    expect_service();
    unsigned count = 0;
    while (control_take_command(control) != NULL) {
        control_finish_command(control, STATUS_SUCCESS);
        count++;
    }
    ck_assert_uint_eq(count, 64);
}
END_TEST

/* A device is served even if the folder can't be used. */
START_TEST(test_no_folder)
{
    struct control *none;
    ck_assert_int_lt(control_open("/proc/nothing", "tested", &none), 0);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(control_open(NULL, "tested", &none), 0);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(control_start(none), 0);
    ck_assert_int_eq(control_descriptor(none), -1);
    control_close(none);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("control socket");
    TCase *tests = tcase_create("answers");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_introspection);
    tcase_add_test(tests, test_parameters_may_be_null);
    tcase_add_test(tests, test_wrong_calls);
    tcase_add_test(tests, test_commands);
    tcase_add_test(tests, test_command_forgotten);
    tcase_add_test(tests, test_wrong_wmi_calls);
    tcase_add_test(tests, test_watch_ends_with_its_client);
    tcase_add_test(tests, test_watch_ends_with_the_socket);
    tcase_add_test(tests, test_wrong_injections);
    tcase_add_test(tests, test_log_is_followed);
    tcase_add_test(tests, test_log_overflows);
    suite_add_tcase(suite, tests);
    tests = tcase_create("hostile clients");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_bad_messages);
    tcase_add_test(tests, test_deep_message);
    tcase_add_test(tests, test_endless_message);
    tcase_add_test(tests, test_half_message);
    tcase_add_test(tests, test_client_that_never_reads);
    tcase_add_test(tests, test_many_connections);
    tcase_add_test(tests, test_dead_sockets_go);
    tcase_add_test(tests, test_full_socket);
    tcase_add_test(tests, test_many_oneway_commands);
    tcase_add_test(tests, test_no_folder);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
