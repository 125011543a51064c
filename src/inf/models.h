/* Which devices an INF is for: [Manufacturer], decorations and models (S20.13-S20.16), and how well
 * a line fits a device (S20.20-S20.22). */
#ifndef WDFUSE_INF_MODELS_H
#define WDFUSE_INF_MODELS_H

#include <stdint.h>

#include "inf/inf.h"
#include "inf/version.h"

/* Our own limit. */
#define INF_MODELS_MAX 5000

struct inf_model {
    struct inf_model *next; /* in the file */
    const struct inf_line *line;
    const char *manufacturer;
    const char *description;
    const char *install; /* the install section, undecorated */
    /* The first is the hardware ID, and may be empty; the others are compatible ones. */
    const struct inf_field *ids;
    unsigned id_count;
};

struct inf_models {
    struct inf_model *first, **end;
    unsigned count;
    /* There is a section [Manufacturer]: it is meant to install devices. */
    bool is_for_devices;
};

/* Of this system. Returns 0, or the arena's error. */
int inf_models_read(struct inf *inf, struct inf_models *models);

/* The IDs of a device, the most specific first. */
struct inf_device_ids {
    const char *const *hardware;
    unsigned hardware_count;
    const char *const *compatible;
    unsigned compatible_count;
};

/* How a line fits: the lower, the better. */
#define INF_NO_MATCH 0xffffffffu
unsigned inf_model_score(const struct inf_model *model, const struct inf_device_ids *ids);

/* The line that fits best, of equal ones the first; NULL: none does. */
const struct inf_model *inf_models_match(const struct inf_models *models,
                                         const struct inf_device_ids *ids, unsigned *score);

/* The rank of a line, to compare lines of several INFs (S20.21). */
struct inf_rank {
    unsigned feature; /* FeatureScore of the install section; 0xff */
    unsigned score;
    unsigned date;
    uint64_t version;
};

/* Negative: `one` is better; 0: undecided. */
int inf_rank_compare(const struct inf_rank *one, const struct inf_rank *other);

#endif
