/* From here on structures are packed to 1 byte, until <poppack.h>. Meant to be included many
 * times. */
#pragma pack(push, 1)
