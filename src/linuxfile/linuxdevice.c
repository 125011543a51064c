/* The device whose files are Linux's. See linuxdevice.h. */
#include "linuxfile/linuxdevice.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "framework/device/controldevice.h"
#include "framework/device/device.h"
#include "nt/status.h"
#include "port/log.h"

static int reject(const char *path, const char *what, int error)
{
    log_error("%s is %s: only what can be read and written like a character device is served", path,
              what);
    return error;
}

int linux_device_check(const char *path, struct linux_device *device)
{
    struct stat file;
    if (stat(path, &file) != 0) {
        int error = errno;
        log_error("%s: %s", path, strerror(error));
        return error;
    }
    if (S_ISDIR(file.st_mode))
        return reject(path, "a directory", EISDIR);
    if (S_ISBLK(file.st_mode))
        return reject(path, "a block device", ENOTBLK);
    if (S_ISSOCK(file.st_mode))
        return reject(path, "a socket", ENXIO);
    device->number = S_ISCHR(file.st_mode) ? file.st_rdev : file.st_dev;
    device->inode = file.st_ino;
    device->type = file.st_mode & S_IFMT;
    return 0;
}

/* Whether it is still the same file. */
bool linux_device_is(const struct linux_device *device, const struct stat *file)
{
    return file->st_ino == device->inode && (file->st_mode & S_IFMT) == device->type &&
           (S_ISCHR(file->st_mode) ? file->st_rdev : file->st_dev) == device->number;
}

static bool is_there(const struct linux_device *device)
{
    struct stat file;
    if (stat(device->path, &file) != 0)
        return errno != ENOENT && errno != ENODEV && errno != ENXIO;
    return linux_device_is(device, &file);
}

static void end_device(struct work *work)
{
    struct linux_device *device = CONTAINING_RECORD(work, struct linux_device, ending);
    struct wdf_device *ended = device_from_handle((WDFDEVICE)WdfObjectContextGetObject(device));
    control_device_end(ended);
    object_release(&ended->io.object);
}

/* A device behind a driver's target has no stack that could fail. */
static void give_up(WDFDEVICE handle)
{
    struct wdf_device *device = device_from_handle(handle);
    struct linux_device *context = linux_device_of(handle);
    if (device->init.kind != DEVICE_CONTROL) {
        WdfDeviceSetFailed(handle, WdfDeviceFailedNoRestart);
        return;
    }
    object_reference(&device->io.object);
    work_init(&context->ending, end_device, driver_works(device_driver(device)));
    work_submit(&context->ending);
}

/* A failure may mean that the device was unplugged. */
void linux_device_look_after(WDFDEVICE handle, int error)
{
    struct linux_device *device = linux_device_of(handle);
    if (error != ENODEV && error != EIO && error != ENXIO)
        return;
    if ((error != ENODEV && is_there(device)) || atomic_exchange(&device->is_gone, true))
        return;
    log_warning("%s is gone", device->path);
    give_up(handle);
}

NTSTATUS linux_device_status(WDFDEVICE handle, int error, bool is_control)
{
    linux_device_look_after(handle, error);
    return nt_status_from_errno(error, is_control);
}
