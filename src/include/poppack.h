/* Ends what <pshpack1.h>, 2, 4 or 8 has begun. Meant to be included many times. */
#pragma pack(pop)
