/*
 * Keys of device properties, one set after another: a set has a GUID, a property has a number in
 * it. Evaluated again at each inclusion, like <devpropdef.h>. Source: Windows documentation.
 */
#include <devpropdef.h>

#ifndef DEVPKEY_DEFINED
#ifdef INITGUID
#define DEVPKEY_DEFINED
#endif

/* What device installation knows of a device. */
#define WDFUSE_SETUP_KEY(name, number)                                                             \
    DEFINE_DEVPROPKEY(name, 0xa45c254e, 0xdf1c, 0x4efd, 0x80, 0x20, 0x67, 0xd1, 0x46, 0xa8, 0x50,  \
                      0xe0, number)
WDFUSE_SETUP_KEY(DEVPKEY_Device_DeviceDesc, 2);
WDFUSE_SETUP_KEY(DEVPKEY_Device_HardwareIds, 3);
WDFUSE_SETUP_KEY(DEVPKEY_Device_CompatibleIds, 4);
WDFUSE_SETUP_KEY(DEVPKEY_Device_Service, 6);
WDFUSE_SETUP_KEY(DEVPKEY_Device_Class, 9);
WDFUSE_SETUP_KEY(DEVPKEY_Device_ClassGuid, 10);
WDFUSE_SETUP_KEY(DEVPKEY_Device_Driver, 11);
WDFUSE_SETUP_KEY(DEVPKEY_Device_ConfigFlags, 12);
WDFUSE_SETUP_KEY(DEVPKEY_Device_Manufacturer, 13);
WDFUSE_SETUP_KEY(DEVPKEY_Device_FriendlyName, 14);
WDFUSE_SETUP_KEY(DEVPKEY_Device_LocationInfo, 15);
WDFUSE_SETUP_KEY(DEVPKEY_Device_PDOName, 16);
WDFUSE_SETUP_KEY(DEVPKEY_Device_Capabilities, 17);
WDFUSE_SETUP_KEY(DEVPKEY_Device_UINumber, 18);
WDFUSE_SETUP_KEY(DEVPKEY_Device_UpperFilters, 19);
WDFUSE_SETUP_KEY(DEVPKEY_Device_LowerFilters, 20);
WDFUSE_SETUP_KEY(DEVPKEY_Device_BusTypeGuid, 21);
WDFUSE_SETUP_KEY(DEVPKEY_Device_LegacyBusType, 22);
WDFUSE_SETUP_KEY(DEVPKEY_Device_BusNumber, 23);
WDFUSE_SETUP_KEY(DEVPKEY_Device_EnumeratorName, 24);
WDFUSE_SETUP_KEY(DEVPKEY_Device_Security, 25);
WDFUSE_SETUP_KEY(DEVPKEY_Device_SecuritySDS, 26);
WDFUSE_SETUP_KEY(DEVPKEY_Device_DevType, 27);
WDFUSE_SETUP_KEY(DEVPKEY_Device_Exclusive, 28);
WDFUSE_SETUP_KEY(DEVPKEY_Device_Characteristics, 29);
WDFUSE_SETUP_KEY(DEVPKEY_Device_Address, 30);
WDFUSE_SETUP_KEY(DEVPKEY_Device_UINumberDescFormat, 31);
WDFUSE_SETUP_KEY(DEVPKEY_Device_PowerData, 32);
WDFUSE_SETUP_KEY(DEVPKEY_Device_RemovalPolicy, 33);
WDFUSE_SETUP_KEY(DEVPKEY_Device_RemovalPolicyDefault, 34);
WDFUSE_SETUP_KEY(DEVPKEY_Device_RemovalPolicyOverride, 35);
WDFUSE_SETUP_KEY(DEVPKEY_Device_InstallState, 36);
WDFUSE_SETUP_KEY(DEVPKEY_Device_LocationPaths, 37);
WDFUSE_SETUP_KEY(DEVPKEY_Device_BaseContainerId, 38);
#undef WDFUSE_SETUP_KEY

/* Its place in the tree of devices. */
#define WDFUSE_TREE_KEY(name, number)                                                              \
    DEFINE_DEVPROPKEY(name, 0x4340a6c5, 0x93fa, 0x4706, 0x97, 0x2c, 0x7b, 0x64, 0x80, 0x08, 0xa5,  \
                      0xa7, number)
