#define _GNU_SOURCE
#include "futures/process_test_tasks.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "futures/child.h"
#include "futures/frame.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "workloads/workload.h"

static uint64_t state; /* of a child */

/* ---- in children ---- */

static struct test_in input(const struct lab_run *run)
{
    struct test_in in = {0};
    if (run->in.size >= sizeof in)
        memcpy(&in, run->in.data, sizeof in);
    return in;
}

static void print(const void *data, size_t size)
{
    if (!lab_child_say(data, size))
        _Exit(9);
}

static void fault(struct lab_run *run, enum fault_when when)
{
    static const char *const places[] = {"never", "decode", "step", "encode", "write"};
    struct test_in in = input(run);
    if (in.when != when)
        return;
    if (when == FAULT_WRITE) {
        /* A result that announces 1000 bytes, and ten of them. */
        struct lab_frame frame = {.type = LAB_FRAME_RESULT, .size = 1000};
        print(&frame, in.number % 2 ? sizeof frame / 2 : sizeof frame);
        if (in.number % 2 == 0)
            print("ten bytes!", 10);
    }
    switch ((enum fault_how)in.how) {
    case FAULT_FAILS:
        lab_run_fail(run, LAB_E_TASK, "it fails in %s", places[when]);
        lab_fail_cause(run->failure, LAB_E_IO, "because it was told to");
        break;
    case FAULT_TRAPS:
        signal(SIGILL, SIG_DFL); /* no sanitizer's report */
        signal(SIGTRAP, SIG_DFL);
        __builtin_trap();
    case FAULT_EXITS:
        _Exit(7);
    case FAULT_EXITS_3:
        _Exit(3);
    case FAULT_RETURNS:
        _Exit(0);
    case FAULT_IS_KILLED:
        raise(SIGKILL);
        break;
    case FAULT_CLOSES:
        for (int fd = 3; fd < 1000; fd++)
            close(fd);
        for (;;)
            pause();
    case FAULT_PRINTS:
        print("Hello, world! This is no frame at all, but it is long enough for one.", 70);
        break;
    case FAULT_PONGS:
        print(&(struct lab_frame){.type = LAB_FRAME_PONG}, sizeof(struct lab_frame));
        break;
    case FAULT_INITS:
        print(&(struct lab_frame){.type = LAB_FRAME_INITED}, sizeof(struct lab_frame));
        break;
    case FAULT_HANGS:
        signal(SIGTERM, SIG_IGN);
        if (in.started >= 0 && write(in.started, &in.number, sizeof in.number) < 0)
            _Exit(9);
        for (;;)
            pause();
    case FAULT_HOWS:
        break;
    }
}

static void decode(struct lab_run *run)
{
    fault(run, FAULT_DECODE);
}

static void encode(struct lab_run *run)
{
    fault(run, FAULT_ENCODE);
    fault(run, FAULT_WRITE);
}

static int echo_step(struct lab_run *run)
{
    fault(run, FAULT_STEP);
    if (run->failure)
        return LAB_CO_DONE;
    struct test_out out = {input(run).number, (uint64_t)getpid(), state};
    return lab_run_result(run, &out, sizeof out);
}

static int state_step(struct lab_run *run)
{
    state += input(run).number;
    return echo_step(run);
}

static int gate_step(struct lab_run *run)
{
    struct test_in in = input(run);
    char byte;
    if (write(in.started, &in.number, sizeof in.number) < 0 || read(in.go, &byte, 1) != 1)
        return lab_run_fail(run, LAB_E_IO, "the gate broke");
    return echo_step(run);
}

static int large_step(struct lab_run *run)
{
    size_t size = (size_t)input(run).number;
    unsigned char *data = malloc(size);
    if (!data)
        return lab_run_fail(run, LAB_E_NOMEM, "out of memory for %zu bytes", size);
    for (size_t i = 0; i < size; i++)
        data[i] = (unsigned char)(i * 31);
    fault(run, FAULT_STEP);
    return lab_run_adopt(run, data, size);
}

static int unlucky_pack(struct lab_bytes in, struct lab_failure *failure)
{
    struct test_in own;
    memcpy(&own, in.data, sizeof own);
    return own.number == 13 ? lab_fail(failure, LAB_E_TASK, "13 cannot be packed") : 0;
}

