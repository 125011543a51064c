/* From here on structures are packed to 8 bytes, until <poppack.h>. Meant to be included many
 * times. */
#pragma pack(push, 8)
