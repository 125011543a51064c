/* Limits of what one client may take. See quota.h. */
#include "framework/io/quota.h"

#include <stdlib.h>

#include <ntstatus.h>

#include "framework/io/iodevice.h"

#define BYTES_MASK (QUOTA_REQUEST - 1)

/* One of each kind of account; what is 0 in io_set_quota has no bound. */
static struct {
    bool is_set;
    struct io_quota process;
    struct io_quota user;
} limits;

static size_t bound(size_t limit, size_t none)
{
    return limit != 0 ? limit : none;
}

static bool has_bound(const struct io_quota *quota)
{
    return (quota->files | quota->requests | quota->bytes | quota->writes) != 0;
}

static void set_limits(struct io_quota *of, const struct io_quota *quota)
{
    of->files = (unsigned)bound(quota->files, UINT32_MAX);
    of->requests = (unsigned)bound(quota->requests, UINT32_MAX);
    of->bytes = bound(quota->bytes, BYTES_MASK);
    of->writes = bound(quota->writes, SIZE_MAX / 2);
}

void io_set_quota(const struct io_quota *process, const struct io_quota *user)
{
    limits.is_set = has_bound(process) || has_bound(user);
    set_limits(&limits.process, process);
    set_limits(&limits.user, user);
}

static const struct io_quota *limits_of(const struct quota_account *account)
{
    return account->of_user != NULL ? &limits.process : &limits.user;
}

/* ---- accounts ---- */

/* Whose account is meant: that of a process of a user, or the user's. */
struct client {
    bool is_process;
    pid_t process;
    uid_t user;
};

static struct quota_account **bucket_locked(struct io_device *device, const struct client *client)
    REQUIRES(io_lock)
{
    unsigned number = client->is_process ? (unsigned)client->process : client->user;
    return &device->accounts.buckets[number % QUOTA_BUCKETS];
}

static bool is_of(const struct quota_account *account, const struct client *client)
{
    return (account->of_user != NULL) == client->is_process &&
           account->process == client->process && account->user == client->user;
}

/* With a reference; NULL: there is none yet. */
static struct quota_account *find_locked(struct io_device *device, const struct client *client)
    REQUIRES(io_lock)
{
    struct quota_account *account = *bucket_locked(device, client);
    while (account != NULL && !is_of(account, client))
        account = account->next;
    if (account != NULL)
        account->references++;
    return account;
}

static void insert_locked(struct io_device *device, struct quota_account *account,
                          const struct client *client) REQUIRES(io_lock)
{
    struct quota_account **bucket = bucket_locked(device, client);
    account->process = client->process;
    account->user = client->user;
    account->references = 1;
    account->next = *bucket;
    *bucket = account;
}

/* The account's last reference is gone: the caller frees it, without the lock. */
static bool dereference_locked(struct io_device *device, struct quota_account *account)
    REQUIRES(io_lock)
{
    if (--account->references > 0)
        return false;
    const struct client client = {account->of_user != NULL, account->process, account->user};
    struct quota_account **link = bucket_locked(device, &client);
    while (*link != account)
        link = &(*link)->next;
    *link = account->next;
    return true;
}

/* What may have to be made is made before the lock is taken. */
struct spare {
    struct quota_account *process;
    struct quota_account *user;
};

static bool make_spare(struct spare *spare)
{
    spare->process = calloc(1, sizeof(*spare->process));
    spare->user = calloc(1, sizeof(*spare->user));
    return spare->process != NULL && spare->user != NULL;
}

static void free_spare(const struct spare *spare)
{
    free(spare->process);
    free(spare->user);
}

static struct quota_account *take_account_locked(struct io_device *device,
                                                 const struct client *client, struct spare *spare)
    REQUIRES(io_lock)
{
    struct quota_account *account = find_locked(device, client);
    if (account != NULL)
        return account;
    const struct client owner = {.user = client->user};
    struct quota_account *user = find_locked(device, &owner);
    if (user == NULL) {
        user = spare->user;
        spare->user = NULL;
        insert_locked(device, user, &owner);
    }
    account = spare->process;
    spare->process = NULL;
    account->of_user = user;
    insert_locked(device, account, client);
    return account;
}

