/*
 * Power devices as programs see them: interface classes, and what a battery is asked. A driver of a
 * simulated battery serves these control codes. Source: WDK documentation.
 */
#include <devioctl.h>
#include <guiddef.h>

#ifndef POCLASS_DEFINED
#ifdef INITGUID
#define POCLASS_DEFINED
#endif

DEFINE_GUID(GUID_DEVICE_BATTERY, 0x72631e54, 0x78a4, 0x11d0, 0xbc, 0xf7, 0x00, 0xaa, 0x00, 0xb7,
            0xb3, 0x2a);
DEFINE_GUID(GUID_DEVICE_APPLICATIONLAUNCH_BUTTON, 0x629758ee, 0x986e, 0x4d9e, 0x8e, 0x47, 0xde,
            0x27, 0xf8, 0xab, 0x05, 0x4d);
DEFINE_GUID(GUID_DEVICE_LID, 0x4afa3d52, 0x74a7, 0x11d0, 0xbe, 0x5e, 0x00, 0xa0, 0xc9, 0x06, 0x28,
            0x57);
DEFINE_GUID(GUID_DEVICE_SYS_BUTTON, 0x4afa3d53, 0x74a7, 0x11d0, 0xbe, 0x5e, 0x00, 0xa0, 0xc9, 0x06,
            0x28, 0x57);
DEFINE_GUID(GUID_DEVICE_THERMAL_ZONE, 0x4afa3d51, 0x74a7, 0x11d0, 0xbe, 0x5e, 0x00, 0xa0, 0xc9,
            0x06, 0x28, 0x57);
DEFINE_GUID(GUID_DEVICE_PROCESSOR, 0x97fadb10, 0x4e33, 0x40ae, 0x35, 0x9c, 0x8b, 0xef, 0x02, 0x9d,
            0xbd, 0xd0);
DEFINE_GUID(GUID_DEVICE_MEMORY, 0x3fd0f03d, 0x92e0, 0x45fb, 0xb7, 0x5c, 0x5e, 0xd8, 0xff, 0xb0,
            0x10, 0x21);

#endif

#ifndef POCLASS_H
#define POCLASS_H

#define BATTERY_CODE(function, access)                                                             \
    CTL_CODE(FILE_DEVICE_BATTERY, (function), METHOD_BUFFERED, (access))

#define IOCTL_BATTERY_QUERY_TAG          BATTERY_CODE(0x10, FILE_READ_ACCESS)
#define IOCTL_BATTERY_QUERY_INFORMATION  BATTERY_CODE(0x11, FILE_READ_ACCESS)
#define IOCTL_BATTERY_SET_INFORMATION    BATTERY_CODE(0x12, FILE_WRITE_ACCESS)
#define IOCTL_BATTERY_QUERY_STATUS       BATTERY_CODE(0x13, FILE_READ_ACCESS)
#define IOCTL_THERMAL_QUERY_INFORMATION  BATTERY_CODE(0x20, FILE_READ_ACCESS)
#define IOCTL_THERMAL_SET_COOLING_POLICY BATTERY_CODE(0x21, FILE_WRITE_ACCESS)
#define IOCTL_RUN_ACTIVE_COOLING_METHOD  BATTERY_CODE(0x22, FILE_WRITE_ACCESS)
#define IOCTL_THERMAL_SET_PASSIVE_LIMIT  BATTERY_CODE(0x23, FILE_WRITE_ACCESS)
#define IOCTL_THERMAL_READ_TEMPERATURE   BATTERY_CODE(0x24, FILE_READ_ACCESS)
#define IOCTL_QUERY_LID                  BATTERY_CODE(0x30, FILE_READ_ACCESS)
#define IOCTL_NOTIFY_SWITCH_EVENT        BATTERY_CODE(0x40, FILE_READ_ACCESS)
#define IOCTL_GET_SYS_BUTTON_CAPS        BATTERY_CODE(0x50, FILE_READ_ACCESS)
#define IOCTL_GET_SYS_BUTTON_EVENT       BATTERY_CODE(0x51, FILE_READ_ACCESS)

#define SYS_BUTTON_POWER 0x00000001
#define SYS_BUTTON_SLEEP 0x00000002
#define SYS_BUTTON_LID   0x00000004
#define SYS_BUTTON_WAKE  0x80000000

/* A battery is told from the one that was there before by its tag. */
#define BATTERY_TAG_INVALID 0

/* What nobody knows. */
#define BATTERY_UNKNOWN_CAPACITY 0xFFFFFFFF
#define BATTERY_UNKNOWN_TIME     0xFFFFFFFF
#define BATTERY_UNKNOWN_VOLTAGE  0xFFFFFFFF
#define BATTERY_UNKNOWN_CURRENT  0xFFFFFFFF
#define BATTERY_UNKNOWN_RATE     0x80000000

/* Capabilities. */
#define BATTERY_SET_CHARGE_SUPPORTED         0x00000001
#define BATTERY_SET_DISCHARGE_SUPPORTED      0x00000002
#define BATTERY_SET_CHARGINGSOURCE_SUPPORTED 0x00000004
#define BATTERY_SET_CHARGER_ID_SUPPORTED     0x00000008
#define BATTERY_IS_SHORT_TERM                0x20000000
#define BATTERY_CAPACITY_RELATIVE            0x40000000
#define BATTERY_SYSTEM_BATTERY               0x80000000

