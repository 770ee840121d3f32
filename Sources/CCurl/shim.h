#pragma once
#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

// Swift cannot call a variadic function: one typed shim for each kind of value that we pass to
// curl_easy_setopt, curl_multi_setopt and curl_easy_getinfo; nothing else calls these.

static inline CURLcode ccurl_set_long(CURL *_Nonnull easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_size(CURL *_Nonnull easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

// libcurl copies the text; NULL means none.
static inline CURLcode ccurl_set_string(CURL *_Nonnull easy, CURLoption option,
                                        const char *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}

// libcurl keeps the pointer: the list must outlive the transfer.
static inline CURLcode ccurl_set_headers(CURL *_Nonnull easy, struct curl_slist *_Nullable list) {
  return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
}

// libcurl keeps the pointer: CURL_ERROR_SIZE bytes that outlive the handle.
static inline CURLcode ccurl_set_error_buffer(CURL *_Nonnull easy, char *_Nonnull buffer) {
  return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, buffer);
}

// A number of the caller's that ccurl_get_slot and ccurl_next_done return.
static inline CURLcode ccurl_set_slot(CURL *_Nonnull easy, size_t slot) {
  return curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)slot);
}

static inline size_t ccurl_get_slot(CURL *_Nonnull easy) {
  char *value = NULL;
  return curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value) ? (size_t)-1 : (size_t)value;
}

typedef int (*ccurl_prereq_callback)(void *_Nonnull context, char *_Nullable peer,
                                     char *_Nullable local, int peer_port, int local_port);
typedef size_t (*ccurl_data_callback)(char *_Nonnull bytes, size_t size, size_t count,
                                      void *_Nonnull context);

// All four callbacks with one context, which must outlive the transfer.
static inline CURLcode ccurl_set_callbacks(CURL *_Nonnull easy, void *_Nonnull context,
                                           ccurl_prereq_callback _Nonnull prereq,
                                           ccurl_data_callback _Nonnull read,
                                           ccurl_data_callback _Nonnull header,
                                           ccurl_data_callback _Nonnull write) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, prereq);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_READFUNCTION, read);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_READDATA, context);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
  return code;
}

// The status of the response, 0 for none.
static inline long ccurl_get_status(CURL *_Nonnull easy) {
  long status = 0;
  return curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) ? 0 : status;
}

// The version of HTTP of the response, one of CURL_HTTP_VERSION_*; 0 for none.
static inline long ccurl_get_http_version(CURL *_Nonnull easy) {
  long version = 0;
  return curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version) ? 0 : version;
}

// How many connections the transfer had to make.
static inline long ccurl_get_new_connections(CURL *_Nonnull easy) {
  long count = 0;
  return curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &count) ? 0 : count;
}

static inline CURLMcode ccurl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option,
                                             long value) {
  return curl_multi_setopt(multi, option, value);
}

typedef int (*ccurl_socket_callback)(CURL *_Nonnull easy, curl_socket_t socket, int what,
                                     void *_Nonnull context, void *_Nullable socket_context);
typedef int (*ccurl_timer_callback)(CURLM *_Nonnull multi, long milliseconds,
                                    void *_Nonnull context);

// Both callbacks with one context, which must outlive the handle.
static inline CURLMcode ccurl_multi_set_callbacks(CURLM *_Nonnull multi, void *_Nonnull context,
                                                  ccurl_socket_callback _Nonnull socket,
                                                  ccurl_timer_callback _Nonnull timer) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
  if (!code) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
  if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
  return code;
}

// No more callbacks: their context is being destroyed.
static inline void ccurl_multi_drop_callbacks(CURLM *_Nonnull multi) {
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, NULL);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, NULL);
}

// Macros with a cast, which Swift cannot import.
static const size_t ccurl_read_abort = CURL_READFUNC_ABORT;
static const curl_socket_t ccurl_socket_timeout = CURL_SOCKET_TIMEOUT;

// An enumerator of older versions, a macro with a suffix in newer ones.
static const long ccurl_netrc_ignored = CURL_NETRC_IGNORED;

// The next completed transfer as the slot of its handle and its result; 0 when there is none.
// A CURLMsg is valid only until the next call, so it never leaves this function.
static inline int ccurl_next_done(CURLM *_Nonnull multi, size_t *_Nonnull slot,
                                  CURLcode *_Nonnull result) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    *slot = ccurl_get_slot(message->easy_handle);
    *result = message->data.result;
    return 1;
  }
  return 0;
}
