package data

import (
	"math/rand/v2"
	"strings"
	"unicode"

	"github.com/brianvoe/gofakeit/v7"
)

// Person is the made-up owner of a row.
type Person struct {
	First, Last string
}

// ID returns the letters of the first and the last name in one word, such as
// "MariaCrowe". No two of the people that [People] returns have the same one.
func (p Person) ID() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, p.First+p.Last)
}

// People returns the owners of the first n rows of a file: person i belongs to
// record i of [Table.Records]. It is the same person whatever the file and
// however many there are.
func People(n int) []Person {
	const (
		seed  = 653 // any number would do, but another one names everybody anew
		tries = 8   // after so many names that are taken, last names are joined
	)
	names := gofakeit.NewFaker(rand.NewPCG(seed, seed), false)
	people := make([]Person, 0, max(n, 0))
	taken := make(map[string]bool, max(n, 0))
	for len(people) < n {
		p := Person{First: names.FirstName(), Last: names.LastName()}
		for try := 1; taken[p.ID()]; try++ {
			if try >= tries { // a longer name each time, so this ends
				p.Last += "-" + names.LastName()
			} else {
				p = Person{First: names.FirstName(), Last: names.LastName()}
			}
		}
		taken[p.ID()] = true
		people = append(people, p)
	}
	return people
}

// People returns the owners of the set's rows, one for each. Rows that were
// dropped from the file have owners too, who are left out: a row's owner does
// not depend on the rows around it.
func (s *Set) People() []Person {
	people := make([]Person, s.Len())
	if s.Len() == 0 {
		return people
	}
	all := People(s.Rows[s.Len()-1] + 1) // Rows ascends
	for i, row := range s.Rows {
		people[i] = all[row]
	}
	return people
}
