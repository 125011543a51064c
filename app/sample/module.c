/* A form of the sample as a file of its own, for wdfhost. */
#include "sample.h"

#ifndef SAMPLE_PERIOD_MS
#define SAMPLE_PERIOD_MS 100
#endif
#ifndef SAMPLE_IS_MANUAL
#define SAMPLE_IS_MANUAL FALSE
#endif

DRIVER_INITIALIZE DriverEntry;

SAMPLE_OPTIONS SampleOptions = {
    .PeriodMs = SAMPLE_PERIOD_MS,
    .IsManual = SAMPLE_IS_MANUAL,
    .HasLock = SAMPLE_HAS_LOCK,
};

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return SampleDriverEntry(DriverObject, RegistryPath);
}
