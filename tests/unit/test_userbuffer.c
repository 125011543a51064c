/* The client's own memory: WdfRequestRetrieveUnsafeUser* and WdfRequestProbeAndLockUserBuffer*
 * (S8.18-S8.20). The client is this process; its memory is reached by the same system calls as
 * another's. */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "framework/io/clientmemory.h"
#include "holding.h"
#include "port/thread.h"
#include "unit.h"

#define NEITHER_CODE  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_NEITHER, FILE_ANY_ACCESS)
#define BUFFERED_CODE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

/* What the driver locks in its callback, and the result. */
static struct {
    bool for_write;
    PVOID address; /* NULL: what the client passes */
    size_t length; /* 0: all of it */
    NTSTATUS status;
    WDFMEMORY memory;
} locking;

static NTSTATUS lock(WDFREQUEST request, PVOID address, size_t length)
{
    return locking.for_write
               ? WdfRequestProbeAndLockUserBufferForWrite(request, address, length, &locking.memory)
               : WdfRequestProbeAndLockUserBufferForRead(request, address, length, &locking.memory);
}

static VOID lock_buffer(WDFDEVICE Device, WDFREQUEST Request)
{
    PVOID address = NULL;
    size_t length = 0;
    NTSTATUS status = locking.for_write
                          ? WdfRequestRetrieveUnsafeUserOutputBuffer(Request, 0, &address, &length)
                          : WdfRequestRetrieveUnsafeUserInputBuffer(Request, 0, &address, &length);
    if (!NT_SUCCESS(status)) {
        locking.status = status;
    } else {
        if (locking.address != NULL)
            address = locking.address;
        locking.status = lock(Request, address, locking.length != 0 ? locking.length : length);
    }
    ck_status_eq(WdfDeviceEnqueueRequest(Device, Request), STATUS_SUCCESS);
}

static VOID register_callback(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, lock_buffer);
}

static WDF_DEVICE_IO_TYPE io_type;

static VOID register_callback_and_type(PWDFDEVICE_INIT DeviceInit)
{
    register_callback(DeviceInit);
    WdfDeviceInitSetIoType(DeviceInit, io_type);
}

static unsigned char
    *page; /* of the client: readable and writable, followed by one that is neither */
static size_t page_size;

static void setup(void)
{
    memset(&locking, 0, sizeof(locking));
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    page = mmap(NULL, 2 * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(page, MAP_FAILED);
    mprotect(page + page_size, page_size, PROT_NONE);
    prepare_init = register_callback;
    start_queue(WdfIoQueueDispatchParallel);
}

static void teardown(void)
{
    holding_stop();
    munmap(page, 2 * page_size);
}

static WDFUSEIO begin_in(const void *input, size_t length)
{
    return remember(WdfuseInprocBeginIoctl(open_file(), NEITHER_CODE, input, length, NULL, 0));
}

static WDFUSEIO begin_out(void *output, size_t length)
{
    locking.for_write = true;
    return remember(WdfuseInprocBeginIoctl(open_file(), NEITHER_CODE, NULL, 0, output, length));
}

/* ---- locking ---- */

/* S8.19 */
START_TEST(what_is_locked_for_reading_is_what_the_client_has)
{
    size_t size;
    begin_in(strcpy((char *)page, "from the client"), 16);
    ck_status_eq(locking.status, STATUS_SUCCESS);
    const char *text = WdfMemoryGetBuffer(locking.memory, &size);
    ck_assert_uint_eq(size, 16);
    ck_assert_str_eq(text, "from the client");
}
END_TEST

/* S8.19: "valid until completion in any context", whatever the client does with its own memory
 * meanwhile. */
START_TEST(locked_memory_outlives_the_clients_mapping)
{
    begin_in(strcpy((char *)page, "from the client"), 16);
    mprotect(page, page_size, PROT_NONE);
    ck_assert_str_eq(WdfMemoryGetBuffer(locking.memory, NULL), "from the client");
}
END_TEST

/* S8.20, S8.16 */
START_TEST(memory_locked_for_reading_is_read_only)
{
    begin_in(page, 16);
    ck_status_eq(WdfMemoryCopyFromBuffer(locking.memory, 0, "x", 1), STATUS_ACCESS_VIOLATION);
}
END_TEST

/* S8.20 */
START_TEST(what_is_written_to_locked_memory_reaches_the_client_at_completion)
{
    WDFUSEIO io = begin_out(strcpy((char *)page, "................"), 16);
    ck_status_eq(locking.status, STATUS_SUCCESS);
    ck_status_eq(WdfMemoryCopyFromBuffer(locking.memory, 4, "driver", 6), STATUS_SUCCESS);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 10);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 10);
    ck_assert_str_eq((char *)page, "....driver......");
}
END_TEST

