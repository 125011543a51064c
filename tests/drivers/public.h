/* What the clients of the test drivers know of them. */
#ifndef TESTS_DRIVERS_PUBLIC_H
#define TESTS_DRIVERS_PUBLIC_H

/* {6b0f3c1e-52a7-4c5d-9d0e-7a4f81c2b935}: devices that return what was written to them. */
DEFINE_GUID(GUID_DEVINTERFACE_TEST_ECHO, 0x6b0f3c1e, 0x52a7, 0x4c5d, 0x9d, 0x0e, 0x7a, 0x4f, 0x81,
            0xc2, 0xb9, 0x35);

/* The longest message, in bytes. */
#define MESSAGE_MAX 4096

/* A write that begins with this byte is kept until it is cancelled, or the device leaves D0.
 * Messages of echoapp --async begin with their number's low byte: 100 of them do not reach this. */
#define MESSAGE_KEEP '~'

#endif
