/* Timers that note what happens to them. See observed.h. */
#include "observed.h"

#include <stdio.h>
#include <string.h>

char expiry_order[128];
WDF_OBJECT_ATTRIBUTES observed_device_attributes;

VOID observe_expiry(WDFTIMER Timer)
{
    OBSERVED *observed = GetObserved(Timer);
    observed->Irql = KeGetCurrentIrql();
    observed->Thread = port_thread_self();
    if (observed->Name != '\0') {
        size_t length = strlen(expiry_order);
        snprintf(expiry_order + length, sizeof(expiry_order) - length, "%c", observed->Name);
    }
    if (observed->Action != NULL)
        observed->Action(Timer);
    observed->Calls++;
}

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, &observed_device_attributes, &created);
}

void observed_start(void)
{
    device_start_with(add_device);
}

void observed_setup(void)
{
    expiry_order[0] = '\0';
    WDF_OBJECT_ATTRIBUTES_INIT(&observed_device_attributes);
    observed_start();
}

WDF_OBJECT_ATTRIBUTES observed_attributes(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, OBSERVED);
    attributes.ParentObject = WdfuseInprocGetDevice(device);
    return attributes;
}

static WDFTIMER create_timer(ULONG period, WDF_EXECUTION_LEVEL level)
{
    WDF_OBJECT_ATTRIBUTES attributes = observed_attributes();
    attributes.ExecutionLevel = level;
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT_PERIODIC(&config, observe_expiry, (LONG)period);
    WDFTIMER timer;
    ck_status_eq(WdfTimerCreate(&config, &attributes, &timer), STATUS_SUCCESS);
    return timer;
}

WDFTIMER one_shot(void)
{
    return create_timer(0, WdfExecutionLevelInheritFromParent);
}

WDFTIMER periodic(ULONG period)
{
    return create_timer(period, WdfExecutionLevelInheritFromParent);
}

WDFTIMER passive(void)
{
    return create_timer(0, WdfExecutionLevelPassive);
}

unsigned calls_of(WDFTIMER timer)
{
    return GetObserved(timer)->Calls;
}
