/* The folders of drivers. See folder.h. */
#include "nt/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wdm.h>

#include "nt/status.h"
#include "nt/utf.h"
#include "port/log.h"

/* Constant while drivers are loaded; empty: there is none. */
static char base[PATH_MAX];

bool folder_set_base(const char *path)
{
    if (path != NULL && strlen(path) >= sizeof(base))
        return false;
    snprintf(base, sizeof(base), "%s", path != NULL ? path : "");
    return true;
}

/* ---- making it ---- */

/* What every system has. */
static const char *const first_folders[] = {"C", "C/Windows", "C/Windows/Temp"};

static int make(int directory, const char *name, uid_t owner, gid_t group)
{
    if (mkdirat(directory, name, 0700) != 0)
        return errno == EEXIST ? 0 : -errno;
    if (owner != (uid_t)-1 && fchownat(directory, name, owner, group, AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    return 0;
}

static int open_folder(int directory, const char *name)
{
    int descriptor = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

static int open_base(void)
{
    if (mkdir(base, 0755) != 0 && errno != EEXIST)
        return -errno;
    int descriptor = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

/* Returns its descriptor, or -errno. */
static int open_made(const char *service, uid_t owner, gid_t group)
{
    int parent = open_base();
    if (parent < 0)
        return parent;
    int error = make(parent, service, owner, group);
    int folder = error == 0 ? open_folder(parent, service) : error;
    close(parent);
    error = folder < 0 ? folder : 0;
    for (size_t i = 0; i < RTL_NUMBER_OF(first_folders) && error == 0; i++)
        error = make(folder, first_folders[i], owner, group);
    if (error != 0 && folder >= 0)
        close(folder);
    return error != 0 ? error : folder;
}

int folder_make(const char *service, uid_t owner, gid_t group)
{
    int folder = open_made(service, owner, group);
    if (folder < 0)
        return folder;
    close(folder);
    return 0;
}

static NTSTATUS open_of_driver(const struct nt_driver *driver, int *folder)
{
    if (base[0] == '\0' || driver == NULL) {
        log_error("driver %s opens a file, and there is no folder for files: --state-dir names one",
                  driver != NULL ? driver->name : "?");
        return STATUS_OBJECT_PATH_NOT_FOUND;
    }
    *folder = open_made(driver->name, (uid_t)-1, (gid_t)-1);
    if (*folder >= 0)
        return STATUS_SUCCESS;
    log_error("the folder of files %s/%s: %s", base, driver->name, strerror(-*folder));
    return nt_status_from_errno(-*folder, false);
}

/* BASE/SERVICE/DriverData, or BASE/SERVICE/DeviceData/DEVICE. */
NTSTATUS folder_make_data(const struct nt_driver *driver, const char *device, char path[PATH_MAX])
{
    char name[FOLDER_NAME_SIZE + 16];
    int folder;
    NTSTATUS status = open_of_driver(driver, &folder);
    if (!NT_SUCCESS(status))
        return status;
    snprintf(name, sizeof(name), "DeviceData/%s", device != NULL ? device : "");
    int error = make(folder, device != NULL ? "DeviceData" : "DriverData", (uid_t)-1, (gid_t)-1);
    if (error == 0 && device != NULL)
        error = make(folder, name, (uid_t)-1, (gid_t)-1);
    close(folder);
    const char *last = device != NULL ? name : "DriverData";
    if (snprintf(path, PATH_MAX, "%s/%s/%s", base, driver->name, last) >= PATH_MAX && error == 0)
        error = -ENAMETOOLONG;
    if (error == 0)
        return STATUS_SUCCESS;
    log_error("the folder %s: %s", path, strerror(-error));
    return nt_status_from_errno(-error, false);
}

/* ---- parts of names ---- */

struct rest {
    const WCHAR *text;
    size_t length;
};

/* Takes a beginning off, whatever the case of its letters. */
static bool take(struct rest *rest, const char *beginning)
{
    size_t length = strlen(beginning);
    if (length > rest->length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (RtlUpcaseUnicodeChar(rest->text[i]) != RtlUpcaseUnicodeChar((WCHAR)beginning[i]))
            return false;
    }
    rest->text += length;
    rest->length -= length;
    return true;
}

static bool is_at_end_of_part(const struct rest *rest)
{
    return rest->length == 0 || rest->text[0] == '\\';
}

/* A drive, and whether the system's folder on it is meant. */
struct drive {
    char letter[2];
    bool is_system_root;
};

/* What the root of all leads to. */
static NTSTATUS find_drive(struct rest *rest, struct drive *drive)
{
    static const char *const roots[] = {"\\DosDevices\\", "\\??\\", "\\Global??\\"};
    const struct rest whole = *rest;
    if (rest->length == 0 || rest->text[0] != '\\')
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    *drive = (struct drive){.letter = "C", .is_system_root = true};
    if (take(rest, "\\SystemRoot") && is_at_end_of_part(rest))
        return STATUS_SUCCESS;
    for (size_t i = 0; i < RTL_NUMBER_OF(roots); i++) {
        *rest = whole;
        if (!take(rest, roots[i]) || rest->length < 2 || rest->text[1] != ':')
            continue;
        WCHAR letter = RtlUpcaseUnicodeChar(rest->text[0]);
        rest->text += 2;
        rest->length -= 2;
        *drive = (struct drive){.letter = {(char)letter}};
        return letter >= 'A' && letter <= 'Z' && is_at_end_of_part(rest)
                   ? STATUS_SUCCESS
                   : STATUS_OBJECT_PATH_NOT_FOUND;
    }
    return STATUS_OBJECT_PATH_NOT_FOUND;
}

/* Of Windows' file systems: what can't be in the name of a file. */
static bool may_be_in_name(WCHAR unit)
{
    return unit >= ' ' && (unit > 0x7f || strchr("\"*/:<>?|", unit) == NULL);
}

static bool is_well_formed(const WCHAR *part, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool is_high = part[i] >= 0xd800 && part[i] <= 0xdbff;
        bool is_low = part[i] >= 0xdc00 && part[i] <= 0xdfff;
        if (is_low || !may_be_in_name(part[i]))
            return false;
        if (is_high && (++i == length || part[i] < 0xdc00 || part[i] > 0xdfff))
            return false;
    }
    return true;
}

/* Takes the next part off, with the backslash behind it. */
static NTSTATUS take_part(struct rest *rest, char name[FOLDER_NAME_SIZE])
{
    size_t length = 0;
    while (length < rest->length && rest->text[length] != '\\')
        length++;
    if (length == 0 || !is_well_formed(rest->text, length) ||
        utf8_from_utf16(name, FOLDER_NAME_SIZE, rest->text, length) >= FOLDER_NAME_SIZE ||
        strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return STATUS_OBJECT_NAME_INVALID;
    rest->text += length;
    rest->length -= length;
    return STATUS_SUCCESS;
}

/* ---- the walk ---- */

static bool is_same_name(const char *one, const char *other)
{
    WCHAR texts[2][FOLDER_NAME_SIZE];
    UNICODE_STRING strings[2];
    const char *names[2] = {one, other};
    for (int i = 0; i < 2; i++) {
        size_t length = utf16_from_utf8(texts[i], FOLDER_NAME_SIZE, names[i], strlen(names[i]));
        strings[i].Buffer = texts[i];
        strings[i].Length = strings[i].MaximumLength = (USHORT)(length * sizeof(WCHAR));
    }
    return RtlEqualUnicodeString(&strings[0], &strings[1], TRUE);
}

/* Of several that differ in case alone, the first in the order of their bytes: always the same. */
static void find_other_case(int directory, char name[FOLDER_NAME_SIZE])
{
    char found[FOLDER_NAME_SIZE] = "";
    int descriptor = open_folder(directory, ".");
    DIR *entries = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (entries == NULL) {
        if (descriptor >= 0)
            close(descriptor);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        if (is_same_name(entry->d_name, name) &&
            (found[0] == '\0' || strcmp(entry->d_name, found) < 0))
            snprintf(found, sizeof(found), "%s", entry->d_name);
    }
    closedir(entries);
    if (found[0] != '\0')
        memcpy(name, found, sizeof(found));
}

/* The name as it is there, if it is. */
static void find_name(int directory, char name[FOLDER_NAME_SIZE])
{
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        find_other_case(directory, name);
}

/* Goes on into a folder of the place's directory. */
static NTSTATUS enter(struct folder_place *place)
{
    int next = open_folder(place->directory, place->name);
    if (next == -ENOENT || next == -ENOTDIR || next == -ELOOP) /* a link is the latter two */
        return STATUS_OBJECT_PATH_NOT_FOUND;
    if (next < 0)
        return nt_status_from_errno(-next, false);
    close(place->directory);
    place->directory = next;
    return STATUS_SUCCESS;
}

static NTSTATUS walk(struct rest *rest, struct folder_place *place)
{
    snprintf(place->name, sizeof(place->name), ".");
    place->is_directory = rest->length == 0;
    while (rest->length > 0) {
        NTSTATUS status = take_part(rest, place->name);
        if (!NT_SUCCESS(status))
            return status;
        find_name(place->directory, place->name);
        place->is_directory = rest->length > 0;
        if (rest->length > 0) {
            rest->text++;
            rest->length--;
        }
        if (rest->length > 0 && !NT_SUCCESS(status = enter(place)))
            return status;
    }
    return STATUS_SUCCESS;
}

/* The name is NT's: enters the drive. What is behind it begins without a backslash then. */
static NTSTATUS enter_drive(const struct nt_driver *driver, struct rest *rest,
                            struct folder_place *place)
{
    struct drive drive;
    NTSTATUS status = find_drive(rest, &drive);
    if (NT_SUCCESS(status))
        status = open_of_driver(driver, &place->directory);
    if (!NT_SUCCESS(status))
        return status;
    snprintf(place->name, sizeof(place->name), "%s", drive.letter);
    status = enter(place);
    snprintf(place->name, sizeof(place->name), "Windows");
    if (NT_SUCCESS(status) && drive.is_system_root)
        status = enter(place);
    if (rest->length > 0) {
        rest->text++;
        rest->length--;
    }
    return status;
}

NTSTATUS folder_find(const struct nt_driver *driver, int root, PCUNICODE_STRING name,
                     struct folder_place *place)
{
    struct rest rest = {.text = name->Buffer, .length = name->Length / sizeof(WCHAR)};
    NTSTATUS status = STATUS_SUCCESS;
    place->directory = -1;
    if (root < 0)
        status = enter_drive(driver, &rest, place);
    else if (rest.length > 0 && rest.text[0] == '\\')
        status = STATUS_OBJECT_NAME_INVALID;
    else if ((place->directory = open_folder(root, ".")) < 0)
        status = nt_status_from_errno(-place->directory, false);
    if (NT_SUCCESS(status))
        status = walk(&rest, place);
    if (!NT_SUCCESS(status) && place->directory >= 0)
        close(place->directory);
    return status;
}
