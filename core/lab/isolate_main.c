/* The isolate: one instance without threads, driven by its host. Either a process pool's child, or,
 * on a page without shared memory, the coordinator. These functions are exports; the contract is
 * platform/host.h, platform/command.h and futures/child.h. */
#include <unistd.h>

#include "futures/child.h"
#include "lab/lab.h"
#include "lab/task_types.h"
#include "platform/command.h"
#include "platform/host.h"
#include "platform/process.h"
#include "platform/sync.h"

double lab_turn(void);
int lab_child_main(void);
void lab_child_begin(void);
void lab_child_input(void *data, size_t size);
double lab_child_turn(void);

/* What a turn tells the host: milliseconds until it wants to be called again. OVER - status: it is
 * over. */
enum { ON_NEWS = -1, OVER = -2 };

static double milliseconds(uint64_t ns)
{
    return ns == LAB_FOREVER ? ON_NEWS : (double)ns / 1e6;
}

/* The coordinator's turn: takes a command up, or goes on with it. */
double lab_turn(void)
{
    static bool running;
    int argc;
    char **argv;
    bool stopped;
    if (!running) {
        if (!lab_command_next(&argc, &argv))
            return ON_NEWS;
        lab_begin(argc, argv);
        running = true;
    }
    if (!lab_step())
        return milliseconds(lab_next());
    running = false;
    int status = lab_end(&stopped);
    lab_command_done(status, stopped);
    return ON_NEWS;
}

/* A child that blocks on its pipes, to its end. Returns its exit status. */
int lab_child_main(void)
{
    return lab_child_live(lab_every_task_type);
}

static struct lab_child *child;

static bool send_to_host(const void *data, size_t size, bool urgent)
{
    (void)urgent; /* every message arrives by itself */
    return write(1, data, size) == (ssize_t)size;
}

static const struct lab_child_ways ways = {.send = send_to_host};

/* A child that lives by events. Where there is no memory for it, its first turn says so. */
void lab_child_begin(void)
{
    child = lab_child_create(&ways, lab_every_task_type);
}

/* data is from lab_host_alloc(). */
void lab_child_input(void *data, size_t size)
{
    if (child)
        lab_child_feed(child, data, size);
    lab_host_free(data);
}

double lab_child_turn(void)
{
    int status;
    if (!child)
        return OVER - LAB_PROCESS_NO_MEMORY;
    double next = milliseconds(lab_child_advance(child));
    return lab_child_over(child, &status) ? OVER - status : next;
}
