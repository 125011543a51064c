/* The table of statuses: names, and the errno of each. */
#include <errno.h>
#include <string.h>

#include <ntstatus.h>
#include <wdfstatus.h>

#include "nt/status.h"
#include "unit.h"

/* Whether the table is sorted by name can't be seen from outside, so each entry must be found. */
START_TEST(every_status_of_the_table_has_its_name)
{
    NTSTATUS status;
    for (size_t i = 0; nt_status_at(i, &status); i++)
        ck_assert_msg(strncmp(nt_status_name(status), "STATUS_", 7) == 0, "0x%08X is not found",
                      (unsigned)status);
}
END_TEST

START_TEST(the_table_is_sorted_and_has_no_status_twice)
{
    NTSTATUS previous;
    NTSTATUS status;
    ck_assert(nt_status_at(0, &previous));
    for (size_t i = 1; nt_status_at(i, &status); i++) {
        ck_assert_msg((ULONG)previous < (ULONG)status, "%s does not belong behind 0x%08X",
                      nt_status_name(status), (unsigned)previous);
        previous = status;
    }
}
END_TEST

START_TEST(success_and_information_have_no_errno)
{
    NTSTATUS status;
    for (size_t i = 0; nt_status_at(i, &status); i++) {
        if (!NT_SUCCESS(status))
            continue;
        ck_assert_int_eq(nt_status_to_errno(status, false), 0);
        ck_assert_int_eq(nt_status_to_errno(status, true), 0);
    }
    ck_assert_int_eq(nt_status_to_errno((NTSTATUS)0x7fffffff, true), 0);
}
END_TEST

START_TEST(every_failure_has_an_errno_that_fuse_can_carry)
{
    NTSTATUS status;
    for (size_t i = 0; nt_status_at(i, &status); i++) {
        if (NT_SUCCESS(status))
            continue;
        int error = nt_status_to_errno(status, false);
        int control_error = nt_status_to_errno(status, true);
        ck_assert_msg(error > 0 || status == STATUS_END_OF_FILE, "%s", nt_status_name(status));
        ck_assert_msg(control_error > 0, "%s", nt_status_name(status));
        ck_assert_msg(error < 512 && control_error < 512, "%s", nt_status_name(status));
        ck_assert_msg(error != ENOSYS && control_error != ENOSYS, "%s", nt_status_name(status));
    }
}
END_TEST

/* What clients get most often, and what the documentation promises. */
static const struct {
    NTSTATUS status;
    int error;
    int control_error;
} promised[] = {
    {STATUS_INVALID_DEVICE_REQUEST, EOPNOTSUPP, ENOTTY},
    {STATUS_NOT_IMPLEMENTED, EOPNOTSUPP, ENOTTY},
    {STATUS_END_OF_FILE, 0, ENODATA},
    {STATUS_CANCELLED, ECANCELED, ECANCELED},
    {STATUS_INVALID_PARAMETER, EINVAL, EINVAL},
    {STATUS_INVALID_PARAMETER_4, EINVAL, EINVAL},
    {STATUS_INVALID_BUFFER_SIZE, EMSGSIZE, EMSGSIZE},
    {STATUS_BUFFER_TOO_SMALL, EINVAL, EOVERFLOW},
    {STATUS_BUFFER_OVERFLOW, EOVERFLOW, EOVERFLOW},
    {STATUS_ACCESS_DENIED, EACCES, EACCES},
    {STATUS_ACCESS_VIOLATION, EFAULT, EFAULT},
    {STATUS_INVALID_USER_BUFFER, EFAULT, EFAULT},
    {STATUS_INSUFFICIENT_RESOURCES, ENOMEM, ENOMEM},
    {STATUS_NO_MEMORY, ENOMEM, ENOMEM},
    {STATUS_DEVICE_BUSY, EBUSY, EBUSY},
    {STATUS_SHARING_VIOLATION, EBUSY, EBUSY},
    {STATUS_INVALID_DEVICE_STATE, ENODEV, ENODEV},
    {STATUS_DEVICE_REMOVED, ENODEV, ENODEV},
    {STATUS_DEVICE_NOT_CONNECTED, ENODEV, ENODEV},
    {STATUS_NO_SUCH_DEVICE, ENODEV, ENODEV},
    {STATUS_DELETE_PENDING, ENODEV, ENODEV},
    {STATUS_DEVICE_NOT_READY, ENXIO, ENXIO},
    {STATUS_IO_TIMEOUT, ETIMEDOUT, ETIMEDOUT},
    {STATUS_MEDIA_WRITE_PROTECTED, EROFS, EROFS},
    {STATUS_DISK_FULL, ENOSPC, ENOSPC},
    {STATUS_PIPE_BROKEN, EPIPE, EPIPE},
    {STATUS_OBJECT_NAME_NOT_FOUND, ENOENT, ENOENT},
    {STATUS_OBJECT_NAME_COLLISION, EEXIST, EEXIST},
    {STATUS_NOT_SAME_DEVICE, EXDEV, EXDEV},
    {STATUS_UNSUCCESSFUL, EIO, EIO},
    {STATUS_WDF_BUSY, EBUSY, EBUSY},
};

