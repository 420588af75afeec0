#include "exhibits/latency/latency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "platform/sync.h"
#include "platform/system.h"
#include "stats/random.h"

/* seconds */
static const double TURN_LEAST = 0.001;   /* however fine the clock is */
static const double COARSE_LEAST = 0.010; /* a turn that must be so long has a coarse clock */
static const double WARM_UP = 0.030;
/* A turn that lasts so many times what it needs to is not made longer, however little is left of it
 * after subtraction. */
static const double MOST_TIMES = 8;
/* … unless it is less than this of what it should be, and so less than the clock's step: then only
 * once the turn takes so much of the row's time. */
static const double STEP = 0.02, MOST_SHARE = 0.125;
/* A turn that has become this much shorter than it should be no longer counts. */
static const double TOO_SHORT = 0.5;
static const double TOLERANCE =
    0.01; /* of the interval: then the time is better spent on other rows */

enum {
    MIN_ROUNDS = 6,   /* fewer values have no 95% interval (stats/bootstrap.h) */
    FEW_ROUNDS = 3,   /* of what takes several times its time all the same */
    CALM_ROUNDS = 30, /* of a row whose interval is narrow */
    MAX_ROUNDS = 240,
    FASTEST_OF = 5,
    LEAST_PARTS = 10, /* into which lab_latency_least() may be cut where time is short: 5 steps */
    ROUNDS_IN_TIME = 16,
    MAX_GROWTH = 16,
    VARIED_BY = 4,            /* a turn is asked for up to a quarter more, at random */
    MAX_OPERATIONS_LOG2 = 40, /* as many as a clock can miss */
};

struct lab_latency {
    struct lab_latency_result result;
    struct lab_latency_turn turn;
    struct lab_random random;
    double seconds, least;
    unsigned fastest_of; /* turns */
    uint64_t seed, began_ns;
    uint64_t operations; /* that a turn is asked for at least */
    uint64_t asked;      /* that the latest was asked for */
    bool long_enough, warm, waits;
    bool new_state;     /* the turn under way is the first, or began without a state */
    unsigned concluded; /* how many rounds the interval is of */
    unsigned turns;     /* of the round under way, */
    double fastest;     /* … and the fastest of them: seconds an operation */
    double samples[MAX_ROUNDS];
    double scratch[LAB_BOOTSTRAP_SCRATCH(MAX_ROUNDS, 0)];
};

const char *lab_latency_group_name(enum lab_latency_group group)
{
    static const char *const names[] = {"memory", "sync", "tasks", "outside"};
    return names[group];
}

const char *lab_latency_group_title(enum lab_latency_group group)
{
    static const char *const titles[] = {"Memory and the CPU", "Synchronising and starting",
                                         "An empty task, from submit to result",
                                         "Outside the program"};
    return titles[group];
}

int lab_latency_needs_threads(struct lab_failure *failure)
{
    if (lab_has_threads())
        return 0;
    return lab_fail(failure, LAB_E_UNAVAILABLE,
                    "needs threads, and they need memory to share: " LAB_NO_SHARED_MEMORY);
}

int lab_latency_needs_two_cores(struct lab_failure *failure)
{
    struct lab_environment environment;
    int code = lab_latency_needs_threads(failure);
    lab_environment(&environment);
    if (code || environment.cores >= 2)
        return code;
    return lab_fail(failure, LAB_E_UNAVAILABLE, "needs two cores, and there is one");
}

int lab_latency_needs_blocking(struct lab_failure *failure)
{
    if (lab_can_block())
        return 0;
    return lab_fail(failure, LAB_E_UNAVAILABLE,
                    "needs to wait for an answer, and may not here: " LAB_NO_SHARED_MEMORY);
}

double lab_latency_least(double resolution_ns)
{
    double fine = 50 * resolution_ns / 1e9;
    return fine > TURN_LEAST ? fine : TURN_LEAST;
}