WDFUSE_TREE_KEY(DEVPKEY_Device_DevNodeStatus, 2);
WDFUSE_TREE_KEY(DEVPKEY_Device_ProblemCode, 3);
WDFUSE_TREE_KEY(DEVPKEY_Device_EjectionRelations, 4);
WDFUSE_TREE_KEY(DEVPKEY_Device_RemovalRelations, 5);
WDFUSE_TREE_KEY(DEVPKEY_Device_PowerRelations, 6);
WDFUSE_TREE_KEY(DEVPKEY_Device_BusRelations, 7);
WDFUSE_TREE_KEY(DEVPKEY_Device_Parent, 8);
WDFUSE_TREE_KEY(DEVPKEY_Device_Children, 9);
WDFUSE_TREE_KEY(DEVPKEY_Device_Siblings, 10);
WDFUSE_TREE_KEY(DEVPKEY_Device_TransportRelations, 11);
WDFUSE_TREE_KEY(DEVPKEY_Device_ProblemStatus, 12);
#undef WDFUSE_TREE_KEY

/* Its model. */
#define WDFUSE_MODEL_KEY(name, number)                                                             \
    DEFINE_DEVPROPKEY(name, 0x80d81ea6, 0x7473, 0x4b0c, 0x82, 0x16, 0xef, 0xc1, 0x1a, 0x2c, 0x4c,  \
                      0x8b, number)
WDFUSE_MODEL_KEY(DEVPKEY_Device_ModelId, 2);
WDFUSE_MODEL_KEY(DEVPKEY_Device_FriendlyNameAttributes, 3);
WDFUSE_MODEL_KEY(DEVPKEY_Device_ManufacturerAttributes, 4);
WDFUSE_MODEL_KEY(DEVPKEY_Device_PresenceNotForDevice, 5);
WDFUSE_MODEL_KEY(DEVPKEY_Device_SignalStrength, 6);
WDFUSE_MODEL_KEY(DEVPKEY_Device_IsAssociateableByUserAction, 7);
WDFUSE_MODEL_KEY(DEVPKEY_Device_ShowInUninstallUI, 8);
#undef WDFUSE_MODEL_KEY

/* What its bus and its container report of it. */
#define WDFUSE_BUS_KEY(name, number)                                                               \
    DEFINE_DEVPROPKEY(name, 0x540b947e, 0x8b40, 0x45bc, 0xa8, 0xa2, 0x6a, 0x0b, 0x89, 0x4c, 0xbd,  \
                      0xa2, number)
WDFUSE_BUS_KEY(DEVPKEY_Device_Numa_Proximity_Domain, 1);
WDFUSE_BUS_KEY(DEVPKEY_Device_DHP_Rebalance_Policy, 2);
WDFUSE_BUS_KEY(DEVPKEY_Device_Numa_Node, 3);
WDFUSE_BUS_KEY(DEVPKEY_Device_BusReportedDeviceDesc, 4);
WDFUSE_BUS_KEY(DEVPKEY_Device_IsPresent, 5);
WDFUSE_BUS_KEY(DEVPKEY_Device_HasProblem, 6);
WDFUSE_BUS_KEY(DEVPKEY_Device_ConfigurationId, 7);
WDFUSE_BUS_KEY(DEVPKEY_Device_ReportedDeviceIdsHash, 8);
WDFUSE_BUS_KEY(DEVPKEY_Device_PhysicalDeviceLocation, 9);
WDFUSE_BUS_KEY(DEVPKEY_Device_BiosDeviceName, 10);
WDFUSE_BUS_KEY(DEVPKEY_Device_DriverProblemDesc, 11);
WDFUSE_BUS_KEY(DEVPKEY_Device_DebuggerSafe, 12);
WDFUSE_BUS_KEY(DEVPKEY_Device_PostInstallInProgress, 13);
WDFUSE_BUS_KEY(DEVPKEY_Device_Stack, 14);
WDFUSE_BUS_KEY(DEVPKEY_Device_ExtendedConfigurationIds, 15);
WDFUSE_BUS_KEY(DEVPKEY_Device_IsRebootRequired, 16);
WDFUSE_BUS_KEY(DEVPKEY_Device_FirmwareDate, 17);
WDFUSE_BUS_KEY(DEVPKEY_Device_FirmwareVersion, 18);
WDFUSE_BUS_KEY(DEVPKEY_Device_FirmwareRevision, 19);
WDFUSE_BUS_KEY(DEVPKEY_Device_DependencyProviders, 20);
WDFUSE_BUS_KEY(DEVPKEY_Device_DependencyDependents, 21);
WDFUSE_BUS_KEY(DEVPKEY_Device_SoftRestartSupported, 22);
WDFUSE_BUS_KEY(DEVPKEY_Device_ExtendedAddress, 23);
#undef WDFUSE_BUS_KEY