START_TEST(a_status_has_the_errno_that_is_documented)
{
    ck_assert_msg(nt_status_to_errno(promised[_i].status, false) == promised[_i].error,
                  "%s of a read or write: %s", nt_status_name(promised[_i].status),
                  strerror(nt_status_to_errno(promised[_i].status, false)));
    ck_assert_msg(nt_status_to_errno(promised[_i].status, true) == promised[_i].control_error,
                  "%s of an ioctl: %s", nt_status_name(promised[_i].status),
                  strerror(nt_status_to_errno(promised[_i].status, true)));
}
END_TEST

START_TEST(what_linux_answers_comes_back_as_the_same_errno)
{
    for (int error = 1; error < 512; error++) {
        for (int is_control = 0; is_control < 2; is_control++) {
            NTSTATUS status = nt_status_from_errno(error, is_control);
            ck_assert(NT_ERROR(status));
            ck_assert_int_eq(nt_status_to_errno(status, is_control),
                             error == ENOSYS ? EOPNOTSUPP : error);
        }
    }
    ck_assert_int_eq(nt_status_from_errno(0, false), STATUS_SUCCESS);
    ck_assert_int_eq(nt_status_from_errno(ENODEV, false), STATUS_DEVICE_DOES_NOT_EXIST);
    ck_assert_int_eq(nt_status_from_errno(ENOTTY, true), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_int_eq(nt_status_from_errno(-1, false), STATUS_UNSUCCESSFUL);
    ck_assert_int_eq(nt_status_from_errno(512, false), STATUS_UNSUCCESSFUL);
    ck_assert_str_eq(nt_status_name(nt_status_from_errno(ESPIPE, false)), "ESPIPE");
}
END_TEST

START_TEST(a_customers_status_becomes_no_errno_that_fuse_refuses)
{
    ck_assert_int_eq(nt_status_to_errno((NTSTATUS)0xE1000000, false), EIO);
    ck_assert_int_eq(nt_status_to_errno((NTSTATUS)(0xE1000000u | ENOSYS), false), EIO);
    ck_assert_int_eq(nt_status_to_errno((NTSTATUS)(0xE1000000u | 512), false), EIO);
    ck_assert_int_eq(nt_status_to_errno((NTSTATUS)0xE0FFFFFF, false), EIO);
}
END_TEST

START_TEST(a_timeout_is_a_success_as_nt_success_says)
{
    ck_assert_int_eq(nt_status_to_errno(STATUS_TIMEOUT, false), 0);
}
END_TEST

START_TEST(a_failure_without_an_errno_is_EIO)
{
    ck_assert_int_eq(nt_status_to_errno((NTSTATUS)0xe0001234, false), EIO);
    ck_assert_int_eq(nt_status_to_errno((NTSTATUS)0xc000ffff, true), EIO);
}
END_TEST

START_TEST(a_status_is_named)
{
    ck_assert_str_eq(nt_status_name(STATUS_SUCCESS), "STATUS_SUCCESS");
    ck_assert_str_eq(nt_status_name(STATUS_CANCELLED), "STATUS_CANCELLED");
    ck_assert_str_eq(nt_status_name(STATUS_WDF_PAUSED), "STATUS_WDF_PAUSED");
}
END_TEST

START_TEST(a_status_without_a_name_is_shown_as_a_number)
{
    ck_assert_str_eq(nt_status_name((NTSTATUS)0xc000ffff), "0xC000FFFF");
    ck_assert_str_eq(nt_status_name((NTSTATUS)0x00012345), "0x00012345");
}
END_TEST

START_TEST(the_severity_is_in_the_two_highest_bits)
{
    ck_assert(NT_SUCCESS(STATUS_SUCCESS) && NT_SUCCESS(STATUS_PENDING) &&
              NT_SUCCESS(STATUS_OBJECT_NAME_EXISTS));
    ck_assert(!NT_SUCCESS(STATUS_BUFFER_OVERFLOW) && !NT_SUCCESS(STATUS_UNSUCCESSFUL));
    ck_assert(NT_INFORMATION(STATUS_OBJECT_NAME_EXISTS) && !NT_INFORMATION(STATUS_SUCCESS));
    ck_assert(NT_WARNING(STATUS_BUFFER_OVERFLOW) && !NT_WARNING(STATUS_UNSUCCESSFUL));
    ck_assert(NT_ERROR(STATUS_UNSUCCESSFUL) && !NT_ERROR(STATUS_BUFFER_OVERFLOW));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("status");
    TCase *statuses = tcase_create("statuses");

    tcase_add_test(statuses, every_status_of_the_table_has_its_name);
    tcase_add_test(statuses, the_table_is_sorted_and_has_no_status_twice);
    tcase_add_test(statuses, success_and_information_have_no_errno);
    tcase_add_test(statuses, every_failure_has_an_errno_that_fuse_can_carry);
    tcase_add_loop_test(statuses, a_status_has_the_errno_that_is_documented, 0,
                        RTL_NUMBER_OF(promised));
    tcase_add_test(statuses, what_linux_answers_comes_back_as_the_same_errno);
    tcase_add_test(statuses, a_customers_status_becomes_no_errno_that_fuse_refuses);
    tcase_add_test(statuses, a_timeout_is_a_success_as_nt_success_says);
    tcase_add_test(statuses, a_failure_without_an_errno_is_EIO);
    tcase_add_test(statuses, a_status_is_named);
    tcase_add_test(statuses, a_status_without_a_name_is_shown_as_a_number);
    tcase_add_test(statuses, the_severity_is_in_the_two_highest_bits);
    suite_add_tcase(suite, statuses);
    return unit_run(suite);
}
