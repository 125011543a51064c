/* [Version]. See version.h. */
#include "inf/version.h"

#include <stdio.h>

#include "inf/name.h"

static void check_signature(struct inf *inf, const struct inf_section *section)
{
    const struct inf_line *line = inf_find(section, "Signature");
    const char *signature = inf_text(line, 0);
    if (section == NULL)
        inf_complain(inf, INF_ERROR, (struct inf_place){0},
                     "there is no section [Version]: this is no INF");
    else if (line == NULL)
        inf_complain(inf, INF_ERROR, section->place,
                     "[Version] has no Signature: it wants \"$Windows NT$\"");
    else if (!name_is(signature, "$Windows NT$") && !name_is(signature, "$Chicago$"))
        inf_complain(inf, INF_ERROR, inf_place(line, 0),
                     "the signature %s is none: it is \"$Windows NT$\"", signature);
}

static bool date_is_one(unsigned month, unsigned day, unsigned year)
{
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 && year >= 1980 && year <= 9999;
}

/* mm/dd/yyyy */
static void read_date(struct inf *inf, const struct inf_line *line, struct inf_version *version)
{
    unsigned month, day, year;
    char separator, end;
    const char *text = inf_text(line, 0);
    if (sscanf(text, "%2u%c%2u%*1[-/]%4u%c", &month, &separator, &day, &year, &end) != 4 ||
        !date_is_one(month, day, year)) {
        inf_complain(inf, INF_WARNING, inf_place(line, 0), "%s is no date: it is mm/dd/yyyy", text);
        return;
    }
    version->date = year * 10000 + month * 100 + day;
    if (inf->system.today != 0 && version->date > inf->system.today)
        inf_complain(inf, INF_WARNING, inf_place(line, 0), "the date %s lies in the future", text);
}

/* One to four numbers. */
static void read_number(struct inf *inf, const struct inf_line *line, struct inf_version *version)
{
    unsigned long parts[4] = {0};
    bool is_one = inf_numbers(inf_text(line, 1), parts, 4) > 0;
    for (unsigned i = 0; i < 4; i++) {
        is_one = is_one && parts[i] <= 0xffff;
        version->version = version->version << 16 | (parts[i] & 0xffff);
    }
    if (!is_one)
        inf_complain(inf, INF_WARNING, inf_place(line, 1), "%s is no version: it is w.x.y.z",
                     inf_text(line, 1));
}

/* Empty, it is for a tool to fill in (S20.45). */
static void read_driver_version(struct inf *inf, const struct inf_section *section,
                                struct inf_version *version)
{
    const struct inf_line *line = inf_find(section, "DriverVer");
    if (line == NULL)
        return;
    if (inf_text(line, 0)[0] != '\0')
        read_date(inf, line, version);
    if (inf_text(line, 1)[0] != '\0')
        read_number(inf, line, version);
}

void inf_version_read(struct inf *inf, struct inf_version *version)
{
    const struct inf_section *section = inf_section(inf, "Version");
    *version = (struct inf_version){
        .class_name = inf_value(section, "Class"),
        .class_guid = inf_value(section, "ClassGuid"),
        .provider = inf_value(section, "Provider"),
        .is_extension = name_is(inf_value(section, "Class"), "Extension") ||
                        inf_find(section, "ExtensionId") != NULL,
    };
    check_signature(inf, section);
    read_driver_version(inf, section, version);
}
