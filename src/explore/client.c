/* Clients. See client.h: they use the framework by io.h alone, as every transport does. */
#include "explore/client.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

/* The event that answers are waited for; the text is for reports. */
#define WAIT_FOR_ANSWER EXPLORE_SITE("an answer")

/* ---- what the framework calls ---- */

/* The framework's data for the client. */
struct remembered {
    struct client_request *request;
};

static struct remembered *remembered_of(struct io_request *io)
{
    static_assert(sizeof(struct remembered) <= IO_CLIENT_SIZE, "it fits");
    return io_request_client(io);
}

static void complete(struct io_request *io, NTSTATUS status, size_t information)
{
    struct client_request *request = remembered_of(io)->request;
    if (request->answered.is_set)
        explore_fail(EXPLORE_VIOLATION, "double completion: %s of client %s is answered twice",
                     request->step->text, request->client->scenario->name);
    request->status = status;
    request->count = information;
    request->file = io->type == WdfRequestTypeCreate ? io->file : NULL;
    explore_note_text(NT_SUCCESS(status) ? "is answered with success"
                                         : "is answered with an error");
    explore_event_set(&request->answered);
}

static void wake_poller(void *handle)
{
    struct client *client = handle;
    port_note("a poller is woken", NULL);
    explore_event_set(&client->woken);
}

static void forget_poller(void *handle)
{
    (void)handle;
}

static const struct io_transport transport = {
    .name = "explore",
    .complete = complete,
    .wake_poller = wake_poller,
    .forget_poller = forget_poller,
};

/* ---- requests ---- */

static bool bring_data(struct io_request *io)
{
    if (io->type == WdfRequestTypeDeviceControl &&
        io_control_method(io_file_device(io->file), io->control_code) != METHOD_NEITHER)
        return io_request_control_buffers(io);
    if (io->input_length == 0)
        return true;
    io->input = io_request_buffer(io, io->input_length);
    if (io->input != NULL)
        memset(io->input, 'w', io->input_length);
    return io->input != NULL;
}

static WDF_REQUEST_TYPE type_of(const struct scenario_step *step)
{
    switch (step->verb) {
    case SCENARIO_OPEN:
        return WdfRequestTypeCreate;
    case SCENARIO_READ:
        return WdfRequestTypeRead;
    case SCENARIO_WRITE:
        return WdfRequestTypeWrite;
    default:
        return WdfRequestTypeDeviceControl;
    }
}

/* With a reference; NULL: the child is not there. */
static struct io_device *find_device(struct client *client, const struct scenario_step *step)
{
    struct io_device *device =
        step->verb == SCENARIO_OPEN ? client->devices->device : io_file_device(client->file);
    if (step->child[0] != '\0')
        return client->devices->find_child(step->child);
    io_device_reference(device);
    return device;
}

static struct io_request *create_request(struct client *client, const struct scenario_step *step)
{
    struct io_device *device = find_device(client, step);
    if (device == NULL)
        return NULL;
    struct io_request *io = io_request_create(device, &transport);
    io_device_dereference(device);
    return io;
}

/* Ready to be submitted; false when there is no memory, or no such child. */
static bool prepare(struct client *client, struct client_request *request,
                    const struct scenario_step *step)
{
    bool is_open = step->verb == SCENARIO_OPEN;
    struct io_request *io = create_request(client, step);
    if (io == NULL)
        return false;
    request->client = client;
    request->step = step;
    request->io = io;
    request->file = NULL;
    explore_event_reset(&request->answered);
    remembered_of(io)->request = request;
    io->type = type_of(step);
    io->file = is_open ? NULL : client->file;
    io->open_flags = io->file != NULL ? client->open_flags : (uint32_t)step->open_flags;
    io->input_length = step->input_length;
    io->output_length = step->output_length;
    io->control_code = step->control_code;
    io->requestor_pid = 1 + (pid_t)(client->scenario->name[0]);
    if (is_open || bring_data(io))
        return true;
    io_request_discard(io);
    request->step = NULL;
    return false;
}

static void request_and_wait(struct client *client, const struct scenario_step *step)
{
    struct client_request *request = &client->waiting;
    if (!prepare(client, request, step))
        return;
    io_request_submit(request->io);
    explore_event_wait(&request->answered, WAIT_FOR_ANSWER);
    request->step = NULL;
    if (step->verb == SCENARIO_OPEN && NT_SUCCESS(request->status)) {
        client->file = request->file;
        client->open_flags = (uint32_t)step->open_flags;
    }
}

static void submit_begun(void *argument)
{
    struct client_request *request = argument;
    io_request_submit(request->io);
}

