package data_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"unseen/data"
)

// From a file to training data: read, encode, split, and scale by what the
// training rows alone tell.
func Example() {
	table, err := data.Open("testdata/loans.csv", data.Options{Label: "repaid"})
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := table.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	split, err := set.Split(0.6, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		fmt.Println(err)
		return
	}
	x := data.Standard(set.X, split.Train).Apply(set.X)
	fmt.Println(len(table.Records), "rows,", set.Len(), "of them complete")
	fmt.Println(len(split.Train), "to train on,", len(split.Test), "to test on")
	fmt.Println("features:", x.Shape())
	// Output:
	// 7 rows, 5 of them complete
	// 3 to train on, 2 to test on
	// features: (5, 6)
}

// An error says what is wrong, where, and how to mend it.
func ExampleError() {
	file := "age,income,repaid\n41,2100,yes\n25,abc,no\n33,1800,yes\n"
	_, err := data.Read(strings.NewReader(file), "loans.csv", data.Options{Label: "repaid"})
	fmt.Println(err)
	// Output:
	// loans.csv:3:2: "abc" in income is not a number; write a decimal number or ?
}

// Seven rows of the built-in twin, shared out to three of their owners.
func ExampleAssign() {
	set, err := data.Twin().Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	workers, err := data.Assign(set, []int{0, 1, 2, 3, 4, 5, 6}, 3, "", rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range workers {
		fmt.Println(w.ID(), w.Rows)
	}
	// Output:
	// FredericCraig [3 4 5]
	// JamaalMayer [0 1]
	// EstherCronin [2 6]
}