struct lab_latency *lab_latency_begin(const struct lab_latency_row *row, double seconds,
                                      double least, uint64_t seed)
{
    struct lab_latency *latency = calloc(1, sizeof *latency);
    if (!latency)
        return NULL;
    latency->result.row = row;
    latency->result.seconds = (struct lab_interval){NAN, NAN, NAN};
    latency->turn.row = row;
    latency->seconds = seconds;
    latency->least = least;
    latency->fastest_of = row->least ? FASTEST_OF : 1;
    /* A clock so coarse that few turns would fit: shorter ones, whose rounding is in the interval,
     * and each counts: the fastest of several would be the one that was rounded down most. */
    if (least > COARSE_LEAST) {
        latency->least = fmax(least / LEAST_PARTS, fmin(least, seconds / ROUNDS_IN_TIME));
        latency->fastest_of = 1;
    }
    latency->operations = 1;
    /* By its name: which other rows there are changes nothing. */
    for (const char *c = row->name; *c; c++)
        seed = lab_random_substream(seed, (unsigned char)*c);
    latency->seed = seed;
    lab_random_seed(&latency->random, seed);
    latency->began_ns = lab_now_ns();
    return latency;
}

static double elapsed(const struct lab_latency *latency)
{
    return (double)(lab_now_ns() - latency->began_ns) / 1e9;
}

/* Whether the turn that lasted `lasted` is long enough to be measured, of which turn.seconds were
 * the operations'. */
static bool lasts(const struct lab_latency *latency, double lasted, double least)
{
    double net = latency->turn.seconds;
    return net >= least || latency->turn.operations < latency->asked ||
           (lasted >= MOST_TIMES * latency->least &&
            (net > STEP * latency->least || lasted >= MOST_SHARE * latency->seconds));
}

/* How many operations the next turn is to do, after one that was too short. */
static void grow(struct lab_latency *latency, double lasted)
{
    double net = latency->turn.seconds;
    /* A fifth more than is needed: the next one may be faster. */
    double factor = net > 0 ? 1.2 * latency->least / net : MAX_GROWTH;
    double longer = lasted > 0 ? 1.2 * MOST_TIMES * latency->least / lasted : MAX_GROWTH;
    if (factor > longer)
        factor = longer;
    factor = fmin(fmax(factor, 2), MAX_GROWTH);
    latency->operations = (uint64_t)ceil((double)latency->turn.operations * factor);
}

/* False: the turn does not count, because those to come must be longer. */
static bool long_enough(struct lab_latency *latency, double lasted)
{
    /* How long a turn lasted in which a thread was started says nothing about the next one. */
    bool sets_up = latency->new_state && latency->turn.state;
    if (!latency->long_enough) {
        if (sets_up && latency->turn.seconds < latency->least)
            return false;
        latency->long_enough = lasts(latency, lasted, latency->least);
        if (!latency->long_enough)
            grow(latency, lasted);
        else if (latency->turn.operations < latency->asked)
            latency->operations = latency->turn.operations;
        /* What takes longer than all its time has no time to be warmed up. */
        return latency->long_enough && elapsed(latency) >= latency->seconds;
    }
    if (lasts(latency, lasted, TOO_SHORT * latency->least))
        return true;
    /* The one that was long enough had been interrupted, or the code has become faster. */
    latency->long_enough = false;
    latency->turns = latency->result.rounds = latency->concluded = 0;
    latency->result.seconds = (struct lab_interval){NAN, NAN, NAN};
    grow(latency, lasted);
    return false;
}

