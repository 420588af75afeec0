/* A future's word (core/futures/future.c): one runs and ends it, one cancels it, one waits for it, one adds a
 * callback.
 *
 * The word is the state and the bits LOCKED, CONTENDED, WAITED; each access is one atomic step, as in C. A sleeper
 * sleeps only while the word is what it last saw (that is what a futex does), and is woken by a wake alone.
 *
 * Checked: no deadlock, so no wake-up is lost; the state goes the ways that there are; the outcome is read after it
 * was written; one at a time is in the lock; the callback runs exactly once, after the end.
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

byte state = PENDING; /* the word: with the three bits, compared and set together */
bool locked, contended, waited;
byte wakes;           /* how often the futex's sleepers have been woken, all of them */
bool outcome, callback_kept;
byte callback_ran, inside;

#define DONE(s)       (s >= CANCELLED)
#define UNCHANGED     (state == s && locked == l && contended == c && waited == w)
#define LOOK          atomic { s = state; l = locked; c = contended; w = waited }

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
#ifdef BROKEN /* sleeps without comparing the word */
           round = wakes
#else
           if
           :: UNCHANGED -> round = wakes
           :: else -> ok = false
           fi
#endif
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

/* One compare-and-swap that succeeds at last; WAITED stays until the end. */
inline unlock(to)
{
    inside--;
    atomic {
        c = contended; w = waited;
        state = to; locked = false; contended = false; waited = (w && !DONE(to))
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
    byte s, round; bool l, c, w, ok, mine;
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
    lock();
    assert(s == RUNNING); /* nobody cancels what runs */
    outcome = true;
    conclude(FINISHED);
end:
    skip
}

proctype canceller()
{
    byte s, round; bool l, c, w, ok, mine;
    if
    :: state == PENDING ->
       lock();
       if
       :: s == PENDING -> conclude(CANCELLED)
       :: else -> unlock(s)
       fi
    :: else
    fi
}

proctype waiter()
{
    byte s, round; bool l, c, w, ok, mine;
    do
    :: LOOK
       if
       :: DONE(s) -> break
       :: else -> sleep_while(waited, w)
       fi
    od;
    assert(s != FINISHED || outcome);
}

proctype caller()
{
    byte s, round; bool l, c, w, ok, mine;
    lock();
    if
    :: DONE(s) -> unlock(s); callback_ran++
    :: else -> callback_kept = true; unlock(s)
    fi
}

init
{
    atomic { run executor(); run canceller(); run waiter(); run caller() }
    _nr_pr == 1;
    assert(state == FINISHED || state == NOTIFIED);
    assert(callback_ran == 1 && !callback_kept);
}
