/* The command line of a host program: what it accepts, what it rejects, and its messages. */
#include "unit.h"

#include <string.h>
#include <unistd.h>

#include "host/options.h"

static const char *own_value;
static int own_calls;
static bool own_check_fails;

static int own_parse(const char *value, char *error, size_t size)
{
    own_calls++;
    own_value = value;
    if (value != NULL && strcmp(value, "bad") == 0) {
        snprintf(error, size, "'bad' is bad");
        return -1;
    }
    return 0;
}

static int own_check(char *error, size_t size)
{
    if (!own_check_fails)
        return 0;
    snprintf(error, size, "that makes no sense");
    return -1;
}

static const WDFUSE_HOST_OPTION own_options[] = {
    {"crumbs", "N", "how many crumbs", own_parse},
    {"burnt", NULL, "as the name says", own_parse},
};

static const WDFUSE_HOST host = {
    .Size = sizeof(host),
    .ProgramName = "toasterd",
    .Version = "1.0",
    .DeviceName = "toaster",
    .ServiceName = "toaster",
    .Options = own_options,
    .OptionCount = 2,
    .CheckOptions = own_check,
};

static DRIVER_INITIALIZE *find_no_driver(const char *operand, char *message, size_t size)
{
    (void)operand, (void)message, (void)size;
    return NULL;
}

static const WDFUSE_HOST file_host = {
    .Size = sizeof(file_host),
    .ProgramName = "toasterhost",
    .Version = "1.0",
    .OperandName = "DRIVER.so",
    .FindDriver = find_no_driver,
};

static struct host_options options;
static char error[HOST_ERROR_SIZE];

static void reset(void)
{
    own_value = NULL;
    own_calls = 0;
    own_check_fails = false;
    error[0] = '\0';
}

/* Up to three arguments; the rest are NULL. */
static int parse(char *first, char *second, char *third)
{
    char *argv[] = {"toasterd", first, second, third, NULL};
    int argc = 1;
    while (argv[argc] != NULL)
        argc++;
    return host_options_parse(argc, argv, &host, &options, error, sizeof(error));
}

static void assert_refused(char *first, char *second, const char *message)
{
    ck_assert_int_eq(parse(first, second, NULL), -1);
    ck_assert_str_eq(error, message);
}

START_TEST(no_arguments_give_the_defaults)
{
    ck_assert_int_eq(parse(NULL, NULL, NULL), 0);
    ck_assert_int_eq(options.action, HOST_RUN);
    ck_assert_str_eq(options.drivers[0].default_name, "toaster");
    ck_assert_ptr_null(options.mount);
    ck_assert_ptr_null(options.pidfile);
    ck_assert_ptr_null(options.drivers[0].config);
    ck_assert(!options.foreground && !options.debug && !options.has_user && !options.has_group);
    ck_assert_uint_eq(options.drivers[0].mode, 0600);
    ck_assert_uint_eq(options.workers, 16);
    ck_assert_uint_eq(options.spin_us, 50);
    ck_assert_uint_eq(options.stop_timeout_s, 10);
    ck_assert_int_eq(options.log_level, LOG_LEVEL_INFO);
}
END_TEST

START_TEST(debug_implies_the_foreground_and_the_debug_level)
{
    ck_assert_int_eq(parse("-d", NULL, NULL), 0);
    ck_assert(options.foreground && options.debug);
    ck_assert_int_eq(options.log_level, LOG_LEVEL_DEBUG);
}
END_TEST

START_TEST(short_options_can_be_joined)
{
    ck_assert_int_eq(parse("-fs", NULL, NULL), 0);
    ck_assert(options.foreground);
    ck_assert_uint_eq(options.workers, 1);
}
END_TEST

START_TEST(a_value_stands_behind_the_equals_sign_or_in_the_next_argument)
{
    ck_assert_int_eq(parse("--name=a1", NULL, NULL), 0);
    ck_assert_str_eq(options.drivers[0].names[0], "a1");
    ck_assert_int_eq(parse("--name", "b2", NULL), 0);
    ck_assert_str_eq(options.drivers[0].names[0], "b2");
}
END_TEST