/* Locked bytes are written back even if the request fails, like pages that are mapped. */
START_TEST(what_is_written_reaches_the_client_of_a_failed_request_too)
{
    WDFUSEIO io = begin_out(strcpy((char *)page, "................"), 16);
    ck_status_eq(WdfMemoryCopyFromBuffer(locking.memory, 0, "driver", 6), STATUS_SUCCESS);
    complete_held(STATUS_UNSUCCESSFUL);
    answer(io, STATUS_UNSUCCESSFUL);
    ck_assert_str_eq((char *)page, "driver..........");
}
END_TEST

START_TEST(the_driver_may_delete_locked_memory_before_completion)
{
    WDFUSEIO io = begin_out(strcpy((char *)page, "................"), 16);
    ck_status_eq(WdfMemoryCopyFromBuffer(locking.memory, 0, "driver", 6), STATUS_SUCCESS);
    WdfObjectDelete(locking.memory);
    ck_assert_str_eq((char *)page, "driver..........");
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

/* S8.19: a range that the client's structure points to works like its buffer. */
START_TEST(a_range_beside_the_buffers_can_be_locked)
{
    char structure[8] = "";
    locking.address = strcpy((char *)page + 100, "embedded");
    locking.length = 9;
    begin_in(structure, sizeof(structure));
    ck_status_eq(locking.status, STATUS_SUCCESS);
    ck_assert_str_eq(WdfMemoryGetBuffer(locking.memory, NULL), "embedded");
}
END_TEST

/* ---- bad addresses ---- */

/* S8.19, for each way in which an address can be bad: unmapped, across the end, protected, above
 * user memory, wrapping around. */
START_TEST(a_bad_address_is_an_access_violation)
{
    const struct {
        void *address;
        size_t length;
    } bad[] = {
        {NULL, 0},
        {page + page_size, 16},
        {page + page_size - 8, 16},
        {(void *)~(uintptr_t)0xFFF, 16},
        {(void *)~(uintptr_t)0xF, 64},
        {(void *)0x800000000000, 16},
    };
    locking.for_write = _i % 2 == 1;
    locking.address = bad[_i / 2].address;
    locking.length = bad[_i / 2].length;
    if (locking.address == NULL)
        locking.length = 0;
    void *passed = locking.address != NULL ? page : NULL;
    WDFUSEIO io = locking.for_write ? begin_out(passed, 16) : begin_in(passed, 16);
    ck_status_eq(locking.status, STATUS_ACCESS_VIOLATION);
    complete_held(locking.status);
    answer(io, locking.status);
}
END_TEST

/* S8.19: what the client may only read. */
START_TEST(read_only_memory_can_be_locked_for_reading_only)
{
    strcpy((char *)page, "constant");
    mprotect(page, page_size, PROT_READ);
    if (_i == 0)
        begin_in(page, 9);
    else
        begin_out(page, 9);
    ck_status_eq(locking.status, _i == 0 ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION);
}
END_TEST

/* A client that unmaps its memory while the driver works gets an error, and nothing else
 * happens. */
START_TEST(memory_that_the_client_takes_back_fails_the_request)
{
    WDFUSEIO io = begin_out(page, 16);
    ck_status_eq(WdfMemoryCopyFromBuffer(locking.memory, 0, "driver", 6), STATUS_SUCCESS);
    if (_i == 0)
        mprotect(page, page_size, PROT_NONE);
    else
        munmap(page, page_size);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 16);
    ck_assert_uint_eq(answer(io, STATUS_ACCESS_VIOLATION), 0);
}
END_TEST

START_TEST(a_failure_is_not_covered_by_memory_that_was_taken_back)
{
    WDFUSEIO io = begin_out(page, 16);
    mprotect(page, page_size, PROT_NONE);
    complete_held(STATUS_DEVICE_BUSY);
    answer(io, STATUS_DEVICE_BUSY);
}
END_TEST

START_TEST(no_client_can_make_the_driver_lock_too_much)
{
    locking.length = 16 * 1024 * 1024 + 1;
    begin_in(page, 16);
    ck_status_eq(locking.status, STATUS_INSUFFICIENT_RESOURCES);
}
END_TEST

/* ---- calls in the wrong place ---- */

