/* Fuzzing security descriptors (src/nt/sddl.h): the input is the text. It is rejected, or says who
 * may read and write. */
#include "nt/sddl.h"

#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mode_t mode = 07777, again = 0;
    char *text = text_of(data, size);
    bool is_good = sddl_to_mode(text, &mode);
    require(sddl_to_mode(text, &again) == is_good);
    if (is_good) {
        require((mode & ~(mode_t)0666) == 0);
        require(mode == again);
    }
    free(text);
    return 0;
}
