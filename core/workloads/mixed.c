/* mixed: read a page, then work on it.
 *
 * Real programs do both: they wait for an answer and then compute with it. Here each task reads a
 * page, hashes it with SHA-256, and hashes the digest again and again, some milliseconds' worth
 * (key stretching, as password stores do it).
 *
 * This is the workload on which an event loop shows its limit. While it waits, others go on; while
 * it computes, nobody does: the answers that have arrived meanwhile lie there until the digest is
 * done. Threads overlap the waiting of some with the computing of others, on several cores at once.
 */
#include <string.h>

#include "platform/reactor.h"
#include "workloads/sha256.h"
#include "workloads/urls.h"

enum { ITERATIONS = 30000, AT_ONCE = 128, PIECE = 16384 };

struct mixed_in {
    uint64_t iterations; /* the URL follows */
};

struct mixed_out {
    unsigned char first[LAB__SHA256_BYTES]; /* the digest of the page */
    unsigned char last[LAB__SHA256_BYTES];  /* after all iterations */
    uint64_t status, bytes;
};

struct mixed_frame {
    struct lab_fetch fetch;
};

/* Digest of the page; false when stopped. */
static bool hash_page(const unsigned char *page, size_t size,
                      unsigned char digest[LAB__SHA256_BYTES])
{
    struct lab__sha256 hash;
    lab__sha256_begin(&hash);
    for (size_t done = 0; done < size; done += PIECE) {
        if (lab_checkpoint())
            return false;
        lab__sha256_add(&hash, page + done, size - done < PIECE ? size - done : PIECE);
    }
    lab__sha256_end(&hash, digest);
    return true;
}

/* False when stopped. */
static bool hash_again(unsigned char digest[LAB__SHA256_BYTES], uint64_t iterations)
{
    for (uint64_t done = 0; done < iterations; done += AT_ONCE) {
        if (lab_checkpoint())
            return false;
        lab__sha256_again(digest, iterations - done < AT_ONCE ? iterations - done : AT_ONCE);
    }
    return true;
}

static int mixed_step(struct lab_run *run)
{
    struct mixed_frame *frame = run->frame;

    LAB_CO_BEGIN(&run->co);
    frame->fetch.url = lab__urls_of(run->in, sizeof(struct mixed_in));
    if (!frame->fetch.url)
        return lab_run_fail(run, LAB_E_INVALID, "mixed: a task without a URL");
    LAB_AWAIT_FETCH(&run->co, &frame->fetch);
    LAB_CO_END(&run->co);

    const struct lab_fetch *fetch = &frame->fetch;
    if (fetch->code)
        lab_run_fail(run, fetch->code, "%s", fetch->failure.text);
    else {
        struct mixed_in in;
        struct mixed_out out = {.status = (uint64_t)fetch->status, .bytes = fetch->size};
        memcpy(&in, run->in.data, sizeof in);
        bool hashed = hash_page(fetch->body, fetch->size, out.first);
        memcpy(out.last, out.first, sizeof out.last);
        if (hashed && hash_again(out.last, in.iterations))
            lab_run_result(run, &out, sizeof out);
        else
            lab_run_fail(run, LAB_E_STOPPED, "stopped");
    }
    lab_fetch_release(&frame->fetch);
    return LAB_CO_DONE;
}

static int mixed_prepare(struct lab_problem *problem, const struct lab_workload_options *options,
                         struct lab_failure *failure)
{
    const struct mixed_in in = {.iterations = ITERATIONS};
    return lab__urls_prepare(problem, options, &in, sizeof in, failure);
}

/* Walks from the first digests of four tasks to their last, by the second implementation. */
static bool iterate_four(const struct lab_problem *problem, size_t i, struct mixed_out out[4],
                         struct lab__sha256_four *four)
{
    unsigned char block[4][LAB__SHA256_BLOCK], digest[4][LAB__SHA256_BYTES];
    struct mixed_in in;
    memcpy(&in, problem->tasks[i].data, sizeof in); /* the same in every task */
    for (size_t lane = 0; lane < 4; lane++)
        memcpy(digest[lane], out[lane].first, LAB__SHA256_BYTES);
    for (uint64_t n = 0; n < in.iterations; n++) {
        if (n % 128 == 0 && lab_checkpoint())
            return false;
        for (size_t lane = 0; lane < 4; lane++) {
            memcpy(block[lane], digest[lane], LAB__SHA256_BYTES);
            lab__sha256_pad(block[lane], LAB__SHA256_BYTES, LAB__SHA256_BYTES);
        }
        lab__sha256_four_begin(four);
        lab__sha256_four_block(four, block);
        lab__sha256_four_end(four, digest);
    }
    for (size_t lane = 0; lane < 4; lane++)
        memcpy(out[lane].first, digest[lane], LAB__SHA256_BYTES);
    return true;
}

/* The same page gives the same digest, and each last digest must follow from its first. */
static int mixed_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                        struct lab_failure *failure)
{
    struct lab__sha256_four four;
    lab__sha256_four_init(&four);
    int code = lab__urls_verify(problem, results, sizeof(struct mixed_out), sizeof(struct mixed_in),
                                failure);
    for (size_t i = 0; i < problem->task_count && !code; i += 4) {
        size_t lanes = problem->task_count - i < 4 ? problem->task_count - i : 4;
        struct mixed_out out[4];
        for (size_t lane = 0; lane < 4; lane++)
            memcpy(&out[lane], results[lane < lanes ? i + lane : i].data, sizeof out[lane]);
        if (!iterate_four(problem, i, out, &four))
            return lab_fail(failure, LAB_E_STOPPED, "stopped");
        for (size_t lane = 0; lane < lanes && !code; lane++) {
            const char *url = lab__urls_of(problem->tasks[i + lane], sizeof(struct mixed_in));
            if (out[lane].status < 200 || out[lane].status > 299 ||
                out[lane].bytes > LAB_FETCH_MAX_BYTES)
                code = lab_fail(failure, LAB_E_UNVERIFIED,
                                "mixed: task %zu: status %llu and %llu bytes cannot be, from %.80s",
                                i + lane, (unsigned long long)out[lane].status,
                                (unsigned long long)out[lane].bytes, url);
            else if (memcmp(out[lane].first, out[lane].last, LAB__SHA256_BYTES) != 0)
                code = lab_fail(failure, LAB_E_UNVERIFIED,
                                "mixed: task %zu: its last digest does not follow from the page's, "
                                "%.80s",
                                i + lane, url);
        }
    }
    return code;
}

static const struct lab_task_type mixed_task = {
    .name = "mixed", .step = mixed_step, .frame_size = sizeof(struct mixed_frame)};

const struct lab_workload lab_mixed = {
    .name = "mixed",
    .family = LAB_FAMILY_MIXED,
    .sentence =
        "Reads web pages and hashes each for some milliseconds: first waiting, then computing.",
    .size_unit = "pages",
    .source = "mixed.c",
    .default_size = 20,
    .min_size = 1,
    .max_size = 100000,
    .fit = {.least = 10, .cost_power = 1, .task_power = 1},
    .task = &mixed_task,
    .prepare = mixed_prepare,
    .verify = mixed_verify,
};
