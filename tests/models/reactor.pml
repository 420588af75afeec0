/* How the owner of a reactor sleeps and is woken (core/platform/reactor_wasm.c): two answers land, in the host's
 * thread.
 *
 * A mutex guards the list of what has landed. One word, without it, counts the news and has the mark that the owner
 * sleeps; each access is one atomic step. A sleeper sleeps only while news is what it last saw (that is what a futex does),
 * and is woken by a wake alone; there are no time-outs here.
 *
 * Checked: no deadlock, so no wake-up is lost; the owner gets both answers, each once.
 * With -DBROKEN one step is wrong, and the search must find an error.
 *
 * spin -run -safety -noclaim reactor.pml
 */
#define ANSWERS 2

bool locked;
byte list, taken;      /* landed; off that list, the owner's */
byte news;             /* the word: the count, */
bool sleeping;         /* … and the mark */
bool asleep, woken;    /* in the futex */
byte got;

#define LOCK   atomic { !locked -> locked = true }
#define UNLOCK locked = false

inline bring_news()
{
    atomic { news++; marked = sleeping; sleeping = false }
    if
    :: marked ->
       atomic { /* a futex's wake */
           if
           :: asleep -> asleep = false; woken = true
           :: else
           fi
       }
    :: else
    fi
}

proctype host()
{
    byte i;
    bool marked;
    do
    :: i == ANSWERS -> break
    :: else ->
       LOCK;
       list++;
       bring_news();
       UNLOCK;
       i++
    od
}

/* The whole list, if nothing of the last one is left; got one, or not. */
inline pop()
{
    if
    :: taken == 0 -> LOCK; taken = list; list = 0; UNLOCK
    :: else
    fi;
    one = taken > 0;
    if
    :: one -> taken--; got++
    :: else
    fi
}

inline wait_for_news()
{
    pop();
    if
    :: !one ->
       atomic { /* marks it, if there is no news */
           if
           :: news == seen -> sleeping = true; marked = true
           :: else -> marked = false
           fi
       }
       if
       :: marked ->
          atomic { /* the kernel compares and puts it to sleep at once */
              if
#ifdef BROKEN /* it does not compare: news that came since the mark is slept through */
              :: true -> asleep = true; woken = false
#else
              :: news == seen && sleeping -> asleep = true; woken = false
#endif
              :: else -> woken = true
              fi
          }
          (woken)
       :: else
       fi;
       atomic { sleeping = false; seen = news }
       pop()
    :: else
    fi
}

proctype owner()
{
    byte seen;
    bool one, marked;
    do
    :: got == ANSWERS -> break
    :: else -> wait_for_news()
    od
}

init
{
    atomic { run host(); run owner() }
    _nr_pr == 1;
    assert(got == ANSWERS && list == 0 && taken == 0)
}
