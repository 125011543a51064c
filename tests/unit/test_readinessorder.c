/*
 * Every order in which a non-blocking call, its completion, and those who watch the file can meet.
 *
 * A plan is one order of steps. The call under test has three: it begins, the driver's callback
 * returns, its client is answered. Steps before the callback returns are done inside it; steps
 * before the client has its answer, inside the transport's complete. So each step falls into each
 * gap that another thread could find. All plans of the call, its completion, a look and any three
 * other steps are tried, reading and writing.
 *
 * After each step: no client that has left a handle and was told that nothing is there sleeps while
 * something is.
 */
#include <fcntl.h>
#include <string.h>

#include "framework/io/fileobject.h"
#include "framework/io.h"
#include "holding.h"
#include "unit.h"

#define BOTH ((ULONG)(WdfusePollIn | WdfusePollOut))

enum step {
    BEGIN,
    RETURN,
    ANSWERED,
    COMPLETE,
    LOOK,
    TRY_AGAIN,  /* another client of the same open file */
    LOOK_AGAIN, /* likewise, or the same one */
    SAY_NOTHING,
    SAY_ALL,
    INTERRUPT,
    WAIT, /* a call that waits */
    CLOSE,
    STEP_KINDS,
};
#define FIRST_CHOICE TRY_AGAIN /* those before it are in every plan */
#define CHOICES      (STEP_KINDS - FIRST_CHOICE)
#define CHOSEN       3
#define PLAN_LENGTH  (FIRST_CHOICE + CHOSEN)

static const char *const step_names[STEP_KINDS] = {
    "begin",      "return",      "answered", "complete",  "look", "try again",
    "look again", "say nothing", "say all",  "interrupt", "wait", "close",
};

static enum step plan[PLAN_LENGTH];
static unsigned place; /* of the next step */

/* What is tested: reading or writing, and whether a woken client asks again at once. */
static WDF_REQUEST_TYPE type;
static ULONG event;
static bool asks_again;

/* The client that watches. */
static struct {
    unsigned handles; /* left with the file */
    bool is_asleep;   /* it has one there, and was last told that nothing is there */
} watcher;

static struct io_file *file;
static struct io_request *call;                        /* the one under test */
static bool is_begun, is_seen, is_answered, is_closed; /* seen: by the driver, if it ever is */
static unsigned submitted, answers;
static unsigned completing; /* depth */
static unsigned plans;

static void fail_plan(const char *what)
{
    char text[256] = "";
    for (unsigned i = 0; i < PLAN_LENGTH; i++) {
        strcat(text, i == place ? " (then) " : " ");
        strcat(text, step_names[plan[i]]);
    }
    ck_abort_msg("%s; %s, %s:%s", what, type == WdfRequestTypeRead ? "read" : "write",
                 asks_again ? "asking again" : "asking once", text);
}

static bool is_before(unsigned position, enum step step)
{
    for (unsigned i = 0; i < position; i++) {
        if (plan[i] == step)
            return true;
    }
    return false;
}

/* ---- the transport ---- */

static const struct io_transport transport;
static int a_handle;

static void look(void)
{
    watcher.handles++;
    ULONG events = io_file_poll(file, &transport, &a_handle);
    watcher.is_asleep = (events & event) == 0;
}

static void note_wake(void *handle)
{
    UNREFERENCED_PARAMETER(handle);
    watcher.handles--;
    watcher.is_asleep = false;
    if (is_closed && completing == 0)
        fail_plan("woken after the close");
    if (asks_again && !is_closed)
        look();
}

static void note_forget(void *handle)
{
    UNREFERENCED_PARAMETER(handle);
    watcher.handles--;
}

static void run_steps(enum step end);

static void note_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    UNREFERENCED_PARAMETER(information);
    answers++;
    /* Like an edge-triggered epoll: after EAGAIN it does not ask, but goes to sleep. */
    if (status == STATUS_CANT_WAIT && watcher.handles > 0)
        watcher.is_asleep = true;
    if (request != call)
        return;
    is_seen = is_answered = true;
    run_steps(ANSWERED);
}