/* PowerState. */
#define BATTERY_POWER_ON_LINE 0x00000001
#define BATTERY_DISCHARGING   0x00000002
#define BATTERY_CHARGING      0x00000004
#define BATTERY_CRITICAL      0x00000008

#define MAX_BATTERY_STRING_SIZE   128
#define MAX_ACTIVE_COOLING_LEVELS 10

typedef enum {
    BatteryInformation,
    BatteryGranularityInformation,
    BatteryTemperature,
    BatteryEstimatedTime,
    BatteryDeviceName,
    BatteryManufactureDate,
    BatteryManufactureName,
    BatteryUniqueID,
    BatterySerialNumber,
} BATTERY_QUERY_INFORMATION_LEVEL;

/*
 *   AtRate  in mW: what BatteryEstimatedTime is asked for; 0: at the present one.
 */
typedef struct _BATTERY_QUERY_INFORMATION {
    ULONG BatteryTag;
    BATTERY_QUERY_INFORMATION_LEVEL InformationLevel;
    LONG AtRate;
} BATTERY_QUERY_INFORMATION, *PBATTERY_QUERY_INFORMATION;

/*
 * Capacities in mWh, or relative ones.
 *   Technology  1: it can be charged.
 */
typedef struct _BATTERY_INFORMATION {
    ULONG Capabilities;
    UCHAR Technology;
    UCHAR Reserved[3];
    UCHAR Chemistry[4];
    ULONG DesignedCapacity;
    ULONG FullChargedCapacity;
    ULONG DefaultAlert1;
    ULONG DefaultAlert2;
    ULONG CriticalBias;
    ULONG CycleCount;
} BATTERY_INFORMATION, *PBATTERY_INFORMATION;

typedef enum {
    BatteryCriticalBias,
    BatteryCharge,
    BatteryDischarge,
    BatteryChargingSource,
    BatteryChargerId,
    BatteryChargerStatus,
} BATTERY_SET_INFORMATION_LEVEL;

/* Buffer is as long as the level says. */
typedef struct _BATTERY_SET_INFORMATION {
    ULONG BatteryTag;
    BATTERY_SET_INFORMATION_LEVEL InformationLevel;
    UCHAR Buffer[1];
} BATTERY_SET_INFORMATION, *PBATTERY_SET_INFORMATION;

typedef enum _BATTERY_CHARGING_SOURCE_TYPE {
    BatteryChargingSourceType_AC = 1,
    BatteryChargingSourceType_USB,
    BatteryChargingSourceType_Wireless,
    BatteryChargingSourceType_Max,
} BATTERY_CHARGING_SOURCE_TYPE,
    *PBATTERY_CHARGING_SOURCE_TYPE;

/*
 *   MaxCurrent  in mA.
 */
typedef struct _BATTERY_CHARGING_SOURCE {
    BATTERY_CHARGING_SOURCE_TYPE Type;
    ULONG MaxCurrent;
} BATTERY_CHARGING_SOURCE, *PBATTERY_CHARGING_SOURCE;

/* Answered when the state is another, or the capacity beyond the limits, or after Timeout
 * milliseconds. */
typedef struct _BATTERY_WAIT_STATUS {
    ULONG BatteryTag;
    ULONG Timeout;
    ULONG PowerState;
    ULONG LowCapacity;
    ULONG HighCapacity;
} BATTERY_WAIT_STATUS, *PBATTERY_WAIT_STATUS;

/* In mWh, mV and mW, negative while it is discharged. */
typedef struct _BATTERY_STATUS {
    ULONG PowerState;
    ULONG Capacity;
    ULONG Voltage;
    LONG Rate;
} BATTERY_STATUS, *PBATTERY_STATUS;

/* What is left between two capacities at which it can be told apart. */
typedef struct _BATTERY_REPORTING_SCALE {
    ULONG Granularity;
    ULONG Capacity;
} BATTERY_REPORTING_SCALE, *PBATTERY_REPORTING_SCALE;

typedef struct _BATTERY_MANUFACTURE_DATE {
    UCHAR Day;
    UCHAR Month;
    USHORT Year;
} BATTERY_MANUFACTURE_DATE, *PBATTERY_MANUFACTURE_DATE;

/* Temperatures in tenths of a kelvin. */
typedef struct _THERMAL_INFORMATION {
    ULONG ThermalStamp;
    ULONG ThermalConstant1;
    ULONG ThermalConstant2;
    KAFFINITY Processors;
    ULONG SamplingPeriod;
    ULONG CurrentTemperature;
    ULONG PassiveTripPoint;
    ULONG CriticalTripPoint;
    UCHAR ActiveTripPointCount;
    ULONG ActiveTripPoint[MAX_ACTIVE_COOLING_LEVELS];
} THERMAL_INFORMATION, *PTHERMAL_INFORMATION;

/* Timeout in milliseconds. */
typedef struct _THERMAL_WAIT_READ {
    ULONG Timeout;
    ULONG LowTemperature;
    ULONG HighTemperature;
} THERMAL_WAIT_READ, *PTHERMAL_WAIT_READ;

#endif