#define HOOKS .decode = decode, .encode = encode
const struct lab_task_type lab_test_echo = {.name = "test echo", .step = echo_step, HOOKS};
static int busy_step(struct lab_run *run)
{
    const struct test_in in = input(run);
    for (uint64_t start = lab_now_ns(); lab_now_ns() - start < in.number * 1000;)
        lab_spin_pause();
    return lab_run_result(run, NULL, 0);
}

const struct lab_task_type lab_test_busy = {.name = "test busy", .step = busy_step};
const struct lab_task_type lab_test_gate = {.name = "test gate", .step = gate_step, HOOKS};
const struct lab_task_type lab_test_state = {.name = "test state", .step = state_step, HOOKS};
const struct lab_task_type lab_test_large = {.name = "test large", .step = large_step, HOOKS};
const struct lab_task_type lab_test_unlucky = {
    .name = "test unlucky", .step = echo_step, .pack = unlucky_pack, HOOKS};

const struct lab_task_type *lab_test_task_type_find(const char *name)
{
    static const struct lab_task_type *const types[] = {&lab_test_echo,  &lab_test_busy,
                                                        &lab_test_gate,  &lab_test_state,
                                                        &lab_test_large, &lab_test_unlucky};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return lab_task_type_find(name);
}

/* ---- in the tests ---- */

bool gates_open(struct gates *gates)
{
    return pipe(gates->started) == 0 && pipe(gates->go) == 0;
}

void gates_close(struct gates *gates)
{
    for (int i = 0; i < 2; i++) {
        close(gates->started[i]);
        close(gates->go[i]);
    }
}

uint64_t gates_started(struct gates *gates)
{
    uint64_t number = UINT64_MAX;
    struct pollfd ready = {gates->started[0], POLLIN, 0};
    if (poll(&ready, 1, 60000) != 1 || read(gates->started[0], &number, sizeof number) < 0)
        return UINT64_MAX;
    return number;
}

void gates_let_go(struct gates *gates, unsigned count)
{
    while (count-- > 0)
        CHECK_INT(write(gates->go[1], "!", 1), 1);
}

void test_pause(void)
{
    usleep(1000);
}

struct lab_future *test_submit(struct lab_executor *executor, const struct lab_task_type *type,
                               const struct test_in *in)
{
    struct lab_future *future = NULL;
    struct lab_failure failure = {0};
    struct lab_task task = {.type = type, .in = {in, sizeof *in}, .tag = (uint32_t)in->number};
    lab_submit(executor, &task, &future, &failure);
    CHECK_STR(failure.text, "");
    return future;
}

bool test_done(struct lab_future *future)
{
    int code = lab_future_wait(future, 60000000000u);
    CHECK_INT(code, 0);
    return code == 0;
}

struct test_out test_out(struct lab_future *future)
{
    struct test_out out;
    struct lab_bytes result;
    memset(&out, 0xff, sizeof out);
    if (test_done(future) && lab_future_result(future, &result) == 0 && result.size == sizeof out)
        memcpy(&out, result.data, sizeof out);
    return out;
}

struct lab_executor *test_pool(const struct lab_executor_options *options)
{
    struct lab_executor *executor = NULL;
    struct lab_failure failure = {0};
    lab_executor_create(&executor, lab_method_find("processes"), options, &failure);
    CHECK_STR(failure.text, "");
    return executor;
}

unsigned test_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;
    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count - 3; /* ".", "..", and the folder's own */
}

unsigned test_children(int *pids, unsigned capacity)
{
    DIR *folder = opendir("/proc");
    unsigned count = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char name[300], text[512];
        int pid = atoi(entry->d_name), parent = 0;
        snprintf(name, sizeof name, "/proc/%s/stat", entry->d_name);
        int fd = pid > 0 ? open(name, O_RDONLY | O_CLOEXEC) : -1;
        ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
        if (fd >= 0)
            close(fd);
        text[n > 0 ? n : 0] = '\0';
        const char *after = strrchr(text, ')'); /* pid (name) state ppid */
        if (!after || sscanf(after, ") %*c %d", &parent) != 1 || parent != getpid())
            continue;
        if (count < capacity)
            pids[count] = pid;
        count++;
    }
    closedir(folder);
    return count;
}
