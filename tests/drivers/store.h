/*
 * The protocol of the store: some bytes, of which a client reads and writes a part, and sets how
 * many there are. It is that of the CUSE example of libfuse, whose client works with the driver as
 * it is. All four are numbers of Linux; the last two say nothing of their data: the argument points
 * to a STORE_TRANSFER, which points to them, and ioctl(2) returns how many bytes were moved.
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

/* As a client of 32 bits encodes them. */
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

/* The same in the memory of a client of 32 bits. */
typedef struct __attribute__((packed)) _STORE_TRANSFER_32 {
    int64_t Offset;
    uint32_t Buffer;
    uint32_t Size;
    uint32_t SizeBefore;
    uint32_t SizeAfter;
} STORE_TRANSFER_32, *PSTORE_TRANSFER_32;

#endif
