// Posts each line of a file to a URL with libcurl's multi interface and discards the responses.
// The minimum for any client based on libcurl.
// Usage: client URL BODIES GAP WINDOW: nanoseconds between two calls (0: none), calls in flight.
#include <curl/curl.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static CURLM *multi;
static int timer;
static struct curl_slist *headers;
static const char *url;
static long sent, ok, refused;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static size_t discard(char *bytes, size_t size, size_t count, void *context) {
  (void)bytes;
  (void)context;
  return size * count;
}

static void fail(const char *words) {
  fprintf(stderr, "client: %s\n", words);
  exit(1);
}

// The next line of the file without its line break, in its own memory; NULL at the end.
static char *next_body(FILE *bodies) {
  char *line = NULL;
  size_t size = 0;
  ssize_t length = getline(&line, &size, bodies);
  if (length <= 0) {
    free(line);
    return NULL;
  }
  if (line[length - 1] == '\n') line[length - 1] = 0;
  return line;
}

static CURL *new_transfer(void) {
  CURL *transfer = curl_easy_init();
  if (!transfer) fail("no memory");
  curl_easy_setopt(transfer, CURLOPT_URL, url);
  curl_easy_setopt(transfer, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, discard);
  curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
  return transfer;
}

static void start(CURL *transfer, char *body) {
  curl_easy_setopt(transfer, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(transfer, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
  curl_easy_setopt(transfer, CURLOPT_PRIVATE, body);
  if (curl_multi_add_handle(multi, transfer) != CURLM_OK) fail("no transfer");
  sent++;
}

// Takes the complete responses and marks their transfers as idle.
static int take(CURL **idle, int count) {
  CURLMsg *message;
  int left;
  while ((message = curl_multi_info_read(multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL *transfer = message->easy_handle;
    long status = 0;
    char *body;
    curl_easy_getinfo(transfer, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer, CURLINFO_PRIVATE, &body);
    if (message->data.result == CURLE_OK && status == 200) ok++;
    else refused++;
    free(body);
    curl_multi_remove_handle(multi, transfer);
    idle[count++] = transfer;
  }
  return count;
}

// Waits until something arrives or, unless `moment` is 0, until that moment.
static void wait_until(int64_t moment) {
  struct itimerspec at = {.it_value = {moment / 1000000000, moment % 1000000000}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
  struct curl_waitfd extra = {.fd = timer, .events = CURL_WAIT_POLLIN};
  curl_multi_poll(multi, &extra, 1, 1000, NULL);
}

int main(int argc, char **argv) {
  FILE *bodies = argc == 5 ? fopen(argv[2], "rb") : NULL;
  if (!bodies) fail("usage: client URL BODIES GAP WINDOW");
  url = argv[1];
  int64_t gap = atoll(argv[3]);
  int window = atoi(argv[4]);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)window);
  headers = curl_slist_append(NULL, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  CURL **idle = calloc(window, sizeof *idle);
  for (int index = 0; index < window; index++) idle[index] = new_transfer();
  int waiting = window;

  char *body = next_body(bodies);
  int64_t first = now(), next = first;
  while (body || waiting < window) {
    while (body && waiting > 0 && now() >= next) {
      // Never less than the gap between two calls, and no catching up.
      next = gap ? now() + gap : 0;
      start(idle[--waiting], body);
      body = next_body(bodies);
    }
    int running;
    curl_multi_perform(multi, &running);
    int before = waiting;
    waiting = take(idle, waiting);
    if (waiting > before) continue;
    wait_until(body && waiting > 0 ? next : 0);
  }
  printf("{\"calls\": %ld, \"ok\": %ld, \"refused\": %ld, \"seconds\": %.6f}\n", sent, ok, refused,
         (now() - first) / 1e9);
  return 0;
}
