package data

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Whatever the number, person i is the same, and nobody has another's name.
func TestPeople(t *testing.T) {
	const most = 10_000
	all := People(most)
	ids := map[string]bool{}
	for _, p := range all {
		id := p.ID()
		if id == "" || p.First == "" || p.Last == "" || strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsLetter(r) }) {
			t.Errorf("%+v has the identifier %q", p, id)
		}
		ids[id] = true
	}
	if len(all) != most || len(ids) != most {
		t.Errorf("%d people, %d names", len(all), len(ids))
	}
	for _, n := range []int{-1, 0, 1, 2, 653, 690, 9999} {
		if people := People(n); len(people) != max(n, 0) || !slices.Equal(people, all[:max(n, 0)]) {
			t.Errorf("of %d people some are others", n)
		}
	}
	// Lessons and recorded runs call the first people by their names.
	if got, want := all[:3], []Person{{"Jamaal", "Mayer"}, {"Alisha", "Gray"}, {"Jennie", "Phillips"}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestPersonID(t *testing.T) {
	for p, want := range map[Person]string{
		{"Maria", "Crowe"}: "MariaCrowe", {"Mary Ann", "O'Neil-Böll 3"}: "MaryAnnONeilBöll", {}: "",
	} {
		if got := p.ID(); got != want {
			t.Errorf("%v: %s, want %s", p, got, want)
		}
	}
}

// A row's owner does not depend on the rows around it.
func TestSetPeople(t *testing.T) {
	set := encoded(t, Twin())
	all, people := People(690), set.People()
	for i, row := range set.Rows {
		if people[i] != all[row] {
			t.Fatalf("row %d belongs to %v, want %v", i, people[i], all[row])
		}
	}
	few, err := set.First(10)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(few.People(), people[:10]) {
		t.Error("the first rows belong to others")
	}
	if people := new(Set).People(); len(people) != 0 {
		t.Error(people)
	}
}

func BenchmarkPeople(b *testing.B) {
	for b.Loop() {
		People(653)
	}
}
