/*
 * What the echo driver and its clients agree on: the device interface class by which a client finds the
 * device without knowing its name.
 *
 * A driver includes <ntddk.h> first and gets the GUID (one of its files includes <initguid.h> before); any
 * other program uses the text.
 */
#ifndef ECHO_PUBLIC_H
#define ECHO_PUBLIC_H

/* As the folder of the class is called, below by-interface/. The same number as the GUID. */
#define ECHO_INTERFACE_CLASS "{3b7d1c52-96e4-4f0a-8a5d-c21e6f90b743}"

#ifdef DEFINE_GUID
DEFINE_GUID(GUID_DEVINTERFACE_ECHO, 0x3b7d1c52, 0x96e4, 0x4f0a, 0x8a, 0x5d, 0xc2, 0x1e, 0x6f, 0x90, 0xb7,
            0x43);
#endif

#endif
