/* See patience.h. */
#include "linuxfile/patience.h"

bool patience_is_called_for(struct patience *patience)
{
    if (!patience->is_soon)
        return false;
    if (patience->left_out == 0)
        return true;
    patience->left_out--;
    return false;
}

void patience_note_place(struct patience *patience, bool has_data)
{
    unsigned penalty = has_data ? patience->penalty / 2 : patience->penalty * 2;
    if (!has_data && penalty < PATIENCE_PENALTY_MIN)
        penalty = PATIENCE_PENALTY_MIN;
    patience->penalty = penalty < PATIENCE_PENALTY_MAX ? penalty : PATIENCE_PENALTY_MAX;
    patience->left_out = has_data ? 0 : patience->penalty;
    patience->is_soon = has_data;
}

void patience_note_queue(struct patience *patience, uint64_t nanoseconds)
{
    patience->is_soon = nanoseconds <= PATIENCE_NS;
}