static const struct io_transport transport = {
    .name = "planned",
    .complete = note_answer,
    .wake_poller = note_wake,
    .forget_poller = note_forget,
};

static struct io_request *create(uint32_t open_flags)
{
    struct io_request *request = io_request_create(io_file_device(file), &transport);
    if (request == NULL)
        fail_plan("no memory");
    request->type = type;
    request->file = file;
    request->open_flags = open_flags;
    request->output_length = type == WdfRequestTypeRead ? 1 : 0;
    request->input_length = type == WdfRequestTypeWrite ? 1 : 0;
    if (type == WdfRequestTypeWrite)
        request->input = io_request_buffer(request, 1);
    return request;
}

static void submit(struct io_request *request)
{
    submitted++;
    io_request_submit(request);
}

/* ---- the driver ---- */

/* In order of arrival. Not holding.h's, whose assertions are a system call each. */
static WDFREQUEST owned[8];
static unsigned held_count;

static VOID hold_and_go_on(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    if (held_count == RTL_NUMBER_OF(owned))
        fail_plan("more requests than calls");
    owned[held_count++] = Request;
    if (!is_begun || is_seen)
        return;
    is_seen = true;
    run_steps(RETURN);
}

/* The oldest one that the driver has; in every other plan it fails. */
static void complete_one(void)
{
    if (held_count == 0)
        return;
    WDFREQUEST request = owned[0];
    memmove(owned, owned + 1, --held_count * sizeof(owned[0]));
    completing++;
    if (plans % 2 == 0)
        WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, 1);
    else
        WdfRequestComplete(request, STATUS_IO_DEVICE_ERROR);
    if (is_before(PLAN_LENGTH, WAIT))
        WdfuseInprocWaitForWorkers(); /* what has waited goes to the driver */
    completing--;
}

/* ---- steps ---- */

static void begin(void)
{
    is_begun = true;
    submit(call);
}

/* Not while somebody is in a call: the kernel does not allow that. */
static void close_it(void)
{
    if (submitted != answers)
        return;
    is_closed = true;
    watcher.is_asleep = false;
    WdfuseInprocClose((WDFUSEFILE)file);
}

static void run(enum step step)
{
    switch (step) {
    case BEGIN:
        begin();
        break;
    case COMPLETE:
        complete_one();
        break;
    case LOOK:
    case LOOK_AGAIN:
        look();
        break;
    case TRY_AGAIN:
        submit(create(O_RDWR | O_NONBLOCK));
        break;
    case SAY_NOTHING:
        WdfuseFileObjectSetPollEvents(file_handle(file), 0);
        break;
    case SAY_ALL:
        WdfuseDeviceSetPollEvents(wdf_device(), BOTH);
        break;
    case INTERRUPT:
        io_request_cancel(call);
        break;
    case WAIT:
        submit(create(O_RDWR));
        break;
    case CLOSE:
        close_it();
        break;
    default:
        break;
    }
}

/* While the call is being tried nothing is there, and asking would be a separate step. */
static bool may_ask(void)
{
    return !is_closed && (!is_begun || is_answered);
}

/* The completing thread has taken the handle, and wakes it before it returns; the file may be
 * closed then. */
static bool is_being_woken(void)
{
    return completing > 0 && file->readiness.handle == NULL;
}

static void check_nobody_oversleeps(void)
{
    if (is_closed && completing == 0 && watcher.handles > 0)
        fail_plan("a handle is left after the close");
    if (!may_ask() || !watcher.is_asleep || is_being_woken())
        return;
    if ((io_file_poll(file, NULL, NULL) & event) != 0)
        fail_plan("a wake-up is missed");
}

