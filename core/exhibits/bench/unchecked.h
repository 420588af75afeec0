/* Makes the kernels once more, without their checkpoints: CMakeLists.txt compiles the same sources
 * a second time with this header in front of them. Everything they export gets another name, so
 * that both fit into one program, and the checkpoint becomes nothing.
 */
#ifndef LAB_EXHIBITS_BENCH_UNCHECKED_H
#define LAB_EXHIBITS_BENCH_UNCHECKED_H

#include "platform/checkpoint.h"

#define lab_checkpoint() false

#define lab_primes          lab__unchecked_primes
#define lab_mandelbrot      lab__unchecked_mandelbrot
#define lab_sha256_workload lab__unchecked_sha256_workload
#define lab_sort            lab__unchecked_sort
#define lab_matmul          lab__unchecked_matmul
#define lab_mixed           lab__unchecked_mixed

#define lab__square_root  lab__unchecked_square_root
#define lab__miller_rabin lab__unchecked_miller_rabin
#define lab__sha256_begin lab__unchecked_sha256_begin
#define lab__sha256_add   lab__unchecked_sha256_add
#define lab__sha256_end   lab__unchecked_sha256_end
#define lab__sha256_again lab__unchecked_sha256_again

#endif
