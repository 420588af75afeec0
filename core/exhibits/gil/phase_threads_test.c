#include "exhibits/gil/phase.h"

#include <stdatomic.h>

#include "check.h"
#include "exhibits/gil/counter.h"
#include "platform/checkpoint.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

static const struct lab_gil_options options = {
    .threads = 2, .io_threads = 1, .interval_us = 1000, .io_us = 200, .seconds = 1, .seed = 1};

static struct lab_gil_reading first, last;

static void pause_briefly(void)
{
    static _Atomic uint32_t never;
    lab_futex_wait(&never, 0, 1000000);
}

static void a_unit_of_work_is_right(void)
{
    static const uint64_t primes[] = {2, 3, 5, 7, 521, 523, 65537, 99999999977};
    static const uint64_t others[] = {0, 1, 4, 9, 15, 521 * 523, 99999999979};
    _Atomic uint32_t over = 0;
    bool prime;
    for (size_t i = 0; i < sizeof primes / sizeof *primes; i++)
        CHECK(lab__gil_is_prime(primes[i], &over, &prime) && prime);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK(lab__gil_is_prime(others[i], &over, &prime) && !prime);
    atomic_store(&over, 1);
    CHECK(!lab__gil_is_prime(99999999977, &over, &prime));
}

/* Until something of each kind has happened. */
static void run(struct lab_gil *gil, bool stop)
{
    struct lab_failure failure = {0};
    lab_trace_reset();
    struct lab_gil_phase *phase = lab_gil_phase_start(&options, gil, &failure);
    CHECK_OR_RETURN(phase != NULL);
    lab_gil_phase_read(phase, &first);
    do {
        pause_briefly();
        lab_gil_phase_read(phase, &last);
    } while (last.units < 5 || last.ios < 5 ||
             (gil && last.gil.forced - first.gil.forced < 5)); /* the GIL may be an older one */
    if (stop)
        lab_stop();
    CHECK_INT(lab_gil_phase_end(phase, &failure), 0);
    lab_stop_clear();
    CHECK_INT(atomic_load(&lab_eval_breaker), 0);
}

static void under_a_gil(void)
{
    struct lab_gil *gil = lab_gil_create(options.interval_us);
    struct lab_gil_span span;
    CHECK_OR_RETURN(gil);
    uint64_t before = lab_now_ns();
    for (int stop = 0; stop < 2; stop++) {
        run(gil, stop);
        lab_gil_span_between(&span, &first, &last);
        CHECK_INT(span.interval_us, 1000);
        CHECK(span.units_per_second > 0 && span.ios_per_second > 0);
        CHECK(span.gil.forced >= 5 && span.gil.forced <= span.gil.switches);
        CHECK(span.gil.switches <= span.gil.takes);
        CHECK(span.gil.drop_requests <= span.gil.timeouts);
        CHECK_INT(span.response.count, last.response.count - first.response.count);
        CHECK(span.response.p50 <= span.response.p90 && span.response.p90 <= span.response.p99);
        /* One at a time: what is held adds up to no more than the time there was. */
        CHECK((double)last.gil.hold.sum / 1e9 <= (double)(last.at_ns - before) / 1e9);
        CHECK_INT(lab_lane_count(), 3);
    }
    lab_gil_destroy(gil);
}

static void under_none(void)
{
    struct lab_gil_span span;
    run(NULL, false);
    lab_gil_span_between(&span, &first, &last);
    CHECK_INT(span.interval_us, 0);
    CHECK_INT(span.gil.takes + span.gil.switches + span.gil.wait.count, 0);
    CHECK(span.units_per_second > 0 && span.response.count > 0);
}

static void what_guards_the_counter_loses_nothing(void)
{
    struct lab_counter_result result;
    struct lab_failure failure;
    struct lab_gil *gil = lab_gil_create(50);
    CHECK_OR_RETURN(gil);
    for (int i = 0; i < 3; i++) {
        bool with = i == 2;
        enum lab_counter_kind kind = i == 0   ? LAB_COUNTER_LOCK
                                     : i == 1 ? LAB_COUNTER_ATOMIC
                                              : LAB_COUNTER_UNPROTECTED;
        CHECK_INT(lab_counter_run(&result, kind, 3, with ? gil : NULL, &failure), 0);
        CHECK_INT(result.counted, result.expected);
        CHECK_INT(result.expected, LAB_COUNTER_TOTAL / 3 * 3);
        CHECK(result.seconds > 0 && result.gil == with && result.threads == 3);
    }
    CHECK_INT(lab_counter_run(&result, LAB_COUNTER_UNPROTECTED, 3, NULL, &failure), 0);
    CHECK(result.counted > 0 && result.counted <= result.expected);
    lab_stop();
    CHECK_INT(lab_counter_run(&result, LAB_COUNTER_LOCK, 2, gil, &failure), LAB_E_STOPPED);
    lab_stop_clear();
    CHECK_INT(atomic_load(&lab_eval_breaker), 0);
    lab_gil_destroy(gil);
}

LAB_SUITE(gil_phase)
{
    RUN(a_unit_of_work_is_right);
    RUN(under_a_gil);
    RUN(under_none);
    RUN(what_guards_the_counter_loses_nothing);
}