START_TEST(the_later_of_two_options_counts)
{
    ck_assert_int_eq(parse("-s", "--workers=3", "--workers=7"), 0);
    ck_assert_uint_eq(options.workers, 7);
}
END_TEST

START_TEST(an_option_without_its_value_is_refused)
{
    assert_refused("--name", NULL, "--name: a value is missing");
}
END_TEST

START_TEST(a_value_for_an_option_that_has_none_is_refused)
{
    assert_refused("--single=3", NULL, "--single=3: this option takes no value");
}
END_TEST

START_TEST(unknown_options_are_named)
{
    assert_refused("--colour=red", NULL, "unknown option --colour=red");
    assert_refused("-f", "-x", "unknown option -x");
}
END_TEST

START_TEST(an_argument_that_is_no_option_is_refused)
{
    assert_refused("-f", "bread", "unexpected argument 'bread'");
    assert_refused("--", "-f", "unexpected argument '-f'");
}
END_TEST

static char *const bad_numbers[] = {"",   "0",  "65", "-1",  "+1",
                                    " 1", "1 ", "1x", "0x1", "99999999999999999999"};

START_TEST(workers_are_1_to_64_and_nothing_else)
{
    char argument[64], message[128];
    snprintf(argument, sizeof(argument), "--workers=%s", bad_numbers[_i]);
    snprintf(message, sizeof(message), "--workers: '%s' is not a number from 1 to 64",
             bad_numbers[_i]);
    assert_refused(argument, NULL, message);
}
END_TEST

START_TEST(the_ends_of_a_range_are_in_it)
{
    ck_assert_int_eq(parse("--workers=1", "--spin=0", NULL), 0);
    ck_assert_uint_eq(options.workers, 1);
    ck_assert_uint_eq(options.spin_us, 0);
    ck_assert_int_eq(parse("--workers=64", "--spin=1000000", NULL), 0);
    ck_assert_uint_eq(options.workers, 64);
    ck_assert_uint_eq(options.spin_us, 1000000);
    assert_refused("--spin=1000001", NULL, "--spin: '1000001' is not a number from 0 to 1000000");
}
END_TEST

START_TEST(a_mode_is_octal_and_has_permission_bits_only)
{
    ck_assert_int_eq(parse("--mode=666", NULL, NULL), 0);
    ck_assert_uint_eq(options.drivers[0].mode, 0666);
    ck_assert_int_eq(parse("--mode=0640", NULL, NULL), 0);
    ck_assert_uint_eq(options.drivers[0].mode, 0640);
    assert_refused("--mode=0888", NULL, "--mode: '0888' is not a mode in octal, 0 to 0777");
    assert_refused("--mode=1777", NULL, "--mode: '1777' is not a mode in octal, 0 to 0777");
    assert_refused("--mode=rw", NULL, "--mode: 'rw' is not a mode in octal, 0 to 0777");
}
END_TEST

static char *const bad_names[] = {"",          ".",   "..",  ".hidden", "-f",   "a//b",
                                  "/dev/echo", "a b", "a!b", "a,b",     "a\nb", "\xc3\xa4"};

START_TEST(a_name_that_is_no_plain_file_name_is_refused)
{
    char argument[64];
    snprintf(argument, sizeof(argument), "--name=%s", bad_names[_i]);
    ck_assert_int_eq(parse(argument, NULL, NULL), -1);
    ck_assert_ptr_nonnull(strstr(error, "can't be a device's name"));
}
END_TEST

START_TEST(a_name_of_255_bytes_is_the_longest)
{
    char argument[300] = "--name=";
    memset(argument + 7, 'n', 255);
    ck_assert_int_eq(parse(argument, NULL, NULL), 0);
    argument[7 + 255] = 'n';
    ck_assert_int_eq(parse(argument, NULL, NULL), -1);
}
END_TEST

