// Reads a YAML file with libyaml's parser, event by event, and counts the scalars.
// The minimum for any tool based on libyaml. Usage: events FILE
#include <stdio.h>
#include <yaml.h>

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file) {
    fprintf(stderr, "usage: events FILE\n");
    return 1;
  }
  yaml_parser_t parser;
  yaml_parser_initialize(&parser);
  yaml_parser_set_input_file(&parser, file);
  long scalars = 0;
  yaml_event_type_t type;
  do {
    yaml_event_t event;
    if (!yaml_parser_parse(&parser, &event)) {
      fprintf(stderr, "events: line %zu: %s\n", parser.problem_mark.line + 1, parser.problem);
      return 1;
    }
    type = event.type;
    if (type == YAML_SCALAR_EVENT) scalars++;
    yaml_event_delete(&event);
  } while (type != YAML_STREAM_END_EVENT);
  yaml_parser_delete(&parser);
  fclose(file);
  printf("%ld\n", scalars);
  return 0;
}
