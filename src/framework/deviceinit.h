/* WDFDEVICE_INIT: what a driver says of a device before it exists (S3.8-S3.12, S4.1). */
#ifndef WDFUSE_FRAMEWORK_DEVICEINIT_H
#define WDFUSE_FRAMEWORK_DEVICEINIT_H

#include <stdbool.h>

#include <wdf.h>

struct WDFDEVICE_INIT {
    bool is_used;                       /* WdfDeviceCreate has succeeded with it */
    struct wdf_device *device;          /* then: what was created */
    WDF_DEVICE_IO_TYPE io_type;         /* of reads and writes */
    WDF_DEVICE_IO_TYPE control_io_type; /* a wish of a driver of the user-mode framework (S8.1) */
    size_t direct_threshold;            /* bytes from which a write is not copied */
    DEVICE_TYPE device_type;
    ULONG characteristics;
    bool is_exclusive;
    char *name; /* UTF-8; NULL: none */

    WDF_FILEOBJECT_CLASS file_class; /* without the flag CanBeOptional */
    bool has_file_attributes;
    WDF_OBJECT_ATTRIBUTES file_attributes;
    PFN_WDF_DEVICE_FILE_CREATE evt_file_create;
    PFN_WDF_FILE_CLEANUP evt_file_cleanup;
    PFN_WDF_FILE_CLOSE evt_file_close;

    PFN_WDF_IO_IN_CALLER_CONTEXT evt_io_in_caller_context;

    WDF_PNPPOWER_EVENT_CALLBACKS pnp; /* all NULL: the driver wants to hear of nothing */

    bool has_request_attributes;
    WDF_OBJECT_ATTRIBUTES request_attributes;
};

struct WDFDEVICE_INIT *device_init_create(void);
void device_init_free(struct WDFDEVICE_INIT *init);

#endif
