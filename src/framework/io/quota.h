/*
 * Limits of what one client may take of a device, so that no client takes all of it.
 *
 * A device keeps an account for each process that has it open, and for each user: how many files
 * are open, how many requests are pending and with how many bytes, and how many bytes of writes
 * were accepted from clients who do not wait. A file belongs to its opener, whoever uses it later.
 * Beyond a limit nothing of the client waits: an open fails with STATUS_TOO_MANY_OPENED_FILES
 * (EMFILE), a request with STATUS_QUOTA_EXCEEDED (EDQUOT), and a write that does not wait is
 * answered EAGAIN until there is room.
 *
 * Only what clients ask counts, not what drivers send to each other. Without limits nobody has an
 * account.
 */
#ifndef WDFUSE_FRAMEWORK_IO_QUOTA_H
#define WDFUSE_FRAMEWORK_IO_QUOTA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ntdef.h>

#include "framework/io/domain.h"
#include "framework/io.h"

struct io_device;

/* Of a process (then with its user's), or of a user. */
struct quota_account {
    struct quota_account *next GUARDED_BY(io_lock); /* in its bucket */
    struct quota_account *of_user;                  /* with a reference; NULL: it is a user's */
    pid_t process;                                  /* 0, with of_user NULL: a user's */
    uid_t user;
    unsigned references GUARDED_BY(io_lock); /* by files, and by accounts of processes */
    unsigned files GUARDED_BY(io_lock);
    /* Pending requests, times QUOTA_REQUEST, and their bytes. */
    _Atomic(uint64_t) load;
    size_t writes GUARDED_BY(io_lock); /* bytes */
    bool is_full GUARDED_BY(io_lock);  /* of writes */
};

#define QUOTA_REQUEST (UINT64_C(1) << 40)

/* A power of two. */
#define QUOTA_BUCKETS 32

/* Of a device. */
struct quota_accounts {
    struct quota_account *buckets[QUOTA_BUCKETS] GUARDED_BY(io_lock);
};

/* What a file has of it. */
struct quota_share {
    struct quota_account *account; /* of its process; NULL: there are no limits */
    bool counts_file;              /* as one that is open */
};

/*
 * The share of a file that a client opens, counted as open. Without the io_lock.
 *     STATUS_SUCCESS
 *     STATUS_TOO_MANY_OPENED_FILES
 *     STATUS_INSUFFICIENT_RESOURCES
 */
NTSTATUS quota_open(struct io_device *device, const struct io_request *create,
                    struct quota_share *share);

/* The share of a file of another device by which the same client's transfers enter the stack. It
 * has no limits there if there is no memory. Without the io_lock. */
void quota_enter(struct io_device *device, const struct quota_share *opened,
                 struct quota_share *share);

/* The file is closed. Without the io_lock. */
void quota_give_back(struct io_device *device, struct quota_share *share);
static inline void quota_close(struct io_device *device, struct quota_share *share)
{
    if (share->account != NULL)
        quota_give_back(device, share);
}

/* A request is pending. False: it is one too many, and does not count. */
bool quota_charge(struct quota_account *account, size_t bytes);
void quota_discharge(struct quota_account *account, size_t bytes);

/* A write is accepted from a client who does not wait, if quota_has_room_locked; it is done. True:
 * there is room again for a client that was told that there is none. The account may be NULL. */
bool quota_has_room_locked(const struct quota_account *account) REQUIRES(io_lock);
void quota_enter_write_locked(struct quota_account *account, size_t bytes) REQUIRES(io_lock);
bool quota_leave_write_locked(struct quota_account *account, size_t bytes) REQUIRES(io_lock);

#endif
