/*
 * A tree of buses of three levels, each with a child list, against a model of it: whatever is
 * plugged, drawn out, ejected, scanned, suspended, resumed, opened and closed, those can be opened
 * whose whole way from the root is plugged, and nothing is left in the end (S16.6, S16.17, S16.36).
 */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "holding.h"
#include "port/thread.h"
#include "unit.h"

#define LEVELS 3
#define SLOTS  3
#define FILES  8

typedef struct {
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Header;
    ULONG Slot;
} ID;

/* What the test believes of a place in the tree. */
struct place {
    struct place *above; /* NULL: the root, which is always there */
    ULONG slot;
    bool is_plugged;
    WDFCHILDLIST list; /* of its device, as a bus; NULL at the lowest level */
    struct place *below[SLOTS];
};

typedef struct _PDO_CONTEXT {
    struct place *Place;
} PDO_CONTEXT, *PPDO_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(PDO_CONTEXT, GetPdoContext)

static struct place *root;
static _Atomic(unsigned) created, deleted;
static unsigned asked;
static bool is_asleep, makes_none;
static WDFUSEFILE files[FILES];
static WDF_CHILD_LIST_CONFIG config;

/* ---- the driver ---- */

static VOID note_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    deleted++;
}

static struct place *place_of_list(struct place *place, WDFCHILDLIST list)
{
    if (place->list == list)
        return place;
    for (unsigned i = 0; i < SLOTS && place->below[i] != NULL; i++) {
        struct place *found = place_of_list(place->below[i], list);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static NTSTATUS create(WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Id,
                       PWDFDEVICE_INIT ChildInit)
{
    static const GUID class = {0x5a1f7a3e, 0x1c0b, 0x4a53, {1, 2, 3, 4, 5, 6, 7, 8}};
    asked++;
    if (makes_none)
        return STATUS_NO_SUCH_DEVICE;
    struct place *bus = place_of_list(root, ChildList);
    struct place *place = bus->below[CONTAINING_RECORD(Id, ID, Header)->Slot];
    WCHAR digits[] = {(WCHAR)(L'0' + place->slot), 0};
    UNICODE_STRING instance;
    RtlInitUnicodeString(&instance, digits);
    ck_status_eq(WdfPdoInitAssignInstanceID(ChildInit, &instance), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAssignRawDevice(ChildInit, &class), STATUS_SUCCESS);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, PDO_CONTEXT);
    attributes.EvtCleanupCallback = note_cleanup;
    WDFDEVICE pdo;
    ck_status_eq(WdfDeviceCreate(&ChildInit, &attributes, &pdo), STATUS_SUCCESS);
    created++;
    GetPdoContext(pdo)->Place = place;
    if (place->below[0] == NULL)
        return STATUS_SUCCESS;
    return WdfChildListCreate(pdo, &config, WDF_NO_OBJECT_ATTRIBUTES, &place->list);
}

static VOID want_list(PWDFDEVICE_INIT init)
{
    WdfFdoInitSetDefaultChildListConfig(init, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

static VOID find_list(WDFDEVICE Device)
{
    root->list = WdfFdoGetDefaultChildList(Device);
}

static void start_tree(void)
{
    prepare_init = want_list;
    prepare_device = find_list;
    start_device();
}

/* ---- the model ---- */

static struct place *grow(struct place *above, ULONG slot, unsigned levels)
{
    struct place *place = calloc(1, sizeof(*place));
    ck_assert_ptr_nonnull(place);
    place->above = above;
    place->slot = slot;
    for (ULONG i = 0; i < SLOTS && levels > 0; i++)
        place->below[i] = grow(place, i, levels - 1);
    return place;
}

static void fell(struct place *place)
{
    for (unsigned i = 0; i < SLOTS && place->below[i] != NULL; i++)
        fell(place->below[i]);
    free(place);
}

static bool is_there(const struct place *place)
{
    return place->above == NULL || (place->is_plugged && is_there(place->above));
}

/* It goes with all below it: what is plugged there is plugged into something else from now on. */
static void draw_out(struct place *place)
{
    place->is_plugged = false;
    place->list = NULL;
    for (unsigned i = 0; i < SLOTS && place->below[i] != NULL; i++)
        draw_out(place->below[i]);
}

static void name_of(const struct place *place, char name[16])
{
    if (place->above == NULL) {
        strcpy(name, "test");
        return;
    }
    name_of(place->above, name);
    size_t length = strlen(name);
    snprintf(name + length, 16 - length, ".%u", (unsigned)place->slot);
}

static void check(const struct place *place)
{
    char name[16];
    WDFUSEFILE file;
    name_of(place, name);
    NTSTATUS status = WdfuseInprocOpenNode(name, O_RDWR, &file);
    ck_assert_msg(NT_SUCCESS(status) == is_there(place), "%s %s be there", name,
                  is_there(place) ? "should" : "should not");
    if (NT_SUCCESS(status))
        WdfuseInprocClose(file);
    for (unsigned i = 0; i < SLOTS && place->below[i] != NULL; i++)
        check(place->below[i]);
}

/* ---- the events ---- */

static unsigned random_state;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 16) % limit;
}

static ID id_of(const struct place *place)
{
    ID id;
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(&id.Header, sizeof(id));
    id.Slot = place->slot;
    return id;
}

/* A place below a bus that is there. */
static struct place *choose(void)
{
    struct place *place = root->below[random_below(SLOTS)];
    while (place->list != NULL && random_below(3) > 0)
        place = place->below[random_below(SLOTS)];
    return place;
}

static void plug(struct place *place)
{
    ID id = id_of(place);
    NTSTATUS status =
        WdfChildListAddOrUpdateChildDescriptionAsPresent(place->above->list, &id.Header, NULL);
    ck_status_eq(status, place->is_plugged ? STATUS_OBJECT_NAME_EXISTS : STATUS_SUCCESS);
    place->is_plugged = true;
}

static void unplug(struct place *place)
{
    ID id = id_of(place);
    NTSTATUS status = WdfChildListUpdateChildDescriptionAsMissing(place->above->list, &id.Header);
    if (place->is_plugged) /* else it depends on whether its last device is there */
        ck_status_eq(status, STATUS_SUCCESS);
    draw_out(place);
}

static void eject(struct place *place)
{
    ID id = id_of(place);
    if (!place->is_plugged || is_asleep)
        return;
    ck_assert(WdfChildListRequestChildEject(place->above->list, &id.Header));
    draw_out(place);
}

static void scan(struct place *bus)
{
    bool is_found[SLOTS];
    WdfChildListBeginScan(bus->list);
    for (unsigned i = 0; i < SLOTS; i++) {
        ID id = id_of(bus->below[i]);
        is_found[i] = random_below(3) > 0;
        if (is_found[i])
            (void)WdfChildListAddOrUpdateChildDescriptionAsPresent(bus->list, &id.Header, NULL);
    }
    WdfChildListEndScan(bus->list);
    for (unsigned i = 0; i < SLOTS; i++) {
        if (!is_found[i])
            draw_out(bus->below[i]);
        bus->below[i]->is_plugged = is_found[i];
    }
}

static void sleep_or_wake(void)
{
    ck_status_eq(is_asleep ? WdfuseInprocResume(device) : WdfuseInprocSuspend(device),
                 STATUS_SUCCESS);
    is_asleep = !is_asleep;
}

static void open_or_close(const struct place *place)
{
    WDFUSEFILE *file = &files[random_below(FILES)];
    char name[16];
    name_of(place, name);
    if (*file != NULL)
        WdfuseInprocClose(*file);
    *file = NULL;
    if (!is_asleep && is_there(place))
        ck_status_eq(WdfuseInprocOpenNode(name, O_RDWR, file), STATUS_SUCCESS);
}

static void act(void)
{
    struct place *place = choose();
    switch (random_below(8)) {
    case 0:
        unplug(place);
        break;
    case 1:
        eject(place);
        break;
    case 2:
        scan(place->above);
        break;
    case 3:
        sleep_or_wake();
        break;
    case 4:
        open_or_close(place);
        break;
    default:
        plug(place);
    }
}

static void tree_setup(void)
{
    WDF_CHILD_LIST_CONFIG_INIT(&config, sizeof(ID), create);
    root = grow(NULL, 0, LEVELS);
    created = deleted = asked = 0;
    is_asleep = makes_none = false;
    memset(files, 0, sizeof(files));
}

static void tree_stop(void)
{
    for (unsigned i = 0; i < FILES; i++) {
        if (files[i] != NULL)
            WdfuseInprocClose(files[i]);
    }
    holding_stop();
    fell(root);
}

/* The long form is that of scripts/test --long. */
static unsigned event_count(void)
{
    return getenv("WDFUSE_LONG") != NULL ? 1000000 : repetitions(1000);
}

START_TEST(the_tree_is_as_its_model)
{
    random_state = 1;
    start_tree();
    for (unsigned i = event_count(); i > 0; i--) {
        act();
        WdfuseInprocWaitForWorkers();
        if (!is_asleep)
            check(root);
    }
    for (unsigned i = 0; i < FILES; i++) {
        if (files[i] != NULL)
            WdfuseInprocClose(files[i]);
        files[i] = NULL;
    }
    holding_stop();
    ck_assert_uint_gt(created, 0);
    ck_assert_uint_eq(deleted, created);
}
END_TEST

/* ---- from several threads ---- */

static atomic_bool is_over;

static void report_at_random(void *argument)
{
    unsigned state = (unsigned)(uintptr_t)argument;
    for (; !is_over; sched_yield()) {
        state = state * 1664525u + 1013904223u;
        struct place *place = root->below[(state >> 16) % SLOTS];
        ID id = id_of(place);
        WDF_CHILD_LIST_ITERATOR iterator;
        WDFDEVICE pdo;
        switch ((state >> 20) % 6) {
        case 0:
            (void)WdfChildListUpdateChildDescriptionAsMissing(root->list, &id.Header);
            break;
        case 1:
            WdfChildListBeginScan(root->list);
            (void)WdfChildListAddOrUpdateChildDescriptionAsPresent(root->list, &id.Header, NULL);
            WdfChildListEndScan(root->list);
            break;
        case 2:
            WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrieveAllChildren);
            WdfChildListBeginIteration(root->list, &iterator);
            while (NT_SUCCESS(WdfChildListRetrieveNextDevice(root->list, &iterator, &pdo, NULL))) {
            }
            WdfChildListEndIteration(root->list, &iterator);
            break;
        case 3:
            (void)WdfChildListRequestChildEject(root->list, &id.Header);
            break;
        default:
            (void)WdfChildListAddOrUpdateChildDescriptionAsPresent(root->list, &id.Header, NULL);
        }
    }
}