START_TEST(users_and_groups_are_names_or_numbers)
{
    ck_assert_int_eq(parse("--user=root", "--group=root", NULL), 0);
    ck_assert(options.has_user && options.has_group);
    ck_assert_uint_eq(options.user, 0);
    ck_assert_uint_eq(options.group, 0);
    ck_assert_str_eq(options.user_name, "root");
    ck_assert_int_eq(parse("--user=0", "--group=12345", NULL), 0);
    ck_assert_str_eq(options.user_name, "root");
    ck_assert_uint_eq(options.user_group, 12345);
}
END_TEST

START_TEST(unknown_users_and_groups_are_refused)
{
    assert_refused("--user=no-such-user", NULL, "--user: there is no user 'no-such-user'");
    assert_refused("--group=no-such-group", NULL, "--group: there is no group 'no-such-group'");
    assert_refused("--user=4294967295", NULL, "--user: there is no user '4294967295'");
    assert_refused("--user=", NULL, "--user: there is no user ''");
}
END_TEST

START_TEST(a_number_that_is_no_user_needs_a_group)
{
    assert_refused("--user=3999999999", NULL,
                   "--user: 3999999999 is not in the user database: --group is needed as well");
    ck_assert_int_eq(parse("--user=3999999999", "--group=7", NULL), 0);
    ck_assert_str_eq(options.user_name, "");
    ck_assert_uint_eq(options.user_group, 7);
}
END_TEST

START_TEST(the_log_level_is_one_of_four)
{
    ck_assert_int_eq(parse("--log-level=warning", NULL, NULL), 0);
    ck_assert_int_eq(options.log_level, LOG_LEVEL_WARNING);
    assert_refused("--log-level=loud", NULL,
                   "--log-level: 'loud' is none of error, warning, info, debug");
}
END_TEST

START_TEST(empty_paths_are_refused)
{
    assert_refused("--mount=", NULL, "--mount: the directory's name is empty");
    assert_refused("--pidfile=", NULL, "--pidfile: the file's name is empty");
    assert_refused("--config=", NULL, "--config: the file's name is empty");
    assert_refused("--state-dir=", NULL, "--state-dir: the folder's name is empty");
}
END_TEST

/* A path that would begin with two backslashes, or with nothing after the first. */
START_TEST(a_file_name_is_a_path_behind_a_name)
{
    static const char *const refused[] = {"--file-name=", "--file-name=/x", "--file-name=\\x"};
    char argument[64];
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        snprintf(argument, sizeof(argument), "%s", refused[i]);
        ck_assert_int_eq(parse(argument, NULL, NULL), -1);
        ck_assert_ptr_nonnull(strstr(error, "is no path after a name: 1 to 127 bytes"));
    }
    ck_assert_int_eq(parse("--file-name=logs/x", "--state-dir=/tmp", NULL), 0);
    ck_assert_str_eq(options.drivers[0].behind_name, "logs/x");
    ck_assert_str_eq(options.state_dir, "/tmp");
}
END_TEST

START_TEST(the_drivers_own_options_reach_its_parse_functions)
{
    ck_assert_int_eq(parse("--crumbs=12", NULL, NULL), 0);
    ck_assert_int_eq(own_calls, 1);
    ck_assert_str_eq(own_value, "12");
    ck_assert_int_eq(parse("--burnt", NULL, NULL), 0);
    ck_assert_int_eq(own_calls, 2);
    ck_assert_ptr_null(own_value);
}
END_TEST

START_TEST(what_a_driver_refuses_is_told_with_the_options_name)
{
    assert_refused("--crumbs=bad", NULL, "--crumbs: 'bad' is bad");
}
END_TEST

START_TEST(the_drivers_check_has_the_last_word)
{
    own_check_fails = true;
    assert_refused("-f", NULL, "that makes no sense");
}
END_TEST

