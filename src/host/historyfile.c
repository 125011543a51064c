/* See host/historyfile.h. */
#include "host/historyfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/history.h"
#include "host/runtimefolder.h"
#include "port/log.h"

/* ---- files of others ---- */

struct left_file {
    char name[NAME_MAX + 1];
    struct timespec written;
};

struct left_files {
    struct left_file *files;
    size_t count;
};

/* Its writer has it locked. */
static bool has_writer(int descriptor)
{
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0;
}

static bool is_left(int folder, const char *name, struct timespec *written)
{
    struct stat status;
    size_t length = strlen(name);
    if (length <= 5 || strcmp(name + length - 5, ".ring") != 0)
        return false;
    int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    bool is_one =
        fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && !has_writer(descriptor);
    close(descriptor);
    *written = status.st_mtim;
    return is_one;
}

static void add(struct left_files *left, const char *name, struct timespec written)
{
    struct left_file *more = realloc(left->files, (left->count + 1) * sizeof(*more));
    if (more == NULL)
        return;
    left->files = more;
    snprintf(more[left->count].name, sizeof(more[left->count].name), "%s", name);
    more[left->count++].written = written;
}

static int newest_first(const void *a, const void *b)
{
    const struct timespec *first = &((const struct left_file *)a)->written;
    const struct timespec *second = &((const struct left_file *)b)->written;
    if (first->tv_sec != second->tv_sec)
        return first->tv_sec < second->tv_sec ? 1 : -1;
    return (first->tv_nsec < second->tv_nsec) - (first->tv_nsec > second->tv_nsec);
}

void history_file_remove_old(const char *folder, unsigned kept)
{
    struct left_files left = {0};
    struct timespec written;
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (is_left(dirfd(directory), entry->d_name, &written))
            add(&left, entry->d_name, written);
    }
    if (left.count > 0)
        qsort(left.files, left.count, sizeof(*left.files), newest_first);
    for (size_t i = kept; i < left.count; i++)
        unlinkat(dirfd(directory), left.files[i].name, 0);
    free(left.files);
    closedir(directory);
}

/* ---- the daemon's own ---- */

/* Makes core dumps include the shared memory of files (core(5)). */
static void have_it_in_cores(void)
{
    char text[32] = "";
    unsigned long filter;
    int file = open("/proc/self/coredump_filter", O_RDWR | O_CLOEXEC);
    if (file < 0)
        return;
    if (read(file, text, sizeof(text) - 1) > 0) {
        filter = strtoul(text, NULL, 16) | 1ul << 3;
        int length = snprintf(text, sizeof(text), "0x%lx", filter);
        ssize_t written = pwrite(file, text, (size_t)length, 0);
        (void)written;
    }
    close(file);
}

/* Waits while another process checks for a writer, which locks the file for a moment. */
static void lock_for_good(int file)
{
    int result;
    do {
        result = flock(file, LOCK_EX);
    } while (result != 0 && errno == EINTR);
    if (result != 0)
        log_warning("the recorder's file can't be locked: %s; others take it for one that was left "
                    "and may remove it",
                    strerror(errno));
}

/* An existing file is from an earlier process with that ID. The new one stays open, and locked,
 * until the process ends. */
static int create_file(const char *program, char *path, size_t size)
{
    char folder[PATH_MAX - 64];
    if (runtime_folder_make(folder, sizeof(folder)) != 0)
        return -1;
    history_file_remove_old(folder, HISTORY_FILES_KEPT);
    snprintf(path, size, "%s/%.40s-%d.ring", folder, program, (int)getpid());
    unlink(path);
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        log_warning("the recorder's file %s: %s; the recorder is in memory alone", path,
                    strerror(errno));
    else
        lock_for_good(file);
    return file;
}

void history_file_start(const char *program, uint32_t records)
{
    char path[PATH_MAX];
    if (records == 0) {
        history_turn_off();
        return;
    }
    int file = create_file(program, path, sizeof(path));
    int error = history_start(program, records, file);
    if (file >= 0 && error != 0) {
        log_warning("the recorder's file %s: %s; the recorder is in memory alone", path,
                    strerror(-error));
        unlink(path);
        close(file);
        return;
    }
    have_it_in_cores();
}
