// Makes input for the rows of scale, 50 million users in seconds. Usage: users ids|half COUNT SEED
//
// ids: the ids of COUNT users, shuffled. half: the records of a random half of them, removed, in order.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

// A number below `limit`; xorshift64*, good enough for an order.
static uint32_t below(uint32_t limit) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (uint32_t)(((state * 0x2545F4914F6CDD1D >> 32) * limit) >> 32);
}

static void number(char *digits, uint32_t value) {
  for (int place = 7; place >= 0; place--, value /= 10) digits[place] = '0' + value % 10;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: users ids|half COUNT SEED\n");
    return 1;
  }
  uint32_t count = strtoul(argv[2], NULL, 10);
  state = strtoull(argv[3], NULL, 10) | 1;
  if (strcmp(argv[1], "half") == 0) {
    char line[] = "user_00000000\tremove-account\t1\tremoved\t2026-11-21T03:40:12Z\t8f2c41d09ab3\t-\t-\t-\t-\n";
    for (uint32_t user = 1, left = count / 2; left > 0; user++) {
      // Of the users that are left, this one is chosen with the odds that make it exactly half.
      if (below(count - user + 1) >= left) continue;
      number(line + 5, user);
      fwrite(line, 1, sizeof line - 1, stdout);
      left--;
    }
  } else {
    uint32_t *users = malloc(sizeof *users * (count + 1));
    if (!users) return 1;
    for (uint32_t place = 0; place < count; place++) {
      uint32_t other = below(place + 1);
      users[place] = users[other];
      users[other] = place + 1;
    }
    char line[] = "user_00000000\n";
    for (uint32_t place = 0; place < count; place++) {
      number(line + 5, users[place]);
      fwrite(line, 1, sizeof line - 1, stdout);
    }
    free(users);
  }
  return fflush(stdout) == 0 ? 0 : 1;
}