START_TEST(help_and_version_end_the_parsing)
{
    own_check_fails = true;
    ck_assert_int_eq(parse("--help", "--nonsense", NULL), 0);
    ck_assert_int_eq(options.action, HOST_SHOW_HELP);
    ck_assert_int_eq(parse("--version", "more", NULL), 0);
    ck_assert_int_eq(options.action, HOST_SHOW_VERSION);
}
END_TEST

START_TEST(the_time_of_the_end_is_a_number_of_seconds)
{
    ck_assert_int_eq(parse("--stop-timeout=3", NULL, NULL), 0);
    ck_assert_uint_eq(options.stop_timeout_s, 3);
    ck_assert_int_eq(parse("--stop-timeout=86400", NULL, NULL), 0);
    ck_assert_uint_eq(options.stop_timeout_s, 86400);
}
END_TEST

START_TEST(the_time_of_the_end_may_have_no_limit)
{
    ck_assert_int_eq(parse("--stop-timeout=0", NULL, NULL), 0);
    ck_assert_uint_eq(options.stop_timeout_s, 0);
    ck_assert_int_eq(parse("--stop-timeout=infinity", NULL, NULL), 0);
    ck_assert_uint_eq(options.stop_timeout_s, 0);
}
END_TEST

START_TEST(another_time_of_the_end_is_refused)
{
    assert_refused("--stop-timeout=infinite", NULL,
                   "--stop-timeout: 'infinite' is not a number from 0 to 86400, nor infinity");
    assert_refused("--stop-timeout=86401", NULL,
                   "--stop-timeout: '86401' is not a number from 0 to 86400, nor infinity");
}
END_TEST

START_TEST(the_help_names_every_option)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    host_options_print_help(&host, stream);
    fclose(stream);
    static const char *const names[] = {
        "-f, --foreground",   "-d, --debug",        "-s, --single",
        "--name=NAME",        "--mount=DIR",        "--mode=MODE",
        "--user=USER",        "--group=GROUP",      "--workers=N",
        "--spin=US",          "--log-level=LEVEL",  "--pidfile=FILE",
        "--config=FILE",      "--version",          "--help",
        "--trace=FLAG,LEVEL", "--crumbs=N",         "--burnt",
        "--stop-timeout=S",   "--wake-source=FILE", "--state-dir=DIR",
        "--file-name=PATH",   "/dev/toaster"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_msg(strstr(text, names[i]) != NULL, "the help does not say %s", names[i]);
    free(text);
}
END_TEST

/* ---- files and filters ---- */

static int parse_files(char *const arguments[])
{
    char *argv[40] = {"toasterhost"};
    int argc = 1;
    while (arguments[argc - 1] != NULL) {
        argv[argc] = arguments[argc - 1];
        argc++;
    }
    return host_options_parse(argc, argv, &file_host, &options, error, sizeof(error));
}

START_TEST(nobody_spins_for_a_device_of_linux)
{
    char *on[] = {"a.so", "--on=/dev/null", NULL};
    ck_assert_int_eq(parse_files(on), 0);
    ck_assert_uint_eq(options.spin_us, 0);
    char *given[] = {"a.so", "--on=/dev/null", "--spin=20", NULL};
    ck_assert_int_eq(parse_files(given), 0);
    ck_assert_uint_eq(options.spin_us, 20);
}
END_TEST

START_TEST(filters_and_configurations_stand_behind_their_files)
{
    char *const arguments[] = {"a.so",
                               "--config=a.json",
                               "--upper-filter=u.so",
                               "--config=u.json",
                               "--name=x",
                               "--lower-filter=l.so",
                               "b.so.1",
                               "--config=b.json",
                               NULL};
    ck_assert_int_eq(parse_files(arguments), 0);
    ck_assert_uint_eq(options.driver_count, 2);
    const struct host_driver_options *first = &options.drivers[0], *second = &options.drivers[1];
    ck_assert_str_eq(first->operand_name, "a");
    ck_assert_str_eq(first->config, "a.json");
    ck_assert_str_eq(first->names[0], "x");
    ck_assert_uint_eq(first->filter_count, 2);
    ck_assert_str_eq(first->filters[0].path, "u.so");
    ck_assert_str_eq(first->filters[0].config, "u.json");
    ck_assert(first->filters[0].is_upper && !first->filters[1].is_upper);
    ck_assert_str_eq(first->filters[1].path, "l.so");
    ck_assert_ptr_null(first->filters[1].config);
    ck_assert_str_eq(second->operand_name, "b");
    ck_assert_str_eq(second->config, "b.json");
    ck_assert_uint_eq(second->filter_count, 0);
}
END_TEST

