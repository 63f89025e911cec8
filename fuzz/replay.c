/* Runs a target on each file that is named, and on each file of each folder, without libFuzzer. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static size_t runs;

static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(1 << 20);
    fuzz_demand(file && bytes);
    size_t count = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    uint8_t *exact = malloc(count ? count : 1); /* so that a sanitizer sees what lies outside */
    fuzz_demand(exact != NULL);
    for (size_t i = 0; i < count; i++)
        exact[i] = bytes[i];
    free(bytes);
    LLVMFuzzerTestOneInput(exact, count);
    free(exact);
    runs++;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder) {
            replay(argv[i]);
            continue;
        }
        for (struct dirent *entry; (entry = readdir(folder));) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (entry->d_name[0] != '.')
                replay(path);
        }
        closedir(folder);
    }
    printf("%zu inputs\n", runs);
    return runs == 0;
}
