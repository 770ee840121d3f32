// Reads a manifest with yaml.v3 and compares it with a state, as a tool in Go would.
// Usage: plan_yaml MANIFEST STATE
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

type entry struct {
	ID      string   `yaml:"id"`
	IDs     []string `yaml:"ids"`
	Account string   `yaml:"account"`
	Reason  string   `yaml:"reason"`
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: plan_yaml MANIFEST STATE")
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var manifest struct {
		Users []entry `yaml:"users"`
	}
	if err := yaml.Unmarshal(text, &manifest); err != nil {
		log.Fatal(err)
	}
	state, err := os.Open(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	done := map[string]bool{}
	lines := bufio.NewScanner(state)
	for lines.Scan() {
		if columns := strings.Split(lines.Text(), "\t"); len(columns) == 10 && columns[2] != "-" {
			done[columns[0]] = true
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
	var open []string
	count := 0
	for _, entry := range manifest.Users {
		ids := entry.IDs
		if ids == nil {
			ids = []string{entry.ID}
		}
		count += len(ids)
		for _, id := range ids {
			if !done[id] {
				open = append(open, id)
			}
		}
	}
	sort.Strings(open)
	fmt.Printf("%d to do, %d unchanged\n", len(open), count-len(open))
}
