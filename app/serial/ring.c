/* The bytes on their way. See serial.h. */
#include "serial.h"

size_t SerialRingPut(PSERIAL_RING Ring, const UCHAR *Bytes, size_t Length)
{
    size_t count = min(Length, (size_t)(SERIAL_BUFFER_SIZE - Ring->Count));
    for (size_t i = 0; i < count; i++)
        Ring->Bytes[(Ring->Start + Ring->Count + i) % SERIAL_BUFFER_SIZE] = Bytes[i];
    Ring->Count += (ULONG)count;
    return count;
}

size_t SerialRingGet(PSERIAL_RING Ring, PUCHAR Bytes, size_t Length)
{
    size_t count = min(Length, (size_t)Ring->Count);
    for (size_t i = 0; i < count; i++)
        Bytes[i] = Ring->Bytes[(Ring->Start + i) % SERIAL_BUFFER_SIZE];
    Ring->Start = (Ring->Start + (ULONG)count) % SERIAL_BUFFER_SIZE;
    Ring->Count -= (ULONG)count;
    return count;
}