/* S16.12, S16.37: children reported twice, in a scan of somebody else, while PDOs are made, while
 * the parent sleeps and while it is removed. */
START_TEST(every_child_is_deleted_whoever_reports_it)
{
    struct port_thread reporters[3];
    start_tree();
    struct wdf_device *parent = device_from_handle(wdf_device());
    is_over = false;
    for (uintptr_t i = 0; i < RTL_NUMBER_OF(reporters); i++)
        ck_assert_int_eq(port_thread_start(&reporters[i], "reporter", report_at_random, (void *)i),
                         0);
    for (unsigned i = repetitions(50); i > 0; i--) {
        ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
        ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    }
    eventually(created > 20);
    device_remove(parent);
    unsigned created_before = created;
    is_over = true;
    for (unsigned i = 0; i < RTL_NUMBER_OF(reporters); i++)
        port_thread_join(&reporters[i]);
    ck_assert_uint_eq(created, created_before);
    holding_stop();
    ck_assert_uint_eq(deleted, created);
}
END_TEST

/* S16.13 */
START_TEST(there_may_be_many_children)
{
    const ULONG count = getenv("WDFUSE_LONG") != NULL ? 10000 : repetitions(1000);
    makes_none = true;
    start_tree();
    ID id = id_of(root->below[0]);
    WdfChildListBeginScan(root->list);
    for (id.Slot = 0; id.Slot < count; id.Slot++)
        ck_status_eq(WdfChildListAddOrUpdateChildDescriptionAsPresent(root->list, &id.Header, NULL),
                     STATUS_SUCCESS);
    WdfChildListEndScan(root->list);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(asked, count);
    id.Slot = 0;
    ck_status_eq(WdfChildListUpdateChildDescriptionAsMissing(root->list, &id.Header),
                 STATUS_NO_SUCH_DEVICE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("childtree");
    TCase *tests = tcase_create("model");
    tcase_add_checked_fixture(tests, tree_setup, tree_stop);
    tcase_set_timeout(tests, 110);
    tcase_add_test(tests, the_tree_is_as_its_model);
    tcase_add_test(tests, every_child_is_deleted_whoever_reports_it);
    tcase_add_test(tests, there_may_be_many_children);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