START_TEST(a_filter_before_the_only_file_is_its)
{
    char *const arguments[] = {"--upper-filter=u.so", "a.so", NULL};
    ck_assert_int_eq(parse_files(arguments), 0);
    ck_assert_uint_eq(options.drivers[0].filter_count, 1);
    char *const with_two[] = {"--upper-filter=u.so", "a.so", "b.so", NULL};
    ck_assert_int_eq(parse_files(with_two), -1);
    ck_assert_str_eq(error, "--name, --mode, --config and filters follow the file that they "
                            "belong to when there are several: 'a.so' has one before it");
}
END_TEST

START_TEST(a_driver_for_children_is_a_file_with_an_id)
{
    char *const arguments[] = {"bus.so",     "--driver=A\\B=x=y.so", "--upper-filter=u.so",
                               "--mode=660", "--driver=C=z.so",      NULL};
    ck_assert_int_eq(parse_files(arguments), 0);
    ck_assert_uint_eq(options.driver_count, 3);
    ck_assert_str_eq(options.drivers[0].child_id, "");
    ck_assert_str_eq(options.drivers[1].child_id, "A\\B");
    ck_assert_str_eq(options.drivers[1].operand, "x=y.so");
    ck_assert_uint_eq(options.drivers[1].filter_count, 1);
    ck_assert_uint_eq(options.drivers[1].mode, 0660);
    ck_assert_str_eq(options.drivers[2].child_id, "C");
    ck_assert_uint_eq(options.drivers[0].filter_count, 0);
}
END_TEST

START_TEST(a_stack_has_at_most_32_filters)
{
    char *arguments[HOST_FILTERS_MAX + 3] = {"a.so"};
    for (int i = 0; i <= HOST_FILTERS_MAX; i++)
        arguments[i + 1] = "--lower-filter=l.so";
    ck_assert_int_eq(parse_files(arguments), -1);
    ck_assert_str_eq(error, "--lower-filter: no more than 32 filters");
    char *const empty[] = {"a.so", "--lower-filter=", NULL};
    ck_assert_int_eq(parse_files(empty), -1);
    ck_assert_str_eq(error, "--lower-filter: the file's name is empty");
}
END_TEST

START_TEST(a_program_that_is_a_driver_has_no_filters)
{
    assert_refused("--upper-filter=u.so", NULL, "unknown option --upper-filter");
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    host_options_print_help(&host, stream);
    fflush(stream);
    ck_assert_ptr_null(strstr(text, "filter"));
    host_options_print_help(&file_host, stream);
    fclose(stream);
    ck_assert_ptr_nonnull(strstr(text, "--upper-filter=FILE"));
    free(text);
}
END_TEST

START_TEST(a_choice_is_refused_with_all_that_is_possible)
{
    static const char *const names[] = {"white", "rye"};
    size_t index;
    ck_assert_int_eq(WdfuseHostParseChoice("rye", names, 2, &index, error, sizeof(error)), 0);
    ck_assert_uint_eq(index, 1);
    ck_assert_int_eq(WdfuseHostParseChoice("ry", names, 2, &index, error, sizeof(error)), -1);
    ck_assert_str_eq(error, "'ry' is none of white, rye");
}
END_TEST

