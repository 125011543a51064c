/* What is reported of a driver that leaves something behind when it is unloaded (S13.18). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "holding.h"
#include "nt/folder.h"
#include "nt/pool.h"
#include "port/log.h"
#include "unit.h"

static char lines[4096];

static void note_line(enum log_level level, const char *line)
{
    size_t length = strlen(lines);
    UNREFERENCED_PARAMETER(level);
    if (strstr(line, "is unloaded and leaves") != NULL)
        snprintf(lines + length, sizeof(lines) - length, "%s\n", line);
}

/* A device, with the lines of the log from here on in `lines`. */
static void start(void)
{
    describe_queue(WdfIoQueueDispatchParallel);
    start_device();
    lines[0] = '\0';
    log_set_sink(note_line);
}

static WDFOBJECT create_object(void)
{
    WDFOBJECT made;
    ck_status_eq(WdfObjectCreate(WDF_NO_OBJECT_ATTRIBUTES, &made), STATUS_SUCCESS);
    return made;
}

START_TEST(a_driver_that_leaves_nothing_is_not_spoken_of)
{
    start();
    create_object();
    WDFOBJECT referenced = create_object();
    WdfObjectReference(referenced);
    WdfObjectDereference(referenced);
    holding_stop();
    ck_assert_str_eq(lines, "");
}
END_TEST

START_TEST(an_object_with_a_reference_too_many_is_told_by_class)
{
    start();
    WDFOBJECT objects[5];
    for (unsigned i = 0; i < RTL_NUMBER_OF(objects); i++)
        WdfObjectReference(objects[i] = create_object());
    holding_stop();
    ck_assert_ptr_nonnull(
        strstr(lines, "leaves 5 WDFOBJECT with references (S13.18): created by "));
    ck_assert_ptr_eq(strchr(lines, '\n'), lines + strlen(lines) - 1);
    for (unsigned i = 0; i < RTL_NUMBER_OF(objects); i++)
        WdfObjectDereference(objects[i]);
}
END_TEST

START_TEST(what_the_driver_deletes_and_keeps_referencing_is_left)
{
    start();
    WDFOBJECT deleted = create_object();
    WdfObjectReference(deleted);
    WdfObjectDelete(deleted);
    holding_stop();
    ck_assert_ptr_nonnull(strstr(lines, "leaves 1 WDFOBJECT with references"));
    WdfObjectDereference(deleted);
}
END_TEST

START_TEST(what_is_dereferenced_after_its_deletion_is_not_left)
{
    start();
    WDFOBJECT deleted = create_object();
    WdfObjectReference(deleted);
    WdfObjectDelete(deleted);
    WdfObjectDereference(deleted);
    holding_stop();
    ck_assert_str_eq(lines, "");
}
END_TEST

START_TEST(what_is_left_may_be_dereferenced_later)
{
    start();
    WDFOBJECT left = create_object();
    WdfObjectReference(left);
    holding_stop();
    ck_assert_ptr_nonnull(strstr(lines, "leaves 1 WDFOBJECT"));
    WdfObjectDereference(left);
}
END_TEST

START_TEST(pool_is_told_by_tag)
{
    start();
    PVOID first = ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, 'enO');
    PVOID second = ExAllocatePool2(POOL_FLAG_NON_PAGED, 30, 'enO');
    PVOID other = ExAllocatePoolWithTag(NonPagedPool, 5, 'owT');
    ExFreePool(ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, 'eerF'));
    holding_stop();
    ck_assert_ptr_nonnull(strstr(lines, "leaves 2 pool blocks (40 bytes) with tag 'One.'"));
    ck_assert_ptr_nonnull(strstr(lines, "leaves 1 pool blocks (5 bytes) with tag 'Two.'"));
    ck_assert_ptr_null(strstr(lines, "Free"));
    /* The next driver is not blamed for them. */
    start();
    PVOID own = ExAllocatePool2(POOL_FLAG_NON_PAGED, 1, 'enO');
    ExFreePool(first);
    ExFreePool(second);
    holding_stop();
    ck_assert_ptr_nonnull(strstr(lines, "leaves 1 pool blocks (1 bytes) with tag 'One.'"));
    ck_assert_ptr_null(strstr(lines, "Two"));
    ExFreePool(own);
    ExFreePool(other);
}
END_TEST

/* More tags than the table has room for: the blocks are still counted. */
START_TEST(any_number_of_tags_is_counted)
{
    static PVOID blocks[2000];
    struct pool_tag_usage usage[2000];
    size_t counted = 0;
    for (ULONG i = 0; i < RTL_NUMBER_OF(blocks); i++)
        blocks[i] = ExAllocatePool2(POOL_FLAG_NON_PAGED, 1, 0x41410000 + i);
    unsigned tags = pool_usage_by_tag(NULL, usage, RTL_NUMBER_OF(usage));
    for (unsigned i = 0; i < tags; i++)
        counted += usage[i].blocks;
    ck_assert_uint_eq(counted, RTL_NUMBER_OF(blocks));
    for (ULONG i = 0; i < RTL_NUMBER_OF(blocks); i++)
        ExFreePool(blocks[i]);
    ck_assert_uint_eq(pool_usage_by_tag(NULL, usage, RTL_NUMBER_OF(usage)), 0);
}
END_TEST

START_TEST(a_file_that_is_left_open_is_told_and_closed)
{
    /* Deleted with its handle; only the folders are left. */
    static const char *const folders[] = {"C/Windows/Temp", "C/Windows", "C", ""};
    char base[] = "/tmp/wdfuse-leaks-XXXXXX";
    char path[128];
    char service[64];
    HANDLE handle;
    IO_STATUS_BLOCK block;
    OBJECT_ATTRIBUTES attributes;
    DECLARE_CONST_UNICODE_STRING(name, L"\\SystemRoot\\temp\\left");
    ck_assert_ptr_nonnull(mkdtemp(base));
    ck_assert(folder_set_base(base));
    start();
    InitializeObjectAttributes(&attributes, (PUNICODE_STRING)&name, OBJ_KERNEL_HANDLE, NULL, NULL);
    ck_status_eq(ZwCreateFile(&handle, DELETE, &attributes, &block, NULL, 0, 0, FILE_CREATE,
                              FILE_DELETE_ON_CLOSE, NULL, 0),
                 STATUS_SUCCESS);
    holding_stop();
    ck_assert_ptr_nonnull(strstr(lines, "leaves 1 files open (S13.18)"));
    ck_assert_int_eq(sscanf(lines, "driver %63s", service), 1);
    for (unsigned i = 0; i < RTL_NUMBER_OF(folders); i++) {
        snprintf(path, sizeof(path), "%s/%s/%s", base, service, folders[i]);
        ck_assert_msg(rmdir(path) == 0, "%s: %s", path, strerror(errno));
    }
    ck_assert_int_eq(rmdir(base), 0);
    folder_set_base(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("leaks");
    TCase *tests = tcase_create("leaks");
    tcase_add_test(tests, a_driver_that_leaves_nothing_is_not_spoken_of);
    tcase_add_test(tests, a_file_that_is_left_open_is_told_and_closed);
    tcase_add_test(tests, an_object_with_a_reference_too_many_is_told_by_class);
    tcase_add_test(tests, what_the_driver_deletes_and_keeps_referencing_is_left);
    tcase_add_test(tests, what_is_dereferenced_after_its_deletion_is_not_left);
    tcase_add_test(tests, what_is_left_may_be_dereferenced_later);
    tcase_add_test(tests, pool_is_told_by_tag);
    tcase_add_test(tests, any_number_of_tags_is_counted);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
