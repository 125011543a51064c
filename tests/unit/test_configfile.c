/* The file of a configuration: replaced whole, with its mode and owner, and shared without losing
 * changes. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "failing_heap.h"
#include "framework/registry/configuration.h"
#include "host/configfile.h"
#include "port/log.h"
#include "unit.h"

static char folder[64];
static char path[96];
static char last_error[512];
static struct config_file *file;

static void keep_error(enum log_level level, const char *line)
{
    if (level == LOG_LEVEL_ERROR)
        snprintf(last_error, sizeof(last_error), "%s", line);
}

static void write_text(const char *text)
{
    FILE *stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_ge(fputs(text, stream), 0);
    ck_assert_int_eq(fclose(stream), 0);
}

static const char *read_text(void)
{
    static char text[65536];
    FILE *stream = fopen(path, "r");
    ck_assert_ptr_nonnull(stream);
    text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
    fclose(stream);
    return text;
}

static void setup(void)
{
    /* Its allocations also come from the heap that may fail. */
    json_set_alloc_funcs(malloc, free);
    log_set_sink(keep_error);
    strcpy(folder, "/tmp/wdfuse-configfile.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/driver.json", folder);
    write_text("{\"Parameters\": {\"A\": 1}}");
    file = NULL;
}

static unsigned entries(void)
{
    unsigned count = 0;
    DIR *stream = opendir(folder);
    while (readdir(stream) != NULL)
        count++;
    closedir(stream);
    return count - 2;
}

static void teardown(void)
{
    char command[96];
    config_file_close(file);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void open_it(void)
{
    ck_assert_int_eq(config_file_open(path, &file), 0);
}

static NTSTATUS assign(const char *name, ULONG number)
{
    struct registry_value value = {.type = REG_DWORD, .size = sizeof(number), .bytes = &number};
    return configuration_assign(config_file_configuration(file), CONFIGURATION_PARAMETERS, name,
                                &value);
}

START_TEST(a_write_keeps_the_mode_and_leaves_nothing_beside_the_file)
{
    struct stat status;
    ck_assert_int_eq(chmod(path, 0604), 0);
    open_it();
    ck_assert_int_eq(assign("B", 2), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(read_text(), "\"B\": 2"));
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0604);
    ck_assert_uint_eq(entries(), 1);
}
END_TEST

START_TEST(what_a_dead_daemon_has_left_is_replaced)
{
    char left[128];
    snprintf(left, sizeof(left), "%s/.driver.json.new", folder);
    ck_assert_int_eq(close(open(left, O_WRONLY | O_CREAT, 0600)), 0);
    open_it();
    ck_assert_int_eq(assign("B", 2), STATUS_SUCCESS);
    ck_assert_uint_eq(entries(), 1);
}
END_TEST

START_TEST(a_file_that_others_have_replaced_is_read_again)
{
    open_it();
    ck_assert_int_eq(assign("B", 2), STATUS_SUCCESS);
    ck_assert_int_eq(unlink(path), 0);
    write_text("{\"Parameters\": {\"C\": 3}}");
    ck_assert_int_eq(assign("D", 4), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(read_text(), "\"C\": 3"));
    ck_assert_ptr_nonnull(strstr(read_text(), "\"D\": 4"));
    ck_assert_ptr_null(strstr(read_text(), "\"B\""));
}
END_TEST

START_TEST(a_file_that_is_gone_is_not_made_again)
{
    open_it();
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(assign("B", 2), STATUS_REGISTRY_IO_FAILED);
    ck_assert_ptr_nonnull(strstr(last_error, "No such file"));
    ck_assert_uint_eq(entries(), 0);
}
END_TEST

START_TEST(a_link_is_followed_once)
{
    char link[96];
    snprintf(link, sizeof(link), "%s/link.json", folder);
    ck_assert_int_eq(symlink("driver.json", link), 0);
    ck_assert_int_eq(config_file_open(link, &file), 0);
    ck_assert_int_eq(assign("B", 2), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(read_text(), "\"B\": 2"));
    /* Another kind of file in its place is not written through. */
    ck_assert_int_eq(rename(path, link), 0);
    ck_assert_int_eq(symlink("link.json", path), 0);
    ck_assert_int_eq(assign("C", 3), STATUS_REGISTRY_IO_FAILED);
    ck_assert_ptr_null(strstr(read_text(), "\"C\""));
}
END_TEST

START_TEST(a_file_that_somebody_has_broken_is_never_written_over)
{
    static const char broken[] = "{ \"Parameters\": ";
    open_it();
    write_text(broken);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(assign("B", 2), STATUS_REGISTRY_CORRUPT);
        ck_assert_str_eq(read_text(), broken);
    }
    write_text("{\"Parameters\": {\"Mended\": 1}}");
    ck_assert_int_eq(assign("B", 2), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(read_text(), "\"Mended\": 1"));
    ck_assert_ptr_null(strstr(read_text(), "\"A\""));
}
END_TEST

