/* An INF as a whole. See package.h. */
#include "inf/package.h"

#include "inf/usage.h"

static void check_devices(struct inf *inf, const struct inf_package *package)
{
    if (package->models.is_for_devices) {
        if (package->version.class_guid[0] == '\0')
            inf_complain(inf, INF_WARNING, (struct inf_place){0}, "[Version] names no ClassGuid");
        return;
    }
    inf_complain(inf, INF_ERROR, (struct inf_place){0},
                 "there is no section [Manufacturer]: it installs no device");
}

int inf_package_read(struct inf *inf, struct inf_package *package)
{
    *package = (struct inf_package){.inf = inf};
    inf_version_read(inf, &package->version);
    int error = inf_models_read(inf, &package->models);
    if (error != 0)
        return error;
    check_devices(inf, package);
    package->installs =
        arena_allocate(&inf->arena, (package->models.count + 1) * sizeof(struct inf_install *));
    if (package->installs == NULL)
        return inf->arena.error;
    struct inf_install **install = package->installs;
    for (const struct inf_model *model = package->models.first; model != NULL && error == 0;
         model = model->next)
        error = inf_install_read(inf, &package->version, model, install++);
    /* A file that is not an INF has other sections. */
    if (error == 0 && inf_look_for(inf, "Version") != NULL)
        error = inf_warn_of_unused(inf);
    return error;
}

const struct inf_install *inf_package_match(const struct inf_package *package,
                                            const struct inf_device_ids *ids, struct inf_rank *rank)
{
    unsigned score;
    const struct inf_model *match = inf_models_match(&package->models, ids, &score);
    if (match == NULL)
        return NULL;
    struct inf_install *const *install = package->installs;
    while ((*install)->model != match)
        install++;
    *rank = (struct inf_rank){.feature = (*install)->feature_score,
                              .score = score,
                              .date = package->version.date,
                              .version = package->version.version};
    return *install;
}
