/* The grant (core/platform/pipe.h): which of the tasks in its pipe a child may run.
 *
 * The parent gives TASKS tasks in batches of any size, and takes back what was not claimed, whenever it likes; after that
 * it gives nothing until the child has answered for all of those, and runs them elsewhere. The child reads tasks in
 * order, claims each and runs it, or says that it was taken back. The word { granted, claimed } is one atomic step.
 *
 * Checked: every task is run exactly once, here or elsewhere; the child's answers are those that the parent
 * expects, in their order; no deadlock. With -DBROKEN the parent gives on without waiting for the answers, and the
 * search must find that.
 *
 * spin -run -safety -noclaim grant.pml
 */
#define TASKS 4
#define ROUND 8 /* the counts go around: more than are ever under way */

byte granted, claimed;   /* the word, modulo ROUND */
byte written;            /* tasks in the pipe, ever */
byte runs[TASKS];
byte given, first;       /* the parent's: next to give, the oldest it expects an answer for */
byte taken_back;
chan answers = [TASKS] of { bool }; /* true: a result */

#ifdef BROKEN
#define MAY_GIVE true
#else
#define MAY_GIVE (taken_back == 0)
#endif
#define UNCLAIMED ((granted + ROUND - claimed) % ROUND)

proctype parent()
{
    byte count, i;
    bool result;
    do
    :: given < TASKS && MAY_GIVE -> granted = (granted + 1) % ROUND; given++
    :: written < given -> written++ /* one write: what was granted so far may come later */
    :: written == given && given > first + taken_back ->
       atomic { count = UNCLAIMED; granted = claimed };
       if
       :: count > 0 ->
          taken_back = taken_back + count;
          i = 0;
          do /* the newest of those that were given */
          :: i < count -> runs[given - 1 - i]++; i++
          :: else -> break
          od
       :: else
       fi
    :: answers?result ->
       if
       :: result -> assert(first + taken_back < given) /* of a task that it has */
       :: else -> assert(taken_back > 0 && first + taken_back == given); taken_back--
       fi;
       first++
    :: given == TASKS && first == TASKS -> break
    od;
    i = 0;
    do
    :: i < TASKS -> assert(runs[i] == 1); i++
    :: else -> break
    od
}

proctype child()
{
    byte read, c, g;
    bool mine;
    do
    :: read == TASKS -> break
    :: read < written ->
       do
       :: atomic { c = claimed; g = granted };
          if
          :: g == c -> mine = false; break
          :: else ->
             atomic {
                 if
                 :: claimed == c && granted == g -> claimed = (c + 1) % ROUND; mine = true
                 :: else -> mine = false
                 fi
             }
             if :: mine -> break :: else fi
          fi
       od;
       if :: mine -> runs[read]++ :: else fi;
       read++;
       answers!mine
    od
}

init {
    atomic { run parent(); run child() }
}
