#pragma once
#include <sys/ioctl.h>
#include <sys/prctl.h>

// Swift cannot call a variadic function: a shim for each use of ioctl and prctl.

// Columns of a descriptor's terminal; 0 if it is none.
static inline int clinux_columns(int descriptor) {
  struct winsize size = {0};
  return ioctl(descriptor, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

// Whether the kernel may write this process's memory to a core dump, and whether other processes of
// the same user may read it. 0, or -1 with errno.
static inline int clinux_set_dumpable(int isDumpable) {
  return prctl(PR_SET_DUMPABLE, (unsigned long)isDumpable, 0UL, 0UL, 0UL);
}

static inline int clinux_get_dumpable(void) { return prctl(PR_GET_DUMPABLE, 0UL, 0UL, 0UL, 0UL); }