/* False: there is no (complete) turn. */
static bool take_turn(struct lab_latency *latency, double *lasted)
{
    struct lab_latency_turn *turn = &latency->turn;
    struct lab_failure *failure = &latency->result.failure;
    if (!latency->waits) {
        /* Always the same number would be rounded to the same step of a coarse clock. */
        uint64_t more = latency->long_enough ? latency->operations / VARIED_BY : 0;
        latency->asked = latency->operations + lab_random_below(&latency->random, more + 1);
        latency->new_state = !turn->state;
        turn->operations = latency->asked;
        turn->seconds = 0;
        turn->seed = lab_random_next(&latency->random);
    }
    uint64_t start = lab_now_ns();
    int code = turn->row->turn(turn, failure);
    *lasted = (double)(lab_now_ns() - start) / 1e9;
    latency->waits = code == LAB_E_AGAIN;
    if (!code && lab_stopping())
        code = lab_fail(failure, LAB_E_STOPPED, "stopped");
    if (!code && turn->operations == 0)
        code = lab_fail(failure, LAB_E_INVALID, "a turn did nothing");
    if (!code && turn->operations >> MAX_OPERATIONS_LOG2)
        code = lab_fail(failure, LAB_E_INVALID, "so many operations took no time");
    /* What could be measured so far cannot any more: that is enough. */
    bool enough = code == LAB_E_UNAVAILABLE && latency->result.rounds >= MIN_ROUNDS;
    if (code && code != LAB_E_AGAIN && !enough)
        failure->code = code;
    else
        *failure = (struct lab_failure){0};
    return code == 0;
}

/* The interval takes longer than many a round: only when it is wanted. */
static void conclude(struct lab_latency *latency)
{
    struct lab_latency_result *result = &latency->result;
    if (latency->concluded == result->rounds)
        return;
    latency->concluded = result->rounds;
    /* One round has a median and no interval: that is not an error here. */
    lab_bootstrap_median(latency->samples, result->rounds, latency->seed, latency->scratch,
                         &result->seconds);
}

static bool is_calm(struct lab_latency *latency)
{
    if (latency->result.rounds % CALM_ROUNDS != 0)
        return false;
    conclude(latency);
    return lab_interval_within(&latency->result.seconds, TOLERANCE);
}

static bool over(struct lab_latency *latency)
{
    unsigned rounds = latency->result.rounds;
    double share = elapsed(latency) / latency->seconds;
    return rounds == MAX_ROUNDS || (share >= 1 && rounds >= MIN_ROUNDS) ||
           (share >= 3 && rounds >= FEW_ROUNDS) || is_calm(latency);
}

bool lab_latency_round(struct lab_latency *latency)
{
    double lasted;
    if (!take_turn(latency, &lasted))
        return latency->waits;
    struct lab_latency_turn *turn = &latency->turn;
    if (!long_enough(latency, lasted))
        return true;
    if (!latency->warm) {
        latency->warm = elapsed(latency) >= fmin(WARM_UP, latency->seconds / 4);
        if (!latency->warm)
            return true;
    }
    double each = turn->seconds / (double)turn->operations;
    if (latency->turns == 0 || each < latency->fastest)
        latency->fastest = each;
    if (++latency->turns < latency->fastest_of)
        return true;
    latency->turns = 0;
    /* Differences of noise are below zero as often as above: cut off there, their middle would be
     * too large. */
    latency->samples[latency->result.rounds++] = latency->fastest;
    return !over(latency);
}

bool lab_latency_waits(const struct lab_latency *latency)
{
    return latency->waits;
}

/* A time that may as well be none is no result. */
static void refuse_nothing(struct lab_latency_result *result)
{
    const struct lab_interval *seconds = &result->seconds;
    if (result->rounds == 0 || seconds->low > 0 || (isnan(seconds->low) && seconds->median > 0))
        return;
    result->rounds = 0;
    result->seconds = (struct lab_interval){NAN, NAN, NAN};
    if (!result->failure.code)
        lab_fail(&result->failure, LAB_E_UNAVAILABLE,
                 "takes too little to be told from nothing with this clock and this much noise");
}

const struct lab_latency_result *lab_latency_result(struct lab_latency *latency)
{
    conclude(latency);
    refuse_nothing(&latency->result);
    return &latency->result;
}

void lab_latency_end(struct lab_latency *latency)
{
    if (!latency)
        return;
    if (latency->turn.state)
        latency->turn.release(latency->turn.state);
    free(latency);
}
