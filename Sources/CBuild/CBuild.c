#include "CBuild.h"

#include <stddef.h>

#ifndef IMPRUNE_COMMIT
#define IMPRUNE_COMMIT NULL
#endif
#ifndef IMPRUNE_DATE
#define IMPRUNE_DATE NULL
#endif
#ifndef IMPRUNE_SWIFT
#define IMPRUNE_SWIFT NULL
#endif

const char *cbuild_commit(void) { return IMPRUNE_COMMIT; }

const char *cbuild_date(void) { return IMPRUNE_DATE; }

const char *cbuild_swift(void) { return IMPRUNE_SWIFT; }