static void drop_account(struct io_device *device, struct quota_account *account)
{
    struct quota_account *user = account->of_user;
    io_lock(device->domain);
    bool is_last = dereference_locked(device, account);
    bool is_users_last = is_last && dereference_locked(device, user);
    io_unlock(device->domain);
    if (is_last)
        free(account);
    if (is_users_last)
        free(user);
}

/* ---- files ---- */

static bool may_open_locked(const struct quota_account *account) REQUIRES(io_lock)
{
    return account->files < limits.process.files && account->of_user->files < limits.user.files;
}

static bool count_file_locked(struct quota_account *account) REQUIRES(io_lock)
{
    if (!may_open_locked(account))
        return false;
    account->files++;
    account->of_user->files++;
    return true;
}

static struct quota_account *account_of(struct io_device *device, const struct client *client)
{
    io_lock(device->domain);
    struct quota_account *account = find_locked(device, client);
    io_unlock(device->domain);
    if (account != NULL)
        return account;
    struct spare spare;
    if (make_spare(&spare)) {
        io_lock(device->domain);
        account = take_account_locked(device, client, &spare);
        io_unlock(device->domain);
    }
    free_spare(&spare);
    return account;
}

NTSTATUS quota_open(struct io_device *device, const struct io_request *create,
                    struct quota_share *share)
{
    if (!limits.is_set)
        return STATUS_SUCCESS;
    const struct client client = {true, create->requestor_process, create->requestor_user};
    share->account = account_of(device, &client);
    if (share->account == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    io_lock(device->domain);
    share->counts_file = count_file_locked(share->account);
    io_unlock(device->domain);
    return share->counts_file ? STATUS_SUCCESS : STATUS_TOO_MANY_OPENED_FILES;
}

void quota_enter(struct io_device *device, const struct quota_share *opened,
                 struct quota_share *share)
{
    if (opened->account == NULL || share->account != NULL)
        return;
    const struct client client = {true, opened->account->process, opened->account->user};
    share->account = account_of(device, &client);
}

void quota_give_back(struct io_device *device, struct quota_share *share)
{
    if (share->counts_file) {
        io_lock(device->domain);
        share->account->files--;
        share->account->of_user->files--;
        io_unlock(device->domain);
    }
    drop_account(device, share->account);
    share->account = NULL;
}

/* ---- requests ---- */

static void unload(struct quota_account *account, uint64_t weight)
{
    atomic_fetch_sub_explicit(&account->load, weight, memory_order_relaxed);
}

static bool load(struct quota_account *account, uint64_t weight, const struct io_quota *limit)
{
    uint64_t sum = atomic_fetch_add_explicit(&account->load, weight, memory_order_relaxed) + weight;
    if (sum / QUOTA_REQUEST <= limit->requests && (sum & BYTES_MASK) <= limit->bytes)
        return true;
    unload(account, weight);
    return false;
}

bool quota_charge(struct quota_account *account, size_t bytes)
{
    if (!load(account, QUOTA_REQUEST + bytes, &limits.process))
        return false;
    if (load(account->of_user, QUOTA_REQUEST + bytes, &limits.user))
        return true;
    unload(account, QUOTA_REQUEST + bytes);
    return false;
}

void quota_discharge(struct quota_account *account, size_t bytes)
{
    unload(account, QUOTA_REQUEST + bytes);
    unload(account->of_user, QUOTA_REQUEST + bytes);
}

/* ---- writes that do not wait ---- */

bool quota_has_room_locked(const struct quota_account *account)
{
    return account == NULL || !(account->is_full || account->of_user->is_full);
}

/* As for the device (overlapped.c): what was accepted last may lie above the limit, and a waiting
 * client is not woken for each single write. */
void quota_enter_write_locked(struct quota_account *account, size_t bytes)
{
    for (; account != NULL; account = account->of_user) {
        account->writes += bytes;
        if (account->writes >= limits_of(account)->writes)
            account->is_full = true;
    }
}

bool quota_leave_write_locked(struct quota_account *account, size_t bytes)
{
    bool has_room = false;
    for (; account != NULL; account = account->of_user) {
        account->writes -= bytes;
        bool is_over = account->is_full && account->writes <= limits_of(account)->writes / 2;
        account->is_full = account->is_full && !is_over;
        has_room = has_room || is_over;
    }
    return has_room;
}
