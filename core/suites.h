/* Every test suite, once. Each is a LAB_SUITE(name) in a x_test.c beside what it tests. */
#ifndef LAB_SUITES_H
#define LAB_SUITES_H

#define LAB_SUITES(X) X(stats)

#endif
