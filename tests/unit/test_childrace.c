/*
 * Races between a client that cancels and closes, drivers that forward, requeue, mark and complete,
 * a child that goes, and a parent that is suspended: every request is answered exactly once, and
 * every child is deleted.
 *
 * Requests are submitted at the transport's seam, so that a second answer would be counted. Two
 * more threads: the actor plays the part of the parent's driver, the unplugger removes each child.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>

#include "bus.h"
#include "framework/device/device.h"
#include "framework/io.h"
#include "framework/lifecycle.h"
#include "port/thread.h"
#include "unit.h"

#define BATCH 24

static WDFQUEUE waiting; /* of the parent: manual */
static WDFQUEUE keeping; /* of the parent: keeps its requests until they are cancelled */

static _Atomic(unsigned) answers[BATCH];
static _Atomic(unsigned) answers_in_all;
static _Atomic(unsigned) cancelled_by_removal; /* those that nobody else could have ended */
static _Atomic(unsigned) deleted;
static _Atomic(unsigned) round_to_unplug, unplugged; /* numbers of rounds */
static atomic_bool actor_stops;

/* ---- the drivers ---- */

static VOID complete_cancelled(WDFREQUEST request)
{
    cancelled_by_removal++;
    WdfRequestComplete(request, STATUS_CANCELLED);
}

static VOID keep(WDFQUEUE from, WDFREQUEST request)
{
    UNREFERENCED_PARAMETER(from);
    WdfRequestMarkCancelable(request, complete_cancelled);
}

static VOID forward(WDFQUEUE from, WDFREQUEST request)
{
    static _Atomic(unsigned) turn;
    UNREFERENCED_PARAMETER(from);
    if (!NT_SUCCESS(forward_to_parent(request, ++turn % 3 == 0 ? keeping : waiting)))
        WdfRequestComplete(request, STATUS_UNSUCCESSFUL);
}

static void act(unsigned turn)
{
    WDFREQUEST request;
    if (!NT_SUCCESS(WdfIoQueueRetrieveNextRequest(waiting, &request)))
        return;
    if (turn % 4 == 0 && NT_SUCCESS(WdfRequestRequeue(request)))
        return;
    if (turn % 4 == 1 && NT_SUCCESS(WdfRequestForwardToIoQueue(request, keeping)))
        return;
    WdfRequestComplete(request, STATUS_SUCCESS);
}

static void run_actor(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    for (unsigned turn = 0; !actor_stops; turn++) {
        act(turn);
        sched_yield();
    }
}

static void run_unplugger(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    struct wdf_device *parent = device_from_handle(wdf_device());
    while (!actor_stops) {
        unsigned round = round_to_unplug;
        if (round == unplugged) {
            sched_yield();
            continue;
        }
        for (unsigned i = 0; i < round % 16; i++)
            sched_yield();
        if (round % 3 == 0) {
            ck_status_eq(device_suspend(parent, PowerSystemSleeping3), STATUS_SUCCESS);
            ck_status_eq(device_resume(parent), STATUS_SUCCESS);
        }
        ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
        unplugged = round;
    }
}

static VOID count_deletion(WDFOBJECT object)
{
    UNREFERENCED_PARAMETER(object);
    deleted++;
}

static WDFQUEUE create_parents_queue(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, type);
    config.PowerManaged = WdfFalse; /* its requests would delay a suspend */
    if (type != WdfIoQueueDispatchManual)
        config.EvtIoDefault = keep;
    return create_queue_with(&config);
}

/* ---- the client ---- */

static void count_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    UNREFERENCED_PARAMETER(status);
    UNREFERENCED_PARAMETER(information);
    atomic_fetch_add(&answers[request->offset], 1);
    atomic_fetch_add(&answers_in_all, 1);
}

static const struct io_transport counting_transport = {.name = "counting",
                                                       .complete = count_answer};

static struct io_request *submit_read(struct io_file *file, unsigned slot)
{
    struct io_request *request = io_request_create(io_file_device(file), &counting_transport);
    ck_assert_ptr_nonnull(request);
    request->type = WdfRequestTypeRead;
    request->file = file;
    request->output_length = 8;
    request->offset = slot;
    io_request_reference(request);
    io_request_submit(request);
    return request;
}

static bool all_are_answered(void)
{
    for (unsigned i = 0; i < BATCH; i++) {
        if (answers[i] == 0)
            return false;
    }
    return true;
}

/* Half of them before the child begins to go. */
static void run_client(struct io_file *file, unsigned round)
{
    struct io_request *requests[BATCH];
    for (unsigned i = 0; i < BATCH; i++)
        answers[i] = 0;
    for (unsigned i = 0; i < BATCH; i++) {
        if (i == BATCH / 2)
            round_to_unplug = round;
        requests[i] = submit_read(file, i);
    }
    for (unsigned i = 0; i < BATCH; i++) {
        if ((i + round) % 3 == 0)
            io_request_cancel(requests[(i * 5 + round) % BATCH]);
    }
    eventually(unplugged == round);
    if (round % 2 == 0)
        eventually(all_are_answered());
    io_file_release(file);
    eventually(all_are_answered());
    for (unsigned i = 0; i < BATCH; i++) {
        ck_assert_uint_eq(answers[i], 1);
        io_request_dereference(requests[i]);
    }
}

