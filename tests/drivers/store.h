/*
 * The protocol of the store: an array of bytes; clients read and write parts of it, and set its
 * size. It is that of libfuse's CUSE example, whose client works with the driver unchanged. All
 * four are Linux numbers; the last two do not describe their data: the argument points to a
 * STORE_TRANSFER, which points to them, and ioctl(2) returns how many bytes were moved.
 *
 * For the driver and for Linux programs.
 */
#ifndef TESTS_DRIVERS_STORE_H
#define TESTS_DRIVERS_STORE_H

#include <stddef.h>
#include <stdint.h>
#include <linux/ioctl.h>

#include <wdfuse/controlcodes.h>

#define STORE_GET_SIZE _IOR('E', 0, size_t)
#define STORE_SET_SIZE _IOW('E', 1, size_t)
#define STORE_READ     _IO('E', 2)
#define STORE_WRITE    _IO('E', 3)

/* As a 32-bit client encodes them. */
#define STORE_GET_SIZE_32 _IOR('E', 0, uint32_t)
#define STORE_SET_SIZE_32 _IOW('E', 1, uint32_t)

/* Waits until its client gives up. */
#define IOCTL_STORE_WAIT CTL_CODE(0x8057, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct _STORE_TRANSFER {
    int64_t Offset;
    void *Buffer;
    size_t Size;
    size_t SizeBefore; /* of the store; out */
    size_t SizeAfter;
} STORE_TRANSFER, *PSTORE_TRANSFER;

/* The same in the memory of a 32-bit client. */
typedef struct __attribute__((packed)) _STORE_TRANSFER_32 {
    int64_t Offset;
    uint32_t Buffer;
    uint32_t Size;
    uint32_t SizeBefore;
    uint32_t SizeAfter;
} STORE_TRANSFER_32, *PSTORE_TRANSFER_32;

#endif