/* When it came and went. */
#define WDFUSE_DATES_KEY(name, number)                                                             \
    DEFINE_DEVPROPKEY(name, 0x83da6326, 0x97a6, 0x4088, 0x94, 0x53, 0xa1, 0x92, 0x3f, 0x57, 0x3b,  \
                      0x29, number)
WDFUSE_DATES_KEY(DEVPKEY_Device_SessionId, 6);
WDFUSE_DATES_KEY(DEVPKEY_Device_InstallDate, 100);
WDFUSE_DATES_KEY(DEVPKEY_Device_FirstInstallDate, 101);
WDFUSE_DATES_KEY(DEVPKEY_Device_LastArrivalDate, 102);
WDFUSE_DATES_KEY(DEVPKEY_Device_LastRemovalDate, 103);
#undef WDFUSE_DATES_KEY

/* Its driver, as it was installed. */
#define WDFUSE_DRIVER_KEY(name, number)                                                            \
    DEFINE_DEVPROPKEY(name, 0xa8b865dd, 0x2e3d, 0x4094, 0xad, 0x97, 0xe5, 0x93, 0xa7, 0xc, 0x75,   \
                      0xd6, number)
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverDate, 2);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverVersion, 3);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverDesc, 4);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverInfPath, 5);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverInfSection, 6);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverInfSectionExt, 7);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_MatchingDeviceId, 8);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverProvider, 9);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverPropPageProvider, 10);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverCoInstallers, 11);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_ResourcePickerTags, 12);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_ResourcePickerExceptions, 13);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverRank, 14);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_DriverLogoLevel, 15);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_NoConnectSound, 17);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_GenericDriverInstalled, 18);
WDFUSE_DRIVER_KEY(DEVPKEY_Device_AdditionalSoftwareRequested, 19);
#undef WDFUSE_DRIVER_KEY

/* Device setup classes. */
#define WDFUSE_CLASS_KEY(name, number)                                                             \
    DEFINE_DEVPROPKEY(name, 0x259abffc, 0x50a7, 0x47ce, 0xaf, 0x8, 0x68, 0xc9, 0xa7, 0xd7, 0x33,   \
                      0x66, number)
WDFUSE_CLASS_KEY(DEVPKEY_DeviceClass_Name, 2);
WDFUSE_CLASS_KEY(DEVPKEY_DeviceClass_ClassName, 3);
WDFUSE_CLASS_KEY(DEVPKEY_DeviceClass_Icon, 4);
WDFUSE_CLASS_KEY(DEVPKEY_DeviceClass_IconPath, 12);
#undef WDFUSE_CLASS_KEY

/* Device interfaces. */
#define WDFUSE_INTERFACE_KEY(name, number)                                                         \
    DEFINE_DEVPROPKEY(name, 0x026e516e, 0xb814, 0x414b, 0x83, 0xcd, 0x85, 0x6d, 0x6f, 0xef, 0x48,  \
                      0x22, number)
WDFUSE_INTERFACE_KEY(DEVPKEY_DeviceInterface_FriendlyName, 2);
WDFUSE_INTERFACE_KEY(DEVPKEY_DeviceInterface_Enabled, 3);
WDFUSE_INTERFACE_KEY(DEVPKEY_DeviceInterface_ClassGuid, 4);
WDFUSE_INTERFACE_KEY(DEVPKEY_DeviceInterface_Restricted, 6);
WDFUSE_INTERFACE_KEY(DEVPKEY_DeviceInterface_SchematicName, 9);
#undef WDFUSE_INTERFACE_KEY