/* Like a transport: one of its threads submits, and another one may cancel at the same time. */
static void begin_request(struct client *client, const struct scenario_step *step)
{
    struct client_request *request = client->begun;
    while (request->step != NULL) {
        if (++request == client->begun + SCENARIO_BEGUN_MAX)
            return;
    }
    if (!prepare(client, request, step))
        return;
    io_request_reference(request->io);
    request->has_submitter = port_thread_start(&request->submitter, client->scenario->helper_name,
                                               submit_begun, request) == 0;
    if (request->has_submitter)
        explore_thread_is_principal(&request->submitter);
    else
        submit_begun(request);
}

static void cancel_begun(struct client *client)
{
    for (struct client_request *request = client->begun;
         request < client->begun + SCENARIO_BEGUN_MAX; request++) {
        if (request->step != NULL)
            io_request_cancel(request->io);
    }
}

/* The file must exist until all is submitted. */
static void join_submitters(struct client *client)
{
    for (struct client_request *request = client->begun;
         request < client->begun + SCENARIO_BEGUN_MAX; request++) {
        if (request->step != NULL && request->has_submitter)
            port_thread_join(&request->submitter);
        request->has_submitter = false;
    }
}

static void wait_for_begun(struct client *client)
{
    join_submitters(client);
    for (struct client_request *request = client->begun;
         request < client->begun + SCENARIO_BEGUN_MAX; request++) {
        if (request->step == NULL)
            continue;
        explore_event_wait(&request->answered, WAIT_FOR_ANSWER);
        request->step = NULL;
        io_request_dereference(request->io);
    }
}

/* ---- the others ---- */

static void poll_file(struct client *client, const struct scenario_step *step)
{
    uint32_t events = step->events | POLLERR | POLLHUP;
    client->polling = step;
    for (;;) {
        explore_event_reset(&client->woken);
        if ((io_file_poll(client->file, &transport, client) & events) != 0)
            break;
        explore_event_wait(&client->woken, EXPLORE_SITE("a change of what it polls"));
    }
    client->polling = NULL;
}

static void close_file(struct client *client)
{
    struct io_file *file = client->file;
    join_submitters(client);
    client->file = NULL;
    io_file_release(file);
}

static void do_step(struct client *client, const struct scenario_step *step)
{
    client->step = step;
    explore_note_text(step->text);
    if (step->verb == SCENARIO_WAIT) {
        wait_for_begun(client);
    } else if (step->verb == SCENARIO_CANCEL) {
        cancel_begun(client);
    } else if (step->verb == SCENARIO_OPEN) {
        if (client->file == NULL)
            request_and_wait(client, step);
    } else if (client->file == NULL) {
        return; /* the open failed: the device is going */
    } else if (step->verb == SCENARIO_POLL) {
        poll_file(client, step);
    } else if (step->verb == SCENARIO_CLOSE) {
        close_file(client);
    } else if (step->is_begun) {
        begin_request(client, step);
    } else {
        request_and_wait(client, step);
    }
}

static void client_main(void *argument)
{
    struct client *client = argument;
    for (unsigned round = 0; round < client->scenario->repeat; round++) {
        for (unsigned i = 0; i < client->scenario->count; i++) {
            do_step(client, &client->scenario->steps[i]);
            explore_check_no_lock(client->scenario->steps[i].text);
        }
        wait_for_begun(client);
        /* The end of a process closes its open files. */
        if (client->file != NULL)
            close_file(client);
    }
    client->ended();
}

bool client_start(struct client *client, const struct scenario_thread *scenario,
                  const struct client_devices *devices, void (*ended)(void))
{
    memset(client, 0, sizeof(*client));
    client->scenario = scenario;
    client->devices = devices;
    client->ended = ended;
    if (port_thread_start(&client->thread, scenario->name, client_main, client) != 0)
        return false;
    explore_thread_is_principal(&client->thread);
    return true;
}

void client_join(struct client *client)
{
    port_thread_join(&client->thread);
}

const struct client_request *client_unanswered(const struct client *client)
{
    if (client->waiting.step != NULL && !client->waiting.answered.is_set)
        return &client->waiting;
    for (unsigned i = 0; i < SCENARIO_BEGUN_MAX; i++) {
        const struct client_request *request = &client->begun[i];
        if (request->step != NULL && !request->answered.is_set)
            return request;
    }
    return NULL;
}

bool client_missed_wakeup(const struct client *client)
{
    if (client->polling == NULL || client->woken.is_set)
        return false;
    uint32_t events = client->polling->events | POLLERR | POLLHUP;
    return (io_file_poll(client->file, &transport, NULL) & events) != 0;
}
