/*
 * A driver that makes system calls, for tests of the sandbox: a write names one, and succeeds, or
 * is denied (EACCES) like the call. FORBIDDEN_NAMES are the calls that it declares.
 */
#include <wdf.h>
#include <wdfuse/sandbox.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef FORBIDDEN_NAMES
WDFUSE_SANDBOX_CALLS(FORBIDDEN_NAMES);
#endif

static int close_it(int descriptor)
{
    return descriptor < 0 ? -1 : close(descriptor);
}

static int open_inet_socket(void)
{
    return close_it(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int open_unix_socket(void)
{
    return close_it(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/* In the daemon itself: it only returns if it fails. */
static int execute(void)
{
    char *const arguments[] = {(char *)"/bin/true", NULL};
    return execv(arguments[0], arguments);
}

static int make_namespace(void)
{
    return unshare(CLONE_NEWUTS);
}

static int mount_nothing(void)
{
    return mount("none", "/", NULL, MS_REMOUNT | MS_BIND, NULL);
}

static int write_code(void)
{
    void *code =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code == MAP_FAILED ? -1 : munmap(code, 4096);
}

static void *end_at_once(void *argument)
{
    return argument;
}

static int start_thread(void)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, end_at_once, NULL);
    return errno != 0 ? -1 : pthread_join(thread, NULL);
}

static int write_file(void)
{
    char path[] = "/tmp/wdfuse-forbidden.XXXXXX";
    int file = mkstemp(path);
    return file < 0 || unlink(path) != 0 ? -1 : close(file);
}

static const struct attempt {
    const char *name;
    int (*make)(void);
} attempts[] = {
    {"inet-socket", open_inet_socket},
    {"unix-socket", open_unix_socket},
    {"execute", execute},
    {"namespace", make_namespace},
    {"mount", mount_nothing},
    {"code", write_code},
    {"thread", start_thread},
    {"file", write_file},
};

static NTSTATUS attempt(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        if (strlen(attempts[i].name) != length || strncmp(attempts[i].name, name, length) != 0)
            continue;
        if (attempts[i].make() == 0)
            return STATUS_SUCCESS;
        return errno == EPERM ? STATUS_ACCESS_DENIED : STATUS_UNSUCCESSFUL;
    }
    return STATUS_NOT_FOUND;
}

static VOID EvtWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID name;
    (void)Queue;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &name, NULL);
    if (NT_SUCCESS(status))
        status = attempt(name, Length);
    WdfRequestCompleteWithInformation(Request, status, Length);
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE device;
    WDF_IO_QUEUE_CONFIG config;
    (void)Driver;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoWrite = EvtWrite;
    return NT_SUCCESS(status) ? WdfIoQueueCreate(device, &config, NULL, NULL) : status;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, NULL);
}
