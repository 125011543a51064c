/*
 * A tree of buses of three levels, each with a child list, beside a model of it. Places are
 * plugged, unplugged, ejected, scanned, suspended, resumed, opened, read, closed, killed, and
 * become idle. Exactly those devices can be opened whose whole path from the root is plugged; each
 * is in D0 when the model says so, each request is answered once and as the model says, and nothing
 * is left in the end (S11.17, S16.6, S16.17, S16.36, S16.55, S18.30, S18.36).
 *
 * usage: test_treemodel [--seed N] [--operations N]
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ntddk.h>
#include <wdf.h>
#include <wdfuse/inproc.h>

#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "port/log.h"
#include "stories.h"

#define LEVELS 3
#define SLOTS  3
#define FILES  8

typedef struct {
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Header;
    ULONG Slot;
} ID;

/* A place in the tree. */
struct place {
    struct place *above; /* NULL: the root, which always exists */
    struct place *below[SLOTS];
    ULONG slot;

    /* The model's. */
    bool is_plugged;
    bool is_made; /* its device; none is made while the system sleeps */
    bool is_in_d0;
    unsigned pending; /* reads */

    /* The driver's. */
    WDFDEVICE device;
    WDFCHILDLIST list; /* of the device, as a bus; NULL at the lowest level */
    WDFQUEUE queue;
    atomic_bool is_powered;
};

typedef struct _PLACE_CONTEXT {
    struct place *Place;
} PLACE_CONTEXT, *PPLACE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(PLACE_CONTEXT, GetPlace)

/* A client's open file. */
struct open_file {
    WDFUSEFILE file;     /* NULL: nothing */
    struct place *place; /* NULL: its device has gone */
    WDFUSEIO read;       /* NULL: none is under way */
    unsigned serial;     /* of the read */
    char buffer[8];
};

static WDFUSEDEVICE device;
static struct place *root;
static struct open_file files[FILES];
static unsigned serials;
static bool is_asleep, is_told;
static _Atomic(unsigned) created, deleted;
static WDF_CHILD_LIST_CONFIG config;

/* ---- the driver ---- */

static NTSTATUS enter_d0(WDFDEVICE Device, WDF_POWER_DEVICE_STATE From)
{
    UNREFERENCED_PARAMETER(From);
    GetPlace(Device)->Place->is_powered = true;
    return STATUS_SUCCESS;
}

static NTSTATUS leave_d0(WDFDEVICE Device, WDF_POWER_DEVICE_STATE To)
{
    UNREFERENCED_PARAMETER(To);
    GetPlace(Device)->Place->is_powered = false;
    return STATUS_SUCCESS;
}

static VOID note_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    deleted++;
}

/* For any place: it idles, and keeps its requests in a queue. */
static NTSTATUS create_device(PWDFDEVICE_INIT init, struct place *place)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = enter_d0;
    callbacks.EvtDeviceD0Exit = leave_d0;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, PLACE_CONTEXT);
    attributes.EvtCleanupCallback = note_cleanup;
    NTSTATUS status = WdfDeviceCreate(&init, &attributes, &place->device);
    if (!NT_SUCCESS(status))
        return status;
    created++;
    GetPlace(place->device)->Place = place;
    WDF_IO_QUEUE_CONFIG queue;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue, WdfIoQueueDispatchManual);
    status = WdfIoQueueCreate(place->device, &queue, WDF_NO_OBJECT_ATTRIBUTES, &place->queue);
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCannotWakeFromS0);
    if (NT_SUCCESS(status))
        status = WdfDeviceAssignS0IdleSettings(place->device, &idle);
    return status;
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

static NTSTATUS create_child(WDFCHILDLIST ChildList,
                             PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Id,
                             PWDFDEVICE_INIT ChildInit)
{
    static const GUID class = {0x5a1f7a3e, 0x1c0b, 0x4a53, {1, 2, 3, 4, 5, 6, 7, 8}};
    struct place *bus = place_of_list(root, ChildList);
    struct place *place = bus->below[CONTAINING_RECORD(Id, ID, Header)->Slot];
    WCHAR digits[] = {(WCHAR)(L'0' + place->slot), 0};
    UNICODE_STRING instance;
    RtlInitUnicodeString(&instance, digits);
    NTSTATUS status = WdfPdoInitAssignInstanceID(ChildInit, &instance);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAssignRawDevice(ChildInit, &class);
    if (NT_SUCCESS(status))
        status = create_device(ChildInit, place);
    if (NT_SUCCESS(status) && place->below[0] != NULL)
        status = WdfChildListCreate(place->device, &config, WDF_NO_OBJECT_ATTRIBUTES, &place->list);
    return status;
}

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WdfFdoInitSetDefaultChildListConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
    NTSTATUS status = create_device(DeviceInit, root);
    if (NT_SUCCESS(status))
        root->list = WdfFdoGetDefaultChildList(root->device);
    return status;
}