static void run_round(unsigned round)
{
    WDFUSEFILE file = NULL;
    create_child(0);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[0]), STATUS_SUCCESS);
    eventually(NT_SUCCESS(WdfuseInprocOpenNode("test.0", O_RDWR, &file)));
    run_client((struct io_file *)file, round);
    eventually(deleted == round);
}

START_TEST(every_request_of_a_child_that_goes_is_answered_once)
{
    struct port_thread actor, unplugger;
    WDF_OBJECT_ATTRIBUTES_INIT(&child_attributes);
    child_attributes.EvtCleanupCallback = count_deletion;
    WDF_IO_QUEUE_CONFIG_INIT(&child_queue_config, WdfIoQueueDispatchParallel);
    child_queue_config.EvtIoDefault = forward;
    start_bus(0);
    waiting = create_parents_queue(WdfIoQueueDispatchManual);
    keeping = create_parents_queue(WdfIoQueueDispatchParallel);
    unsigned rounds = repetitions(2000);

    ck_assert_int_eq(port_thread_start(&actor, "actor", run_actor, NULL), 0);
    ck_assert_int_eq(port_thread_start(&unplugger, "unplugger", run_unplugger, NULL), 0);
    for (unsigned round = 1; round <= rounds; round++)
        run_round(round);
    actor_stops = true;
    port_thread_join(&actor);
    port_thread_join(&unplugger);
    ck_assert_uint_eq(answers_in_all, rounds * BATCH);
    ck_assert_uint_gt(cancelled_by_removal, 0);
    ck_queue(waiting, 0, 0);
    ck_queue(keeping, 0, 0);
}
END_TEST

/* ---- plugging while the family is suspended, resumed and removed ---- */

static _Atomic(unsigned) reported, refused;

/* A slot's name is taken until the previous child has gone. */
static void plug_and_unplug(void *argument)
{
    unsigned slot = (unsigned)(uintptr_t)argument;
    NTSTATUS status = STATUS_SUCCESS;
    while (status != STATUS_DELETE_PENDING) {
        status = try_create_child(describe_child(wdf_device(), slot), slot);
        if (!NT_SUCCESS(status)) {
            ck_status_eq(status, STATUS_OBJECT_NAME_COLLISION);
            sched_yield();
            continue;
        }
        WDFDEVICE child = children[slot];
        WdfObjectReference(child); /* its parent may be removed meanwhile */
        status = WdfFdoAddStaticChild(wdf_device(), child);
        if (NT_SUCCESS(status)) {
            reported++;
            (void)WdfPdoMarkMissing(child);
        } else {
            refused++;
            WdfObjectDelete(child);
        }
        WdfObjectDereference(child);
    }
}

static void iterate(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    while (!actor_stops) {
        WDFDEVICE child = NULL;
        WdfFdoLockStaticChildListForIteration(wdf_device());
        while ((child = WdfFdoRetrieveNextStaticChild(wdf_device(), child,
                                                      WdfRetrieveAllChildren)) != NULL)
            ck_assert_ptr_eq(WdfPdoGetParent(child), wdf_device());
        WdfFdoUnlockStaticChildListFromIteration(wdf_device());
        sched_yield();
    }
}

START_TEST(every_child_is_deleted_whatever_becomes_of_its_parent)
{
    struct port_thread pluggers[2], iterator;
    WDF_OBJECT_ATTRIBUTES_INIT(&child_attributes);
    child_attributes.EvtCleanupCallback = count_deletion;
    start_bus(0);
    for (uintptr_t i = 0; i < RTL_NUMBER_OF(pluggers); i++)
        ck_assert_int_eq(port_thread_start(&pluggers[i], "plugger", plug_and_unplug, (void *)i), 0);
    ck_assert_int_eq(port_thread_start(&iterator, "iterator", iterate, NULL), 0);
    struct wdf_device *parent = device_from_handle(wdf_device());
    for (unsigned i = 0; i < repetitions(500); i++) {
        ck_status_eq(device_suspend(parent, PowerSystemSleeping3), STATUS_SUCCESS);
        ck_status_eq(device_resume(parent), STATUS_SUCCESS);
    }
    eventually(reported > 20);
    device_remove(parent);
    for (unsigned i = 0; i < RTL_NUMBER_OF(pluggers); i++)
        port_thread_join(&pluggers[i]);
    actor_stops = true;
    port_thread_join(&iterator);
    ck_assert_uint_eq(refused, RTL_NUMBER_OF(pluggers));
    eventually(deleted == reported + refused);
}
END_TEST

static void setup(void)
{
    answers_in_all = cancelled_by_removal = deleted = reported = refused = 0;
    round_to_unplug = unplugged = 0;
    actor_stops = false;
}

int main(void)
{
    Suite *suite = suite_create("childrace");
    TCase *tests = tcase_create("race");
    tcase_add_checked_fixture(tests, setup, bus_stop);
    tcase_set_timeout(tests, 110);
    tcase_add_test(tests, every_request_of_a_child_that_goes_is_answered_once);
    tcase_add_test(tests, every_child_is_deleted_whatever_becomes_of_its_parent);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
