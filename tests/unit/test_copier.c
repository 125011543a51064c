/* Copies of clients' memory, by processes that can be abandoned. The client is a child whose pages
 * answer or not: it has asked to handle their faults, and does nothing. */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ntstatus.h>

#include "framework/io/copier.h"
#include "port/thread.h"
#include "unit.h"

#define PAGE_BYTES 4096u
#define GOOD_BYTES (1024u * 1024 + 17) /* more than one piece, and not a whole number of them */

/* At the same addresses here and in the child. */
static unsigned char *good;    /* ordinary memory */
static unsigned char *missing; /* in the child: pages whose faults nobody handles */
static int faults;             /* the child's descriptor for them */
static pid_t child;
static struct copier_client client;

static int open_userfaultfd(void)
{
    struct uffdio_api api = {.api = UFFD_API};
    int descriptor = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    if (descriptor >= 0 && ioctl(descriptor, UFFDIO_API, &api) == 0)
        return descriptor;
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

static _Noreturn void be_the_client(int ready)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct uffdio_register range = {.range = {.start = (uintptr_t)missing, .len = 2 * PAGE_BYTES},
                                    .mode = UFFDIO_REGISTER_MODE_MISSING};
    faults = open_userfaultfd();
    char is_ready = faults >= 0 && ioctl(faults, UFFDIO_REGISTER, &range) == 0;
    if (write(ready, &is_ready, 1) == 1)
        pause();
    _exit(1);
}

static void *map(size_t length)
{
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    return memory;
}

static void setup(void)
{
    int ready[2];
    char is_ready = 0;
    good = map(GOOD_BYTES);
    missing = map(2 * PAGE_BYTES);
    for (size_t i = 0; i < GOOD_BYTES; i++)
        good[i] = (unsigned char)(i * 7 + i / 251);
    ck_assert_int_eq(pipe(ready), 0);
    child = fork();
    if (child == 0)
        be_the_client(ready[1]);
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &is_ready, 1), 1);
    close(ready[0]);
    ck_assert_int_eq(is_ready, 1);
    client = (struct copier_client){.thread = child, .process = child};
    copier_start();
}