static NTSTATUS driver_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG driver;
    WDF_DRIVER_CONFIG_INIT(&driver, add_device);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &driver,
                           WDF_NO_HANDLE);
}

/* ---- the model ---- */

static void for_each_place(struct place *place, void (*action)(struct place *place))
{
    action(place);
    for (unsigned i = 0; i < SLOTS && place->below[i] != NULL; i++)
        for_each_place(place->below[i], action);
}

static bool is_there(const struct place *place)
{
    return place->above == NULL || (place->is_made && is_there(place->above));
}

static bool is_wanted(const struct place *place)
{
    for (unsigned i = 0; i < SLOTS && place->below[i] != NULL; i++) {
        if (is_there(place->below[i]) && place->below[i]->is_in_d0)
            return true;
    }
    return place->pending > 0;
}

/* S18.36: with everything above it. */
static void power_up(struct place *place)
{
    for (; place != NULL; place = place->above)
        place->is_in_d0 = true;
}

static void make(struct place *place)
{
    if (place->is_made || !place->is_plugged || !is_there(place->above))
        return;
    place->is_made = true;
    power_up(place);
}

/* What has been reported is created, unless the system sleeps. */
static void make_all(void)
{
    if (!is_asleep)
        for_each_place(root, make);
}

static bool agree(bool does, const char *what, const struct place *place)
{
    if (!does && is_told)
        printf("  model: %s, of slot %u\n", what, place != NULL ? (unsigned)place->slot : 0);
    return does;
}

static bool end_read(struct open_file *open, NTSTATUS expected)
{
    NTSTATUS status = WdfuseInprocFinish(open->read, NULL);
    open->read = NULL;
    if (open->place != NULL)
        open->place->pending--;
    if (is_told)
        printf("  a read is answered: 0x%x\n", (unsigned)status);
    return agree(status == expected, "the read is answered otherwise", open->place);
}

/* Removes it with everything below it; what is plugged there later belongs to a new device. */
static bool draw_out(struct place *place)
{
    bool does_agree = true;
    for (unsigned i = 0; i < FILES; i++) {
        if (files[i].file == NULL || files[i].place != place)
            continue;
        if (files[i].read != NULL)
            does_agree &= end_read(&files[i], STATUS_CANCELLED);
        files[i].place = NULL;
    }
    place->is_plugged = place->is_made = place->is_in_d0 = false;
    place->list = NULL;
    for (unsigned i = 0; i < SLOTS && place->below[i] != NULL; i++)
        does_agree &= draw_out(place->below[i]);
    return does_agree;
}

