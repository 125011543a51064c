/* says: wdfuse needs C++11 or later */
/* flags: -std=c++98 */
#include <ntddk.h>