START_TEST(a_reason_that_does_not_fit_is_cut)
{
    static const char *const names[] = {"white", "rye"};
    char small[20];
    size_t index;
    ck_assert_int_eq(WdfuseHostParseChoice("brown", names, 2, &index, small, sizeof(small)), -1);
    ck_assert_str_eq(small, "'brown' is none of ");
    ck_assert_int_eq(parse("--colour-of-the-bread=0123456789", NULL, NULL), -1);
    char *argv[] = {"toasterd", "--workers=0123456789012345678901234567890123456789", NULL};
    ck_assert_int_eq(host_options_parse(2, argv, &host, &options, small, sizeof(small)), -1);
    ck_assert_uint_lt(strlen(small), sizeof(small));
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *shape = tcase_create("shape");
    tcase_add_checked_fixture(shape, reset, NULL);
    tcase_add_test(shape, no_arguments_give_the_defaults);
    tcase_add_test(shape, debug_implies_the_foreground_and_the_debug_level);
    tcase_add_test(shape, short_options_can_be_joined);
    tcase_add_test(shape, a_value_stands_behind_the_equals_sign_or_in_the_next_argument);
    tcase_add_test(shape, the_later_of_two_options_counts);
    tcase_add_test(shape, an_option_without_its_value_is_refused);
    tcase_add_test(shape, a_value_for_an_option_that_has_none_is_refused);
    tcase_add_test(shape, unknown_options_are_named);
    tcase_add_test(shape, an_argument_that_is_no_option_is_refused);
    tcase_add_test(shape, help_and_version_end_the_parsing);
    tcase_add_test(shape, the_time_of_the_end_is_a_number_of_seconds);
    tcase_add_test(shape, the_time_of_the_end_may_have_no_limit);
    tcase_add_test(shape, another_time_of_the_end_is_refused);
    tcase_add_test(shape, the_help_names_every_option);
    suite_add_tcase(suite, shape);

    TCase *values = tcase_create("values");
    tcase_add_checked_fixture(values, reset, NULL);
    tcase_add_loop_test(values, workers_are_1_to_64_and_nothing_else, 0, COUNT(bad_numbers));
    tcase_add_test(values, the_ends_of_a_range_are_in_it);
    tcase_add_test(values, a_mode_is_octal_and_has_permission_bits_only);
    tcase_add_loop_test(values, a_name_that_is_no_plain_file_name_is_refused, 0, COUNT(bad_names));
    tcase_add_test(values, a_name_of_255_bytes_is_the_longest);
    tcase_add_test(values, users_and_groups_are_names_or_numbers);
    tcase_add_test(values, unknown_users_and_groups_are_refused);
    tcase_add_test(values, a_number_that_is_no_user_needs_a_group);
    tcase_add_test(values, the_log_level_is_one_of_four);
    tcase_add_test(values, empty_paths_are_refused);
    tcase_add_test(values, a_file_name_is_a_path_behind_a_name);
    suite_add_tcase(suite, values);

    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, reset, NULL);
    tcase_add_test(files, nobody_spins_for_a_device_of_linux);
    tcase_add_test(files, filters_and_configurations_stand_behind_their_files);
    tcase_add_test(files, a_filter_before_the_only_file_is_its);
    tcase_add_test(files, a_driver_for_children_is_a_file_with_an_id);
    tcase_add_test(files, a_stack_has_at_most_32_filters);
    tcase_add_test(files, a_program_that_is_a_driver_has_no_filters);
    suite_add_tcase(suite, files);

    TCase *driver = tcase_create("driver");
    tcase_add_checked_fixture(driver, reset, NULL);
    tcase_add_test(driver, the_drivers_own_options_reach_its_parse_functions);
    tcase_add_test(driver, what_a_driver_refuses_is_told_with_the_options_name);
    tcase_add_test(driver, the_drivers_check_has_the_last_word);
    tcase_add_test(driver, a_choice_is_refused_with_all_that_is_possible);
    tcase_add_test(driver, a_reason_that_does_not_fit_is_cut);
    suite_add_tcase(suite, driver);
    return unit_run(suite);
}
