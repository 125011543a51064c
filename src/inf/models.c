/* Manufacturers and models. See models.h. */
#include "inf/models.h"

#include "inf/decoration.h"
#include "inf/name.h"

/* ---- the section that is for this system ---- */

/* The best so far of those that a manufacturer lists. */
struct choice {
    struct inf_section *section; /* NULL: none yet */
    struct inf_decoration decoration;
};

static bool consider(struct inf *inf, const struct inf_line *line, unsigned index,
                     struct choice *choice)
{
    struct inf_decoration decoration;
    const char *text = inf_text(line, index);
    enum inf_decoration_kind kind = inf_decoration_read(text, &inf->system, &decoration);
    if (kind == INF_DECORATION_BAD) {
        inf_complain(inf, INF_WARNING, inf_place(line, index),
                     "%s is no decoration: it is NT, an architecture and a version", text);
        return true;
    }
    const char *name = arena_print(&inf->arena, "%s.%s", inf_text(line, 0), text);
    if (name == NULL)
        return false;
    struct inf_section *section = inf_section(inf, name);
    if (section == NULL)
        inf_complain(inf, INF_WARNING, inf_place(line, index),
                     "there is no section [%s] for this decoration", name);
    if (section == NULL || kind != INF_DECORATION_FITS)
        return true;
    if (choice->section == NULL || inf_decoration_is_closer(&decoration, &choice->decoration))
        *choice = (struct choice){.section = section, .decoration = decoration};
    return true;
}

/* With *section NULL: there is none for this system. */
static bool choose_section(struct inf *inf, const struct inf_line *line,
                           struct inf_section **section)
{
    struct choice choice = {0};
    for (unsigned i = 1; i < line->field_count; i++) {
        if (!consider(inf, line, i, &choice))
            return false;
    }
    *section = choice.section;
    if (choice.section != NULL) {
        if (!choice.decoration.has_architecture)
            inf_complain(inf, INF_NOTE, choice.section->place,
                         "[%s] names no architecture: Windows takes that for x86",
                         choice.section->name);
        return true;
    }
    const char *models = line->field_count > 0 ? inf_text(line, 0) : line->key.text;
    *section = inf_section(inf, models);
    if (*section != NULL)
        inf_complain(inf, INF_NOTE, (*section)->place,
                     "[%s] has no decoration: Windows takes that for x86; write [%s.NT%s]", models,
                     models, inf->system.architecture);
    return true;
}

/* ---- models ---- */

static bool add_model(struct inf *inf, struct inf_models *models, const char *manufacturer,
                      const struct inf_line *line)
{
    if (!line->has_key || line->field_count < 2) {
        inf_complain(inf, INF_ERROR, line->place,
                     "a model is DESCRIPTION = INSTALL-SECTION, HARDWARE-ID");
        return true;
    }
    if (models->count == INF_MODELS_MAX) {
        inf_complain(inf, INF_ERROR, (struct inf_place){0}, "more than %d models", INF_MODELS_MAX);
        return true;
    }
    struct inf_model *model = arena_allocate(&inf->arena, sizeof(*model));
    if (model == NULL)
        return false;
    *model = (struct inf_model){
        .line = line,
        .manufacturer = manufacturer,
        .description = line->key.text,
        .install = inf_text(line, 0),
        .ids = line->fields + 1,
        .id_count = line->field_count - 1,
    };
    *models->end = model;
    models->end = &model->next;
    models->count++;
    return true;
}

static bool read_manufacturer(struct inf *inf, struct inf_models *models,
                              const struct inf_line *line)
{
    struct inf_section *section;
    const char *name = line->has_key ? line->key.text : inf_text(line, 0);
    if (!choose_section(inf, line, &section))
        return false;
    for (const struct inf_line *model = section != NULL ? section->lines : NULL; model != NULL;
         model = model->next) {
        if (!add_model(inf, models, name, model))
            return false;
    }
    return true;
}

int inf_models_read(struct inf *inf, struct inf_models *models)
{
    const struct inf_section *section = inf_section(inf, "Manufacturer");
    *models = (struct inf_models){.is_for_devices = section != NULL};
    models->end = &models->first;
    for (const struct inf_line *line = section != NULL ? section->lines : NULL; line != NULL;
         line = line->next) {
        if (!read_manufacturer(inf, models, line))
            return inf->arena.error;
    }
    if (section != NULL && models->count == 0)
        inf_complain(inf, INF_ERROR, section->place,
                     "there are no models for this system (NT%s.%u.%u, build %u)",
                     inf->system.architecture, inf->system.major, inf->system.minor,
                     inf->system.build);
    return inf->arena.error;
}

/* ---- ranking ---- */

static unsigned smaller(unsigned one, unsigned other)
{
    return one < other ? one : other;
}

/* Of one ID of the device; the bases are those of a hardware and of a compatible ID of the line. */
static unsigned score_of_id(const struct inf_model *model, const char *id, unsigned hardware_base,
                            unsigned compatible_base, unsigned step)
{
    for (unsigned i = 0; i < model->id_count; i++) {
        if (!name_is(model->ids[i].text, id) || id[0] == '\0')
            continue;
        return i == 0 ? hardware_base : compatible_base + (i - 1) * step;
    }
    return INF_NO_MATCH;
}

unsigned inf_model_score(const struct inf_model *model, const struct inf_device_ids *ids)
{
    unsigned best = INF_NO_MATCH;
    for (unsigned i = 0; i < ids->hardware_count; i++)
        best = smaller(best, score_of_id(model, ids->hardware[i], i, 0x1000 + i, 0));
    for (unsigned i = 0; i < ids->compatible_count; i++)
        best = smaller(best, score_of_id(model, ids->compatible[i], 0x2000 + i, 0x3000 + i, 0x100));
    return best;
}

const struct inf_model *inf_models_match(const struct inf_models *models,
                                         const struct inf_device_ids *ids, unsigned *score)
{
    const struct inf_model *best = NULL;
    *score = INF_NO_MATCH;
    for (const struct inf_model *model = models->first; model != NULL; model = model->next) {
        unsigned one = inf_model_score(model, ids);
        if (one >= *score)
            continue;
        *score = one;
        best = model;
    }
    return best;
}

static int compare(uint64_t one, uint64_t other)
{
    return one < other ? -1 : one > other;
}

int inf_rank_compare(const struct inf_rank *one, const struct inf_rank *other)
{
    int result = compare(one->feature, other->feature);
    if (result == 0)
        result = compare(one->score, other->score);
    if (result == 0)
        result = compare(other->date, one->date);
    return result != 0 ? result : compare(other->version, one->version);
}
