package tui

import (
	"strings"
	"testing"
)

// Through a party's eyes no screen opens that shows more than the party knows, by key
// or by name; after 0 they open.
func TestEyesKeepScreensThatShowEverythingShut(t *testing.T) {
	e := newExplorer(t, true, 80, 24)
	e.press("m", "down", "enter", "1", "right")
	for _, k := range []string{"d", "C", "c", "a"} {
		e.press(k)
		e.shows("[federated]", "0 first leaves ", "’s eyes: this screen shows what no party sees")
		if e.opening != "" || len(e.screens) != 2 {
			t.Fatalf("%s: %d screens are open, opening %q", k, len(e.screens), e.opening)
		}
	}
	for _, name := range []string{"data", "charts", "compare", "labs"} {
		e.press(":")
		for _, letter := range strings.Split(name, "") {
			e.press(letter)
		}
		e.press("enter")
		e.shows("[federated]", "’s eyes: this screen shows")
	}
	e.press("m")
	e.shows("through the eyes of")
	if strings.Contains(text(e.root), "accuracy ") {
		t.Error("the list of modes tells what the simulator measured")
	}
	e.press("up", "enter", "right", "m") // another run, looked at by everything, is open below no eyes
	e.shows("accuracy ")
	e.press("down", "enter", "m")
	e.shows("through the eyes of")
	if strings.Contains(text(e.root), "accuracy ") {
		t.Error("the list of modes tells what the simulator measured in another run")
	}
	e.press("esc", "q")
	e.shows("Recent runs", "through the eyes of")
	if strings.Contains(text(e.root), "accuracy ") {
		t.Error("Home tells what the simulator measured in another run")
	}
	e.press("end", "up", "enter", "0", "q") // back to the run that was looked at last
	e.shows("Recent runs", "accuracy ")
	e.press("end", "up", "enter", "d")
	e.shows("690 rows in the file")
}
