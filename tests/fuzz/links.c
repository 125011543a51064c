/*
 * Fuzzing the keeper of links (src/host/links.c), which is root and may face a client instead of
 * its daemon: the input is commands, each a letter (t, a, r, s, or another one), a target and a
 * path, followed by zeros. Whatever they are, links are only where links may be, and gone at the
 * end.
 */
#include "../../src/host/links.c"

#include <dirent.h>

#include "require.h"

static char base[] = "/tmp/wdfuse-fuzz-links.XXXXXX";

static void remove_base(void)
{
    rmdir(base);
}

static void make_base(void)
{
    static bool is_made;
    if (is_made)
        return;
    is_made = true;
    require(mkdtemp(base) != NULL);
    atexit(remove_base);
}

/* Below the base, in one of the two allowed folders, and through no link. */
static void check_link(const char *link)
{
    struct stat status;
    size_t length = strlen(base);
    require(strncmp(link, base, length) == 0);
    require(strncmp(link + length, "/by-name/", 9) == 0 ||
            strncmp(link + length, "/by-interface/{", 15) == 0);
    require(strstr(link, "/../") == NULL && strstr(link, "/./") == NULL);
    require(lstat(link, &status) == 0 && S_ISLNK(status.st_mode));
}

/* The keeper removes an empty folder, even its base. */
static bool is_empty(const char *folder)
{
    unsigned count = 0;
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return errno == ENOENT;
    while (readdir(stream) != NULL)
        count++;
    closedir(stream);
    return count == 2;
}

static enum command_kind kind_of(char letter)
{
    const char *letters = "tars";
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    return found != NULL ? (enum command_kind)(found - letters) : (enum command_kind)letter;
}

/* Up to a zero. False at the end of the input. */
static bool next_string(const uint8_t **data, size_t *size, char string[PATH_MAX])
{
    const uint8_t *end = memchr(*data, 0, *size);
    if (end == NULL)
        return false;
    size_t length = (size_t)(end - *data);
    snprintf(string, PATH_MAX, "%s", (const char *)*data);
    *data += length + 1;
    *size -= length + 1;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct keeper keeper;
    static struct command command;
    make_base();
    keeper = (struct keeper){.base = base};
    while (size > 0) {
        command.kind = kind_of((char)*data++);
        size--;
        if (!next_string(&data, &size, command.target) || !next_string(&data, &size, command.path))
            break;
        int error = keeper_obey(&keeper, &command);
        require(error >= 0 && keeper.made_count <= LINKS_MAX);
    }
    for (unsigned i = 0; i < keeper.made_count; i++)
        check_link(keeper.made[i].link);
    while (keeper.made_count > 0)
        keeper_unlink(&keeper, keeper.made_count - 1);
    require(is_empty(base));
    return 0;
}
