/* The object tree: creation, contexts, references and the order of deletion (S1). */
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "unit.h"

static char trace[256];

static VOID note_cleanup(WDFOBJECT Object);
static VOID note_destroy(WDFOBJECT Object);

typedef struct _NAMED {
    char Name;
} NAMED;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(NAMED, GetNamed)

static void note(const char *what, WDFOBJECT object)
{
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%s%c ", what, GetNamed(object)->Name);
}

static VOID note_cleanup(WDFOBJECT Object)
{
    note("c", Object);
}

static VOID note_destroy(WDFOBJECT Object)
{
    note("d", Object);
}

static NTSTATUS add_bare_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

static void setup(void)
{
    trace[0] = '\0';
    device_start_with(add_bare_device);
}

static WDFOBJECT named_object(char name, WDFOBJECT parent)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, NAMED);
    attributes.ParentObject = parent;
    attributes.EvtCleanupCallback = note_cleanup;
    attributes.EvtDestroyCallback = note_destroy;
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    GetNamed(object)->Name = name;
    return object;
}

/* S1.27, S1.28, S15.1 */
START_TEST(a_subtree_is_cleaned_up_children_first_before_anything_is_destroyed)
{
    WDFOBJECT a = named_object('A', NULL);
    WDFOBJECT b = named_object('B', a);
    named_object('C', b);
    WdfObjectDelete(a);
    ck_assert_str_eq(trace, "cC cB cA dC dB dA ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("object");
    TCase *tree = tcase_create("tree");
    tcase_add_checked_fixture(tree, setup, device_stop);
    tcase_add_test(tree, a_subtree_is_cleaned_up_children_first_before_anything_is_destroyed);
    suite_add_tcase(suite, tree);
    return unit_run(suite);
}