/* S8.19 */
START_TEST(nothing_cannot_be_locked)
{
    begin_in(page, 0);
    ck_status_eq(locking.status, STATUS_INVALID_USER_BUFFER);
}
END_TEST

/* S8.18, S8.19 */
START_TEST(the_queues_callback_is_too_late)
{
    PVOID address = page;
    size_t length = 99;
    begin_in(page, 16);
    ck_status_eq(WdfRequestRetrieveUnsafeUserInputBuffer(held(), 0, &address, &length),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_assert(address == NULL && length == 0);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S8.18"));
    ck_status_eq(lock(held(), page, 16), STATUS_ACCESS_VIOLATION);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S8.19"));
}
END_TEST

/* S8.19 */
START_TEST(a_completed_request_locks_nothing)
{
    begin_in(page, 16);
    WDFREQUEST request = take_held();
    WdfObjectReference(request);
    WdfRequestComplete(request, STATUS_SUCCESS);
    ck_status_eq(lock(request, page, 16), STATUS_INVALID_DEVICE_REQUEST);
    WdfObjectDereference(request);
}
END_TEST

/* S8.18, S8.19 */
START_TEST(a_level_above_passive_is_too_high)
{
    WDFSPINLOCK spinlock;
    PVOID address;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &spinlock), STATUS_SUCCESS);
    begin_in(page, 16);
    WdfSpinLockAcquire(spinlock);
    NTSTATUS unsafe = WdfRequestRetrieveUnsafeUserInputBuffer(held(), 0, &address, NULL);
    NTSTATUS locked = lock(held(), page, 16);
    WdfSpinLockRelease(spinlock);
    ck_status_eq(unsafe, STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(locked, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

static NTSTATUS unsafe_status;

static VOID require_more(WDFDEVICE Device, WDFREQUEST Request)
{
    PVOID address = page;
    size_t length = 99;
    unsafe_status = WdfRequestRetrieveUnsafeUserInputBuffer(Request, 17, &address, &length);
    ck_assert(address == NULL && length == 0);
    ck_status_eq(WdfDeviceEnqueueRequest(Device, Request), STATUS_SUCCESS);
}

static VOID register_require_more(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, require_more);
}

/* S8.18 */
START_TEST(an_unsafe_buffer_that_is_smaller_than_required_is_too_small)
{
    holding_stop();
    prepare_init = register_require_more;
    start_queue(WdfIoQueueDispatchParallel);
    begin_in(page, 16);
    ck_status_eq(unsafe_status, STATUS_BUFFER_TOO_SMALL);
}
END_TEST

/* S8.4, S8.18: the I/O type counts for reads and writes, the code for controls. */
START_TEST(a_neither_device_shows_the_data_of_a_write_as_the_clients)
{
    holding_stop();
    io_type = WdfDeviceIoNeither;
    prepare_init = register_callback_and_type;
    start_queue(WdfIoQueueDispatchParallel);
    remember(WdfuseInprocBeginWrite(open_file(), "written", 8));
    ck_status_eq(locking.status, STATUS_SUCCESS);
    ck_assert_str_eq(WdfMemoryGetBuffer(locking.memory, NULL), "written");
}
END_TEST

START_TEST(a_neither_device_answers_a_read_by_what_it_locks)
{
    char received[8] = ".......";
    holding_stop();
    io_type = WdfDeviceIoNeither;
    locking.for_write = true;
    prepare_init = register_callback_and_type;
    start_queue(WdfIoQueueDispatchParallel);
    WDFUSEIO io = remember(WdfuseInprocBeginRead(open_file(), received, sizeof(received)));
    ck_status_eq(locking.status, STATUS_SUCCESS);
    ck_status_eq(WdfMemoryCopyFromBuffer(locking.memory, 0, "abc", 3), STATUS_SUCCESS);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 3);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 3);
    ck_assert_str_eq(received, "abc....");
}
END_TEST

/* S7.39: the verifier hides the address, so that a driver uses the safe way. */
START_TEST(the_parameters_do_not_show_the_address)
{
    WDF_REQUEST_PARAMETERS parameters;
    begin_in(page, 16);
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(held(), &parameters);
    ck_assert_ptr_null(parameters.Parameters.DeviceIoControl.Type3InputBuffer);
    ck_assert_uint_eq(parameters.Parameters.DeviceIoControl.InputBufferLength, 16);
}
END_TEST

/* ---- another process ---- */

