/* A future's word (core/futures/future.c, future_word.h): one runs and ends it, one cancels it, one waits for it, one
 * adds a callback. Each has a reference, and gives it up when it is through.
 *
 * The word is the state, the bits LOCKED, CONTENDED, WAITED, CALLS_BACK and the number of references; each access is one
 * atomic step, as in C. Who runs it takes the short ways, without the lock, where it can: the second ends it and gives
 * the reference up in one step. A sleeper sleeps only while the word is what it last saw (that is what a futex does),
 * and is woken by a wake alone.
 *
 * Checked: no deadlock, so no wake-up is lost; the state goes the ways that there are; the outcome is read after it
 * was written; one at a time is in the lock; the callback runs exactly once, after the end; it is freed once, by
 * whoever is the last, and nobody touches it after that.
 *
 * With -DBROKEN one step is wrong, and the search must find an error.
 *
 * spin -run -safety -noclaim future.pml
 */
#define PENDING   0
#define RUNNING   1
#define CANCELLED 2
#define NOTIFIED  3
#define FINISHED  4

byte state = PENDING; /* the word: with the four bits and the references, compared and set together */
bool locked, contended, waited, calls_back;
byte references = 4;
bool freed;
byte wakes;           /* how often the futex's sleepers have been woken, all of them */
bool outcome, callback_kept;
byte callback_ran, inside;

#define DONE(s)       (s >= CANCELLED)
#define UNCHANGED     (state == s && locked == l && contended == c && waited == w && calls_back == b && references == r)
#define LOOK          atomic { assert(!freed); s = state; l = locked; c = contended; w = waited; b = calls_back; r = references }

inline release()
{
    atomic {
        assert(!freed);
        references--;
        if
        :: references == 0 -> assert(!locked && !callback_kept); freed = true
        :: else
        fi
    }
}

/* Sleeps while the word is as seen, with `mark` set in it: sets it first, if the word is still that. */
inline sleep_while(mark, seen_mark)
{
    atomic {
        if
        :: UNCHANGED -> mark = true; seen_mark = true; ok = true
        :: else -> ok = false
        fi
    }
    if
    :: ok ->
       atomic { /* the kernel compares and goes to sleep at once */
           if
           :: UNCHANGED -> round = wakes
           :: else -> ok = false
           fi
       }
       if
       :: ok -> (wakes != round)
       :: else
       fi
    :: else
    fi
}

inline lock()
{
    do
    :: LOOK;
       if
       :: !l ->
          atomic {
              assert(!freed);
              if
              :: UNCHANGED -> locked = true; ok = true
              :: else -> ok = false
              fi
          }
          if
          :: ok -> inside++; assert(inside == 1); break
          :: else
          fi
       :: else -> sleep_while(contended, c)
       fi
    od
}

/* One compare-and-swap that succeeds at last; WAITED stays until the end, references as they are. */
inline unlock(to)
{
    inside--;
    atomic {
        assert(!freed);
        c = contended; w = waited;
        state = to; locked = false; contended = false; waited = (w && !DONE(to)); calls_back = (calls_back && !DONE(to))
    }
    if
    :: c || (w && DONE(to)) -> wakes++
    :: else
    fi
}

/* Under the lock: takes the callback out, ends, calls it. */
inline conclude(to)
{
    mine = callback_kept;
    callback_kept = false;
    unlock(to);
    if
    :: mine -> assert(DONE(state)); callback_ran++
    :: else
    fi;
    mine = false
}

proctype executor()
{
    byte s, r, round; bool l, c, w, b, ok, mine;
    do
    :: LOOK;
       if
       :: s == PENDING && !l -> /* without the lock: nothing but the word changes */
          atomic {
              if
              :: UNCHANGED -> state = RUNNING; ok = true
              :: else -> ok = false
              fi
          }
          if
          :: ok -> break
          :: else
          fi
       :: else ->
          lock();
          if
          :: s == PENDING -> unlock(RUNNING); break
          :: else -> assert(s == CANCELLED); conclude(NOTIFIED); goto end
          fi
       fi
    od;
    outcome = true; /* nobody reads it until the word says so */
    do
    :: LOOK;
       assert(s == RUNNING); /* nobody cancels what runs */
       if
#ifdef BROKEN /* ends it over the head of somebody who is about to sleep */
       :: !l && !c && !b ->
#else
       :: !l && !c && !w && !b ->
#endif
          atomic {
              if
              :: UNCHANGED ->
                 state = FINISHED; waited = false; references--;
                 if
                 :: references == 0 -> freed = true
                 :: else
                 fi;
                 goto over
              :: else
              fi
          }
       :: else -> break
       fi
    od;
    lock();
    assert(s == RUNNING);
    conclude(FINISHED);
end:
    release();
over:
    skip
}

proctype canceller()
{
    byte s, r, round; bool l, c, w, b, ok, mine;
    if
    :: state == PENDING ->
       lock();
       if
       :: s == PENDING -> conclude(CANCELLED)
       :: else -> unlock(s)
       fi
    :: else
    fi;
    release()
}

proctype waiter()
{
    byte s, r, round; bool l, c, w, b, ok, mine;
    do
    :: LOOK
       if
       :: DONE(s) -> break
       :: else -> sleep_while(waited, w)
       fi
    od;
    assert(s != FINISHED || outcome);
    release()
}

proctype caller()
{
    byte s, r, round; bool l, c, w, b, ok, mine;
    lock();
    if
    :: DONE(s) -> unlock(s); callback_ran++
    :: else -> callback_kept = true; atomic { calls_back = true; unlock(s) }
    fi;
    release()
}

init
{
    atomic { run executor(); run canceller(); run waiter(); run caller() }
    _nr_pr == 1;
    assert(state == FINISHED || state == NOTIFIED);
    assert(callback_ran == 1 && !callback_kept);
    assert(freed);
}
