/*
 * Many O_NONBLOCK calls at once (docs/polling.md): a driver's thread completes what it holds while
 * clients try, poll, wait and give up. Nobody waits longer than the deadline, and each completed
 * byte is read once.
 */
#include <stdatomic.h>

#include "nonblocking.h"
#include "port/thread.h"
#include "unit.h"

#define CLIENTS 4

static _Atomic(uintptr_t) to_complete[CLIENTS * 2];
static _Atomic(ULONG) completed_reads;
static atomic_bool driver_stops;

static VOID hand_over(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    for (unsigned i = 0;; i = (i + 1) % RTL_NUMBER_OF(to_complete)) {
        uintptr_t nobody = 0;
        if (atomic_compare_exchange_strong(&to_complete[i], &nobody, (uintptr_t)Request))
            return;
    }
}

static void complete_handed_over(WDFREQUEST request)
{
    PVOID output;
    ck_status_eq(WdfRequestRetrieveOutputBuffer(request, 1, &output, NULL), STATUS_SUCCESS);
    *(char *)output = 'r';
    completed_reads++;
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, 1);
}

static void run_driver(void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    while (!driver_stops) {
        for (unsigned i = 0; i < RTL_NUMBER_OF(to_complete); i++) {
            uintptr_t request = atomic_exchange(&to_complete[i], 0);
            if (request != 0)
                complete_handed_over((WDFREQUEST)request);
        }
        port_thread_yield();
    }
}

struct polling_client {
    struct port_thread thread;
    WDFUSEFILE file;
    unsigned rounds;
    ULONG bytes;
    const char *failure;
};

/* One byte, in whatever way comes next. */
static bool read_byte(struct polling_client *client)
{
    char byte = 0;
    size_t count;
    for (;;) {
        NTSTATUS status = WdfuseInprocRead(client->file, &byte, 1, &count);
        if (status == STATUS_SUCCESS && count == 1 && byte == 'r')
            return true;
        if (status != STATUS_CANT_WAIT) {
            client->failure = "a read has failed";
            return false;
        }
        if (WdfuseInprocWaitForEvents(client->file, WdfusePollIn, 60000) == 0) {
            client->failure = "a wake-up was missed";
            return false;
        }
    }
}

static void run_client(void *argument)
{
    struct polling_client *client = argument;
    for (unsigned i = 0; i < client->rounds; i++) {
        if (!read_byte(client))
            return;
        client->bytes++;
    }
}

static void race(WDFUSEFILE (*file_for)(unsigned client))
{
    struct polling_client clients[CLIENTS] = {0};
    struct port_thread driver;
    completed_reads = 0;
    driver_stops = false;
    ck_assert_int_eq(port_thread_start(&driver, "driver", run_driver, NULL), 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i].file = file_for(i);
        clients[i].rounds = repetitions(5000);
        ck_assert_int_eq(port_thread_start(&clients[i].thread, "client", run_client, &clients[i]),
                         0);
    }
    ULONG bytes = 0;
    for (unsigned i = 0; i < CLIENTS; i++) {
        port_thread_join(&clients[i].thread);
        ck_assert_msg(clients[i].failure == NULL, "%s after %u bytes", clients[i].failure,
                      clients[i].bytes);
        bytes += clients[i].bytes;
    }
    driver_stops = true;
    port_thread_join(&driver);
    ck_assert_uint_eq(bytes, CLIENTS * repetitions(5000));
    /* What is completed and not read is a result that a file still holds: at most one. */
    ck_assert_uint_ge(completed_reads, bytes);
    ck_assert_uint_le(completed_reads, bytes + CLIENTS);
}

static WDFUSEFILE one_file(unsigned client)
{
    UNREFERENCED_PARAMETER(client);
    return file;
}

static WDFUSEFILE file_each(unsigned client)
{
    if (client > 0)
        open_nonblocking();
    return file;
}

START_TEST(clients_of_one_file_miss_no_wake_up)
{
    restart_driven_by(hand_over, WdfIoQueueDispatchParallel);
    race(one_file);
}
END_TEST

START_TEST(clients_with_a_file_each_miss_no_wake_up)
{
    restart_driven_by(hand_over, WdfIoQueueDispatchParallel);
    race(file_each);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("overlapped races");
    TCase *races = tcase_create("races");
    tcase_set_timeout(races, 60);
    tcase_add_checked_fixture(races, nonblocking_setup, holding_stop);
    tcase_add_test(races, clients_of_one_file_miss_no_wake_up);
    tcase_add_test(races, clients_with_a_file_each_miss_no_wake_up);
    suite_add_tcase(suite, races);
    return unit_run(suite);
}