static struct place *grow(struct place *above, ULONG slot, unsigned levels)
{
    struct place *place = calloc(1, sizeof(*place));
    if (place == NULL)
        abort();
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

static void name_of(const struct place *place, char name[16])
{
    if (place->above == NULL) {
        strcpy(name, "tree");
        return;
    }
    name_of(place->above, name);
    size_t length = strlen(name);
    snprintf(name + length, 16 - length, ".%u", (unsigned)place->slot);
}

static NTSTATUS try_open(const struct place *place, WDFUSEFILE *file)
{
    char name[16];
    name_of(place, name);
    return WdfuseInprocOpenNode(name, O_RDWR, file);
}

static bool tree_agrees(const struct place *place)
{
    WDFUSEFILE file;
    NTSTATUS status = try_open(place, &file);
    if (NT_SUCCESS(status))
        WdfuseInprocClose(file);
    if (!agree(NT_SUCCESS(status) == is_there(place),
               is_there(place) ? "it is there" : "it is not there", place) ||
        !agree(!is_there(place) || place->is_powered == place->is_in_d0,
               place->is_in_d0 ? "it is in D0" : "it is not in D0", place))
        return false;
    for (unsigned i = 0; i < SLOTS && place->below[i] != NULL; i++) {
        if (!tree_agrees(place->below[i]))
            return false;
    }
    return true;
}

/* ---- the operations ---- */

/* The operation is done and the tree agrees with the model; or it disagrees; or there is nothing to
 * do. */
enum outcome { AGREES, DISAGREES, NOTHING };

static enum outcome outcome_of(bool does_agree)
{
    return does_agree ? AGREES : DISAGREES;
}

static ID id_of(const struct place *place)
{
    ID id;
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(&id.Header, sizeof(id));
    id.Slot = place->slot;
    return id;
}

/* A place below an existing bus. */
static struct place *choose(const uint32_t *numbers)
{
    struct place *place = root->below[numbers[0] % SLOTS];
    for (unsigned i = 1; i < LEVELS && is_there(place) && place->list != NULL; i++) {
        if ((numbers[1] >> i) % 4 == 0)
            break;
        place = place->below[(numbers[0] >> (4 * i)) % SLOTS];
    }
    return place;
}

/* The same, or the root. */
static struct place *choose_any(const uint32_t *numbers)
{
    return numbers[3] % 8 == 0 ? root : choose(numbers);
}

static enum outcome plug(const uint32_t *numbers)
{
    struct place *place = choose(numbers);
    ID id = id_of(place);
    NTSTATUS status =
        WdfChildListAddOrUpdateChildDescriptionAsPresent(place->above->list, &id.Header, NULL);
    bool was_plugged = place->is_plugged;
    place->is_plugged = true;
    return outcome_of(agree(status == (was_plugged ? STATUS_OBJECT_NAME_EXISTS : STATUS_SUCCESS),
                            "the report is answered otherwise", place));
}

static enum outcome unplug(const uint32_t *numbers)
{
    struct place *place = choose(numbers);
    ID id = id_of(place);
    if (!place->is_plugged)
        return NOTHING;
    NTSTATUS status = WdfChildListUpdateChildDescriptionAsMissing(place->above->list, &id.Header);
    return outcome_of(agree(status == STATUS_SUCCESS, "it is missing", place) && draw_out(place));
}

/* S11.15: it is queried in D0, and so is everything below it. */
static enum outcome eject(const uint32_t *numbers)
{
    struct place *place = choose(numbers);
    ID id = id_of(place);
    if (!is_there(place) || is_asleep)
        return NOTHING;
    power_up(place);
    bool is_wished = WdfChildListRequestChildEject(place->above->list, &id.Header);
    return outcome_of(agree(is_wished, "it can be ejected", place) && draw_out(place));
}

static enum outcome scan(const uint32_t *numbers)
{
    struct place *bus = choose(numbers)->above;
    bool does_agree = true;
    WdfChildListBeginScan(bus->list);
    for (unsigned i = 0; i < SLOTS; i++) {
        ID id = id_of(bus->below[i]);
        if ((numbers[2] >> i) % 2 != 0)
            (void)WdfChildListAddOrUpdateChildDescriptionAsPresent(bus->list, &id.Header, NULL);
    }
    WdfChildListEndScan(bus->list);
    for (unsigned i = 0; i < SLOTS; i++) {
        if ((numbers[2] >> i) % 2 == 0)
            does_agree &= draw_out(bus->below[i]);
        else
            bus->below[i]->is_plugged = true;
    }
    return outcome_of(does_agree);
}

static void fall_asleep(struct place *place)
{
    place->is_in_d0 = false;
}

/* S18.30: none of them need be in D0 just because the system wakes. */
static void wake_up(struct place *place)
{
    if (is_there(place) && place->pending > 0)
        power_up(place);
}

static enum outcome sleep_or_wake(const uint32_t *numbers)
{
    UNREFERENCED_PARAMETER(numbers);
    NTSTATUS status = is_asleep ? WdfuseInprocResume(device) : WdfuseInprocSuspend(device);
    for_each_place(root, is_asleep ? wake_up : fall_asleep);
    is_asleep = !is_asleep;
    return outcome_of(agree(status == STATUS_SUCCESS, "the system sleeps, or wakes", NULL));
}

static enum outcome idle(const uint32_t *numbers)
{
    struct place *place = choose_any(numbers);
    if (!is_there(place))
        return NOTHING;
    device_expire_idle(device_from_handle(place->device));
    if (!is_asleep && !is_wanted(place))
        place->is_in_d0 = false;
    return AGREES;
}

static struct open_file *choose_file(const uint32_t *numbers)
{
    return &files[numbers[2] % FILES];
}

static enum outcome open_node(const uint32_t *numbers)
{
    struct open_file *open = choose_file(numbers);
    struct place *place = choose_any(numbers);
    if (open->file != NULL || !is_there(place))
        return NOTHING;
    open->place = place;
    return outcome_of(agree(NT_SUCCESS(try_open(place, &open->file)), "it can be opened", place));
}

static enum outcome close_file(const uint32_t *numbers)
{
    struct open_file *open = choose_file(numbers);
    if (open->file == NULL || open->read != NULL)
        return NOTHING;
    WdfuseInprocClose(open->file);
    *open = (struct open_file){0};
    return AGREES;
}

/* The client of a read goes. */
static enum outcome kill_client(const uint32_t *numbers)
{
    struct open_file *open = choose_file(numbers);
    if (open->read == NULL)
        return NOTHING;
    WdfuseInprocCancel(open->read);
    bool does_agree = end_read(open, STATUS_CANCELLED);
    (void)close_file(numbers);
    return outcome_of(does_agree);
}

static enum outcome begin_read(const uint32_t *numbers)
{
    struct open_file *open = choose_file(numbers);
    if (open->file == NULL || open->read != NULL)
        return NOTHING;
    open->serial = ++serials;
    open->read = WdfuseInprocBeginRead(open->file, open->buffer, sizeof(open->buffer));
    if (open->place == NULL)
        return outcome_of(end_read(open, STATUS_DEVICE_REMOVED));
    open->place->pending++;
    if (!is_asleep)
        power_up(open->place);
    return AGREES;
}

static struct open_file *oldest_reader(const struct place *place)
{
    struct open_file *oldest = NULL;
    for (unsigned i = 0; i < FILES; i++) {
        if (files[i].place == place && files[i].read != NULL &&
            (oldest == NULL || files[i].serial < oldest->serial))
            oldest = &files[i];
    }
    return oldest;
}

static enum outcome serve(const uint32_t *numbers)
{
    struct open_file *open = choose_file(numbers);
    if (open->place == NULL || open->place->pending == 0 || is_asleep)
        return NOTHING;
    open = oldest_reader(open->place);
    WDFREQUEST request;
    NTSTATUS status = WdfIoQueueRetrieveNextRequest(open->place->queue, &request);
    if (!agree(NT_SUCCESS(status), "there is a read", open->place))
        return DISAGREES;
    WdfRequestComplete(request, STATUS_SUCCESS);
    return outcome_of(end_read(open, STATUS_SUCCESS));
}

static const struct {
    const char *name;
    enum outcome (*run)(const uint32_t *numbers);
} operations[] = {
    {"plug", plug},
    {"unplug", unplug},
    {"eject", eject},
    {"scan", scan},
    {"sleep or wake", sleep_or_wake},
    {"idle", idle},
    {"open", open_node},
    {"close", close_file},
    {"kill", kill_client},
    {"read", begin_read},
    {"serve", serve},
};
static const unsigned weights[RTL_NUMBER_OF(operations)] = {12, 3, 2, 2, 2, 8, 8, 3, 2, 8, 4};

/* ---- stories ---- */

static bool run_operation(const struct draw *draw, int *done)
{
    enum outcome outcome = operations[draw->kind].run(draw->numbers);
    if (outcome == NOTHING)
        return true;
    (*done)++;
    make_all();
    WdfuseInprocWaitForWorkers();
    if (is_told)
        printf("%s\n", operations[draw->kind].name);
    return outcome == AGREES && (is_asleep || tree_agrees(root));
}

static void drop_line(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

static bool start_story(void)
{
    WDF_CHILD_LIST_CONFIG_INIT(&config, sizeof(ID), create_child);
    root = grow(NULL, 0, LEVELS);
    root->is_plugged = root->is_made = root->is_in_d0 = true;
    created = deleted = serials = 0;
    is_asleep = false;
    memset(files, 0, sizeof(files));
    log_set_sink(drop_line);
    WdfuseInprocUseVirtualClock();
    return NT_SUCCESS(WdfuseInprocStart(driver_entry, "tree", &device));
}

/* Whatever exists, and whoever waits. */
static bool finish_story(void)
{
    for (uint32_t i = 0; i < FILES; i++) {
        const uint32_t numbers[4] = {0, 0, i, 0};
        (void)kill_client(numbers);
        (void)close_file(numbers);
    }
    WdfuseInprocStop(device);
    fell(root);
    return agree(created == deleted, "every device is deleted", NULL);
}

static int run_story(const struct story *story, bool tells)
{
    int done = 0;
    is_told = tells;
    if (!start_story())
        return -1;
    for (unsigned i = 0; i < story->length; i++) {
        if (!run_operation(&story->draws[i], &done))
            return -1;
    }
    return finish_story() ? done : -1;
}

int main(int argc, char **argv)
{
    static const struct story_teller teller = {.name = "test_treemodel",
                                               .weights = weights,
                                               .kinds = RTL_NUMBER_OF(operations),
                                               .run = run_story};
    return stories_main(&teller, argc, argv);
}