/* The same functions for another user's process, and for none. */
START_TEST(the_memory_of_another_process_is_read_and_written)
{
    int go[2];
    char byte = 0, copy[16];
    ck_assert_int_eq(pipe(go), 0);
    strcpy((char *)page, "the child's own");
    pid_t child = fork();
    if (child == 0) {
        close(go[1]);
        ssize_t ended = read(go[0], &byte, 1);
        bool is_right = ended == 0 && strcmp((char *)page, "written by us  ") == 0;
        /* Not by exit: Valgrind would report what belongs to threads that do not exist here. */
        execl(is_right ? "/bin/true" : "/bin/false", "child", (char *)NULL);
        _exit(1);
    }
    strcpy((char *)page, "not the child's");
    NTSTATUS read_status = client_memory_read(child, (uintptr_t)page, copy, 16);
    NTSTATUS write_status = client_memory_write(child, (uintptr_t)page, "written by us  ", 16);
    close(go[1]);
    close(go[0]);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_status_eq(read_status, STATUS_SUCCESS);
    ck_status_eq(write_status, STATUS_SUCCESS);
    ck_assert_str_eq(copy, "the child's own");
    ck_assert_str_eq((char *)page, "not the child's");
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

/* A client of another PID namespace has no number here. */
START_TEST(the_memory_of_an_unknown_process_is_denied)
{
    char copy[16];
    ck_status_eq(client_memory_read(0, (uintptr_t)page, copy, 16), STATUS_ACCESS_DENIED);
}
END_TEST

START_TEST(a_range_is_writable_if_all_of_its_mappings_are)
{
    unsigned char *three =
        mmap(NULL, 3 * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(three, MAP_FAILED);
    ck_assert(client_memory_may_be_written(getpid(), (uintptr_t)three, 3 * page_size));
    mprotect(three + page_size, page_size, PROT_READ);
    ck_assert(!client_memory_may_be_written(getpid(), (uintptr_t)three, 3 * page_size));
    ck_assert(client_memory_may_be_written(getpid(), (uintptr_t)three, page_size));
    ck_assert(client_memory_may_be_written(getpid(), (uintptr_t)three + 2 * page_size, page_size));
    munmap(three + page_size, page_size);
    ck_assert(!client_memory_may_be_written(getpid(), (uintptr_t)three, 3 * page_size));
    munmap(three, 3 * page_size);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("userbuffer");
    TCase *locks = tcase_create("locking");
    tcase_add_checked_fixture(locks, setup, teardown);
    tcase_add_test(locks, what_is_locked_for_reading_is_what_the_client_has);
    tcase_add_test(locks, locked_memory_outlives_the_clients_mapping);
    tcase_add_test(locks, memory_locked_for_reading_is_read_only);
    tcase_add_test(locks, what_is_written_to_locked_memory_reaches_the_client_at_completion);
    tcase_add_test(locks, what_is_written_reaches_the_client_of_a_failed_request_too);
    tcase_add_test(locks, the_driver_may_delete_locked_memory_before_completion);
    tcase_add_test(locks, a_range_beside_the_buffers_can_be_locked);
    tcase_add_loop_test(locks, a_bad_address_is_an_access_violation, 0, 12);
    tcase_add_loop_test(locks, read_only_memory_can_be_locked_for_reading_only, 0, 2);
    tcase_add_loop_test(locks, memory_that_the_client_takes_back_fails_the_request, 0, 2);
    tcase_add_test(locks, a_failure_is_not_covered_by_memory_that_was_taken_back);
    tcase_add_test(locks, no_client_can_make_the_driver_lock_too_much);
    tcase_add_test(locks, nothing_cannot_be_locked);
    tcase_add_test(locks, the_queues_callback_is_too_late);
    tcase_add_test(locks, a_completed_request_locks_nothing);
    tcase_add_test(locks, a_level_above_passive_is_too_high);
    tcase_add_test(locks, an_unsafe_buffer_that_is_smaller_than_required_is_too_small);
    tcase_add_test(locks, a_neither_device_shows_the_data_of_a_write_as_the_clients);
    tcase_add_test(locks, a_neither_device_answers_a_read_by_what_it_locks);
    tcase_add_test(locks, the_parameters_do_not_show_the_address);
    suite_add_tcase(suite, locks);

    TCase *other = tcase_create("other process");
    tcase_add_checked_fixture(other, setup, teardown);
    tcase_add_test(other, the_memory_of_another_process_is_read_and_written);
    tcase_add_test(other, the_memory_of_an_unknown_process_is_denied);
    tcase_add_test(other, a_range_is_writable_if_all_of_its_mappings_are);
    suite_add_tcase(suite, other);
    return unit_run(suite);
}
