/* The nodes of a transport: a node that cannot be made, or is removed, while a client has it
 * open. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>

#include "framework/device/device.h"
#include "holding.h"
#include "transport/internal.h"
#include "unit.h"

/* ---- a kind that the kernel does not know ---- */

static int make_error;          /* the result of making a node, once a client has opened it */
static struct node *client_has; /* the node that the client has open; NULL: none */
static atomic_uint discards;

static void make_path(const struct transport *transport, const char *name, char *path, size_t size)
{
    (void)transport;
    snprintf(path, size, "/nowhere/%s", name);
}

static int find_free(const struct transport *transport, const char *name)
{
    (void)transport;
    (void)name;
    return 0;
}

static int let_a_client_in(struct node *node)
{
    ck_assert(node_enter(node));
    client_has = node;
    return make_error;
}

static void do_nothing(struct node *node)
{
    (void)node;
}

static void count_discard(struct node *node)
{
    (void)node;
    discards++;
}

static void close_nothing(struct transport *transport)
{
    (void)transport;
}

static const struct transport_kind kind = {
    .name = "test",
    .path = make_path,
    .check = find_free,
    .make = let_a_client_in,
    .withdraw = do_nothing,
    .discard = count_discard,
    .close = close_nothing,
};

static struct transport *transport;
static const struct node_options node_options = {.name = "node", .mode = 0600};

static void setup(void)
{
    const struct transport_options options = {.owner = (uid_t)-1, .group = (gid_t)-1, .workers = 1};
    ck_assert_int_eq(transport_open(&options, &transport), 0);
    transport->kind = &kind;
    start_queue(WdfIoQueueDispatchManual);
    make_error = 0;
    client_has = NULL;
    discards = 0;
}

static void close_transport(void)
{
    if (transport != NULL)
        transport_close(transport);
    transport = NULL;
}

static void teardown(void)
{
    close_transport();
    holding_stop();
}

static int add_node(struct node **node)
{
    return transport_add_node(transport, &node_options, io_device_from_handle(wdf_device()), node);
}

static bool has_nodes(void)
{
    PORT_LOCK_SCOPE_OF(transport, transport_lock);
    return transport->nodes != NULL;
}

static void leave(void)
{
    node_leave(client_has);
    eventually(discards == 1);
    ck_assert_int_eq(transport_check_name(transport, node_options.name), 0);
    eventually(!has_nodes());
}

/* ---- the tests ---- */

START_TEST(a_node_that_fails_after_a_client_has_opened_it_stays_until_he_goes)
{
    struct node *node;
    make_error = -EIO;
    ck_assert_int_eq(add_node(&node), -EIO);
    ck_assert_uint_eq(discards, 0);
    ck_assert(!node_enter(client_has));
    ck_assert_ptr_null(node_device(client_has));
    leave();
}
END_TEST

START_TEST(a_node_that_is_removed_stays_until_its_client_goes)
{
    struct node *node;
    ck_assert_int_eq(add_node(&node), 0);
    ck_assert_ptr_eq(node, client_has);
    transport_remove_node(node);
    ck_assert_uint_eq(discards, 0);
    ck_assert(!node_enter(client_has));
    leave();
}
END_TEST

static bool somebody_waits_for_the_device(void)
{
    struct io_device *of = io_device_from_handle(wdf_device());
    IO_LOCK_SCOPE(of->domain);
    return of->domain->io_waiters > 0;
}

/* The client's request is answered before the node goes. */
START_TEST(a_node_that_fails_waits_for_the_requests_of_its_device)
{
    struct node *node;
    make_error = -EIO;
    WDFUSEIO reading = begin_read(open_file(), 8);
    ck_assert_int_eq(add_node(&node), -EIO);
    node_leave(client_has);
    eventually(somebody_waits_for_the_device());
    ck_assert_uint_eq(discards, 0);
    WdfuseInprocCancel(reading);
    answer(reading, STATUS_CANCELLED);
    eventually(discards == 1);
}
END_TEST

START_TEST(a_transport_that_closes_discards_what_a_client_still_has)
{
    struct node *node;
    make_error = -EIO;
    ck_assert_int_eq(add_node(&node), -EIO);
    close_transport();
    ck_assert_uint_eq(discards, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transport");
    TCase *tests = tcase_create("nodes");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_node_that_fails_after_a_client_has_opened_it_stays_until_he_goes);
    tcase_add_test(tests, a_node_that_is_removed_stays_until_its_client_goes);
    tcase_add_test(tests, a_node_that_fails_waits_for_the_requests_of_its_device);
    tcase_add_test(tests, a_transport_that_closes_discards_what_a_client_still_has);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
