/* Peers outside of the program: somebody else's pool in a language of its own, or another build of
 * this program, that does one turn of a benchmark when it is told to (exhibits/bench/bench.h).
 *
 * What it is. A program that reads orders, each a line of words, and answers each with a line
 * (tests/bench/peers.mjs). Natively its command is what LAB_PEERS says, for a shell; under
 * WebAssembly it is the host's (worker/peers.js), which has it from whoever made the host. Where
 * nobody named one, all peers are LAB_E_UNAVAILABLE.
 *
 * An answer is `ok OPERATIONS`, `ok OPERATIONS SECONDS`, `unavailable REASON` or `failed REASON`.
 * Seconds are a C program's own; without them they are measured here, from the order to the answer,
 * so that an order should take tens of milliseconds.
 *
 * Threads. One, the coordinator. Blocking. Until the answer. A peer that says nothing for two
 * minutes is ended, natively and under WebAssembly, and so is one whose answer is no such line.
 */
#ifndef LAB_PLATFORM_PEER_H
#define LAB_PLATFORM_PEER_H

#include <stddef.h>

#include "platform/error.h"

enum { LAB_PEER_LINE = 1024 }; /* bytes of an order or an answer, at most, with its end */

/* LAB_E_UNAVAILABLE with the reason; LAB_E_TASK: it failed; LAB_E_STOPPED. */
int lab_peer_turn(const char *order, double *seconds, double *operations,
                  struct lab_failure *failure);

/* Internal: reads an answer, and its seconds if there are any. */
int lab__peer_answer(const char *answer, double *seconds, double *operations,
                     struct lab_failure *failure);

#endif