/* Each allocation of a write fails once, in one write after another. */
START_TEST(what_others_have_written_outlasts_a_lack_of_memory)
{
    unsigned failures = 0;
    bool was_refused = true;
    open_it();
    write_text("{\"Parameters\": {\"Theirs\": 1, \"List\": [\"red\", \"green\"]}}");
    for (unsigned n = 1; was_refused; n++) {
        heap_fail(n, false);
        NTSTATUS status = assign("B", 2);
        was_refused = heap_heal();
        failures += status == STATUS_INSUFFICIENT_RESOURCES;
        ck_assert_msg(NT_SUCCESS(status) == !was_refused, "allocation %u: 0x%x", n,
                      (unsigned)status);
        ck_assert_ptr_nonnull(strstr(read_text(), "\"Theirs\": 1"));
        ck_assert_ptr_nonnull(strstr(read_text(), "\"green\""));
    }
    ck_assert_uint_gt(failures, 3);
    ck_assert_ptr_nonnull(strstr(read_text(), "\"B\": 2"));
}
END_TEST

/* Each process adds its own numbers to the one file, one by one. */
START_TEST(many_processes_share_a_file_without_a_loss)
{
    enum { PROCESSES = 6, WRITES = 40 };
    pid_t children[PROCESSES];
    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        ck_assert_int_ge(children[i], 0);
        if (children[i] > 0)
            continue;
        int error = config_file_open(path, &file);
        for (unsigned j = 0; j < WRITES && error == 0; j++) {
            char name[32];
            snprintf(name, sizeof(name), "of %u, %u", i, j);
            error = assign(name, j) != STATUS_SUCCESS;
        }
        _exit(error != 0);
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status;
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert_int_eq(status, 0);
    }
    for (unsigned i = 0; i < PROCESSES * WRITES; i++) {
        char line[48];
        snprintf(line, sizeof(line), "\"of %u, %u\": %u", i / WRITES, i % WRITES, i % WRITES);
        ck_assert_msg(strstr(read_text(), line) != NULL, "%s is lost", line);
    }
    ck_assert_uint_eq(entries(), 1);
}
END_TEST

/* No reader ever finds half a file, although it takes no lock. */
START_TEST(at_every_moment_the_file_is_whole)
{
    pid_t writer = fork();
    ck_assert_int_ge(writer, 0);
    if (writer == 0) {
        int error = config_file_open(path, &file);
        for (unsigned j = 0; j < 100 && error == 0; j++)
            error = assign("A", j * 1000) != STATUS_SUCCESS;
        _exit(error != 0);
    }
    int status;
    while (waitpid(writer, &status, WNOHANG) == 0) {
        char error[CONFIGURATION_ERROR_SIZE];
        static struct configuration checked = CONFIGURATION_INITIALIZER;
        const char *text = read_text();
        ck_assert_int_eq(configuration_load(&checked, text, strlen(text), NULL, error),
                         STATUS_SUCCESS);
    }
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(without_a_file_changes_stay_in_memory)
{
    struct registry_value value;
    ck_assert_int_eq(config_file_open(NULL, &file), 0);
    ck_assert_int_eq(configuration_open(config_file_configuration(file), CONFIGURATION_PARAMETERS),
                     STATUS_SUCCESS);
    ck_assert_int_eq(assign("B", 2), STATUS_SUCCESS);
    ck_assert_int_eq(
        configuration_query(config_file_configuration(file), CONFIGURATION_PARAMETERS, "b", &value),
        STATUS_SUCCESS);
    registry_value_clear(&value);
    ck_assert_ptr_null(strstr(read_text(), "\"B\""));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("configfile");
    TCase *tests = tcase_create("configfile");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_write_keeps_the_mode_and_leaves_nothing_beside_the_file);
    tcase_add_test(tests, what_a_dead_daemon_has_left_is_replaced);
    tcase_add_test(tests, a_file_that_others_have_replaced_is_read_again);
    tcase_add_test(tests, a_file_that_somebody_has_broken_is_never_written_over);
    tcase_add_test(tests, what_others_have_written_outlasts_a_lack_of_memory);
    tcase_add_test(tests, a_file_that_is_gone_is_not_made_again);
    tcase_add_test(tests, a_link_is_followed_once);
    tcase_add_test(tests, many_processes_share_a_file_without_a_loss);
    tcase_add_test(tests, at_every_moment_the_file_is_whole);
    tcase_add_test(tests, without_a_file_changes_stay_in_memory);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
