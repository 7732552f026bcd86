package main

import (
	"context"
	"fmt"
	"os"

	"unseen/data"
	"unseen/engine"
	"unseen/tui"
)

func main() {
	table, err := data.Twin(), error(nil)
	if os.Args[1] != "twin" {
		table, err = data.Open(os.Args[1], data.Options{})
	}
	if err != nil {
		panic(err)
	}
	set, _ := table.Encode()
	recipe := "default"
	if len(os.Args) > 2 {
		recipe = os.Args[2]
	}
	mode := "central"
	if len(os.Args) > 3 {
		mode = os.Args[3]
	}
	s, _ := engine.Default(mode, recipe)
	s.Seed, s.Fixed = 42, true
	fmt.Println(tui.Explore(context.Background(), tui.Options{Scenario: s, Set: set, Direct: len(os.Args) > 2}))
}