/* Small sets. */
DEFINE_DEVPROPKEY(DEVPKEY_NAME, 0xb725f130, 0x47ef, 0x101a, 0xa5, 0xf1, 0x02, 0x60, 0x8c, 0x9e,
                  0xeb, 0xac, 10);
DEFINE_DEVPROPKEY(DEVPKEY_Device_InstanceId, 0x78c34fc8, 0x104a, 0x4aca, 0x9e, 0xa4, 0x52, 0x4d,
                  0x52, 0x99, 0x6e, 0x57, 256);
DEFINE_DEVPROPKEY(DEVPKEY_Device_Model, 0x78c34fc8, 0x104a, 0x4aca, 0x9e, 0xa4, 0x52, 0x4d, 0x52,
                  0x99, 0x6e, 0x57, 39);
DEFINE_DEVPROPKEY(DEVPKEY_Device_Reported, 0x80497100, 0x8c73, 0x48b9, 0xaa, 0xd9, 0xce, 0x38, 0x7e,
                  0x19, 0xc5, 0x6e, 2);
DEFINE_DEVPROPKEY(DEVPKEY_Device_Legacy, 0x80497100, 0x8c73, 0x48b9, 0xaa, 0xd9, 0xce, 0x38, 0x7e,
                  0x19, 0xc5, 0x6e, 3);
DEFINE_DEVPROPKEY(DEVPKEY_Device_ContainerId, 0x8c7ed206, 0x3f8a, 0x4827, 0xb3, 0xab, 0xae, 0x9e,
                  0x1f, 0xae, 0xfc, 0x6c, 2);
DEFINE_DEVPROPKEY(DEVPKEY_Device_InLocalMachineContainer, 0x8c7ed206, 0x3f8a, 0x4827, 0xb3, 0xab,
                  0xae, 0x9e, 0x1f, 0xae, 0xfc, 0x6c, 4);
DEFINE_DEVPROPKEY(DEVPKEY_Device_SafeRemovalRequired, 0xafd97640, 0x86a3, 0x4210, 0xb6, 0x7c, 0x28,
                  0x9c, 0x41, 0xaa, 0xbe, 0x55, 2);
DEFINE_DEVPROPKEY(DEVPKEY_Device_SafeRemovalRequiredOverride, 0xafd97640, 0x86a3, 0x4210, 0xb6,
                  0x7c, 0x28, 0x9c, 0x41, 0xaa, 0xbe, 0x55, 3);
DEFINE_DEVPROPKEY(DEVPKEY_DeviceClass_UpperFilters, 0x4321918b, 0xf69e, 0x470d, 0xa5, 0xde, 0x4d,
                  0x88, 0xc7, 0x5a, 0xd2, 0x4b, 19);
DEFINE_DEVPROPKEY(DEVPKEY_DeviceClass_LowerFilters, 0x4321918b, 0xf69e, 0x470d, 0xa5, 0xde, 0x4d,
                  0x88, 0xc7, 0x5a, 0xd2, 0x4b, 20);
DEFINE_DEVPROPKEY(DEVPKEY_DeviceContainer_FriendlyName, 0x656A3BB3, 0xECC0, 0x43FD, 0x84, 0x77,
                  0x4A, 0xE0, 0x40, 0x4A, 0x96, 0xCD, 12288);
DEFINE_DEVPROPKEY(DEVPKEY_DeviceContainer_Manufacturer, 0x656A3BB3, 0xECC0, 0x43FD, 0x84, 0x77,
                  0x4A, 0xE0, 0x40, 0x4A, 0x96, 0xCD, 8192);
DEFINE_DEVPROPKEY(DEVPKEY_DeviceContainer_ModelName, 0x656A3BB3, 0xECC0, 0x43FD, 0x84, 0x77, 0x4A,
                  0xE0, 0x40, 0x4A, 0x96, 0xCD, 8194);

#endif
