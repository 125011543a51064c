/* Many requests: no recursion, no growth (S6.35). */
#include <malloc.h>
#include <stdint.h>

#include "framework/io.h"
#include "holding.h"
#include "unit.h"

#define WARM_UP 1000u
#define QUEUED  20000u

/* Stacks may differ a little: the first request of a batch comes through other functions than the
 * rest. */
#define STACK_SPREAD_MAX 4096

/* ---- the driver: completes at once, and records its stack address ---- */

static uintptr_t stack_lowest, stack_highest;
static unsigned completed;

static __attribute__((noinline)) void note_stack(void)
{
    volatile char here = 0;
    UNREFERENCED_PARAMETER(here);
    uintptr_t address = (uintptr_t)__builtin_frame_address(0);
    stack_lowest = address < stack_lowest ? address : stack_lowest;
    stack_highest = address > stack_highest ? address : stack_highest;
}

static VOID complete_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    note_stack();
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

static void start(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    stack_lowest = UINTPTR_MAX;
    stack_highest = 0;
    completed = 0;
    describe_queue(type);
    queue_config.EvtIoDefault = NULL;
    queue_config.EvtIoRead = complete_read;
    start_device();
    /* A worker thread that has only just started would look like growth. */
    WdfuseInprocWaitForWorkers();
}

/* ---- the client ---- */

static void count_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    UNREFERENCED_PARAMETER(request);
    completed += NT_SUCCESS(status) && information == 8;
}

static const struct io_transport load_transport = {.name = "load", .complete = count_answer};

static void submit_reads(WDFUSEFILE handle, unsigned count)
{
    struct io_file *file = (struct io_file *)handle;
    for (unsigned i = 0; i < count; i++) {
        struct io_request *request = io_request_create(io_file_device(file), &load_transport);
        ck_assert_ptr_nonnull(request);
        request->type = WdfRequestTypeRead;
        request->file = file;
        request->output_length = 8;
        io_request_submit(request);
    }
}

static size_t memory_in_use(void)
{
    return mallinfo2().uordblks;
}

static const WDF_IO_QUEUE_DISPATCH_TYPE types[] = {WdfIoQueueDispatchSequential,
                                                   WdfIoQueueDispatchParallel};

/* ---- tests ---- */

/* S6.35 */
START_TEST(a_million_requests_leave_neither_stack_nor_memory_behind)
{
    const unsigned count = repetitions(1000000);
    start(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    submit_reads(file, WARM_UP);
    size_t before = memory_in_use();
    submit_reads(file, count);
    ck_assert_uint_eq(memory_in_use(), before);
    ck_assert_uint_eq(completed, WARM_UP + count);
    ck_assert_uint_le(stack_highest - stack_lowest, STACK_SPREAD_MAX);
}
END_TEST

/* S6.11, S6.35 */
START_TEST(starting_a_queue_with_many_requests_uses_no_more_stack_than_with_one)
{
    start(types[_i]);
    WDFUSEFILE file = open_file();
    WdfIoQueueStop(queue, NULL, NULL);
    submit_reads(file, QUEUED);
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(completed, QUEUED);
    ck_assert_uint_le(stack_highest - stack_lowest, STACK_SPREAD_MAX);
}
END_TEST

/* S6.11: peak memory is returned, except for what is kept for reuse, the same amount every time. */
START_TEST(starting_a_queue_with_many_requests_leaves_no_memory_behind)
{
    start(types[_i]);
    WDFUSEFILE file = open_file();
    submit_reads(file, WARM_UP);
    /* Until each kept request has been used for a read, and has a buffer. */
    const unsigned settled = 5;
    size_t in_use[8];
    for (unsigned i = 0; i < RTL_NUMBER_OF(in_use); i++) {
        WdfIoQueueStop(queue, NULL, NULL);
        submit_reads(file, QUEUED);
        WdfIoQueueStart(queue);
        in_use[i] = memory_in_use();
    }
    for (unsigned i = settled; i < RTL_NUMBER_OF(in_use); i++)
        ck_assert_uint_eq(in_use[i], in_use[settled]);
}
END_TEST

static WDFQUEUE behind;

static VOID forward_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    ck_assert(NT_SUCCESS(WdfRequestForwardToIoQueue(Request, behind)));
}

/* S6.35, S6.56 */
START_TEST(forwarding_many_requests_uses_no_more_stack_than_one)
{
    start(WdfIoQueueDispatchSequential);
    device_stop();
    stack_lowest = UINTPTR_MAX;
    stack_highest = 0;
    queue_config.EvtIoRead = forward_read;
    start_device();
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = complete_read;
    behind = create_queue_with(&config);
    WDFUSEFILE file = open_file();
    WdfIoQueueStop(queue, NULL, NULL);
    submit_reads(file, QUEUED);
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(completed, QUEUED);
    ck_assert_uint_le(stack_highest - stack_lowest, STACK_SPREAD_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load");
    TCase *tests = tcase_create("load");
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, a_million_requests_leave_neither_stack_nor_memory_behind);
    tcase_add_loop_test(tests, starting_a_queue_with_many_requests_uses_no_more_stack_than_with_one,
                        0, 2);
    tcase_add_loop_test(tests, starting_a_queue_with_many_requests_leaves_no_memory_behind, 0, 2);
    tcase_add_test(tests, forwarding_many_requests_uses_no_more_stack_than_one);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
