/*
 * Runs a fuzz target on files, instead of libFuzzer: any compiler can build it.
 *
 *   replay FOLDER...    each file in each folder
 *
 * Prints how many there were. Exit status: 0, 1 a folder is empty or can't be read; a failure of
 * the target aborts, and the last line names the file.
 */
#include <dirent.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char name[4096];

static void run_file(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        err(1, "%s", path);
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    if (ferror(file))
        err(1, "%s", path);
    fclose(file);
    /* In memory of exactly that length: an access beyond it is detected. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        err(1, "%zu bytes", size);
    for (size_t i = 0; i < size; i++)
        exact[i] = bytes[i];
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static unsigned run_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        err(1, "%s", path);
    unsigned count = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        printf("%s\n", entry->d_name);
        fflush(stdout);
        run_file(name);
        count++;
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++)
        count += run_folder(argv[i]);
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1;
}
