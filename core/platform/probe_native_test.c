#include "platform/probe.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "platform/system.h"

static char folder[] = "/tmp/lab-probe-test-XXXXXX";

/* Files in the folder for temporary files, or -1. */
static int files(void)
{
    int count = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        return -1;
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void what_the_system_does_is_done(void)
{
    static const struct {
        enum lab_probe_kind kind;
        uint32_t bytes;
        int files;
    } kinds[] = {{LAB_PROBE_FORK, 0, 0},        {LAB_PROBE_FETCH_NETWORK, 0, 0},
                 {LAB_PROBE_WRITE, 4096, 1},    {LAB_PROBE_READ, 4096, 1},
                 {LAB_PROBE_WRITE, 1 << 20, 1}, {LAB_PROBE_READ, 1 << 20, 1}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct lab_probe *probe = NULL;
        struct lab_failure failure = {0};
        double seconds = -1;
        CHECK_INT(lab_probe_open(&probe, kinds[i].kind, kinds[i].bytes, &failure), 0);
        CHECK_OR_RETURN(probe != NULL);
        CHECK_INT(files(), kinds[i].files);
        CHECK_INT(lab_probe_run(probe, 1, &seconds, &failure), 0);
        CHECK(seconds > 0);
        CHECK_INT(lab_probe_run(probe, 5, &seconds, &failure), 0);
        lab_stop();
        CHECK_INT(lab_probe_run(probe, 5, &seconds, &failure), LAB_E_STOPPED);
        lab_stop_clear();
        lab_probe_close(probe);
        CHECK_INT(files(), 0);
    }
}

static void what_is_only_a_hosts_has_a_reason(void)
{
    static const enum lab_probe_kind kinds[] = {LAB_PROBE_MESSAGE,    LAB_PROBE_TRANSFER,
                                                LAB_PROBE_CLONE,      LAB_PROBE_INSTANTIATE,
                                                LAB_PROBE_START_COLD, LAB_PROBE_FETCH_CACHE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct lab_probe *probe = NULL;
        struct lab_failure failure = {0};
        CHECK_INT(lab_probe_open(&probe, kinds[i], 0, &failure), LAB_E_UNAVAILABLE);
        CHECK(probe == NULL && strlen(failure.text) > 20);
    }
}

static void a_file_that_cannot_be_is_named(void)
{
    struct lab_probe *probe = NULL;
    struct lab_failure failure = {0};
    setenv("TMPDIR", "/tmp/no/such/folder", 1);
    CHECK_INT(lab_probe_open(&probe, LAB_PROBE_WRITE, 16, &failure), LAB_E_IO);
    CHECK(strstr(failure.text, "/tmp/no/such/folder/") != NULL);
    setenv("TMPDIR", folder, 1);
}

static void closing_none_is_fine(void)
{
    lab_probe_close(NULL);
}

LAB_SUITE(probe)
{
    if (!CHECK(mkdtemp(folder) != NULL))
        return;
    setenv("TMPDIR", folder, 1);
    RUN(what_the_system_does_is_done);
    RUN(what_is_only_a_hosts_has_a_reason);
    RUN(a_file_that_cannot_be_is_named);
    RUN(closing_none_is_fine);
    rmdir(folder);
}
