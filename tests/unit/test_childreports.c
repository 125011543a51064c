/* Children of a child list that several threads report at once, and very many of them. Trees of
 * them are in test_treemodel.c. */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ntddk.h>
#include <ntstrsafe.h>

#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "holding.h"
#include "port/thread.h"
#include "unit.h"

#define SLOTS 3

typedef struct {
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Header;
    ULONG Slot;
} ID;

static WDFCHILDLIST list;
static _Atomic(unsigned) created, deleted;
static WDF_CHILD_LIST_CONFIG config;

/* ---- the driver ---- */

static VOID note_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    deleted++;
}

/* With a queue that keeps its requests. */
static NTSTATUS create(WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Id,
                       PWDFDEVICE_INIT ChildInit)
{
    static const GUID class = {0x5a1f7a3e, 0x1c0b, 0x4a53, {1, 2, 3, 4, 5, 6, 7, 8}};
    UNREFERENCED_PARAMETER(ChildList);
    DECLARE_UNICODE_STRING_SIZE(instance, 8);
    ck_status_eq(RtlUnicodeStringPrintf(&instance, L"%u", CONTAINING_RECORD(Id, ID, Header)->Slot),
                 STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAssignInstanceID(ChildInit, &instance), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAssignRawDevice(ChildInit, &class), STATUS_SUCCESS);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = note_cleanup;
    WDFDEVICE pdo;
    ck_status_eq(WdfDeviceCreate(&ChildInit, &attributes, &pdo), STATUS_SUCCESS);
    created++;
    WDF_IO_QUEUE_CONFIG queue_of_pdo;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue_of_pdo, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(pdo, &queue_of_pdo, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

static VOID want_list(PWDFDEVICE_INIT init)
{
    WdfFdoInitSetDefaultChildListConfig(init, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

static VOID find_list(WDFDEVICE Device)
{
    list = WdfFdoGetDefaultChildList(Device);
}

static void start_bus(void)
{
    prepare_init = want_list;
    prepare_device = find_list;
    start_device();
}

static void setup(void)
{
    WDF_CHILD_LIST_CONFIG_INIT(&config, sizeof(ID), create);
    created = deleted = 0;
}

static ID id_of(ULONG slot)
{
    ID id;
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(&id.Header, sizeof(id));
    id.Slot = slot;
    return id;
}

static bool is_long(void)
{
    return getenv("WDFUSE_LONG") != NULL;
}

/* ---- from several threads ---- */

static atomic_bool is_over;

static void walk(void)
{
    WDF_CHILD_LIST_ITERATOR iterator;
    WDFDEVICE pdo;
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrieveAllChildren);
    WdfChildListBeginIteration(list, &iterator);
    while (NT_SUCCESS(WdfChildListRetrieveNextDevice(list, &iterator, &pdo, NULL))) {
    }
    WdfChildListEndIteration(list, &iterator);
}

static void scan_for(ID *id)
{
    WdfChildListBeginScan(list);
    (void)WdfChildListAddOrUpdateChildDescriptionAsPresent(list, &id->Header, NULL);
    WdfChildListEndScan(list);
}

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void report_at_random(void *argument)
{
    unsigned state = (unsigned)(uintptr_t)argument;
    for (; !is_over; sched_yield()) {
        ID id = id_of(next_random(&state) % SLOTS);
        switch (next_random(&state) % 6) {
        case 0:
            (void)WdfChildListUpdateChildDescriptionAsMissing(list, &id.Header);
            break;
        case 1:
            scan_for(&id);
            break;
        case 2:
            walk();
            break;
        case 3:
            (void)WdfChildListRequestChildEject(list, &id.Header);
            break;
        default:
            (void)WdfChildListAddOrUpdateChildDescriptionAsPresent(list, &id.Header, NULL);
        }
    }
}

static _Atomic(unsigned) answered_reads;

/* What a client that gives up may get from a device that may be going (S11.18). */
static bool is_answer(NTSTATUS status)
{
    return status == STATUS_CANCELLED || status == STATUS_INVALID_DEVICE_STATE ||
           status == STATUS_DEVICE_REMOVED;
}

/* Reads of children that may be unplugged, or cancelled, or both. */
static void read_at_random(void *argument)
{
    unsigned state = (unsigned)(uintptr_t)argument;
    for (; !is_over; sched_yield()) {
        char name[16], buffer[8];
        WDFUSEFILE file;
        snprintf(name, sizeof(name), "test.%u", next_random(&state) % SLOTS);
        if (!NT_SUCCESS(WdfuseInprocOpenNode(name, O_RDWR, &file)))
            continue;
        WDFUSEIO io = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
        for (unsigned i = next_random(&state) % 8; i > 0; i--)
            sched_yield();
        WdfuseInprocCancel(io);
        NTSTATUS status = WdfuseInprocFinish(io, NULL);
        ck_assert(is_answer(status));
        answered_reads++;
        WdfuseInprocClose(file);
    }
}

/* S16.12, S16.37: children are reported twice, in another thread's scan, while PDOs are created,
 * while the parent sleeps and while it is removed, and clients wait in them. */
START_TEST(every_child_is_deleted_whoever_reports_it)
{
    struct port_thread reporters[3], clients[2];
    start_bus();
    struct wdf_device *parent = device_from_handle(wdf_device());
    is_over = false;
    answered_reads = 0;
    for (uintptr_t i = 0; i < RTL_NUMBER_OF(reporters); i++)
        ck_assert_int_eq(port_thread_start(&reporters[i], "reporter", report_at_random, (void *)i),
                         0);
    for (uintptr_t i = 0; i < RTL_NUMBER_OF(clients); i++)
        ck_assert_int_eq(port_thread_start(&clients[i], "client", read_at_random, (void *)i), 0);
    for (unsigned i = is_long() ? 20000 : repetitions(50); i > 0; i--) {
        ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
        ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    }
    eventually(created > 20 && answered_reads > 20);
    device_remove(parent);
    unsigned created_before = created;
    is_over = true;
    for (unsigned i = 0; i < RTL_NUMBER_OF(reporters); i++)
        port_thread_join(&reporters[i]);
    for (unsigned i = 0; i < RTL_NUMBER_OF(clients); i++)
        port_thread_join(&clients[i]);
    ck_assert_uint_eq(created, created_before);
    holding_stop();
    ck_assert_uint_eq(deleted, created);
}
END_TEST

/* ---- very many ---- */

/* S16.13, S16.17: all of them go when a scan finds none. */
START_TEST(there_may_be_many_children)
{
    const ULONG count = is_long() ? 10000 : repetitions(1000);
    start_bus();
    WdfChildListBeginScan(list);
    for (ULONG slot = 0; slot < count; slot++) {
        ID id = id_of(slot);
        ck_status_eq(WdfChildListAddOrUpdateChildDescriptionAsPresent(list, &id.Header, NULL),
                     STATUS_SUCCESS);
    }
    WdfChildListEndScan(list);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(created, count);
    WDFUSEFILE file;
    char name[16];
    snprintf(name, sizeof(name), "test.%u", (unsigned)count - 1);
    ck_status_eq(WdfuseInprocOpenNode(name, O_RDWR, &file), STATUS_SUCCESS);
    WdfuseInprocClose(file);
    WdfChildListBeginScan(list);
    WdfChildListEndScan(list);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(deleted, count);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("childreports");
    TCase *tests = tcase_create("reports");
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_set_timeout(tests, 110);
    tcase_add_test(tests, every_child_is_deleted_whoever_reports_it);
    tcase_add_test(tests, there_may_be_many_children);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
