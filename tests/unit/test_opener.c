/* The process of the thread that opens a file, whichever of its threads that is. */
#include "unit.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "port/thread.h"
#include "transport/opener.h"

static void look(void *argument)
{
    pid_t *seen = argument;
    seen[0] = (pid_t)syscall(SYS_gettid);
    seen[1] = opener_process(seen[0]);
}

START_TEST(a_thread_belongs_to_its_process)
{
    pid_t seen[2];
    struct port_thread thread;
    ck_assert_int_eq(port_thread_start(&thread, "another", look, seen), 0);
    port_thread_join(&thread);
    ck_assert_int_ne(seen[0], getpid());
    ck_assert_int_eq(seen[1], getpid());
}
END_TEST

START_TEST(the_first_thread_is_the_process)
{
    ck_assert_int_eq(opener_process(getpid()), getpid());
    ck_assert_int_eq(opener_process(1), 1); /* somebody else's */
}
END_TEST

START_TEST(what_nobody_knows_stays_what_it_is)
{
    ck_assert_int_eq(opener_process(0), 0); /* a client in another PID namespace */
    ck_assert_int_eq(opener_process(0x7fffffff), 0x7fffffff);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("opener");
    TCase *tests = tcase_create("opener");
    tcase_add_test(tests, a_thread_belongs_to_its_process);
    tcase_add_test(tests, the_first_thread_is_the_process);
    tcase_add_test(tests, what_nobody_knows_stays_what_it_is);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