/* Up to that one. After the close only the driver is left. */
static void run_steps(enum step end)
{
    while (place < PLAN_LENGTH && !is_before(place, end)) {
        enum step step = plan[place++];
        if (!is_closed || step == COMPLETE)
            run(step);
        check_nobody_oversleeps();
    }
}

/* ---- plans ---- */

static void begin_plan(void)
{
    WDFUSEFILE opened;
    if (!NT_SUCCESS(WdfuseInprocOpen(device, O_RDWR, &opened)))
        fail_plan("it does not open");
    WdfuseInprocSetFlags(opened, O_RDWR | O_NONBLOCK);
    file = (struct io_file *)opened;
    memset(&watcher, 0, sizeof(watcher));
    place = submitted = answers = 0;
    is_begun = is_seen = is_answered = is_closed = false;
    call = create(O_RDWR | O_NONBLOCK);
    io_request_reference(call);
}

/* In the end every call has one answer, and the file is ready: to be tried again, or with an
 * outcome. */
static void end_plan(void)
{
    while (held_count > 0)
        complete_one();
    if (!is_closed) {
        WdfuseDeviceSetPollEvents(wdf_device(), BOTH);
        check_nobody_oversleeps();
        if ((io_file_poll(file, NULL, NULL) & event) == 0)
            fail_plan("it is never ready again");
        close_it();
    }
    io_request_dereference(call);
    if (submitted != answers)
        fail_plan("not one answer to each call");
    if (watcher.handles != 0)
        fail_plan("a handle is lost");
}

static void run_plan(void)
{
    begin_plan();
    run_steps(STEP_KINDS); /* all */
    end_plan();
    plans++;
}

/* Whether that makes sense there; other plans are equal to a shorter one. */
static bool fits(unsigned position, enum step step)
{
    switch (step) {
    case RETURN:
    case ANSWERED:
    case CLOSE:
        return is_before(position, BEGIN);
    case COMPLETE:
        return is_before(position, BEGIN) || is_before(position, TRY_AGAIN) ||
               is_before(position, WAIT);
    case LOOK_AGAIN:
        return is_before(position, LOOK);
    default:
        return true;
    }
}

/* All orders of the steps from that position on. */
static void permute(unsigned position)
{
    if (position == PLAN_LENGTH) {
        run_plan();
        return;
    }
    for (unsigned i = position; i < PLAN_LENGTH; i++) {
        enum step step = plan[i], displaced = plan[position];
        if (!fits(position, step))
            continue;
        plan[i] = displaced;
        plan[position] = step;
        permute(position + 1);
        plan[position] = displaced;
        plan[i] = step;
    }
}

static void run_all_plans_with(unsigned choice)
{
    unsigned length = 0;
    for (unsigned step = 0; step < STEP_KINDS; step++) {
        if (step < FIRST_CHOICE || (choice & 1u << (step - FIRST_CHOICE)) != 0)
            plan[length++] = (enum step)step;
    }
    ck_assert_uint_eq(length, PLAN_LENGTH);
    permute(0);
}

static void setup(void)
{
    prepare_init = want_file_objects;
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = hold_and_go_on;
    start_device();
    held_count = plans = 0;
}

START_TEST(nobody_oversleeps_whatever_the_order)
{
    type = _i % 2 == 0 ? WdfRequestTypeRead : WdfRequestTypeWrite;
    event = type == WdfRequestTypeRead ? WdfusePollIn : WdfusePollOut;
    asks_again = _i / 2 != 0;
    unsigned stride = repetitions(100) < 100 ? 7 : 1;
    for (unsigned choice = 0; choice < 1u << CHOICES; choice += stride) {
        if (__builtin_popcount(choice) == CHOSEN)
            run_all_plans_with(choice);
    }
    ck_assert_uint_gt(plans, 1000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("readiness order");
    TCase *tcase = tcase_create("plans");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, holding_stop);
    tcase_add_loop_test(tcase, nobody_oversleeps_whatever_the_order, 0, 4);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
