/* Device objects. See wdm.h. */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include "framework/device/wdm.h"

#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/init.h"
#include "framework/io/fileobject.h"
#include "framework/object/verifier.h"
#include "framework/target/target.h"

struct bus_device {
    struct wdf_object object;
    _Atomic(unsigned) users;
};

static const struct object_class bus_device_class = {.name = "device of a bus driver"};

struct bus_device *wdm_create_bus_device(void)
{
    struct bus_device *device = object_allocate(sizeof(*device), &bus_device_class, NULL);
    return device != NULL ? wdm_share_bus_device(device) : NULL;
}

struct bus_device *wdm_share_bus_device(struct bus_device *device)
{
    if (device != NULL)
        device->users++;
    return device;
}

void wdm_drop_bus_device(struct bus_device *device)
{
    if (device != NULL && --device->users == 0)
        object_discard(&device->object);
}

struct wdf_device *wdm_device_of(PDEVICE_OBJECT device_object)
{
    const struct wdf_object *object = (const struct wdf_object *)device_object;
    if (object->magic == OBJECT_MAGIC && object->class == &bus_device_class)
        return NULL;
    return device_from_handle(device_object);
}

static PDEVICE_OBJECT device_object_of(struct wdf_device *device)
{
    return (PDEVICE_OBJECT)&device->io.object;
}

/* What is below the lowest device of that stack, or is it: a child's own device. */
static PDEVICE_OBJECT physical_of(const struct wdf_device *device)
{
    const struct wdf_device *lowest = device_lowest(device);
    if (lowest->init.kind == DEVICE_PDO)
        return (PDEVICE_OBJECT)&lowest->io.object;
    return (PDEVICE_OBJECT)lowest->init.bus_device; /* a control device has none */
}

PDEVICE_OBJECT WdfDeviceWdmGetDeviceObject(WDFDEVICE Device)
{
    return device_object_of(device_from_handle(Device));
}

WDFDEVICE WdfWdmDeviceGetWdfDeviceHandle(PDEVICE_OBJECT DeviceObject)
{
    REQUIRE_PARAMETER(DeviceObject);
    struct wdf_device *device = wdm_device_of(DeviceObject);
    return device != NULL ? device_handle(device) : NULL;
}

/* S17.9 */
PDEVICE_OBJECT WdfDeviceWdmGetAttachedDevice(WDFDEVICE Device)
{
    const struct wdf_device *device = device_from_handle(Device);
    if (device->init.lower != NULL)
        return device_object_of(device->init.lower);
    return (PDEVICE_OBJECT)device->init.bus_device;
}

PDEVICE_OBJECT WdfDeviceWdmGetPhysicalDevice(WDFDEVICE Device)
{
    return physical_of(device_from_handle(Device));
}

PDEVICE_OBJECT WdfFdoInitWdmGetPhysicalDevice(PWDFDEVICE_INIT DeviceInit)
{
    REQUIRE_PARAMETER(DeviceInit);
    if (DeviceInit->kind != DEVICE_FDO) {
        verifier_break(__func__, "S17.2", "DeviceInit is not what EvtDriverDeviceAdd was given");
        return NULL;
    }
    return DeviceInit->lower != NULL ? physical_of(DeviceInit->lower)
                                     : (PDEVICE_OBJECT)DeviceInit->bus_device;
}

/* ---- of I/O targets ---- */

static struct wdf_device *device_of_io(struct io_device *io)
{
    return CONTAINING_RECORD(io, struct wdf_device, io);
}

static struct target_place place_of(struct wdf_target *target)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    return target->place;
}

PDEVICE_OBJECT WdfIoTargetWdmGetTargetDeviceObject(WDFIOTARGET IoTarget)
{
    struct wdf_target *target = target_from_handle(IoTarget);
    struct target_place place = place_of(target);
    if (place.device != NULL)
        return device_object_of(device_of_io(place.device));
    return target->is_default
               ? WdfDeviceWdmGetAttachedDevice(device_handle(device_of_io(target->owner)))
               : NULL;
}

PDEVICE_OBJECT WdfIoTargetWdmGetTargetPhysicalDevice(WDFIOTARGET IoTarget)
{
    struct wdf_target *target = target_from_handle(IoTarget);
    struct target_place place = place_of(target);
    if (target->is_default)
        return physical_of(device_of_io(target->owner));
    return place.device != NULL ? physical_of(device_of_io(place.device)) : NULL;
}

PFILE_OBJECT WdfIoTargetWdmGetTargetFileObject(WDFIOTARGET IoTarget)
{
    struct target_place place = place_of(target_from_handle(IoTarget));
    return (PFILE_OBJECT)file_handle(place.file);
}

HANDLE WdfIoTargetWdmGetTargetFileHandle(WDFIOTARGET IoTarget)
{
    struct target_place place = place_of(target_from_handle(IoTarget));
    return (HANDLE)file_handle(place.file);
}

ULONG IoWMIDeviceObjectToProviderId(PDEVICE_OBJECT DeviceObject)
{
    REQUIRE_PARAMETER(DeviceObject);
    const struct wdf_device *device = wdm_device_of(DeviceObject);
    return device != NULL ? (ULONG)device->node.serial : 0;
}
