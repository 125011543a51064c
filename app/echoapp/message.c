#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "message.h"

/* Odd, so that no two places have the same; its bits are spread, so that neighbours differ in every
 * byte. */
#define PLACE_FACTOR 0x9e3779b97f4a7c15u

/* The number comes first, so that the shortest messages differ too. */
static uint64_t message_word(const struct message_set *set, uint32_t number, size_t place)
{
    return htole64(((uint64_t)set->run << 32 | number) ^ (place * PLACE_FACTOR));
}

/* The bytes of the word that begins at `offset`, as far as the message goes. */
static size_t word_length(size_t offset, size_t length)
{
    return length - offset < sizeof(uint64_t) ? length - offset : sizeof(uint64_t);
}

void message_fill(const struct message_set *set, uint32_t number, unsigned char *bytes)
{
    for (size_t offset = 0; offset < set->size; offset += sizeof(uint64_t)) {
        uint64_t word = message_word(set, number, offset / sizeof(word));
        memcpy(bytes + offset, &word, word_length(offset, set->size));
    }
}

static bool is_message(const struct message_set *set, uint32_t number, const unsigned char *bytes)
{
    for (size_t offset = 0; offset < set->size; offset += sizeof(uint64_t)) {
        uint64_t word = message_word(set, number, offset / sizeof(word));
        if (memcmp(bytes + offset, &word, word_length(offset, set->size)) != 0)
            return false;
    }
    return true;
}

/* The lowest number of a message that begins so. Numbers begin with 1: of 0 only the low bytes are
 * there. */
static uint32_t first_number(const unsigned char *bytes, size_t length)
{
    uint32_t number = 0;

    memcpy(&number, bytes, length < sizeof(number) ? length : sizeof(number));
    number = le32toh(number);
    if (number == 0 && length < sizeof(number))
        number = (uint32_t)1 << (8 * length);
    return number;
}

static bool has_part_of_run(const struct message_set *set, const unsigned char *bytes,
                            size_t length)
{
    for (size_t offset = 0; offset + sizeof(uint64_t) <= length; offset += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + offset, sizeof(word));
        word = le64toh(word) ^ (offset / sizeof(word) * PLACE_FACTOR);
        if (word >> 32 == set->run)
            return true;
    }
    return false;
}

enum message_verdict message_examine(const struct message_set *set, const unsigned char *bytes,
                                     size_t length, uint32_t *number)
{
    if (length == set->size) {
        *number = first_number(bytes, length);
        if (*number >= 1 && *number <= set->count && is_message(set, *number, bytes))
            return MESSAGE_WHOLE;
    }
    return has_part_of_run(set, bytes, length) ? MESSAGE_BROKEN : MESSAGE_FOREIGN;
}
