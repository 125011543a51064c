/* The functions by which drivers ask for notifications. See notification.h. */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include "framework/device/registration.h"

#include "framework/device/driver.h"
#include "framework/object/apiresult.h"
#include "framework/object/identity.h"
#include "framework/object/verifier.h"

/* ---- of kernel mode ---- */

static NTSTATUS check_category(IO_NOTIFICATION_EVENT_CATEGORY category, const void *data)
{
    switch (category) {
    case EventCategoryHardwareProfileChange:
        return STATUS_SUCCESS;
    case EventCategoryDeviceInterfaceChange:
    case EventCategoryTargetDeviceChange:
        return data != NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static enum registration_kind kind_of(IO_NOTIFICATION_EVENT_CATEGORY category)
{
    if (category == EventCategoryDeviceInterfaceChange)
        return OF_INTERFACES;
    return category == EventCategoryTargetDeviceChange ? OF_REMOVAL : OF_PROFILE;
}

NTSTATUS IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY EventCategory,
                                        ULONG EventCategoryFlags, PVOID EventCategoryData,
                                        PDRIVER_OBJECT DriverObject,
                                        PDRIVER_NOTIFICATION_CALLBACK_ROUTINE CallbackRoutine,
                                        PVOID Context, PVOID *NotificationEntry)
{
    REQUIRE_PARAMETER(DriverObject);
    REQUIRE_PARAMETER(CallbackRoutine);
    REQUIRE_PARAMETER(NotificationEntry);
    *NotificationEntry = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdm.h");
    NTSTATUS status = check_category(EventCategory, EventCategoryData);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "wdm.h");
    struct nt_driver *driver = nt_driver_of_object(DriverObject);
    if (driver == NULL)
        return API_RESULT(STATUS_INVALID_PARAMETER, "wdm.h");
    struct registration *registration = registration_create(
        kind_of(EventCategory), CONTAINING_RECORD(driver, struct driver, nt), Context);
    if (registration == NULL)
        return API_RESULT(STATUS_INSUFFICIENT_RESOURCES, "wdm.h");
    registration->routine = CallbackRoutine;
    if (registration->kind == OF_INTERFACES)
        registration->class = *(const GUID *)EventCategoryData;
    if (registration->kind == OF_REMOVAL &&
        !registration_watch_file(registration, EventCategoryData)) {
        registration_drop(registration);
        return API_RESULT(STATUS_INVALID_PARAMETER, "wdm.h");
    }
    *NotificationEntry = registration;
    registration_begin(
        registration,
        registration->kind == OF_INTERFACES &&
            (EventCategoryFlags & PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES) != 0);
    return STATUS_SUCCESS;
}

static NTSTATUS unregister(PVOID entry, const char *function)
{
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, function))
        return STATUS_INVALID_DEVICE_REQUEST;
    registration_finish(entry);
    return STATUS_SUCCESS;
}

NTSTATUS IoUnregisterPlugPlayNotification(PVOID NotificationEntry)
{
    REQUIRE_PARAMETER(NotificationEntry);
    return API_RESULT(unregister(NotificationEntry, __func__), "wdm.h");
}

/* There is no pool that it could be left in while its callback runs: both wait for that. */
NTSTATUS IoUnregisterPlugPlayNotificationEx(PVOID NotificationEntry)
{
    REQUIRE_PARAMETER(NotificationEntry);
    return API_RESULT(unregister(NotificationEntry, __func__), "wdm.h");
}

/* ---- of user mode ---- */

static CONFIGRET check_filter(const CM_NOTIFY_FILTER *filter)
{
    if (filter->cbSize != sizeof(*filter) || filter->Reserved != 0)
        return CR_INVALID_DATA;
    if (filter->FilterType != CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE &&
        filter->FilterType != CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE)
        return CR_INVALID_DATA;
    ULONG known = filter->FilterType == CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE
                      ? CM_NOTIFY_FILTER_FLAG_ALL_INTERFACE_CLASSES
                      : 0;
    return (filter->Flags & ~known) == 0 ? CR_SUCCESS : CR_INVALID_FLAG;
}

CONFIGRET CM_Register_Notification(PCM_NOTIFY_FILTER pFilter, PVOID pContext,
                                   PCM_NOTIFY_CALLBACK pCallback, PHCMNOTIFICATION pNotifyContext)
{
    struct driver *driver = DRIVER_CALLING();
    if (pFilter == NULL || pCallback == NULL || pNotifyContext == NULL || driver == NULL)
        return CR_INVALID_POINTER;
    CONFIGRET result = check_filter(pFilter);
    if (result != CR_SUCCESS)
        return result;
    bool is_of_interfaces = pFilter->FilterType == CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE;
    struct registration *registration =
        registration_create(is_of_interfaces ? OF_INTERFACES : OF_REMOVAL, driver, pContext);
    if (registration == NULL)
        return CR_OUT_OF_MEMORY;
    registration->callback = pCallback;
    registration->class = pFilter->u.DeviceInterface.ClassGuid;
    registration->has_every_class = pFilter->Flags != 0;
    if (!is_of_interfaces &&
        !registration_watch_file(registration, pFilter->u.DeviceHandle.hTarget)) {
        registration_drop(registration);
        return CR_INVALID_DATA;
    }
    *pNotifyContext = (HCMNOTIFICATION)registration;
    registration_begin(registration, false);
    return CR_SUCCESS;
}

CONFIGRET CM_Unregister_Notification(HCMNOTIFICATION NotifyContext)
{
    struct registration *registration = (struct registration *)NotifyContext;
    if (registration == NULL)
        return CR_INVALID_DATA;
    if (registration_is_called_by_me(registration))
        return CR_FAILURE;
    registration_finish(registration);
    return CR_SUCCESS;
}
