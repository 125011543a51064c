/*
 * Requests as packets, for drivers that see them before the framework routes them: the preprocess
 * callback of a major function, then its dispatch callback (S17.29 to S17.33). A device without
 * such a callback makes no packet.
 */
#ifndef WDFUSE_FRAMEWORK_IO_IRP_H
#define WDFUSE_FRAMEWORK_IO_IRP_H

#include <stdbool.h>

#include <wdf.h>

struct io_device;
struct wdf_request;

/* What a driver says before the device exists, by major function. */
struct irp_preprocess {
    PFN_WDFDEVICE_WDM_IRP_PREPROCESS evt[IRP_MJ_MAXIMUM_FUNCTION + 1];
    bool has_minors[IRP_MJ_MAXIMUM_FUNCTION + 1];
    bool takes_normal[IRP_MJ_MAXIMUM_FUNCTION + 1]; /* minor function 0 is one of those */
};

/* What it says before the device starts, by type of request, which is the major function. */
struct irp_dispatch {
    struct {
        PFN_WDFDEVICE_WDM_IRP_DISPATCH evt;
        WDFCONTEXT context;
    } of[WdfRequestTypeDeviceControlInternal + 1];
};

/* S17.29 */
NTSTATUS irp_preprocess_assign(struct irp_preprocess *preprocess,
                               PFN_WDFDEVICE_WDM_IRP_PREPROCESS evt, UCHAR major,
                               const UCHAR *minors, ULONG count);

/* Whether some request that there is may come to a preprocess callback. */
bool irp_preprocess_is_wanted(const struct irp_preprocess *preprocess);

/* Whether requests of that type come to a callback first. */
bool irp_is_wanted(const struct io_device *device, WDF_REQUEST_TYPE type);

/* Shows a request that no queue has seen to those callbacks, which have it dispatched or answered,
 * now or later. Without locks. */
void irp_present(struct wdf_request *request);

#endif
