/* The transport that is told what to do. See scripted.h. */
#include "scripted.h"

#include <fcntl.h>
#include <string.h>

#include "framework/io.h"

struct heard heard;
void (*when_woken)(void);
void (*when_answered)(void);

/* Each use of a handle gives a new one, as with libfuse: it must come back exactly once. */
static bool is_kept[64];
static unsigned handles;

static void take_back(void *handle)
{
    bool *kept = handle;
    ck_assert(*kept);
    *kept = false;
}

static void note_wake(void *handle)
{
    take_back(handle);
    heard.woken++;
    if (when_woken != NULL)
        when_woken();
}

static void note_forget(void *handle)
{
    take_back(handle);
    heard.forgotten++;
}

static void note_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    UNREFERENCED_PARAMETER(request);
    UNREFERENCED_PARAMETER(information);
    heard.answers++;
    heard.status = status;
    void (*then)(void) = when_answered;
    when_answered = NULL;
    if (then != NULL)
        then();
}

static const struct io_transport scripted = {
    .name = "scripted",
    .complete = note_answer,
    .wake_poller = note_wake,
    .forget_poller = note_forget,
};

void look(void)
{
    ck_assert_uint_lt(handles, RTL_NUMBER_OF(is_kept));
    bool *handle = &is_kept[handles++];
    *handle = true;
    heard.events = io_file_poll((struct io_file *)file, &scripted, handle);
}

bool handle_is_kept(unsigned number)
{
    ck_assert_uint_lt(number, handles);
    return is_kept[number];
}

unsigned kept_handles(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < handles; i++)
        count += is_kept[i];
    return count;
}

void submit(WDF_REQUEST_TYPE type)
{
    struct io_request *request =
        io_request_create(io_file_device((struct io_file *)file), &scripted);
    ck_assert_ptr_nonnull(request);
    request->type = type;
    request->file = (struct io_file *)file;
    request->open_flags = O_RDWR | O_NONBLOCK;
    request->output_length = type == WdfRequestTypeRead ? 1 : 0;
    request->input_length = type == WdfRequestTypeWrite ? 1 : 0;
    if (type == WdfRequestTypeWrite)
        request->input = io_request_buffer(request, 1);
    io_request_submit(request);
}

void try_to_read(void)
{
    submit(WdfRequestTypeRead);
}

void scripted_setup(void)
{
    nonblocking_setup();
    memset(&heard, 0, sizeof(heard));
    memset(is_kept, 0, sizeof(is_kept));
    handles = 0;
    when_woken = when_answered = NULL;
}
