/* How many states there were. */
#include <math.h>

#include "port/explore/internal.h"

/* Of a HyperLogLog: each has the longest run of zeros seen among the hashes that fall to it. */
static unsigned char registers[4096];

void explore_count_state(void)
{
    uint64_t hash = mix(scheduler.signature);
    unsigned char *reg = &registers[hash & 4095];
    unsigned char rank = (unsigned char)(__builtin_ctzll(hash >> 12 | 1ull << 52) + 1);
    if (rank > *reg)
        *reg = rank;
}

double explore_distinct_states(void)
{
    const double count = 4096;
    double sum = 0;
    unsigned zeros = 0;
    for (unsigned i = 0; i < 4096; i++) {
        sum += 1.0 / (double)(1ull << registers[i]);
        zeros += registers[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / count) * count * count / sum;
    if (estimate <= 2.5 * count && zeros > 0)
        estimate = count * log(count / zeros);
    return estimate;
}