static void teardown(void)
{
    copier_stop();
    if (child != 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    munmap(good, GOOD_BYTES);
    munmap(missing, 2 * PAGE_BYTES);
}

static void expect_status(NTSTATUS actual, NTSTATUS expected)
{
    ck_assert_uint_eq((unsigned)actual, (unsigned)expected);
}

static void expect_service(void)
{
    static unsigned char copy[GOOD_BYTES];
    memset(copy, 0, sizeof(copy));
    expect_status(copier_probe(&client, (uintptr_t)good, copy, GOOD_BYTES, true), STATUS_SUCCESS);
    ck_assert_int_eq(memcmp(copy, good, GOOD_BYTES), 0);
}

START_TEST(memory_of_any_length_is_copied_both_ways)
{
    static unsigned char copy[GOOD_BYTES];
    expect_service();
    memset(good, 'x', GOOD_BYTES); /* ours: the child has its own */
    expect_status(copier_write(&client, (uintptr_t)good, good, GOOD_BYTES), STATUS_SUCCESS);
    expect_status(copier_probe(&client, (uintptr_t)good, copy, GOOD_BYTES, false), STATUS_SUCCESS);
    ck_assert_int_eq(memcmp(copy, good, GOOD_BYTES), 0);
}
END_TEST

START_TEST(a_bad_address_is_no_reason_to_give_a_copier_up)
{
    unsigned char copy[16];
    expect_status(copier_probe(&client, 0, copy, 16, false), STATUS_ACCESS_VIOLATION);
    expect_status(copier_probe(&client, UINT64_MAX - 8, copy, 16, false), STATUS_ACCESS_VIOLATION);
    expect_status(copier_write(&client, 0, copy, 16), STATUS_ACCESS_VIOLATION);
    expect_service();
}
END_TEST

START_TEST(memory_that_does_not_answer_is_given_up)
{
    unsigned char copy[16] = {0};
    uint64_t address = (uintptr_t)missing;
    for (int i = 0; i < 2; i++) {
        NTSTATUS status = _i == 2 ? copier_write(&client, address, copy, sizeof(copy))
                                  : copier_probe(&client, address, copy, sizeof(copy), _i == 1);
        expect_status(status, STATUS_ACCESS_VIOLATION);
        expect_service();
    }
}
END_TEST

START_TEST(a_client_that_has_ended_has_no_memory)
{
    unsigned char copy[16];
    expect_service();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    child = 0;
    expect_status(copier_probe(&client, (uintptr_t)good, copy, sizeof(copy), false),
                  STATUS_ACCESS_VIOLATION);
}
END_TEST

static atomic_bool was_busy;

/* Again, in case the machine was too slow for all of them to be there at once. */
static void touch_missing(void *argument)
{
    unsigned char copy[16];
    (void)argument;
    for (int i = 0; i < 10 && !atomic_load(&was_busy); i++) {
        NTSTATUS status = copier_probe(&client, (uintptr_t)missing, copy, sizeof(copy), false);
        if (status == STATUS_DEVICE_BUSY)
            atomic_store(&was_busy, true);
        else
            ck_assert_uint_eq((unsigned)status, (unsigned)STATUS_ACCESS_VIOLATION);
    }
}

START_TEST(more_copies_than_can_be_stuck_are_refused)
{
    struct port_thread threads[2 * COPIER_HELPERS];
    for (int i = 0; i < 2 * COPIER_HELPERS; i++)
        ck_assert_int_eq(port_thread_start(&threads[i], "toucher", touch_missing, NULL), 0);
    for (int i = 0; i < 2 * COPIER_HELPERS; i++)
        port_thread_join(&threads[i]);
    ck_assert(atomic_load(&was_busy));
    expect_service();
}
END_TEST

/* Of this many processes each has as many stuck copies as it may. */
struct stuck {
    atomic_bool is_over;
    atomic_uint begun;
    struct copier_client clients[COPIER_SHARE_OF_USER];
};

struct stuck_thread {
    struct stuck *stuck;
    const struct copier_client *client;
    struct port_thread thread;
};

static void touch_until_over(void *argument)
{
    const struct stuck_thread *self = argument;
    unsigned char copy[16];
    while (!atomic_load(&self->stuck->is_over)) {
        atomic_fetch_add(&self->stuck->begun, 1);
        (void)copier_probe(self->client, (uintptr_t)missing, copy, sizeof(copy), false);
    }
}

/* Twice as many threads in each process as it may have copies. */
#define STUCK_THREADS (2u * COPIER_SHARE)

static void expect_service_beside(unsigned processes, const struct copier_client *other)
{
    static struct stuck stuck;
    struct stuck_thread threads[STUCK_THREADS * COPIER_SHARE_OF_USER];
    unsigned count = STUCK_THREADS * processes;
    stuck = (struct stuck){0};
    for (unsigned i = 0; i < processes; i++) {
        stuck.clients[i] = client;
        stuck.clients[i].process += (pid_t)i;
    }
    for (unsigned i = 0; i < count; i++) {
        threads[i] =
            (struct stuck_thread){.stuck = &stuck, .client = &stuck.clients[i % processes]};
        ck_assert_int_eq(
            port_thread_start(&threads[i].thread, "stuck", touch_until_over, &threads[i]), 0);
    }
    while (atomic_load(&stuck.begun) < 2 * count)
        sched_yield();
    for (int i = 0; i < 20; i++) {
        unsigned char copy[16];
        expect_status(copier_probe(other, (uintptr_t)good, copy, sizeof(copy), true),
                      STATUS_SUCCESS);
    }
    atomic_store(&stuck.is_over, true);
    for (unsigned i = 0; i < count; i++)
        port_thread_join(&threads[i].thread);
}

START_TEST(a_process_with_stuck_memory_is_in_nobodys_way)
{
    struct copier_client other = client;
    other.process++;
    expect_service_beside(1, &other);
}
END_TEST

START_TEST(nor_is_a_user_with_many_such_processes)
{
    struct copier_client other = client;
    other.process += COPIER_SHARE_OF_USER;
    other.user++;
    expect_service_beside(COPIER_SHARE_OF_USER, &other);
}
END_TEST

static void copy_all(void *argument)
{
    static const uint64_t length = 100000;
    unsigned char *copy = argument;
    for (int i = 0; i < 20; i++) {
        memset(copy, 0, length);
        expect_status(copier_probe(&client, (uintptr_t)good + i, copy, length, false),
                      STATUS_SUCCESS);
        ck_assert_int_eq(memcmp(copy, good + i, length), 0);
    }
}

/* However many they are. */
START_TEST(copies_that_get_on_wait_for_each_other)
{
    static unsigned char copies[4 * COPIER_HELPERS][100000];
    struct port_thread threads[4 * COPIER_HELPERS];
    for (int i = 0; i < 4 * COPIER_HELPERS; i++)
        ck_assert_int_eq(port_thread_start(&threads[i], "copier", copy_all, copies[i]), 0);
    for (int i = 0; i < 4 * COPIER_HELPERS; i++)
        port_thread_join(&threads[i]);
}
END_TEST

int main(void)
{
    int probe = open_userfaultfd();
    if (probe < 0) {
        puts("SKIP: userfaultfd(2) is not to be had here");
        return 77;
    }
    close(probe);
    Suite *suite = suite_create("copier");
    /* Their clients are copies of the process, which must have no threads of an earlier test. */
    TCase *tests = unit_ends(tcase_create("copier"));
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, memory_of_any_length_is_copied_both_ways);
    tcase_add_test(tests, a_bad_address_is_no_reason_to_give_a_copier_up);
    tcase_add_loop_test(tests, memory_that_does_not_answer_is_given_up, 0, 3);
    tcase_add_test(tests, a_client_that_has_ended_has_no_memory);
    tcase_add_test(tests, more_copies_than_can_be_stuck_are_refused);
    tcase_add_test(tests, a_process_with_stuck_memory_is_in_nobodys_way);
    tcase_add_test(tests, nor_is_a_user_with_many_such_processes);
    tcase_add_test(tests, copies_that_get_on_wait_for_each_other);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
